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
    """Return last year's deviations for every origin; nothing for series that are not daily (season 7).

    logs, clean: logs without their weekday effects, the latter without outliers (series x time). point: log
    forecasts to be corrected (series x origins x horizon), offset: (series), as in `PointForecasts`.
    """
    if rolling.season != 7 or rolling.values.shape[1] <= WEEKS_BACK + FEWEST_BEFORE:
        return _nothing(point)
    error = usual_error(point, offset, rolling)[:, :, None]
    deviation = np.clip(divide(_deviations(logs, clean, rolling), error, otherwise=0.0), -LARGEST, LARGEST)
    shrunk = deviation**3 / (deviation**2 + CALM**2)
    kept = _kept(clean, rolling)[:, :, None]
    return LastYear(shift=shrunk * kept * error, unusual=np.abs(shrunk), closed=_closed(rolling))


def memory_weight(shift: Floats, point: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return the weight of last year's deviations at every origin, from 0 to 1 (series x origins).

    It is the coefficient of a regression of the errors known at the origin on last year's deviations, both in
    usual errors, with a prior of `WEIGHT`. shift: as in `LastYear`; the others as for `last_year`.
    """
    error = usual_error(point, offset, rolling)[:, :, None]
    missed = np.clip(divide(_errors(point, offset, rolling), error), -LARGEST, LARGEST)
    told = np.where(np.isfinite(missed), divide(shift, error, otherwise=0.0), 0.0)
    both, own = (
        sum_until_origin(part, rolling, WEIGHT_MEMORY) for part in (told * np.nan_to_num(missed), told**2)
    )
    weight = (both + WEIGHT_ERRORS * WEIGHT) / (own + WEIGHT_ERRORS)
    return np.clip(weight, 0.0, 1.0)


def usual_error(point: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return the mean absolute log error known at each origin (series x origins), above 0."""
    size = np.abs(_errors(point, offset, rolling))
    known = np.isfinite(size).astype(np.float64)
    total, count = (sum_until_origin(part, rolling, WEIGHT_MEMORY) for part in (size, known))
    return np.asarray((total + PRIOR_ERRORS * PRIOR_ERROR) / (count + PRIOR_ERRORS), dtype=np.float64)


def _nothing(point: Floats) -> LastYear:
    return LastYear(np.zeros_like(point), np.zeros_like(point), np.zeros(point.shape, dtype=np.bool_))


def _errors(point: Floats, offset: Floats, rolling: Rolling) -> Floats:
    return np.asarray(np.log(rolling.actual() + offset[:, None, None]) - point, dtype=np.float64)


def _deviations(logs: Floats, clean: Floats, rolling: Rolling) -> Floats:
    """Return last year's logs less the level of last year's origin (series x origins x horizon)."""
    level = ew_mean(clean, rolling.observed.astype(np.float64), LEVEL_MEMORY)
    place = np.maximum(rolling.origins - WEEKS_BACK - 1, 0)
    dates, known = _dates(rolling)
    smooth = sum(share * logs[:, dates + near] for near, share in zip((-1, 0, 1), AROUND, strict=True))
    return np.where(known, smooth - level[:, place][:, :, None], 0.0)


def _dates(rolling: Rolling) -> tuple[Ints, Bools]:
    """Return the times of the same dates of last year (origins x horizon), and where they can be used.

    The second is (series x origins x horizon): false early in a series and for steps more than a year ahead.
    """
    ahead = np.arange(rolling.horizon)
    dates = np.clip(rolling.origins[:, None] + ahead - YEAR, 1, rolling.values.shape[1] - 2)
    before = np.cumsum(rolling.observed, axis=1)[:, np.maximum(rolling.origins - WEEKS_BACK - 1, 0)]
    began = (before >= FEWEST_BEFORE) & (rolling.origins > WEEKS_BACK)
    return dates, began[:, :, None] & (ahead < WEEKS_BACK - 1)


def _kept(clean: Floats, rolling: Rolling) -> Floats:
    """Return which part of the memory is kept, by the change of the level (series x origins)."""
    observed = rolling.observed.astype(np.float64)
    level = divide(
        trailing_sum(clean * observed, LEVEL_DAYS), trailing_sum(observed, LEVEL_DAYS), otherwise=0.0
    )
    change = np.abs(level - delayed(level, WEEKS_BACK))[:, rolling.origins - 1]
    return np.clip((BROKEN_AT - change) / (BROKEN_AT - BREAKS_FROM), 0.0, 1.0)


def _closed(rolling: Rolling) -> Bools:
    dates, known = _dates(rolling)
    zero = (rolling.values <= 0) & rolling.observed
    found = [zero[:, dates + near] for near in (-1, 0, 1)]
    return np.asarray(np.any(found, axis=0) & known)
