"""Memory of last year: what the same dates of last year were beside the level that they began from.

A forecast that continues the recent level does not know that Christmas is coming. Last year's deviation from
the level of that time is added to it, by a weight learned from how well this would have corrected earlier
forecasts (a regression with one coefficient; Breiman 1996, "Stacked regressions", Machine Learning 24). Small
deviations are mostly noise and are shrunk towards 0, so that calm weeks neither move the forecast nor decide
the weight for Christmas (as in the garrote; Breiman 1995, Technometrics 37). The memory fades where the level
has changed too much since last year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.forecasting.backtest import Rolling, sum_until_origin
from services.forecasting.forecast_types import log_errors
from services.numerics import Bools, Floats, Ints, delayed, divide, ew_mean, trailing_sum

YEAR = 365
"""Days back to the same date. It is averaged with the days before and after it, see `AROUND`."""

WEEKS_BACK = 364
"""Days back to the same weekday, of the origin whose level last year's deviations are measured from."""

AROUND = (0.25, 0.5, 0.25)
LEVEL_MEMORY = 3.0  # half-life of the level that deviations are measured from, in days
LEVEL_DAYS = 56  # of the mean logs that tell whether the level has changed since last year
FEWEST_BEFORE = 28  # known days before last year's origin
BREAKS_FROM, BROKEN_AT = 0.4, 0.8
"""Change of the mean log since last year from which on the memory fades, and at which it is switched off."""

CALM = 2.0
"""A deviation of this many usual errors is halved; smaller ones shrink to nothing, larger ones stay."""

LARGEST = 16.0  # usual errors: larger deviations are cut
WEIGHT = 0.6  # of last year's deviations, before anything is known
WEIGHT_ERRORS = 100.0  # squared usual errors that the weight before counts like
WEIGHT_MEMORY = 365.0
WIDER = 0.55  # a band widens by this part for each usual error that last year deviated
PRIOR_ERRORS = 28.0
PRIOR_ERROR = 0.4  # log error before anything is known


@dataclass(frozen=True, slots=True)
class Lags:
    """The constants of a memory in steps of the series.

    `year` and `weeks_back` are as `YEAR` and `WEEKS_BACK`, `around` as `AROUND`, and so on. `cycles` is the
    number of past years whose deviations are averaged.
    """

    year: int = YEAR
    weeks_back: int = WEEKS_BACK
    around: tuple[float, float, float] = AROUND
    level_memory: float = LEVEL_MEMORY
    level_steps: int = LEVEL_DAYS
    fewest_before: int = FEWEST_BEFORE
    calm: float = CALM
    cycles: int = 1


LAGS = {
    (1, 7): Lags(),
    (7, 52): Lags(52, 52, (0.15, 0.7, 0.15), level_memory=2.0, level_steps=8, fewest_before=4),
    (1, 24): Lags(168, 168, AROUND, level_memory=6.0, level_steps=168, fewest_before=24, calm=0.5, cycles=3),
}
"""By the days of a step and the steps of a season: days, weeks, and hours, whose year is the week."""


@dataclass(frozen=True, slots=True)
class LastYear:
    """Last year's deviations (series x origins x horizon each).

    `shift` is shrunk and on the log scale, 0 where last year is not known or the level has changed too much;
    `unusual` is its size in usual errors, also where the level has changed. `closed` is true where the same
    date or a day beside it was 0 last year.
    """

    shift: Floats
    unusual: Floats
    closed: Bools

    @property
    def widening(self) -> Floats:
        """Return the factor by which bands are wider than usual, at least 1 (series x origins x horizon)."""
        return 1.0 + WIDER * self.unusual


def last_year(logs: Floats, clean: Floats, point: Floats, offset: Floats, rolling: Rolling) -> LastYear:
    """Return last year's deviations for every origin; nothing without `LAGS`.

    logs, clean: logs without their weekday effects, the latter without outliers (series x time). point: log
    forecasts to be corrected (series x origins x horizon), offset: (series), as in `PointForecasts`.
    """
    lags = LAGS.get((rolling.days, rolling.season))
    if lags is None or rolling.values.shape[1] <= lags.weeks_back + lags.fewest_before:
        return _nothing(point)
    error = usual_error(point, offset, rolling)[:, :, None]
    deviation = np.clip(
        divide(_deviations(logs, clean, lags, rolling), error, otherwise=0.0), -LARGEST, LARGEST
    )
    shrunk = deviation**3 / (deviation**2 + lags.calm**2)
    kept = _kept(clean, lags, rolling)[:, :, None]
    return LastYear(shift=shrunk * kept * error, unusual=np.abs(shrunk), closed=_closed(lags, rolling))


