"""Rule: a steady trend of ROI over months, a straight line with a slope significantly different from 0."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from services.budgeting.budget_plan import Effect
from services.insights import words
from services.insights.changes import P80
from services.insights.facts import TREND_RISK, Facts
from services.insights.history import PERIOD_DAYS
from services.insights.rates import ROAS, RateSeries
from services.insights.recommendation import Evidence, Move, Recommendation
from services.insights.shifts import LONGEST, Noise, measure_noise
from services.numerics import Bools, Floats, divide
from services.text import Text

LONGEST_DAYS = 182
LEAST_DAYS = 56
LEAST_CHANGE = 0.15
_SLOWER_NOISE = 1.3  # months have somewhat more noise than the four weeks that it is measured on

_FALLS = Text(
    en="{channel}: ROI has been falling steadily, from about {before} to {after} in {weeks} weeks.",
    ru="{channel}: ROI постепенно снижается: примерно с {before} до {after} (недель: {weeks}).",
)
_CLIMBS = Text(
    en="{channel}: ROI has been climbing steadily, from about {before} to {after} in {weeks} weeks.",
    ru="{channel}: ROI постепенно растёт: примерно с {before} до {after} (недель: {weeks}).",
)
_EVIDENCE = Text(
    en="A straight line through {span}. Revenue per unit spent changes by {change} of its mean per four "
    "weeks, 80\u00a0% range {low} to {high}. {chance}",
    ru="Прямая через данные за {span}. Выручка на единицу затрат меняется на {change} от среднего "
    "за четыре недели, диапазон 80\u00a0%: от {low} до {high}. {chance}",
)
_CAVEAT = Text(
    en="A season looks like a trend until a full year of data shows it.",
    ru="Пока в данных нет полного года, сезон неотличим от тенденции.",
)


@dataclass(frozen=True, slots=True)
class Slopes:
    """Straight lines through each channel's revenue / cost (channels each).

    `slope` is the change per day relative to the level, `error` its standard error, `z` their ratio with
    outliers clipped. `middle` is the value of the line in the middle of the days (revenue / cost). `freedom`
    are the degrees of freedom of the error. `usable` marks channels with enough days.
    """

    days: int
    slope: Floats
    error: Floats
    z: Floats
    freedom: Floats
    middle: Floats
    n_days: Floats
    usable: Bools


def read_slopes(series: RateSeries) -> Slopes:
    """Return the least-squares slopes over up to 26 weeks, days weighted by exposure."""
    days = min(LONGEST_DAYS, series.known.shape[1])
    newest = slice(-days, None)
    exposure, known = series.exposure[:, newest], series.known[:, newest]
    total = exposure.sum(axis=1)
    middle = divide((exposure * np.arange(days)).sum(axis=1), total, otherwise=0.0)
    time = np.where(known, np.arange(days) - middle[:, None], 0.0)
    squares = (exposure * time**2).sum(axis=1)
    residual, clipped = (
        divide((part[:, newest] * time).sum(axis=1), squares, otherwise=0.0)
        for part in (series.residual, series.clipped_residual)
    )
    noise = _noise_around(series, clipped[:, None] * time)
    n_days = known.sum(axis=1).astype(np.float64)
    spread = divide(squares, total, otherwise=0.0)  # variance of the days around their middle
    long_run = noise.error(LONGEST) * np.sqrt(LONGEST * _SLOWER_NOISE)
    error = divide(long_run, np.sqrt(n_days * np.maximum(spread, 1.0)))
    relative = 1 + divide(series.residual[:, newest].sum(axis=1), total)
    usable = (n_days >= LEAST_DAYS) & (error > 0) & (relative > 0) & (residual * clipped > 0)
    return Slopes(
        days=days,
        slope=np.where(usable, divide(residual, relative), 0.0),
        error=np.where(usable, divide(error * np.sqrt(series.variance_inflation), relative), np.nan),
        z=np.where(usable, divide(clipped, error), 0.0),
        freedom=noise.freedom,
        middle=series.level * relative,
        n_days=n_days,
        usable=np.asarray(usable),
    )


def _noise_around(series: RateSeries, line: Floats) -> Noise:
    """Return the noise of the residuals without the fitted line (channels x days) and a step at its start."""
    days = line.shape[1]
    before, now = (
        divide(
            series.clipped_residual[:, part].sum(axis=1), series.exposure[:, part].sum(axis=1), otherwise=0.0
        )
        for part in (slice(None, -days), slice(-days, None))
    )
    is_longer = series.exposure[:, :-days].sum(axis=1) > 0
    step = np.where(is_longer, now - before, 0.0)[:, None]
    clipped_residual = series.clipped_residual.copy()
    clipped_residual[:, -days:] -= series.exposure[:, -days:] * (line + step)
    return measure_noise(replace(series, clipped_residual=clipped_residual))


def find(facts: Facts) -> list[Recommendation]:
    """Return a recommendation for each channel with a steady trend, unless a recent shift explains more."""
    slopes = read_slopes(facts.series[ROAS])
    usable = slopes.usable & facts.is_going
    limit = stats.t.isf(TREND_RISK / 2 / max(int(usable.sum()), 1), slopes.freedom)
    clear = usable & (np.abs(slopes.z) > limit) & (np.abs(slopes.slope) * slopes.days >= LEAST_CHANGE)
    is_steady = _explained_by_line(facts, slopes.days) > _explained_by_step(facts, slopes.days)
    return [_recommendation(facts, slopes, c) for c in np.flatnonzero(clear & is_steady).tolist()]


def _explained_by_line(facts: Facts, days: int) -> Floats:
    time = np.broadcast_to(np.arange(days), (len(facts.history.channels), days))
    return _explained(facts.series[ROAS], time)


def _explained_by_step(facts: Facts, days: int) -> Floats:
    """Return the sum of squares explained by the most significant recent shift (channels); 0 without one."""
    steps = facts.shifts[ROAS].days[:, None]
    return _explained(facts.series[ROAS], np.arange(days) >= days - steps)


def _explained(series: RateSeries, shape: np.ndarray) -> Floats:
    """Return the sum of squares that a shape (channels x days) explains, weighted by exposure (channels)."""
    days = shape.shape[1]
    clipped_residual, exposure = series.clipped_residual[:, -days:], series.exposure[:, -days:]
    total = exposure.sum(axis=1, keepdims=True)
    flat = clipped_residual - exposure * divide(
        clipped_residual.sum(axis=1, keepdims=True), total, otherwise=0.0
    )
    centred = shape - divide((exposure * shape).sum(axis=1, keepdims=True), total, otherwise=0.0)
    return divide((flat * centred).sum(axis=1) ** 2, (exposure * centred**2).sum(axis=1), otherwise=0.0)


def _recommendation(facts: Facts, slopes: Slopes, c: int) -> Recommendation:
    history, middle = facts.history, float(slopes.middle[c])
    slope, error = float(slopes.slope[c]), float(slopes.error[c])
    days = min(slopes.days, int(history.observed[c].sum()))
    before, after = (max(middle * (1 + side * slope * days / 2), 0.0) for side in (-1, 1))
    single = 2 * float(stats.t.sf(abs(slopes.z[c]), slopes.freedom[c]))
    chance = min(single * max(int((slopes.usable & facts.is_going).sum()), 1), 1.0)
    monthly = slope * PERIOD_DAYS
    low, high = (monthly + side * P80 * error * PERIOD_DAYS for side in (-1, 1))
    has_fallen = slope < 0
    return Recommendation(
        rule_id="trend",
        channel=history.channels[c],
        severity="warning" if has_fallen else "opportunity",
        metric="roi",
        value=after - 1,
        baseline=before - 1,
        interval=(after - 1 - P80 * error * days / 2 * middle, after - 1 + P80 * error * days / 2 * middle),
        evidence=Evidence(
            first=history.day(c, days - 1),
            last=history.day(c),
            n_days=int(slopes.n_days[c]),
            probability=None,
            details={"change_per_28_days": monthly, "change_interval": (low, high)},
            chance=chance,
            at_stake=_next_period(facts, c, middle, monthly, (low, high)),
        ),
        impact=None,
        action=Move("find_cause" if has_fallen else "keep", before - 1, after - 1),
        sentence=(_FALLS if has_fallen else _CLIMBS).format(
            channel=history.channels[c],
            before=words.share(round(before - 1, 2)),
            after=words.share(round(after - 1, 2)),
            weeks=days // 7,
        ),
        evidence_text=facts.worth.word(_EVIDENCE).format(
            span=words.span(history.day(c, days - 1), history.day(c)),
            change=words.signed_share(monthly),
            low=words.signed_share(low),
            high=words.signed_share(high),
            chance=words.by_chance(chance),
        ),
        caveat=_CAVEAT,
    )


def _next_period(facts: Facts, c: int, middle: float, monthly: float, limits: tuple[float, float]) -> Effect:
    """Return the change of a period's revenue, with its sign, after four more weeks of the trend."""
    cost = facts.history.recent_pair("revenue", "cost", PERIOD_DAYS)[1]
    revenue = float(facts.per_period(cost)[c]) * middle
    return Effect(revenue * limits[0], revenue * monthly, revenue * limits[1])
