"""Totals over many talks, and the table that is printed.

Owns: median, worst and shares; the targets. Never: a talk (`talks`), a drawing (`chart`).
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from bot.people.talks import Talk

MEDIAN_TARGET: Final = 2
WORST_TARGET: Final = 3
PARTS_TARGET: Final = 0.5
TO: Final[dict[str, Callable[[Talk], int]]] = {
    "line": lambda talk: talk.line,
    "number": lambda talk: talk.number,
    "told": lambda talk: talk.number and max(1, talk.number - (talk.told or talk.number) + 1),
    "named": lambda talk: talk.named,
    "service": lambda talk: talk.service,
}
LISTED: Final[dict[str, Callable[[Talk], bool]]] = {
    "line": lambda talk: talk.listed_line,
    "number": lambda talk: talk.listed_number,
    "service": lambda talk: talk.listed_service,
}
TITLES: Final = {
    "line": "first line that fits (*)",
    "number": "first number that fits",
    "told": "  counted from the need told",
    "named": "  more than a bare list",
    "service": "first service that fits",
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """How long it took until something. `turns`: messages -> people; `never`: the directory has it, they did not get
    it. `worst` is 0 where anybody never got it."""

    people: int
    never: int
    turns: dict[int, int]

    @property
    def median(self) -> float:
        counted = Counter(self.turns)
        return statistics.median([*counted.elements(), *[99] * self.never]) if self.people else 0

    @property
    def worst(self) -> int:
        return 0 if self.never or not self.turns else max(self.turns)

    def within(self, turns: int) -> float:
        """Share that got it in so many messages."""
        return sum(count for turn, count in self.turns.items() if turn <= turns) / self.people if self.people else 0.0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything that `walk` says."""

    people: int
    seed: int
    shares: dict[str, dict[str, int]]
    seekers: int
    ways: dict[str, Way]
    personas: dict[str, dict[str, Way]]
    dead_ends: list[str]
    crashes: list[str]
    telling: dict[str, int]
    longest: dict[str, int]
    most_parts: int
    resolved: int  # Albanian SMS talks in which a number that fits was given
    parts: float  # per resolved talk
    parts_full: float  # the same texts with ë and ç
    slow: dict[str, int]  # need -> people that waited longer than the target

    @property
    def broken(self) -> bool:
        """A dead end, a crash, or a reply that told more than the person had."""
        return bool(self.dead_ends or self.crashes or self.telling)

    def targets(self) -> Iterator[tuple[str, bool]]:
        """Every target, and whether it is met."""
        way = self.ways["line"]
        yield f"median at most {MEDIAN_TARGET}", way.median <= MEDIAN_TARGET
        yield f"worst at most {WORST_TARGET}", 0 < way.worst <= WORST_TARGET
        yield "no dead end, no crash, nothing told too early", not self.broken
        yield "parts at most half of those with ë and ç", 0 < self.parts <= PARTS_TARGET * self.parts_full

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return {
            **asdict(self),
            "ways": {name: _plain(way) for name, way in self.ways.items()},
            "personas": {
                persona: {name: _plain(way) for name, way in ways.items()} for persona, ways in self.personas.items()
            },
            "targets": dict(self.targets()),
        }


def _plain(way: Way) -> dict[str, Any]:
    return {**asdict(way), "median": way.median, "worst": way.worst, "within_target": way.within(WORST_TARGET)}


def figures(talks: Sequence[Talk], seed: int) -> Figures:
    """The totals of talks."""
    seekers = [talk for talk in talks if talk.person.seeks]
    folded = [talk for talk in seekers if talk.number and _albanian_sms(talk)]
    personas = dict.fromkeys(talk.person.persona for talk in seekers)
    return Figures(
        people=len(talks),
        seed=seed,
        shares={
            name: dict(Counter(_trait(talk, name) for talk in talks)) for name in ("language", "channel", "opening")
        }
        | {"gibberish": dict(Counter(_gibberish(talk) for talk in talks))},
        seekers=len(seekers),
        ways=_ways(seekers),
        personas={
            persona: _ways([talk for talk in seekers if talk.person.persona == persona]) for persona in sorted(personas)
        },
        dead_ends=[f"person {talk.person.number}, {end}" for talk in talks for end in talk.dead_ends],
        crashes=[f"person {talk.person.number}: {talk.crash}" for talk in talks if talk.crash],
        telling=dict(Counter(say for talk in talks for say in talk.telling)),
        longest={
            channel: max((talk.longest for talk in talks if talk.person.channel == channel), default=0)
            for channel in ("sms", "whatsapp")
        },
        most_parts=max((talk.most_parts for talk in talks), default=0),
        resolved=len(folded),
        parts=_mean(talk.parts for talk in folded),
        parts_full=_mean(talk.parts_full for talk in folded),
        slow=dict(Counter(talk.person.need for talk in seekers if late(talk)).most_common()),
    )


