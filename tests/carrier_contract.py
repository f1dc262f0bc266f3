"""What every carrier has to pass. A further provider: a class that inherits this one and says how it sends."""

from __future__ import annotations

import random
from abc import abstractmethod

import msgspec

from bot.carriers.seam import Carrier, Inline, Raw, Refusal
from bot.channels.message import CAPABILITIES, Inbound, Option, Outbound

AWKWARD = ["a\x00b\x0b", "\ud83d", "<&>]]>\"'", "ë" * 5000, "\r\n1 Po\r2 Jo", "💙" * 900, "\u202eabc", "\ufffe"]


class CarrierContract:
    """The promises of `bot/carriers/seam.py`, one test each."""

    channel: str  # the channel that this subclass sends on

    @abstractmethod
    def carrier(self) -> Carrier:
        """The carrier, ready to listen."""

    @abstractmethod
    def message(self, text: str, key: str) -> Raw:
        """A message as the provider delivers it, signed; `key` is its own name for it."""

    @abstractmethod
    def status(self) -> Raw:
        """A word on one of our messages, signed."""

    @abstractmethod
    def shown(self, reply: Inline) -> str:
        """What the person sees of an inline reply; "" for silence."""

    def read(self, text: str, key: str = "1") -> Inbound:
        fields = self.carrier().verify(self.message(text, key))
        assert not isinstance(fields, Refusal)
        inbound = self.carrier().inbound(fields, 1_800_000_000)
        assert inbound is not None
        return inbound

    def test_a_message_is_read(self) -> None:
        inbound = self.read("ndihmë, jam në Durrës")
        assert (inbound.channel, inbound.kind, inbound.text) == (self.channel, "text", "ndihmë, jam në Durrës")
        assert inbound.answerable
        assert inbound.address
        assert inbound.received == 1_800_000_000
        assert inbound.channel in CAPABILITIES

    def test_the_dedup_key_is_the_message_and_nothing_else(self) -> None:
        assert self.read("po", "1").dedup == self.read("po", "1").dedup
        assert self.read("po", "1").dedup != self.read("po", "2").dedup

    def test_the_address_is_the_same_for_every_message(self) -> None:
        assert self.read("po", "1").address == self.read("jo", "2").address

    def test_a_changed_request_is_refused(self) -> None:
        good = self.message("ndihme", "1")
        changed = good.body.replace(b"ndihme", b"ndihma")
        assert changed != good.body
        replace = msgspec.structs.replace
        bad = [replace(good, body=changed), replace(good, path=good.path + "x"), replace(good, body=b"")]
        bad += [replace(good, headers={}), replace(good, headers={name: "x" for name in good.headers})]
        for raw in bad:
            refusal = self.carrier().verify(raw)
            assert isinstance(refusal, Refusal)
            assert 400 <= refusal.status < 500
            assert refusal.name.replace("_", "").isalpha()

    def test_junk_is_refused_and_raises_nothing(self) -> None:
        chance = random.Random(72)
        good = self.message("ndihme", "1")
        for _ in range(500):
            body = bytearray(good.body)
            for _ in range(chance.randint(1, 9)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            headers = {name: chance.choice([value, "", "ë", "\x00" * 9]) for name, value in good.headers.items()}
            if bytes(body) != good.body:
                assert isinstance(
                    self.carrier().verify(Raw(path=good.path, headers=headers, body=bytes(body))), Refusal
                )

    def test_any_text_is_read_without_controls_and_cut(self) -> None:
        for text in AWKWARD:
            read = self.read(text.encode("utf-8", "ignore").decode()).text
            assert len(read) <= 1600
            assert all(char.isprintable() or char in "\n\u200d" for char in read)

    def test_a_status_is_no_message(self) -> None:
        fields = self.carrier().verify(self.status())
        assert not isinstance(fields, Refusal)
        assert self.carrier().inbound(fields, 0) is None

    def test_a_reply_is_shown_as_it_is(self) -> None:
        for text in ["Në rrezik: 112", "1 Po\n2 Jo", "a & b < c"]:
            assert self.shown(self.carrier().inline(Outbound(text=text))) == text

    def test_any_reply_is_legal_and_within_the_screen(self) -> None:
        length = CAPABILITIES[self.channel].length
        for text in AWKWARD:
            assert len(self.shown(self.carrier().inline(Outbound(text=text)))) <= length

    def test_silence_is_silence(self) -> None:
        for nothing in (None, Outbound(text=""), Outbound(text=" \n")):
            assert self.shown(self.carrier().inline(nothing)) == ""

    def test_what_cannot_be_sent_is_left_to_the_inline_reply(self) -> None:
        option = Option(number=1, label="Po", payload="besa.0.a.b.yes")
        reply = Outbound(text="A?\n1 Po", body="A?", options=(option,), form="buttons", language="sq")
        assert self.carrier().send(self.read("po").address, reply) is False

    def test_a_request_tells_nothing_of_itself_where_it_is_printed(self) -> None:
        shown = repr(self.message("a telling word", "1"))
        assert "telling" not in shown
        assert "355" not in shown

    def test_a_carrier_with_no_secret_listens_to_nobody(self) -> None:
        assert isinstance(self.deaf().verify(self.message("po", "1")), Refusal)

    @abstractmethod
    def deaf(self) -> Carrier:
        """The carrier with nothing set."""
