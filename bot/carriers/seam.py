"""What the webhook asks of a carrier: the one place to look at when another provider is to carry messages.

Owns: the protocol, the raw request, and how a request is refused. Never: a provider's own ways.
A new provider is a package beside `twilio` with a class that keeps this protocol; `tests/carrier_contract.py` is what
it has to pass, and `app` gives it its routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from bot.channels.message import Inbound, Outbound

Fields = Mapping[str, Any]  # a verified request, read once; the names are the provider's and go no further


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came: providers sign bytes. Names of headers in lower case. Its repr tells nothing."""

    path: str
    query: str = ""  # undecoded
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Raw({self.path})"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Not the carrier's, or not readable: the HTTP status, and a name to count."""

    status: int
    name: str


class Inline(msgspec.Struct, frozen=True, kw_only=True):
    """A reply as the HTTP response of a message, where the carrier can take it so."""

    body: bytes
    content_type: str


class Carrier(Protocol):
    """A company or device that moves messages. Nothing here raises on what a request holds."""

    @property
    def name(self) -> str:
        """Its place in the address: /NAME/message, /NAME/status, /NAME/fallback."""
        ...

    @property
    def content_type(self) -> str:
        """The one type of body that it posts."""
        ...

    @property
    def proof(self) -> str:
        """The header that its proof stands in, in lower case: a request without one is refused before its body is
        waited for."""
        ...

    def verify(self, raw: Raw) -> Fields | Refusal:
        """The fields of a request that is proven to be the carrier's and meant for us; touches nothing else."""
        ...

    def inbound(self, fields: Fields, received: int) -> Inbound | None:
        """The message in verified fields; None where they are none. `received`: Unix seconds. Its dedup key is the
        same whenever the carrier delivers the same message."""
        ...

    def noticed(self, inbound: Inbound) -> None:
        """A message was taken and is about to be answered: what of that the carrier can show (a typing sign). Nothing
        unless the operator wants it; never waits."""
        ...

    def inline(self, outbound: Outbound | None) -> Inline:
        """A reply, or silence for None, as the response. Never illegal, empty or too long for the carrier."""
        ...

    def send(self, to: str, outbound: Outbound) -> bool:
        """Sends what `inline` cannot carry (buttons, lists). True where the carrier took it, and nothing more may be
        said; False, soon, in every other case: then the reply goes inline."""
        ...
