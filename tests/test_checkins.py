"""When a check-in may go, and the order of claim, last look and send. The store is the real one, in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.message import Inbound
from bot.checkins import QUIET, SOONEST, WINDOWS, Checkins, Rules, may_offer, plan, slot, verdict
from bot.dialogue.lookups import Query
from bot.dialogue.script import Script
from bot.dialogue.session import Session
from bot.dialogue.store import Change, Ticket
from bot.errors import StorageUnavailable
from bot.storage import keys
from bot.storage.memory import Memory

TIRANA = ZoneInfo("Europe/Tirane")
RULES = Rules(zone=TIRANA, sms_two_way=True, template=True)
ADULT = Session(script="abc", language="sq", facts={"age": "adult"})
SCRIPT = Script(
    hash="abc", steps={}, entries={"checkin_reply": "checkin.reply"}, labels={}, phrases={}, words={}, tells={}
)
NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)  # 12:00 in Tirana, a Wednesday


def local(unix: float) -> datetime:
    return datetime.fromtimestamp(unix, TIRANA)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TIRANA).astimezone(UTC)


def rules(**change: Any) -> Rules:
    return Rules(**{"zone": TIRANA, "sms_two_way": True, "template": True} | change)


def inbound(channel: str = "sms", address: str = "+355691112233") -> Inbound:
    return Inbound(channel=channel, address=address, dedup="SM1")


def planned(
    now: datetime = NOON, window: str = "afternoon", channel: str = "sms", session: Session = ADULT, **change: Any
) -> Ticket | None:
    return plan(rules(**change), lambda: "f" * 32, lambda: 0.0)(window, inbound(channel), session, now)


class TestPlan:
    def test_the_next_day_in_the_window_that_was_picked(self) -> None:
        ticket = planned()
        assert ticket is not None
        assert local(ticket.opens) == datetime(2026, 11, 26, 13, 0, tzinfo=TIRANA)
        assert local(ticket.closes) == datetime(2026, 11, 26, 17, 0, tzinfo=TIRANA)
        assert (ticket.address, ticket.channel, ticket.language, ticket.script) == ("+355691112233", "sms", "sq", "abc")
        assert ticket.consented == ticket.last_inbound == int(NOON.timestamp())

    def test_not_too_soon_after_the_yes(self) -> None:
        """A yes at 23:00 does not bring a message at 9:30."""
        ticket = planned(at("2026-11-25T23:00"), "morning")
        assert ticket is not None
        assert local(ticket.opens) == datetime(2026, 11, 27, 9, 30, tzinfo=TIRANA)

    @given(
        st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1)),
        st.sampled_from(sorted(WINDOWS)),
        st.sampled_from(["sms", "whatsapp"]),
        st.booleans(),
        st.floats(0, 1),
    )
    def test_always_in_its_window_of_tirana_and_within_seven_days(
        self, when: datetime, window: str, channel: str, template: bool, spread: float
    ) -> None:
        now = when.replace(tzinfo=UTC)
        found = plan(rules(template=template), lambda: "x", lambda: spread)(window, inbound(channel), ADULT, now)
        if found is None:
            assert channel == "whatsapp"
            assert not template
            return
        first, last = WINDOWS[window]
        assert first <= local(found.opens).time() <= local(found.closes).time() <= last
        assert local(found.opens).date() == local(found.closes).date()
        assert found.opens - now.timestamp() + 1 >= SOONEST
        assert found.closes <= now.timestamp() + 7 * 86400
        assert found.opens < found.closes
        if channel == "whatsapp" and not template:
            assert found.closes <= now.timestamp() + 23 * 3600 + 50 * 60
        assert verdict(found, found.opens, TIRANA) == verdict(found, found.closes, TIRANA) == "go"

    @pytest.mark.parametrize(
        ("now", "window", "opens"),
        [
            ("2027-03-27T12:00", "morning", "2027-03-28T07:30+00:00"),  # the clocks went forward that night
            ("2027-03-26T12:00", "morning", "2027-03-27T08:30+00:00"),
            ("2026-10-24T12:00", "morning", "2026-10-25T08:30+00:00"),  # and back
            ("2026-10-23T12:00", "morning", "2026-10-24T07:30+00:00"),
            ("2027-10-30T12:00", "evening", "2027-10-31T16:30+00:00"),
            ("2027-12-31T12:00", "morning", "2028-01-01T08:30+00:00"),
            ("2028-02-28T12:00", "morning", "2028-02-29T08:30+00:00"),
        ],
    )
    def test_the_clock_on_the_wall_counts(self, now: str, window: str, opens: str) -> None:
        ticket = planned(at(now), window)
        assert ticket is not None
        assert datetime.fromtimestamp(ticket.opens, UTC) == datetime.fromisoformat(opens)

    @pytest.mark.parametrize(
        ("hour", "window", "possible"),
        [
            (11, "morning", True),
            (11, "afternoon", False),
            (11, "evening", False),
            (16, "morning", False),
            (15, "afternoon", True),
            (20, "evening", True),
            (9, "morning", False),  # 9:30 next day is 30 minutes too late
        ],
    )
    def test_whatsapp_without_a_template_only_within_a_day(self, hour: int, window: str, possible: bool) -> None:
        now = at(f"2026-11-25T{hour:02d}:30" if hour != 9 else "2026-11-25T09:20")
        assert (planned(now, window, "whatsapp", template=False) is not None) == possible
        assert planned(now, window, "whatsapp", template=True) is not None

    def test_sms_only_where_it_can_be_answered(self) -> None:
        assert planned(sms_two_way=False) is None
        assert planned(channel="whatsapp", sms_two_way=False) is not None

    @pytest.mark.parametrize("facts", [{"age": "child"}, {"age": "child", "who": "other"}])
    def test_never_to_a_child_whatever_the_flow_says(self, facts: dict[str, str]) -> None:
        assert planned(session=msgspec.structs.replace(ADULT, facts=facts)) is None

    def test_no_window_no_ticket(self) -> None:
        assert planned(window="") is None
        assert planned(window="night") is None

    def test_not_to_who_cannot_be_answered(self) -> None:
        made = plan(RULES, lambda: "x", lambda: 0.0)
        assert made("morning", msgspec.structs.replace(inbound(), answerable=False), ADULT, NOON) is None

    def test_every_window_is_outside_the_quiet_hours(self) -> None:
        assert all(QUIET[1] <= first < last < QUIET[0] for first, last in WINDOWS.values())

    @given(
        st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1)),
        st.sampled_from(["", *WINDOWS]),
        st.sampled_from(["sms", "whatsapp"]),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "adult", "child"]),
    )
    def test_what_was_offered_can_be_planned(
        self, when: datetime, window: str, channel: str, two_way: bool, template: bool, age: str
    ) -> None:
        """The flow asks before it promises: a yes in a window that was possible always gets its ticket."""
        now, mine = when.replace(tzinfo=UTC), rules(sms_two_way=two_way, template=template)
        facts = {name: word for name, word in {"window": window, "age": age}.items() if word}
        answer = may_offer(mine)(Query(facts=facts, channel=channel, now=now)).facts["checkin"]
        session = msgspec.structs.replace(ADULT, facts=facts)
        made = [plan(mine, lambda: "x", lambda: 1.0)(one, inbound(channel), session, now) for one in WINDOWS]
        if window:
            assert (answer == "possible") == (made[list(WINDOWS).index(window)] is not None)
        else:
            assert (answer == "possible") == any(made)


class TestVerdict:
    TICKET = Ticket(
        id="x", address="+3556", channel="sms", language="sq", script="abc", consented=int(NOON.timestamp()),
        last_inbound=0, opens=int(at("2026-11-26T13:00").timestamp()), closes=int(at("2026-11-26T17:00").timestamp()),
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("now", "says"),
        [
            ("2026-11-26T12:59", "early"),
            ("2026-11-26T13:00", "go"),
            ("2026-11-26T17:00", "go"),
            ("2026-11-26T17:01", "late"),
            ("2026-11-27T14:00", "late"),  # a clock a day ahead
            ("2026-11-25T14:00", "early"),  # a day behind
            ("2026-11-24T14:00", "late"),  # before the yes: such a clock is not to be trusted
            ("2027-11-26T14:00", "late"),
        ],
    )
    def test_by_the_clock(self, now: str, says: str) -> None:
        assert verdict(self.TICKET, at(now).timestamp(), TIRANA) == says

    def test_quiet_hours_hold_against_a_crafted_ticket(self) -> None:
        crafted = msgspec.structs.replace(self.TICKET, opens=0, closes=int(at("2026-12-24T00:00").timestamp()))
        for hour in range(24):
            now = at(f"2026-11-26T{hour:02d}:30").timestamp()
            assert verdict(crafted, now, TIRANA) == ("go" if 9 <= hour < 21 else "quiet")

    def test_a_yes_of_a_month_ago_counts_no_more(self) -> None:
        old = msgspec.structs.replace(self.TICKET, opens=0, closes=2**40)
        assert verdict(old, (NOON + timedelta(days=29, hours=1)).timestamp(), TIRANA) == "go"
        assert verdict(old, (NOON + timedelta(days=30, hours=1)).timestamp(), TIRANA) == "late"


class Desk:
    """A store in memory with one ticket, a clock to move, and a carrier that answers what it is told."""

    def __init__(self, answers: list[str] | None = None) -> None:
        self.now = NOON.timestamp()
        self.store = Memory(clock=lambda: self.now)
        self.sent: list[tuple[str, str]] = []
        self.answers = answers or ["sent"]
        self.meanwhile: Callable[[], object] = lambda: None
        self.drift = 0.0
        self.numbers = itertools.count()
        self.checkins = Checkins(
            rules=RULES,
            script=SCRIPT,
            tickets=self.store.tickets,
            text=self._text,
            deliver=self._deliver,
            clock=lambda: self.now + self.drift,
            pause=self._pause,
        )
        ticket = planned()
        assert ticket is not None
        self.ticket = ticket
        self.say(Change(session=None, ttl=0, ticket=ticket))

    def say(self, change: Change, channel: str = "sms") -> None:
        texter, dedup = self.store.texter("+355691112233"), self.store.dedup(channel, f"m{next(self.numbers)}")
        version = self.store.open(texter, channel, dedup).version
        assert self.store.commit(texter, channel, dedup, version, change) is None

    def due(self) -> list[tuple[str, str]]:
        return self.store.tickets.take(self.now, 0)

    def send(self) -> str:
        return self.checkins.send(keys.shard_of(self.store.texter("+355691112233")), self.ticket.id)

    def session(self) -> Session | None:
        return self.store.open(self.store.texter("+355691112233"), "sms", "0" * 32).session

    def _text(self, ticket: Ticket) -> str:
        self.meanwhile()
        return f"message in {ticket.language}"

    def _deliver(self, ticket: Ticket, text: str) -> str:
        self.sent.append((ticket.address, text))
        return self.answers.pop(0)

    def _pause(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def open_window(desk: Desk) -> Desk:
    desk.now = desk.ticket.opens + 60.0
    return desk


class TestSend:
    def test_one_message_and_a_session_that_tells_nothing(self, desk: Desk) -> None:
        open_window(desk)
        assert len(desk.due()) == 1
        assert desk.send() == "sent"
        assert desk.sent == [("+355691112233", "message in sq")]
        assert desk.session() == Session(script="abc", language="sq", channel="sms", step="checkin.reply")
        assert desk.due() == []
        assert desk.send() == "gone"
        assert len(desk.sent) == 1
        desk.now += 48 * 3600 + 1
        assert desk.session() is None

    def test_before_its_window_it_stays(self, desk: Desk) -> None:
        assert desk.send() == "early"
        assert desk.due() == []
        assert desk.send() == "early"
        assert open_window(desk).send() == "sent"

    def test_after_its_window_it_never_goes(self, desk: Desk) -> None:
        desk.now = desk.ticket.closes + 1.0
        assert desk.send() == "late"
        assert desk.sent == []
        desk.now = desk.ticket.opens + 1.0
        assert desk.send() == "gone"
        assert desk.session() is None

    def test_a_week_of_downtime_sends_nothing(self, desk: Desk) -> None:
        desk.now += 8 * 86400
        assert desk.due() == []
        assert desk.send() == "gone"
        assert desk.sent == []

    def test_not_in_the_middle_of_a_talk(self, desk: Desk) -> None:
        open_window(desk)
        desk.say(Change(session=ADULT, ttl=1800), "whatsapp")
        assert desk.send() == "talking"
        assert desk.sent == []
        desk.now += 1801
        assert desk.send() == "sent"

    @pytest.mark.parametrize("drift", [-86400.0, -3600.0, 3600.0, 86400.0])
    def test_not_while_two_clocks_disagree(self, desk: Desk, drift: float) -> None:
        open_window(desk)
        desk.drift = drift
        assert desk.send() == "clocks"
        desk.now -= drift  # the other one was wrong, and ours says: in the window
        assert desk.send() in {"clocks", "gone"}
        assert desk.sent == []

    def test_ten_minutes_apart_is_still_safe(self, desk: Desk) -> None:
        open_window(desk)
        desk.drift = 590
        assert desk.send() == "sent"

    @pytest.mark.parametrize("no", ["forget", "stop", "cancel", "again"])
    def test_a_no_between_claim_and_send(self, desk: Desk, no: str) -> None:
        open_window(desk)
        other = msgspec.structs.replace(desk.ticket, id="e" * 32)
        changes = {
            "forget": Change(session=None, ttl=0, forget=True),
            "stop": Change(session=None, ttl=0, opt_out=True),
            "cancel": Change(session=None, ttl=0, cancel=True),
            "again": Change(session=None, ttl=0, ticket=other),
        }
        desk.meanwhile = lambda: desk.say(changes[no])
        assert desk.send() == "withdrawn"
        assert desk.sent == []
        assert desk.session() is None

    def test_an_opt_out_is_kept_when_the_carrier_says_so(self) -> None:
        desk = open_window(Desk(["opted_out"]))
        assert desk.send() == "opted_out"
        assert desk.store.open(desk.store.texter("+355691112233"), "sms", "0" * 32).opted_out
        assert desk.session() is None

    @pytest.mark.parametrize("kind", ["invalid_address", "outside_window", "content", "policy", "config", "expired"])
    def test_what_is_refused_for_good_ends_there(self, kind: str) -> None:
        desk = open_window(Desk([kind]))
        assert desk.send() == kind
        assert len(desk.sent) == 1
        assert desk.session() is None
        assert desk.send() == "gone"

    def test_an_unknown_outcome_is_never_sent_again_but_can_be_answered(self) -> None:
        desk = open_window(Desk(["unknown"]))
        assert desk.send() == "unknown"
        assert desk.send() == "gone"
        assert len(desk.sent) == 1
        assert desk.session() is not None

    def test_what_was_surely_not_taken_is_tried_again(self) -> None:
        desk = open_window(Desk(["throttled", "transient", "sent"]))
        assert desk.send() == "sent"
        assert len(desk.sent) == 3

    def test_and_given_up_after_three(self) -> None:
        desk = open_window(Desk(["throttled"] * 9))
        assert desk.send() == "throttled"
        assert len(desk.sent) == 3
        assert desk.send() == "gone"

    def test_not_tried_again_beyond_its_window(self) -> None:
        desk = Desk(["throttled"] * 9)
        desk.now = desk.ticket.closes - 1.0
        assert desk.send() == "throttled"
        assert len(desk.sent) == 1

    def test_not_tried_again_after_a_no(self) -> None:
        desk = open_window(Desk(["throttled"] * 9))
        looks = itertools.count()
        desk.meanwhile = lambda: next(looks) and desk.say(Change(session=None, ttl=0, forget=True))
        assert desk.send() == "withdrawn"
        assert len(desk.sent) == 1

    def test_trouble_before_the_claim_leaves_it_due(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        open_window(desk)

        def down(*_: object) -> bool:
            raise StorageUnavailable("down")

        with monkeypatch.context() as patched:
            patched.setattr(desk.store.tickets, "talking", down)
            with pytest.raises(StorageUnavailable):
                desk.send()
        assert desk.send() == "sent"

    def test_trouble_after_the_claim_sends_nothing(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        open_window(desk)

        def down(*_: object) -> bool:
            raise StorageUnavailable("down")

        monkeypatch.setattr(desk.store.tickets, "confirm", down)
        with pytest.raises(StorageUnavailable):
            desk.send()
        assert desk.sent == []
        assert desk.send() == "gone"


def test_trouble_after_the_send_does_not_hide_it(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_window(Desk())

    def down(*_: object) -> bool:
        raise StorageUnavailable("down")

    monkeypatch.setattr(desk.store.tickets, "settle", down)
    assert desk.send() == "sent"
    assert desk.send() == "gone"
    assert len(desk.sent) == 1


def test_a_slot_is_never_a_sliver() -> None:
    """A window of which only minutes are left after the shortest wait is passed over."""
    found = slot(RULES, "morning", "sms", at("2026-11-25T15:50"))
    assert found is not None
    assert local(found.opens).date().isoformat() == "2026-11-27"
