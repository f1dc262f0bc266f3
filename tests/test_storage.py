"""The contract of a store, over both: in memory and on a real server."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import msgspec
import pytest

from bot.dialogue.session import Exchange, Said, Session
from bot.dialogue.store import Change, Opened, Ticket
from bot.storage.memory import Memory
from bot.storage.sessions import Redis

NUMBERS = itertools.count(355_690_000_000)
Store = Memory | Redis


@pytest.fixture
def address() -> str:
    return f"+{next(NUMBERS)}"


def session(step: str = "intake.need", **more: object) -> Session:
    return Session(script="abc", step=step, facts={"need": "shelter"}, **more)  # type: ignore[arg-type]


def put(store: Store, address: str, sid: str, change: Change, channel: str = "sms") -> Opened | None:
    """Opens and commits, as the straight line does."""
    texter, dedup = store.texter(address), store.dedup(channel, sid)
    opened = store.open(texter, channel, dedup)
    return store.commit(texter, channel, dedup, opened.version, change)


def look(store: Store, address: str, sid: str = "never", channel: str = "sms") -> Opened:
    return store.open(store.texter(address), channel, store.dedup(channel, sid))


def ticket(address: str, ident: str = "t1", *, opens: float = 0, closes: float | None = None) -> Ticket:
    now = int(time.time())
    return Ticket(
        id=ident, address=address, channel="sms", language="sq", script="abc", consented=now, last_inbound=now,
        opens=int(opens or now - 1), closes=int(closes or now + 3600),
    )  # fmt: skip


class TestStore:
    def test_nothing_is_known_at_first(self, store: Store, address: str) -> None:
        assert look(store, address) == Opened()

    def test_a_committed_session_comes_back_whole(self, store: Store, address: str) -> None:
        kept = session(recent=(Exchange(key="k", says=(Said(say="a.b.say", bind={"service": "x"}),)),))
        assert put(store, address, "m1", Change(session=kept, ttl=60)) is None
        opened = look(store, address)
        assert opened.session == kept
        assert opened.version != 0
        assert not opened.seen

    def test_one_texter_on_both_channels_with_two_sessions(self, store: Store, address: str) -> None:
        assert store.texter(address) == store.texter(f"whatsapp:{address}") == store.texter(address.lstrip("+"))
        put(store, address, "m1", Change(session=session(), ttl=60))
        assert look(store, address, channel="whatsapp").session is None

    def test_an_address_without_a_number_is_taken_as_given(self, store: Store) -> None:
        assert store.texter("whatsapp:AL.13491208655302741918") == store.texter("AL.13491208655302741918")
        assert store.texter("whatsapp:AL.1") != store.texter("whatsapp:al.1")

    def test_a_repeated_message_is_seen_and_gets_the_same_again(self, store: Store, address: str) -> None:
        dedup = store.dedup("sms", "m1")
        said = Exchange(key=dedup, says=(Said(say="intake.need.say"),))
        put(store, address, "m1", Change(session=session(recent=(said,)), ttl=60))
        opened = look(store, address, "m1")
        assert (opened.seen, opened.repeat) == (True, said)
        version = opened.version
        newer = store.commit(store.texter(address), "sms", dedup, version, Change(session=session("x.y"), ttl=60))
        assert newer is not None
        assert newer.seen
        assert look(store, address).session == session(recent=(said,))

    def test_a_turn_that_wipes_leaves_its_bland_answer_with_the_seen_mark(self, store: Store, address: str) -> None:
        said = Exchange(key=store.dedup("sms", "m2"), says=(Said(say="leaving.close.say"),))
        put(store, address, "m1", Change(session=session(), ttl=60))
        put(store, address, "m2", Change(session=None, ttl=0, exchange=said))
        opened = look(store, address, "m2")
        assert (opened.seen, opened.repeat, opened.session, opened.version) == (True, said, None, 0)
        assert look(store, address, "m1").repeat is None
        assert look(store, address, "m1").seen

    def test_a_moved_session_is_handed_back_and_nothing_changes(self, store: Store, address: str) -> None:
        texter = store.texter(address)
        before = look(store, address)
        put(store, address, "m1", Change(session=session("a.b"), ttl=60))
        late = Change(session=None, ttl=0, forget=True, opt_out=True, ticket=ticket(address), counts=("x",))
        newer = store.commit(texter, "sms", store.dedup("sms", "m2"), before.version, late)
        assert newer is not None
        assert newer.session == session("a.b")
        assert newer.version == look(store, address).version
        after = look(store, address, "m2")
        assert (after.seen, after.opted_out, after.session) == (False, False, session("a.b"))

    def test_fifty_parallel_copies_make_one_transition(self, store: Store, address: str) -> None:
        texter, dedup = store.texter(address), store.dedup("sms", "m1")
        version = store.open(texter, "sms", dedup).version
        results: list[Opened | None] = []
        change = Change(session=session(), ttl=60, counts=("entered:intake.need",))
        threads = [
            threading.Thread(target=lambda: results.append(store.commit(texter, "sms", dedup, version, change)))
            for _ in range(50)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 50
        assert results.count(None) == 1
        assert all(result.seen for result in results if result is not None)
        assert look(store, address).hits == 1

    def test_two_messages_at_once_are_put_in_one_order(self, store: Store, address: str) -> None:
        texter = store.texter(address)
        version = look(store, address).version
        first = store.commit(texter, "sms", store.dedup("sms", "a"), version, Change(session=session("s.a"), ttl=60))
        second = store.commit(texter, "sms", store.dedup("sms", "b"), version, Change(session=session("s.b"), ttl=60))
        assert first is None
        assert second is not None
        assert not second.seen
        again = Change(session=session("s.b"), ttl=60)
        assert store.commit(texter, "sms", store.dedup("sms", "b"), second.version, again) is None
        assert look(store, address).session == session("s.b")

    def test_no_version_ever_comes_back(self, store: Store, address: str) -> None:
        seen = set()
        for turn in range(20):
            put(store, address, f"m{turn}", Change(session=session() if turn % 3 else None, ttl=60))
            seen.add(look(store, address).version)
        assert len(seen) == 14  # 13 kept sessions, and 0

    def test_a_session_ends_by_itself(self, store: Store, address: str) -> None:
        put(store, address, "m1", Change(session=session(), ttl=1))
        assert look(store, address).session is not None
        time.sleep(1.1)
        opened = look(store, address, "m1")
        assert (opened.session, opened.version, opened.seen) == (None, 0, True)

    def test_forget_leaves_nothing_of_the_texter_on_any_channel(self, store: Store, address: str) -> None:
        put(store, address, "m1", Change(session=session(), ttl=60, ticket=ticket(address)))
        put(store, f"whatsapp:{address}", "w1", Change(session=session(), ttl=60), "whatsapp")
        assert store.forget(store.texter(address)) == 6  # two sessions, hits, ticket, held, due entry
        assert look(store, address) == Opened()
        assert look(store, address, channel="whatsapp") == Opened()
        assert store.tickets.take(time.time() + 9, 1, 10_000) == []
        assert store.forget(store.texter(address)) == 0

    def test_a_turn_can_forget_everything_and_is_still_not_done_twice(self, store: Store, address: str) -> None:
        put(store, f"whatsapp:{address}", "w1", Change(session=session(), ttl=60, ticket=ticket(address)), "whatsapp")
        said = Exchange(key=store.dedup("sms", "m1"), says=(Said(say="leaving.gone.say"),))
        put(store, address, "m1", Change(session=None, ttl=0, forget=True, exchange=said))
        opened = look(store, address, "m1")
        assert (opened.seen, opened.repeat, opened.hits) == (True, said, 0)
        assert look(store, address, channel="whatsapp").session is None
        assert store.forget(store.texter(address)) == 0

    def test_an_opt_out_holds_on_both_channels_and_outlives_forget(self, store: Store, address: str) -> None:
        put(store, address, "m1", Change(session=None, ttl=0, opt_out=True))
        assert look(store, address, channel="whatsapp").opted_out
        store.forget(store.texter(address))
        assert look(store, address).opted_out
        put(store, address, "m2", Change(session=session(), ttl=60))
        assert look(store, address).opted_out
        put(store, address, "m3", Change(session=None, ttl=0, opt_out=False, ticket=ticket(address)))
        assert not look(store, address).opted_out

    @pytest.mark.parametrize("no", [{"cancel": True}, {"forget": True}, {"opt_out": True}])
    def test_a_ticket_ends_with_every_no(self, store: Store, address: str, no: dict[str, bool]) -> None:
        put(store, address, "m1", Change(session=None, ttl=0, ticket=ticket(address, "gone")))
        put(store, f"whatsapp:{address}", "w1", Change(session=None, ttl=0, **no), "whatsapp")  # type: ignore[arg-type]
        assert store.tickets.take(time.time() + 9, 1, 10_000) == []
        assert not store.tickets.confirm(ticket(address, "gone"))

    def test_hits_count_what_was_committed(self, store: Store, address: str) -> None:
        for turn in range(3):
            put(store, address, f"m{turn}", Change(session=session(), ttl=60))
            put(store, address, f"m{turn}", Change(session=session(), ttl=60))
        assert look(store, address).hits == 3


class TestTickets:
    def test_what_is_due_is_taken_once_a_lease_and_claimed_once(self, store: Store, address: str) -> None:
        mine = ticket(address, "due1")
        put(store, address, "m1", Change(session=None, ttl=0, ticket=mine))
        now = time.time()
        [(shard, ident)] = [entry for entry in store.tickets.take(now, 60) if entry[1] == "due1"]
        assert store.tickets.take(now + 59, 60) == []
        assert store.tickets.look(shard, ident) == mine
        assert [entry[1] for entry in store.tickets.take(now + 61, 60)] == ["due1"]
        assert store.tickets.claim(shard, ident) == mine
        assert store.tickets.claim(shard, ident) is None
        assert store.tickets.look(shard, ident) is None
        assert store.tickets.take(now + 1000, 60) == []
        assert store.tickets.confirm(mine)
        store.forget(store.texter(address))

    def test_what_is_not_due_is_not_taken(self, store: Store, address: str) -> None:
        later = time.time() + 100
        put(store, address, "m1", Change(session=None, ttl=0, ticket=ticket(address, "later", opens=later)))
        assert store.tickets.take(later - 2, 60) == []
        assert store.tickets.waiting() == (1, int(later))
        assert [ident for _, ident in store.tickets.take(later + 1, 60)] == ["later"]
        store.forget(store.texter(address))

    def test_a_new_ticket_takes_the_place_of_the_old_one(self, store: Store, address: str) -> None:
        put(store, address, "m1", Change(session=None, ttl=0, ticket=ticket(address, "old")))
        put(store, address, "m2", Change(session=None, ttl=0, ticket=ticket(address, "new")))
        assert [ident for _, ident in store.tickets.take(time.time(), 60)] == ["new"]
        assert not store.tickets.confirm(ticket(address, "old"))
        store.forget(store.texter(address))

    @pytest.mark.parametrize("no", ["forget", "opt out", "cancel", "replaced", "carrier"])
    def test_a_no_between_claim_and_send_is_seen(self, store: Store, address: str, no: str) -> None:
        mine = ticket(address, "going")
        put(store, address, "m1", Change(session=None, ttl=0, ticket=mine))
        [(shard, ident)] = store.tickets.take(time.time(), 60)
        assert store.tickets.claim(shard, ident) == mine
        acts: dict[str, Callable[[], object]] = {
            "forget": lambda: store.forget(store.texter(address)),
            "opt out": lambda: put(store, address, "m2", Change(session=None, ttl=0, opt_out=True)),
            "cancel": lambda: put(store, address, "m2", Change(session=None, ttl=0, cancel=True)),
            "replaced": lambda: put(store, address, "m2", Change(session=None, ttl=0, ticket=ticket(address, "b"))),
            "carrier": lambda: store.tickets.opt_out(mine.address),
        }
        acts[no]()
        assert not store.tickets.confirm(mine)
        assert not store.tickets.settle(mine, session(), 60)
        store.forget(store.texter(address))

    def test_a_sent_check_in_leaves_its_session_and_nothing_else(self, store: Store, address: str) -> None:
        mine = ticket(address, "sent")
        put(store, address, "m1", Change(session=None, ttl=0, ticket=mine))
        [(shard, ident)] = store.tickets.take(time.time(), 60)
        store.tickets.claim(shard, ident)
        assert not store.tickets.talking(mine)
        assert store.tickets.confirm(mine)
        assert store.tickets.settle(mine, session("checkin.reply"), 60)
        assert store.tickets.talking(mine)
        assert look(store, address).session == session("checkin.reply")
        assert not store.tickets.settle(mine, session("again"), 60)
        assert store.forget(store.texter(address)) == 2  # that session, and hits

    def test_a_talk_that_began_meanwhile_is_left_alone(self, store: Store, address: str) -> None:
        mine = ticket(address, "busy")
        put(store, address, "m1", Change(session=None, ttl=0, ticket=mine))
        [(shard, ident)] = store.tickets.take(time.time(), 60)
        store.tickets.claim(shard, ident)
        assert store.tickets.confirm(mine)
        put(store, address, "m2", Change(session=session("talk.now"), ttl=60))
        assert not store.tickets.settle(mine, session("checkin.reply"), 60)
        assert look(store, address).session == session("talk.now")

    def test_many_sweeps_share_what_is_due(self, store: Store) -> None:
        addresses = [f"+{next(NUMBERS)}" for _ in range(60)]
        for number, one in enumerate(addresses):
            put(store, one, f"s{number}", Change(session=None, ttl=0, ticket=ticket(one, f"many{number}")))
        now, taken = time.time(), list[tuple[str, str]]()
        sweeps = [threading.Thread(target=lambda: taken.extend(store.tickets.take(now, 60))) for _ in range(4)]
        for sweep in sweeps:
            sweep.start()
        for sweep in sweeps:
            sweep.join()
        assert len(taken) == len(set(taken)) == 60
        for one in addresses:
            store.forget(store.texter(one))


def test_what_crosses_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Opened().version = 3  # type: ignore[misc]
    assert msgspec.structs.asdict(Change(session=None, ttl=1))["counts"] == ()