def memory_weight(shift: Floats, point: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return the weight of last year's deviations at every origin, from 0 to 1 (series x origins).

    It is the coefficient of a regression of the errors known at the origin on last year's deviations, both in
    usual errors, with a prior of `WEIGHT`. shift: as in `LastYear`; the others as for `last_year`.
    """
    error = usual_error(point, offset, rolling)[:, :, None]
    missed = np.clip(divide(log_errors(point, offset, rolling), error), -LARGEST, LARGEST)
    told = np.where(np.isfinite(missed), divide(shift, error, otherwise=0.0), 0.0)
    both, own = (
        sum_until_origin(part, rolling, WEIGHT_MEMORY) for part in (told * np.nan_to_num(missed), told**2)
    )
    weight = (both + WEIGHT_ERRORS * WEIGHT) / (own + WEIGHT_ERRORS)
    return np.clip(weight, 0.0, 1.0)


def usual_error(point: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return the mean absolute log error known at each origin (series x origins), above 0."""
    size = np.abs(log_errors(point, offset, rolling))
    known = np.isfinite(size).astype(np.float64)
    total, count = (sum_until_origin(part, rolling, WEIGHT_MEMORY) for part in (size, known))
    return np.asarray((total + PRIOR_ERRORS * PRIOR_ERROR) / (count + PRIOR_ERRORS), dtype=np.float64)


def _nothing(point: Floats) -> LastYear:
    return LastYear(np.zeros_like(point), np.zeros_like(point), np.zeros(point.shape, dtype=np.bool_))


def _deviations(logs: Floats, clean: Floats, lags: Lags, rolling: Rolling) -> Floats:
    """Return last year's logs less the level of last year's origin (series x origins x horizon).

    They are the mean over the known ones of the last `cycles` years; 0 where none is known.
    """
    level = ew_mean(clean, rolling.observed.astype(np.float64), lags.level_memory)
    total, count = (np.zeros((len(logs), len(rolling.origins), rolling.horizon)) for _ in range(2))
    for cycle in range(1, lags.cycles + 1):
        place = np.maximum(rolling.origins - cycle * lags.weeks_back - 1, 0)
        dates, known = _dates(lags, cycle, rolling)
        smooth = np.zeros(known.shape)
        for near, share in zip((-1, 0, 1), lags.around, strict=True):
            smooth += share * logs[:, dates + near]
        total += np.where(known, smooth - level[:, place][:, :, None], 0.0)
        count += known
    return divide(total, count, otherwise=0.0)


def _dates(lags: Lags, cycle: int, rolling: Rolling) -> tuple[Ints, Bools]:
    """Return the times of the same dates some years ago (origins x horizon), and where they can be used.

    The second is (series x origins x horizon): false early in a series and for steps more than a year ahead.
    """
    ahead, back = np.arange(rolling.horizon), cycle * lags.weeks_back
    dates = np.clip(rolling.origins[:, None] + ahead - cycle * lags.year, 1, rolling.values.shape[1] - 2)
    before = np.cumsum(rolling.observed, axis=1)[:, np.maximum(rolling.origins - back - 1, 0)]
    began = (before >= lags.fewest_before) & (rolling.origins > back)
    return dates, began[:, :, None] & (ahead < lags.weeks_back - 1)


def _kept(clean: Floats, lags: Lags, rolling: Rolling) -> Floats:
    """Return which part of the memory is kept, by the change of the level (series x origins)."""
    observed = rolling.observed.astype(np.float64)
    level = divide(
        trailing_sum(clean * observed, lags.level_steps),
        trailing_sum(observed, lags.level_steps),
        otherwise=0.0,
    )
    change = np.abs(level - delayed(level, lags.weeks_back))[:, rolling.origins - 1]
    return np.clip((BROKEN_AT - change) / (BROKEN_AT - BREAKS_FROM), 0.0, 1.0)


def _closed(lags: Lags, rolling: Rolling) -> Bools:
    dates, known = _dates(lags, 1, rolling)
    zero = (rolling.values <= 0) & rolling.observed
    found = [zero[:, dates + near] for near in (-1, 0, 1)]
    return np.asarray(np.any(found, axis=0) & known)
