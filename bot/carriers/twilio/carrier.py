"""Twilio behind the seam: its signature, form, TwiML and buttons as one carrier.

Owns: the order in which a request is looked at. Never: what a reply says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from bot.carriers.seam import Fields, Inline, Raw, Refusal
from bot.carriers.twilio import form, signature, twiml
from bot.channels.message import Inbound, Outbound

FORM: Final = "application/x-www-form-urlencoded"
SIGNATURE: Final = signature.HEADER.lower()


@dataclass(frozen=True, kw_only=True)
class Twilio:
    """One account. Without a public address or a token nobody is listened to."""

    public_url: str
    account: str
    tokens: tuple[str, ...]
    own: frozenset[str] = frozenset()  # our own senders, with their prefixes
    most_fields: int = 200
    tap: Callable[[str, Outbound], bool] = lambda _to, _outbound: False
    sign: Callable[[Inbound], None] = lambda _inbound: None
    name: str = "twilio"
    content_type: str = FORM
    proof: str = SIGNATURE

    def verify(self, raw: Raw) -> Fields | Refusal:
        """The form, the first value of a repeated field; or why it is not Twilio's, or not for us."""
        try:
            pairs = parse_qsl(
                raw.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=self.most_fields
            )
        except ValueError:
            return Refusal(status=413, name="too_many_fields")
        address = signature.url(self.public_url, raw.path, raw.query)
        if not self.public_url or not signature.valid(address, pairs, raw.headers.get(SIGNATURE, ""), self.tokens):
            return Refusal(status=403, name="signature")
        fields = dict(reversed(pairs))
        return fields if form.ours(fields, self.account) else Refusal(status=403, name="account")

    def inbound(self, fields: Fields, received: int) -> Inbound | None:
        """The message of a form."""
        return form.inbound(fields, received=received, own=self.own)

    def noticed(self, inbound: Inbound) -> None:
        """The typing sign, where the operator wants it."""
        self.sign(inbound)

    def inline(self, outbound: Outbound | None) -> Inline:
        """TwiML."""
        return Inline(body=twiml.reply(outbound), content_type=twiml.CONTENT_TYPE)

    def send(self, to: str, outbound: Outbound) -> bool:
        """Buttons and lists, by REST, where they are prepared."""
        return self.tap(to, outbound)
