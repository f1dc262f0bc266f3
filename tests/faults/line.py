"""The carrier's end of the line: signs, delivers, tries again as Twilio does, and keeps what came back.

Owns: a message and the history of its deliveries. Twilio as the runbook sets it up: a try that is not answered, or
answered with 5xx, is made again (`#rc=…&rp=all`); at last it fetches the fallback from elsewhere.
"""

from __future__ import annotations

import http.client
import itertools
import random
import threading
import time
from dataclasses import dataclass, field
from xml.etree import ElementTree

from carrier import body, message, signed

from .place import SENDERS, Place

WAIT = 15.0  # seconds that Twilio waits for an answer
TRIES = 8
_sids = itertools.count(1)


@dataclass
class Try:
    """One delivery. `status` 0: no answer."""

    began: float
    ended: float
    status: int
    text: str | None  # None: silence, or no answer at all
    body: bytes = b""


@dataclass
class Message:
    """One message of a person; all its deliveries have one MessageSid."""

    address: str
    channel: str
    form: dict[str, str]
    tries: list[Try] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return any(one.status == 200 for one in self.tries)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.tries if one.text is not None]


def write(address: str, channel: str, text: str, **more: str) -> Message:
    """A message as Twilio would send it; nothing has happened yet."""
    sender = f"whatsapp:{address}" if channel == "whatsapp" else address
    form = message(text, next(_sids), sender, To=SENDERS[channel], **more)
    return Message(address=address, channel=channel, form=form)


class Line:
    """Delivers to the web processes of a place, whichever answers."""

    def __init__(self, place: Place, rng: random.Random) -> None:
        self._place, self._rng, self._lock = place, rng, threading.Lock()
        self.history: list[Message] = []
        self.latencies: list[tuple[float, float]] = []  # when, seconds
        self.refused, self.forged = 0, 0

    def deliver(self, sent: Message, tries: int = TRIES) -> None:
        """Until it is answered, or given up: then the carrier fetches its fallback."""
        with self._lock:
            if sent not in self.history:
                self.history.append(sent)
            ports = self._rng.sample(self._place.ports, len(self._place.ports))
        for number in range(tries):
            one = self._post(ports[number % len(ports)], sent.form)
            sent.tries.append(one)
            if one.status == 200:
                self.latencies.append((one.began, one.ended - one.began))
                return
            if one.status and one.status < 500:
                raise AssertionError(f"a signed message was refused with {one.status}")
            time.sleep(0.1 * 2 ** min(number, 4))

    def forge(self, address: str, text: str, number: int) -> None:
        """An unsigned or wrongly signed message: refused, or not answered at all."""
        form = message(text, next(_sids), address)
        headers = signed(form) | {
            "X-Twilio-Signature": ("", "x" * 28, signed(message("other"))["X-Twilio-Signature"])[number % 3]
        }
        one = self._post(self._place.ports[number % len(self._place.ports)], form, headers)
        with self._lock:
            self.forged += 1
            self.refused += one.status in {403, 0, 503}

    def _post(self, port: int, form: dict[str, str], headers: dict[str, str] | None = None) -> Try:
        began = time.time()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
        try:
            connection.request("POST", "/twilio/message", body(form), headers or signed(form))
            answer = connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException):
            return Try(began=began, ended=time.time(), status=0, text=None)
        finally:
            connection.close()
        text = said(read) if answer.status == 200 else None
        return Try(began=began, ended=time.time(), status=answer.status, text=text, body=read)


def said(xml: bytes) -> str | None:
    """The message of a TwiML answer, None for silence. Raises where it does not parse or holds more than one."""
    found = ElementTree.fromstring(xml)
    messages = found.findall("Message")
    assert found.tag == "Response"
    assert len(messages) <= 1
    return (messages[0].text or "") if messages else None
