"""Rule: a steady trend of ROI over months, a straight line with a slope significantly different from 0."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from services.budgeting.budget_plan import Effect
from services.insights import words
from services.insights.changes import P80
from services.insights.facts import TREND_RISK, Facts
from services.insights.history import PERIOD_DAYS, WEEK, History
from services.insights.rates import ROAS, RateSeries, rate_series
from services.insights.recommendation import Evidence, Move, Recommendation
from services.insights.shifts import LONGEST, Noise, measure_noise
from services.numerics import Bools, Floats, divide
from services.text import Text
from services.worth import Told

LONGEST_DAYS = 182
LEAST_DAYS = 56
LEAST_CHANGE = 0.15
MOST_OF_LAST_YEAR = 0.8
_SLOWER_NOISE = 1.3  # months have somewhat more noise than the four weeks that it is measured on

_FALLS = Told(
    money=Text(
        en="{channel}: ROI has been falling steadily, from about {before} to {after} in {weeks} weeks.",
        ru="{channel}: ROI постепенно снижается: примерно с {before} до {after} (недель: {weeks}).",
    ),
    conversions=Text(
        en="{channel}: a conversion has become steadily dearer, from about {before} to {after} in {weeks} "
        "weeks.",
        ru="{channel}: конверсия постепенно дорожает: примерно с {before} до {after} (недель: {weeks}).",
    ),
)
_CLIMBS = Told(
    money=Text(
        en="{channel}: ROI has been climbing steadily, from about {before} to {after} in {weeks} weeks.",
        ru="{channel}: ROI постепенно растёт: примерно с {before} до {after} (недель: {weeks}).",
    ),
    conversions=Text(
        en="{channel}: a conversion has become steadily cheaper, from about {before} to {after} in {weeks} "
        "weeks.",
        ru="{channel}: конверсия постепенно дешевеет: примерно с {before} до {after} (недель: {weeks}).",
    ),
)
_EVIDENCE = Told(
    money=Text(
        en="A straight line through {span}. Revenue per unit spent changes by {change} of its mean per four "
        "weeks, 80\u00a0% range {low} to {high}. {chance}",
        ru="Прямая через данные за {span}. Выручка на единицу затрат меняется на {change} от среднего "
        "за четыре недели, диапазон 80\u00a0%: от {low} до {high}. {chance}",
    ),
    conversions=Text(
        en="A straight line through {span}. The number of conversions for the money changes by {change} of "
        "its mean per four weeks, 80\u00a0% range {low} to {high}. {chance}",
        ru="Прямая через данные за {span}. Число конверсий на вложенную сумму меняется на {change} от "
        "среднего за четыре недели, диапазон 80\u00a0%: от {low} до {high}. {chance}",
    ),
)
_CAVEAT = Text(
    en="A season looks like a trend until a full year of data shows it.",
    ru="Пока в данных нет полного года, сезон неотличим от тенденции.",
)
_MORE_THAN_SEASON = Text(
    en="Compared with the same weeks of last year: it is more than the season of that year.",
    ru="Сравнили с теми же неделями прошлого года: это больше, чем сезон того года.",
)


@dataclass(frozen=True, slots=True)
class Slopes:
    """Straight lines through each channel's revenue / cost (channels each).

    `slope` is the change per day relative to the level, `error` its standard error, `z` their ratio with
    outliers clipped. `middle` is the value of the line in the middle of the days (revenue / cost). `freedom`
    are the degrees of freedom of the error. `usable` marks channels with enough days. `is_beyond_season`
    marks those whose `z` is that of the change since the same weeks of last year; None without last year.
    """

    days: int
    slope: Floats
    error: Floats
    z: Floats
    freedom: Floats
    middle: Floats
    n_days: Floats
    usable: Bools
    is_beyond_season: Bools | None = None


def read_slopes(series: RateSeries) -> Slopes:
    """Return the least-squares slopes over up to 26 weeks, steps weighted by exposure.

    series: in steps of days or of weeks.
    """
    steps = min(LONGEST_DAYS // series.step, series.known.shape[1])
    newest = slice(-steps, None)
    exposure, known = series.exposure[:, newest], series.known[:, newest]
    total = exposure.sum(axis=1)
    middle = divide((exposure * np.arange(steps)).sum(axis=1), total, otherwise=0.0)
    time = np.where(known, np.arange(steps) - middle[:, None], 0.0)
    squares = (exposure * time**2).sum(axis=1)
    residual, clipped = (
        divide((part[:, newest] * time).sum(axis=1), squares, otherwise=0.0)
        for part in (series.residual, series.clipped_residual)
    )
    noise = _noise_around(series, clipped[:, None] * time)
    n_steps = known.sum(axis=1).astype(np.float64)
    spread = divide(squares, total, otherwise=0.0)  # variance of the steps around their middle
    long_run = noise.error(LONGEST) * np.sqrt(LONGEST / series.step * _SLOWER_NOISE)
    error = divide(long_run, np.sqrt(n_steps * np.maximum(spread, 1.0)))
    relative = 1 + divide(series.residual[:, newest].sum(axis=1), total)
    n_days = series.step * n_steps
    usable = (n_days >= LEAST_DAYS) & (error > 0) & (relative > 0) & (residual * clipped > 0)
    inflated = error * np.sqrt(series.variance_inflation)
    return Slopes(
        days=steps * series.step,
        slope=np.where(usable, divide(residual, relative), 0.0) / series.step,
        error=np.where(usable, divide(inflated, relative), np.nan) / series.step,
        z=np.where(usable, divide(clipped, error), 0.0),
        freedom=noise.freedom,
        middle=series.level * relative,
        n_days=n_days,
        usable=np.asarray(usable),
    )


def slopes_of(history: History, last_year: History | None) -> Slopes:
    """Return the slopes of each channel's ROI by weeks, less its season where two years are known."""
    series = rate_series(history.by_weeks(), ROAS)
    slopes = read_slopes(series)
    if last_year is None:
        return slopes
    earlier = rate_series(last_year.by_weeks(), ROAS)
    weeks = min(slopes.days // WEEK, earlier.known.shape[1])
    now = _weekly_rates(series, weeks)
    before = np.full_like(now, np.nan)
    rates = dict(zip(last_year.channels, _weekly_rates(earlier, weeks), strict=True))
    for place, channel in enumerate(history.channels):
        before[place] = rates.get(channel, np.nan)
    return beyond_season(slopes, np.log(now / before))


def _weekly_rates(series: RateSeries, weeks: int) -> Floats:
    """Return the rates of the newest weeks (channels x weeks), outliers clipped; NaN where unknown."""
    residual, exposure = series.clipped_residual[:, -weeks:], series.exposure[:, -weeks:]
    relative = 1 + divide(residual, exposure)
    level = series.level[:, None]
    return np.where((relative > 0) & (level > 0), level * relative, np.nan)


def beyond_season(slopes: Slopes, yearly: Floats) -> Slopes:
    """Return the slopes with the `z` of what is new since last year, where nearly all weeks are known.

    yearly: log of each week's rate over that of the same week of last year (channels x weeks), NaN where
    unknown. A season has the same course every year, so it is not in the ratio. `z` is that of the ratio's
    least-squares slope, whose error is widened for an autocorrelation of the residuals (Prais and Winsten's
    first-order one); 0 where the ratio does not move clearly in the direction of the slope.
    """
    known = np.isfinite(yearly)
    count = known.sum(axis=1)
    both = slopes.usable & (count >= MOST_OF_LAST_YEAR * LONGEST_DAYS / WEEK)
    time = np.where(known, np.arange(yearly.shape[1]), 0.0)
    time = np.where(known, time - divide(time.sum(axis=1), count.astype(float))[:, None], 0.0)
    values = np.where(known, yearly, 0.0)
    values = np.where(known, values - divide(values.sum(axis=1), count.astype(float))[:, None], 0.0)
    squares = (time**2).sum(axis=1)
    slope = divide((time * values).sum(axis=1), squares, otherwise=0.0)
    residual = np.where(known, values - slope[:, None] * time, 0.0)
    power = (residual**2).sum(axis=1)
    lag = np.clip(divide((residual[:, 1:] * residual[:, :-1]).sum(axis=1), power, otherwise=0.0), 0.0, 0.8)
    variance = divide(power, np.maximum(count - 2.0, 1.0)) * (1 + lag) / (1 - lag)
    z = divide(slope, np.sqrt(divide(variance, squares)), otherwise=0.0)
    is_more = (slope * slopes.slope > 0) & (np.abs(slope) * count >= LEAST_CHANGE)
    freedom = np.maximum(count * (1 - lag) / (1 + lag) - 2.0, 3.0)
    return replace(
        slopes,
        z=np.where(both, np.where(is_more, z, 0.0), slopes.z),
        freedom=np.where(both, freedom, slopes.freedom),
        is_beyond_season=both,
    )


def _noise_around(series: RateSeries, line: Floats) -> Noise:
    """Return the noise of the residuals without the line (channels x steps) and a jump at its start."""
    steps = line.shape[1]
    before, now = (
        divide(
            series.clipped_residual[:, part].sum(axis=1), series.exposure[:, part].sum(axis=1), otherwise=0.0
        )
        for part in (slice(None, -steps), slice(-steps, None))
    )
    is_longer = series.exposure[:, :-steps].sum(axis=1) > 0
    step = np.where(is_longer, now - before, 0.0)[:, None]
    clipped_residual = series.clipped_residual.copy()
    clipped_residual[:, -steps:] -= series.exposure[:, -steps:] * (line + step)
    return measure_noise(replace(series, clipped_residual=clipped_residual))


def find(facts: Facts) -> list[Recommendation]:
    """Return a recommendation for each channel with a steady trend, unless a recent shift explains more."""
    slopes = slopes_of(facts.history, facts.last_year)
    usable = slopes.usable & facts.is_going
    limit = stats.t.isf(TREND_RISK / 2 / max(int(usable.sum()), 1), slopes.freedom)
    clear = usable & (np.abs(slopes.z) > limit) & (np.abs(slopes.slope) * slopes.days >= LEAST_CHANGE)
    weeks = slopes.days // WEEK
    is_steady = _explained_by_line(facts, weeks) > _explained_by_step(facts, weeks)
    return [_recommendation(facts, slopes, c) for c in np.flatnonzero(clear & is_steady).tolist()]


def _explained_by_line(facts: Facts, weeks: int) -> Floats:
    time = np.broadcast_to(np.arange(weeks), (len(facts.history.channels), weeks))
    return _explained(facts.weekly[ROAS], time)


def _explained_by_step(facts: Facts, weeks: int) -> Floats:
    """Return the sum of squares explained by the most significant recent shift (channels); 0 without one."""
    steps = np.ceil(facts.shifts[ROAS].days / WEEK)[:, None]
    return _explained(facts.weekly[ROAS], np.arange(weeks) >= weeks - steps)


def _explained(series: RateSeries, shape: np.ndarray) -> Floats:
    """Return the sum of squares that a shape (channels x weeks) explains, weighted by exposure (channels)."""
    weeks = shape.shape[1]
    clipped_residual, exposure = series.clipped_residual[:, -weeks:], series.exposure[:, -weeks:]
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
    has_fallen, telling = slope < 0, facts.telling
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
        sentence=telling.choose(_FALLS if has_fallen else _CLIMBS).format(
            channel=history.channels[c],
            before=telling.roi(round(before - 1, 2)),
            after=telling.roi(round(after - 1, 2)),
            weeks=days // 7,
        ),
        evidence_text=telling.choose(_EVIDENCE).format(
            span=words.span(history.day(c, days - 1), history.day(c)),
            change=words.signed_share(monthly),
            low=words.signed_share(low),
            high=words.signed_share(high),
            chance=words.by_chance(chance),
        ),
        caveat=_MORE_THAN_SEASON if _is_beyond_season(slopes, c) else _CAVEAT,
    )


def _is_beyond_season(slopes: Slopes, c: int) -> bool:
    return slopes.is_beyond_season is not None and bool(slopes.is_beyond_season[c])


def _next_period(facts: Facts, c: int, middle: float, monthly: float, limits: tuple[float, float]) -> Effect:
    """Return the change of a period's revenue, with its sign, after four more weeks of the trend."""
    cost = facts.history.recent_pair("revenue", "cost", PERIOD_DAYS)[1]
    revenue = float(facts.per_period(cost)[c]) * middle
    return Effect(revenue * limits[0], revenue * monthly, revenue * limits[1])
