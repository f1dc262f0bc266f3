"""The worker: `python worker.py`. RQ executes what is due; the sweep, a child process, says what that is.

Owns: wiring: RQ's worker without its scheduler, the sweep's supervision, signs of life, a clean stop. Never: decisions.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import redis
from rq import Queue, Worker
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from bot import jobs
from bot.errors import BesaError, StorageUnavailable
from bot.storage import clients, pulse

log = logging.getLogger("besa.worker")
AGAIN = 1.0  # seconds before whatever ended by itself is started again
STOPPING = threading.Event()  # told to end; outlives the worker that RQ gives up, so that it is heard with Redis away


class OurWorker(Worker):
    """RQ's worker, which runs our functions and nothing else, and gives a sign of life. RQ offers no other way in."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        try:
            known = job.func_name in jobs.OURS
        except (DeserializationError, ValueError, TypeError):
            known = False
        if known:
            super().execute_job(job, queue)
        else:
            log.error("A job that is none of ours was thrown away.")
            job.delete()

    def heartbeat(self, *args: object, **kwargs: object) -> None:
        super().heartbeat(*args, **kwargs)  # type: ignore[arg-type]
        with contextlib.suppress(StorageUnavailable):
            pulse.beat(jobs.desk().store.connection, "worker", time.time())

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        STOPPING.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


class Sweep:
    """The sweep's process, started again whenever it ends by itself."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="sweep")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            line = [sys.executable, str(Path(__file__).resolve()), "sweep", str(os.getpid())]
            child = subprocess.Popen(line, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
            while child.poll() is None and not self._stopping.wait(0.2):
                pass
            if child.poll() is None:
                child.terminate()
                child.wait()
            elif not self._stopping.wait(AGAIN):
                log.warning("The sweep ended and is started again.")


def work() -> None:
    """Works until SIGTERM or SIGINT. RQ's worker gives up on some troubles with Redis: then it is made anew."""
    limits = jobs.desk().settings.limits
    url = jobs.desk().settings.queue_redis_url
    with contextlib.suppress(StopRequested):
        while not STOPPING.is_set():
            try:
                worker = OurWorker(
                    [Queue(jobs.QUEUE, connection=clients.plain(url), serializer=JSONSerializer)],
                    connection=clients.plain(url),
                    serializer=JSONSerializer,
                    worker_ttl=limits.worker_ttl,
                    maintenance_interval=limits.worker_maintenance,
                    log_job_description=False,
                )
                worker.work(with_scheduler=False, logging_level="WARNING")
            except redis.RedisError as error:
                log.warning("The queue is not reachable (%s).", type(error).__name__)
            STOPPING.wait(AGAIN)


def main(arguments: list[str]) -> int:
    """0 after a clean stop, 1 where a setting or a file cannot be used, 2 for misuse."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    if arguments and not (len(arguments) == 2 and arguments[0] == "sweep" and arguments[1].isdecimal()):
        print("python worker.py takes no arguments; everything comes from the environment.", file=sys.stderr)
        return 2
    try:
        jobs.desk()
    except BesaError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments:
        jobs.sweep(int(arguments[1]))
        return 0
    sweep = Sweep()
    sweep.start()
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sweep.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
