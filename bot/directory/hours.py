"""When something is open: schedules, Albanian public holidays, the next opening.

Owns: reading schedules against a moment. Never: the clock (`now` is an argument), wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from bot.directory.model import Schedule

ZONE: Final = ZoneInfo("Europe/Tirane")
DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LOOK_AHEAD: Final = 14  # days


@lru_cache(maxsize=8)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of Albania; the two Eids are forecasts until the state confirms them."""
    return frozenset(holidays.country_holidays("AL", years=year).keys())


def always(schedules: Sequence[Schedule]) -> bool:
    """Day and night, every day, holidays too."""
    return any(
        set(s.byday) == set(DAYS) and s.opens_at == "00:00" and s.closes_at == "24:00" and s.holidays for s in schedules
    )


def is_open(schedules: Sequence[Schedule], now: datetime) -> bool | None:
    """Open at `now` (aware)? None where no hours are known."""
    if not schedules:
        return None
    here = now.astimezone(ZONE)
    return any(start <= here < end for start, end in _spans(schedules, here.date() - timedelta(days=1), 2))


def next_opening(schedules: Sequence[Schedule], now: datetime) -> datetime | None:
    """When it opens next, in Albanian time; None if open now, or if nothing is known to open within two weeks."""
    here = now.astimezone(ZONE)
    if is_open(schedules, now) is not False:
        return None
    starts = [start for start, _ in _spans(schedules, here.date(), LOOK_AHEAD) if start > here]
    return min(starts, default=None)


def _spans(schedules: Sequence[Schedule], first: date, days: int) -> list[tuple[datetime, datetime]]:
    spans = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        for schedule in schedules:
            if DAYS[day.weekday()] in schedule.byday and (schedule.holidays or day not in public_holidays(day.year)):
                spans.append(_span(day, schedule))
    return spans


def _span(day: date, schedule: Schedule) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time.fromisoformat(schedule.opens_at), ZONE)
    if schedule.closes_at == "24:00":
        return start, datetime.combine(day + timedelta(days=1), time(0), ZONE)
    end = datetime.combine(day, time.fromisoformat(schedule.closes_at), ZONE)
    return start, end if end > start else end + timedelta(days=1)
