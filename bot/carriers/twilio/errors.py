"""Twilio's error codes as data: what each means for us, and what is done.

Owns: the table. Never: doing it (`outbox`, `checkins`, `status` do). Codes and meanings: Twilio's error dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

DONE: Final[Mapping[str, str]] = {
    "opt_out": "note that this person wants nothing more from us, and drop what is due",
    "erase": "drop what is due: it can never arrive",
    "template": "send the approved template by its ContentSid, without a body; else drop",
    "text": "send the same as numbered text",
    "later": "the same again after a pause, a few times, as long as its window is open",
    "drop": "nothing: never the same again",
    "mend": "drop, and show the operator the code",
}


class Fault(msgspec.Struct, frozen=True):
    """One kind of failure (of `outcome.KINDS`), a key of DONE, and what the code stands for."""

    kind: str
    done: str
    means: str


CODES: Final[Mapping[int, Fault]] = {
    20003: Fault("config", "mend", "our key is wrong"),
    20404: Fault("config", "mend", "no such resource"),
    20429: Fault("throttled", "later", "too many calls at once; this one was not done"),
    20503: Fault("unknown_outcome", "drop", "Twilio cannot say"),
    21211: Fault("invalid_address", "erase", "no such number"),
    21212: Fault("config", "mend", "our sender is wrong"),
    21408: Fault("config", "mend", "this region is switched off for our account"),
    21606: Fault("config", "mend", "our sender cannot send this"),
    21608: Fault("config", "mend", "a trial account sends to checked numbers only"),
    21610: Fault("opted_out", "opt_out", "they wrote STOP to the carrier"),
    21611: Fault("throttled", "later", "our queue is full"),
    21612: Fault("invalid_address", "erase", "cannot be reached from our sender"),
    21614: Fault("invalid_address", "erase", "a number without SMS"),
    21617: Fault("content", "mend", "longer than 1,600 characters"),
    21654: Fault("content", "text", "no such content"),
    21655: Fault("content", "text", "the content's id is wrong"),
    21656: Fault("content", "text", "the content's variables are wrong"),
    21658: Fault("content", "mend", "a field is too long"),
    14103: Fault("content", "mend", "an inline reply was empty or too long"),
    30001: Fault("throttled", "later", "our queue is full"),
    30002: Fault("config", "mend", "our account is suspended"),
    30003: Fault("transient", "later", "the phone is off or out of reach"),
    30004: Fault("policy", "mend", "blocked on the way"),
    30005: Fault("invalid_address", "erase", "nobody has this number"),
    30006: Fault("invalid_address", "erase", "a landline, or a network that takes no SMS"),
    30007: Fault("policy", "mend", "a network's filter took it for spam"),
    30008: Fault("unknown_outcome", "drop", "the network gives no reason"),
    30034: Fault("config", "mend", "our sender is not registered in the United States"),
    30036: Fault("expired", "drop", "it waited longer than it may"),
    30450: Fault("policy", "mend", "taken for SMS pumping"),
    30453: Fault("policy", "mend", "taken for SMS pumping"),
    30500: Fault("unknown_outcome", "drop", "Twilio cannot say"),
    63003: Fault("invalid_address", "erase", "no such WhatsApp address"),
    63007: Fault("config", "mend", "our WhatsApp sender is not set up"),
    63013: Fault("policy", "mend", "against WhatsApp's policy"),
    63014: Fault("opted_out", "opt_out", "they blocked us"),
    63015: Fault("config", "mend", "the sandbox sends only to who joined it"),
    63016: Fault("outside_window", "template", "more than 24 hours since they wrote"),
    63018: Fault("throttled", "later", "too much for this sender"),
    63021: Fault("content", "text", "the content was refused"),
    63024: Fault("invalid_address", "erase", "not on WhatsApp"),
    63027: Fault("content", "text", "no template in this language"),
    63028: Fault("content", "text", "the template takes other variables"),
    63032: Fault("policy", "drop", "WhatsApp does not deliver to this person now"),
    63033: Fault("opted_out", "opt_out", "they blocked us"),
    63040: Fault("content", "text", "the template was refused"),
    63041: Fault("content", "text", "the template is paused"),
    63042: Fault("content", "text", "the template is switched off"),
    63049: Fault("policy", "drop", "WhatsApp does not deliver to this person now"),
}

_REFUSED: Final = Fault("config", "mend", "refused; see the code in Twilio's error dictionary")
_UNSAID: Final = Fault("unknown_outcome", "drop", "no answer that says")
_THROTTLED: Final = CODES[20429]


def fault(code: int, status: int = 0) -> Fault:
    """What a code means; where it is not in the table, what the HTTP status of the answer says (0: a callback's code).

    A 5xx answer never proves that nothing was sent; a 429 proves it.
    """
    if code in CODES and not (status >= 500 and CODES[code].done == "later"):
        return CODES[code]
    if status == 429:
        return _THROTTLED
    return _REFUSED if 400 <= status < 500 else _UNSAID
