"""`python -m bot doctor`: what is wrong with this installation, and what to do.

Owns: the findings and their remedies, in plain sentences. Never: repairing anything, a secret, or a person's data.
Reads the same environment as `serve`. Exit code 1 where something must be mended; what can wait is only said.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator

import msgspec

from bot import jobs, settings, trouble
from bot.errors import OperatorError, StorageUnavailable
from bot.settings import Settings
from bot.storage import epochs, examine, keyring
from bot.storage.connect import Connection
from bot.storage.sessions import Redis

HELP = "what is wrong with this installation, and what to do"
CLOCKS = 30.0  # seconds by which two clocks may differ


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`must`: to be mended now."""

    about: str
    what: str
    remedy: str
    must: bool = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """0 where nothing must be mended, else 1."""
    findings = list(examined(time.time()))
    if args.json:
        print(json.dumps(msgspec.to_builtins(findings), indent=1))
    else:
        for one in findings:
            print(f"{'!' if one.must else '·'} {one.about}: {one.what}\n  {one.remedy}")
        must = sum(one.must for one in findings)
        print("All is well." if not findings else f"{must} to mend, {len(findings) - must} to know.")
    return 1 if any(one.must for one in findings) else 0


def examined(now: float) -> Iterator[Finding]:
    """Everything that can be seen from here, in the order in which to mend it."""
    try:
        checked = settings.read(running=True)
    except OperatorError as error:
        for line in str(error).splitlines()[1:]:
            name, _, remedy = line.partition(": ")
            yield Finding(about=name, what="this setting is missing or cannot be used.", remedy=remedy)
        return
    yield from _host()
    yield from _keys(checked, int(now))
    yield from _store(checked, now)
    yield from _queue(checked)


def _host() -> Iterator[Finding]:
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        yield Finding(
            about="host",
            what="a crash would write a core dump, with what people wrote in it.",
            remedy="Set `ulimit -c 0` (systemd: LimitCORE=0) for web and worker.",
            must=False,
        )


def _keys(checked: Settings, now: int) -> Iterator[Finding]:
    if checked.key_file is None:
        if not checked.twilio:
            return
        yield Finding(about="keys", what="there is no key file.", remedy="python -m bot keys new FILE")
        return
    try:
        known = keyring.read(checked.key_file)
    except OperatorError as error:
        yield Finding(about="keys", what="the key file cannot be used.", remedy=str(error))
        return
    name = checked.key_file
    if name.stat().st_mode & 0o077:
        yield Finding(about="keys", what="others than its owner can read the key file.", remedy=f"chmod 400 {name}")
    old = {epoch.purpose for epoch in epochs.next_of(known, now)} - {"id", "optout"}
    if old:
        what = f"keys for {', '.join(sorted(old))} are old enough to be rotated."
        yield Finding(about="keys", what=what, remedy=f"Daily: python -m bot keys rotate {name}", must=False)
    if len(epochs.needed(known, now)) < len(known):
        what = "keys that nothing needs any more could still open an old backup."
        yield Finding(about="keys", what=what, remedy=f"Daily: python -m bot keys prune {name}", must=False)


def _store(checked: Settings, now: float) -> Iterator[Finding]:
    connection = Connection(checked.redis_url, limit=2.0)
    try:
        found = examine.server(connection, now)
    except StorageUnavailable as error:
        yield Finding(
            about="redis",
            what=f"no answer ({error}) People get the static reply with the emergency number.",
            remedy="Start it, or mend REDIS_URL. What was acknowledged is in its append-only file.",
        )
        return
    yield from _kept(found)
    yield from _safe(found, checked)
    for name in trouble.reasons(Redis(connection, keyring.random()), checked.limits, now):  # looks up nobody
        yield _TROUBLE[name]


def _kept(found: examine.Server) -> Iterator[Finding]:
    """Will what was acknowledged be there tomorrow?"""
    if not found.append_only or found.fsync not in {"always", ""}:
        yield Finding(
            about="redis",
            what="a power cut would lose messages that were answered.",
            remedy="Set `appendonly yes` and `appendfsync always`.",
        )
    if not found.write_ok:
        yield Finding(about="redis", what="its last write to the disk failed.", remedy="Is the disk full? See runbook.")
    if found.policy != "noeviction":
        yield Finding(
            about="redis",
            what=f"with maxmemory-policy {found.policy} it may throw away talks and consents.",
            remedy="Set `maxmemory-policy noeviction`.",
        )
    if found.limit and found.used > 0.8 * found.limit:
        what = f"{found.used * 100 // found.limit} % of its memory is used."
        yield Finding(about="redis", what=what, remedy="Raise maxmemory; when it is full, people get the static reply.")
    if found.replica:
        yield Finding(about="redis", what="this is a replica: nothing can be written.", remedy="Name the master.")
    if not found.replicas:
        yield Finding(
            about="redis",
            what="there is no replica: if this machine is lost, so are open talks and check-ins.",
            remedy="Where that matters, add one (docs/runbook.md).",
            must=False,
        )


def _safe(found: examine.Server, checked: Settings) -> Iterator[Finding]:
    if not found.password and not checked.redis_url.startswith("unix:"):
        yield Finding(about="redis", what="anybody on its network can use it.", remedy="Set a password, and rediss://.")
    if abs(found.ahead) > CLOCKS:
        what = f"its clock and ours differ by {abs(found.ahead):.0f} s; check-ins wait until they agree."
        yield Finding(about="redis", what=what, remedy="Let both hosts follow NTP.")
    if found.endless:
        what = f"keys without an end: {', '.join(found.endless)}."
        yield Finding(about="redis", what=what, remedy="They were not written by this version. See runbook.")
    if found.strange:
        what = f"{found.strange} keys are not ours."
        yield Finding(about="redis", what=what, remedy="Give Besa a Redis of its own.", must=False)


def _queue(checked: Settings) -> Iterator[Finding]:
    found = examine.queue(checked.queue_redis_url, jobs.QUEUE)
    if found is None:
        yield Finding(
            about="queue", what="its Redis does not answer; no check-in goes out.", remedy="Mend QUEUE_REDIS_URL."
        )
        return
    if found.failed:
        what = f"{found.failed} jobs failed."
        yield Finding(about="queue", what=what, remedy="They hold ids only; the worker's log names each.", must=False)
    if found.waiting > 1000:
        yield Finding(about="queue", what=f"{found.waiting} jobs wait.", remedy="Start another `python worker.py`.")


_TROUBLE = {
    "redis": Finding(about="redis", what="it stopped answering just now.", remedy="Run the doctor again."),
    "worker": Finding(
        about="worker", what="it gives no sign of life.", remedy="Start `python worker.py`; see its log."
    ),
    "sweep": Finding(
        about="sweep",
        what="nobody looks for check-ins that are due.",
        remedy="Restart `python worker.py`; see its log.",
    ),
    "due": Finding(
        about="check-ins",
        what="some are late. They go in their window or never.",
        remedy="Is the worker alive? Add one.",
    ),
}
