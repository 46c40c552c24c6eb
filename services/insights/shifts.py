"""Detection of recent shifts of a rate: scans over windows that end on the last day, by days and by weeks.

The change of a window against the twelve weeks before it is divided by the standard deviation of the same
statistic in the channel's past. So autocorrelation, weekday pattern and slow drift are part of the noise. A
short history hardly shows how the variance grows with the window. So this growth is shrunk towards that of
the other channels and of a mild autocorrelation.

The scan by weeks reads the same of an account whether its rows are days or weeks. The scan by days adds
windows of less than a week, in channels with rows of days. Each has half of the risk.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy import stats

from services.insights.rates import RateSeries
from services.numerics import Bools, Floats, Ints, delayed, divide

WINDOWS = (3, 4, 5, 6, 7, 14, 21, 28)
BASELINE_DAYS = 84
LEAST_BASELINE_DAYS = 28
LONGEST = WINDOWS[-1]
SCANS = 2

_PRIOR_WEIGHT = 4.0
_POOL_WEIGHT = 12.0
_LEAST_GROWTH = 0.8
_LEAST_PAST = 14  # days of the baseline of a past change; with few weeks, four of each would leave no change
_DAYS_PER_FREEDOM = 3.0
_FULL = 0.5
_LEAST_BUSY_DAYS = 5.0  # expected in a window: with fewer, the distribution is far from normal


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan looks at, in steps of `step` days: its windows, and the windows whose noise is measured.

    `prior_growth` is the growth of the variance x steps with the window, that of an AR(1) of days with about
    0.3. `effective_tests` is the effective number of independent tests among the overlapping windows.
    """

    step: int
    windows: tuple[int, ...]
    anchors: tuple[int, ...]
    prior_growth: tuple[float, ...]
    effective_tests: float

    @property
    def baseline(self) -> int:
        """The steps before a window that it is compared with."""
        return BASELINE_DAYS // self.step

    @property
    def least_baseline(self) -> int:
        """The fewest known steps of the baseline."""
        return LEAST_BASELINE_DAYS // self.step

    @property
    def least_past(self) -> int:
        """The fewest known steps of the baseline of a past change."""
        return LEAST_BASELINE_DAYS if self.step == 1 else _LEAST_PAST // self.step


BY_DAYS = Scan(1, WINDOWS[:4], (1, 3, 7, 14, 28), (1.0, 1.15, 1.35, 1.6, 2.0), 2.0)
BY_WEEKS = Scan(7, (1, 2, 3, 4), (1, 2, 4), (1.0, 1.2, 1.5), 3.0)


def scan_of(step: int) -> Scan:
    """Return the scan of a series in steps of `step` days."""
    return BY_WEEKS if step == BY_WEEKS.step else BY_DAYS


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of window means of a rate: the variance of one step (channels), and its growth.

    `growth` (channels x anchors) is the variance of a window's mean x steps, relative to one step's.
    `freedom` (channels) are the degrees of freedom of the estimate.
    """

    scan: Scan
    variance: Floats
    growth: Floats
    freedom: Floats

    def error(self, days: int) -> Floats:
        """Return the standard error of the relative change of a window of `days` days (channels)."""
        steps, anchors = days / self.scan.step, self.scan.anchors
        upper = min(int(np.searchsorted(anchors, steps)), len(anchors) - 1)
        lower = max(upper - 1, 0)
        size = np.log(anchors)
        part = 1.0 if upper == lower else (np.log(steps) - size[lower]) / (size[upper] - size[lower])
        growth = self.growth[:, lower] ** (1 - part) * self.growth[:, upper] ** part
        return np.asarray(np.sqrt(self.variance * growth / steps))


@dataclass(frozen=True, slots=True)
class Shifts:
    """The most significant shift of each channel's rate (channels each).

    `days` is the window, `change` the relative change, `error` its standard error. `p` is two-sided and
    corrected for `limit_tests`, the effective number of tests. `days` is 0 and `p` is 1 with too few data.
    """

    days: Ints
    change: Floats
    error: Floats
    p: Floats
    limit_tests: Floats


def find_shifts(series: RateSeries, noise: Noise, doubt: Floats | None = None) -> Shifts:
    """Return the most significant shift of each channel; the maximum over the windows is corrected (Šidák).

    The correction includes the number of scans.

    doubt: the relative error of newest days that are grossed up (channels x days). It is common to the days
    of a window, and adds to the noise.
    """
    scan = noise.scan
    changes = np.stack([_changes_now(series, steps, scan) for steps in scan.windows])
    errors = np.stack([noise.error(steps * scan.step) for steps in scan.windows])
    if doubt is not None:
        in_days = [steps * scan.step for steps in scan.windows]
        errors = np.hypot(errors, np.stack([doubt[:, -days:].mean(axis=1) for days in in_days]))
    z = divide(np.abs(changes), errors, otherwise=0.0)
    z = np.where(np.isfinite(z), z, 0.0)
    best = z.argmax(axis=0)
    top = z.max(axis=0)
    single = 2 * stats.t.sf(top, noise.freedom)
    rows = np.arange(top.size)
    return Shifts(
        days=np.where(top > 0, scan.step * np.array(scan.windows)[best], 0),
        change=np.where(top > 0, changes[best, rows], 0.0),
        error=errors[best, rows],
        p=np.where(top > 0, -np.expm1(_tests(scan) * np.log1p(-np.minimum(single, 1 - 1e-12))), 1.0),
        limit_tests=np.full(top.size, _tests(scan)),
    )


def _tests(scan: Scan) -> float:
    return SCANS * scan.effective_tests


def merged(by_weeks: Shifts, by_days: Shifts, has_days: Bools, limit: float) -> Shifts:
    """Return the shifts by weeks, or by days in channels `has_days` where only those are significant."""
    is_short = has_days & (by_weeks.p > limit) & (by_days.p <= limit)
    return Shifts(
        *(
            np.where(is_short, getattr(by_days, field.name), getattr(by_weeks, field.name))
            for field in fields(Shifts)
        )
    )


def z_limit(p: float, freedom: float, tests: float) -> float:
    """Return the z that the clearest window of some effective tests must exceed for a corrected p of `p`."""
    single = -np.expm1(np.log1p(-p) / tests)
    return float(stats.t.isf(single / 2, freedom))


def measure_noise(series: RateSeries) -> Noise:
    """Return the noise of each channel's window means, from its own past and that of the other channels."""
    scan = scan_of(series.step)
    measured = [_past_moves(series, steps, scan) for steps in scan.anchors]
    variance = measured[0][0]
    growth = np.stack(
        [
            divide(steps * square, variance, otherwise=np.nan)
            for steps, (square, _) in zip(scan.anchors, measured, strict=True)
        ]
    )
    counts = np.stack([count for _, count in measured])
    return Noise(
        scan=scan,
        variance=variance,
        growth=_drawn_together(growth, counts, scan).T,
        freedom=_freedom(series, scan, counts[0]),
    )


