"""The pace of a month towards its target, from daily sums.

Days count as the settled figures say: late conversions are added to days that are still coming in, and days
that are not over or too incomplete are foretold like days to come. Days are those of the data, not of the
clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate

from services.pacing import words
from services.pacing.outlook import LEAST_DAYS, Outlook, each_day, outlook
from services.periods import DateRange
from services.text import Text
from services.views import Measure, Pace, PaceState

MOST_DAYS_AHEAD = 62
"""A month that ends later than this after the newest data is not foretold."""

LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class Daily:
    """The daily sums of one figure, from `first` to the newest day of the data.

    `recorded` are the sums as they are, 0 on days without rows. `settled` are those of the first days with
    what is still coming in added; the days that it lacks at the end cannot be used yet. `is_recorded`: the
    data have the figure at all. `is_monthly`: rows are of whole months.
    """

    first: date
    recorded: tuple[float, ...]
    settled: tuple[float, ...]
    is_recorded: bool = True
    is_monthly: bool = False

    @property
    def last(self) -> date:
        """The newest day of the data."""
        return self.first + timedelta(days=len(self.recorded) - 1)

    @property
    def settled_to(self) -> date:
        """The newest day that can be used."""
        return self.first + timedelta(days=len(self.settled) - 1)

    def sum_of(self, days: DateRange, *, settled: bool = False) -> float:
        """Return the sum of the days of a range that there are."""
        values = self.settled if settled else self.recorded
        start, end = ((day - self.first).days for day in (days.first, days.last))
        return float(sum(values[max(0, start) : max(0, end + 1)]))


def pace(daily: Daily | None, month: DateRange, channel: str, measure: Measure, target: float | None) -> Pace:
    """Return the pace of a month.

    daily: None for a channel without rows.
    """
    if daily is None:
        return Pace(channel, measure, "untold", None, target, note=words.NO_ROWS)
    if not daily.is_recorded:
        return Pace(channel, measure, "untold", None, target, note=words.NOT_RECORDED)
    so_far = daily.sum_of(month)
    left = max(0, (month.last - max(daily.last, month.first - timedelta(days=1))).days)
    known = Pace(channel, measure, "running", so_far, target, left)
    if month.last < daily.first:
        return replace(known, state="untold", so_far=None, note=words.BEFORE_DATA)
    if month.last <= daily.settled_to:
        return _final(known, daily, month)
    told = _untold(daily, month)
    if told is not None:
        return _with_plain_rate(replace(known, state="untold", note=told))
    return _running(known, daily, month)


def _final(known: Pace, daily: Daily, month: DateRange) -> Pace:
    """Return the pace of a month that is over; its sum is settled, maybe with conversions to come."""
    settled = daily.sum_of(month, settled=True)
    is_final = abs(settled - (known.so_far or 0.0)) <= 1e-9 * max(1.0, abs(settled))
    began = words.PART_OF_MONTH if daily.first > month.first else None
    if not is_final:
        return replace(known, state="settling", expected=settled, note=words.SETTLING)
    above = None if known.target is None else float(_is_met(settled, known))
    out = _used_up(known, month, daily, ())
    made = replace(known, state="final", expected=settled, low=settled, high=settled, note=began)
    return replace(made, above=above, runs_out_on=out)


def _is_met(total: float, known: Pace) -> bool:
    target = known.target or 0.0
    return total > target if known.measure == "spend" else total >= target


def _untold(daily: Daily, month: DateRange) -> Text | None:
    """Return why the end of a month cannot be told; None if it can."""
    if daily.is_monthly:
        return words.MONTHLY_ROWS
    if (month.last - daily.last).days > MOST_DAYS_AHEAD:
        return words.TOO_FAR.format(days=MOST_DAYS_AHEAD)
    if len(_history(daily)) < LEAST_DAYS:
        return words.TOO_SHORT.format(days=len(_history(daily)), needed=LEAST_DAYS)
    return None


def _history(daily: Daily) -> Sequence[float]:
    """Return the settled days from the first one with anything."""
    begins = next((at for at, value in enumerate(daily.settled) if value), len(daily.settled))
    return [max(0.0, value) for value in daily.settled[begins:]]


def _with_plain_rate(made: Pace) -> Pace:
    """Return the pace with what each day left may cost or must bring."""
    if made.target is None or not made.days_left or made.so_far is None:
        return made
    return replace(made, per_day=max(0.0, made.target - made.so_far) / made.days_left)


def _running(known: Pace, daily: Daily, month: DateRange) -> Pace:
    values = _history(daily)
    first = max(month.first, daily.settled_to + timedelta(days=1))
    gap, days = (first - daily.settled_to).days - 1, (month.last - first).days + 1
    found = outlook(values, gap, days)
    assert found is not None  # `_untold` has looked at the number of days
    base = daily.sum_of(month, settled=True)
    state: PaceState = "running" if known.days_left else "settling"
    state = "future" if month.first > daily.last else state
    parts = tuple(found.mean * part for part in each_day(values, gap, days))
    made = replace(
        known,
        state=state,
        expected=base + found.mean,
        note=_note(values, found),
        runs_out_on=_used_up(known, month, daily, parts),
    )
    return _with_rate(_with_range(made, base, found, is_paused=_is_paused(values)), base, parts)


def _is_paused(values: Sequence[float]) -> bool:
    return not any(values[-LEAST_DAYS:])


def _note(values: Sequence[float], found: Outlook) -> Text | None:
    if _is_paused(values):
        return words.PAUSED.format(days=LEAST_DAYS)
    return None if found.ratios else words.FEW_WINDOWS


def _with_range(made: Pace, base: float, found: Outlook, *, is_paused: bool) -> Pace:
    """Return the pace with its range and probability, where past windows tell them."""
    if made.target is not None and made.measure == "spend" and base > made.target:
        made = replace(made, above=1.0)  # nothing that comes takes spend back
    if is_paused or not found.ratios:
        return made
    low, high = (base + found.quantile(part) for part in (LOW, HIGH))
    above = None if made.target is None else found.above(made.target - base)
    return replace(made, low=low, high=high, above=above)


def _with_rate(made: Pace, base: float, parts: Sequence[float]) -> Pace:
    """Return the pace with the rates of the days that have no data yet."""
    if not made.days_left:
        return made
    before, after = sum(parts[: -made.days_left]), sum(parts[-made.days_left :])
    expected = after / made.days_left
    if made.target is None:
        return replace(made, per_day_expected=expected)
    needed = max(0.0, made.target - base - before) / made.days_left
    return replace(made, per_day=needed, per_day_expected=expected)


def _used_up(known: Pace, month: DateRange, daily: Daily, parts: Sequence[float]) -> date | None:
    """Return the first day after which the budget of spend is exceeded; None if it lasts."""
    if known.target is None or known.measure != "spend":
        return None
    found = zip(month.each_day(), accumulate(_days(daily, month, parts)), strict=False)
    return next((day for day, spent in found if spent > known.target * (1 + 1e-9)), None)


def _days(daily: Daily, month: DateRange, parts: Sequence[float]) -> Iterator[float]:
    """Yield the sum of each day of the month: settled, then foretold."""
    for day in month.each_day():
        if day <= daily.settled_to:
            yield daily.sum_of(DateRange(day, day), settled=True)
    yield from parts