def late(talk: Talk) -> bool:
    """The directory has a line for this person, and it came later than the target, or never."""
    return talk.listed_line and not 0 < talk.line <= WORST_TARGET


def _ways(talks: list[Talk]) -> dict[str, Way]:
    return {
        name: _way([talk for talk in talks if LISTED.get(name, LISTED["number"])(talk)], to) for name, to in TO.items()
    }


def _way(talks: list[Talk], to: Callable[[Talk], int]) -> Way:
    turns = Counter(to(talk) for talk in talks)
    never = turns.pop(0, 0)
    return Way(people=len(talks), never=never, turns=dict(sorted(turns.items())))


def _trait(talk: Talk, name: str) -> str:
    return str(getattr(talk.person, name))


def _gibberish(talk: Talk) -> str:
    return "yes" if talk.person.opening == "gibberish" or talk.person.gibberish_later else "no"


def _albanian_sms(talk: Talk) -> bool:
    return talk.person.channel == "sms" and talk.person.language == "sq"


def _mean(values: Iterable[int]) -> float:
    known = list(values)
    return statistics.fmean(known) if known else 0.0


def table(found: Figures) -> Iterator[str]:
    """The figures as lines to read."""
    yield f"{found.people} people, seed {found.seed}: " + "; ".join(_shares(found))
    yield f"{found.seekers} look for help; the directory has a number for {found.ways['number'].people} of them."
    yield ""
    yield f"{'messages until':<28}{'people':>7}{'median':>8}{'worst':>7}{f'in {WORST_TARGET}':>8}{'never':>7}"
    yield from (_line(TITLES[name], way) for name, way in found.ways.items())
    yield ""
    yield "(*) counted anew from the message that tells another need"
    yield ""
    yield "first number that fits, by persona"
    yield from (_line(f"  {persona}", ways["number"]) for persona, ways in found.personas.items())
    yield ""
    yield f"reached a service that fits: {_share(found.ways['service'].within(99))} of those the directory has one for"
    yield (
        f"longest reply: SMS {found.longest['sms']} characters, {found.most_parts} parts; "
        f"WhatsApp {found.longest['whatsapp']} characters"
    )
    yield from _parts(found)
    yield from _faults(found)
    if found.slow:
        yield "later than the target, by need: " + ", ".join(f"{need} {count}" for need, count in found.slow.items())
    yield ""
    yield from (f"{'met    ' if met else 'NOT met'}  {target}" for target, met in found.targets())


def _shares(found: Figures) -> Iterator[str]:
    for name, counts in found.shares.items():
        yield name + " " + ", ".join(f"{word} {_share(count / found.people)}" for word, count in sorted(counts.items()))


def _parts(found: Figures) -> Iterator[str]:
    if found.resolved:
        ratio = found.parts / found.parts_full
        yield (
            f"SMS parts of an Albanian talk that got a number: {found.parts:.2f}, with ë and ç {found.parts_full:.2f} "
            f"({_share(ratio)}; {found.resolved} talks)"
        )


def _faults(found: Figures) -> Iterator[str]:
    early = sum(found.telling.values())
    yield f"dead ends {len(found.dead_ends)}, crashes {len(found.crashes)}, told too early {early}"
    yield from (f"  dead end: {end}" for end in found.dead_ends[:5])
    yield from (f"  crash: {crash}" for crash in found.crashes[:5])
    yield from (f"  told too early: {say} ({count} times)" for say, count in list(found.telling.items())[:5])


def _line(title: str, way: Way) -> str:
    if not way.people:
        return f"{title:<28}{0:>7}"
    median = "never" if way.median >= 99 else f"{way.median:g}"
    worst = str(way.worst) if way.worst else f"({max(way.turns, default=0)})"
    return f"{title:<28}{way.people:>7}{median:>8}{worst:>7}{_share(way.within(WORST_TARGET)):>8}{way.never:>7}"


def _share(share: float) -> str:
    """Never "100.0 %" for what is not all."""
    text = f"{share * 100:.1f} %"
    return "99.9 %" if text == "100.0 %" and share < 1 else text