def _freedom(series: RateSeries, scan: Scan, moves: Floats) -> Floats:
    """Return the degrees of freedom of the noise (channels); `moves` is the number of past single steps."""
    if scan.step == 1:
        days = series.known.sum(axis=1) - LEAST_BASELINE_DAYS
        return np.asarray(np.clip(days / _DAYS_PER_FREEDOM, 4.0, 60.0))
    return np.asarray(np.clip(moves, 3.0, 60.0))


def _drawn_together(growth: Floats, counts: Floats, scan: Scan) -> Floats:
    """Return the growth (anchors x channels) shrunk towards the account's mean and the prior, as logs."""
    own = np.where((counts > 0) & (growth > 0), np.log(np.maximum(growth, 1e-6)), 0.0)
    weight = np.where((counts > 0) & (growth > 0), counts, 0.0)
    prior = np.log(scan.prior_growth)[:, None]
    total = weight.sum(axis=1, keepdims=True)
    pooled = (_PRIOR_WEIGHT * prior + (weight * own).sum(axis=1, keepdims=True)) / (_PRIOR_WEIGHT + total)
    pool_weight = np.minimum(_PRIOR_WEIGHT + total, _POOL_WEIGHT)
    drawn = (weight * own + pool_weight * pooled) / (weight + pool_weight)
    drawn[0] = 0.0
    return np.asarray(np.maximum(np.exp(drawn), _LEAST_GROWTH))


def _past_moves(series: RateSeries, steps: int, scan: Scan) -> tuple[Floats, Floats]:
    """Return the mean square of past changes of a window and their independent number (channels each)."""
    change, usable = _changes(series, steps, scan, least=scan.least_past)
    length = change.shape[1]
    before = length - min(LONGEST // scan.step, length // 3)  # a recent shift must not count as usual noise
    change, usable = change[:, :before], usable[:, :before]
    number = usable.sum(axis=1).astype(np.float64)
    square = divide((np.where(usable, change, 0.0) ** 2).sum(axis=1), number, otherwise=np.nan)
    return square, number / steps


def _changes_now(series: RateSeries, steps: int, scan: Scan) -> Floats:
    change, usable = _changes(series, steps, scan, least=scan.least_baseline, last_only=True)
    is_busy = series.busy * steps >= min(_LEAST_BUSY_DAYS, 0.8 * steps)
    return np.where(usable[:, -1] & is_busy, change[:, -1], np.nan)


def _changes(
    series: RateSeries, steps: int, scan: Scan, *, least: int, last_only: bool = False
) -> tuple[Floats, Bools]:
    """Return the relative change of the window that ends at each step, and where it is usable.

    Both are (channels x steps). The change is against the mean of the `BASELINE_DAYS` before the window, of
    which at least `least` steps must be known.
    """
    back = slice(-(steps + scan.baseline), None) if last_only else slice(None)
    excess, exposure, known = (
        np.cumsum(part[:, back], axis=1, dtype=np.float64)
        for part in (series.clipped_residual, series.exposure, series.known)
    )
    at = slice(-1, None) if last_only else slice(None)
    window = [(total - delayed(total, steps))[:, at] for total in (excess, exposure, known)]
    before = [
        (delayed(total, steps) - delayed(total, steps + scan.baseline))[:, at]
        for total in (excess, exposure, known)
    ]
    usual = divide(before[0], before[1], otherwise=0.0)
    change = (divide(window[0], window[1], otherwise=0.0) - usual) / np.maximum(1 + usual, 0.05)
    enough = (window[2] >= _FULL * steps) & (before[2] >= least)
    thick = window[1] * before[2] >= 0.2 * before[1] * window[2]
    return change, enough & thick
