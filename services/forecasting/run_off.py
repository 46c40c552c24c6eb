"""How many newest days to leave out before syncs have shown how late conversions are reported.

A single snapshot shows a delay as well, if it is large against the noise: conversions per click (revenue per
cost where clicks or conversions are missing) run off towards the newest day. Three shapes are compared by
least squares over the newest four weeks: a level, a level that has shifted, and a level times the share that
an exponential delay has reported by the age of the day (Chapelle 2014, "Modeling delayed feedback in display
advertising").
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from services.numerics import Bools, Floats, divide

JUDGED_DAYS = 28
"""The newest days in which a run-off is searched."""

BASELINE_DAYS = 84
"""The days before them, which show the level, the weekdays and the noise."""

ENOUGH_REPORTED = 0.95
"""Days are left out up to the age at which this share is expected to be reported."""

SMALLEST_DELAY = 0.5
"""A mean delay, in days, that must be excluded to say that days arrive complete."""

RISK_SQUARES = 6.63
"""The increase of the sum of squares, in variances, that excludes a shape: chi-square of 1 at 1 %."""

_DELAYS = np.concatenate([np.arange(0.5, 4.0, 0.25), np.arange(4.0, 21.0, 1.0)])
_AUTOCORRELATED = 2.0  # the variance of sums of days against that of independent ones
_LEAST_BASELINE = 42
_LEAST_NOISE = 0.01
_STEPS = range(1, JUDGED_DAYS - 6)
_FIRST_MOMENTS = np.linspace(0.0, 1.0, 51)


def days_to_leave_out(days: pd.DataFrame, attribution_days: int) -> dict[str, int]:
    """Return the number of newest days of each channel to leave out.

    days: clean campaign days (see `clean_days`). It is 0 for a channel whose conversions show no run-off, so
    that even a mean delay of half a day is excluded; as many as the run-off needs where there is one; and
    otherwise `attribution_days`. A channel that shows neither takes what the account shows.
    """
    if attribution_days == 0:
        return dict.fromkeys(map(str, days["channel"].unique()), 0)
    series = _relative(days)
    account = _verdict(_pooled(series), attribution_days)
    found = {name: _verdict(part, attribution_days) for name, part in series.items()}
    usual = attribution_days if account is None else account
    return {name: usual if verdict is None else verdict for name, verdict in found.items()}


def expected_share(mean_delay: Floats, age: Floats) -> Floats:
    """Return the share of a day's conversions that is reported at the end of a day of this age.

    Conversions happen at any moment of their day, and their delays are exponential.
    """
    waited = age[..., None] + 1 - _FIRST_MOMENTS
    return np.asarray((1 - np.exp(-waited / mean_delay[..., None])).mean(axis=-1))


def _relative(days: pd.DataFrame) -> Mapping[str, tuple[Floats, Floats]]:
    """Return actual and usual conversions (or revenue) of each channel by age, age 0 first.

    The usual ones are clicks (or cost) times the channel's rate and weekday factor before the judged days.
    """
    found: dict[str, tuple[Floats, Floats]] = {}
    for name, part in days.groupby("channel", sort=False):
        above, below = (
            ("conversions", "clicks")
            if part[["conversions", "clicks"]].notna().all(axis=None)
            else ("revenue", "cost")
        )
        age = (part["date"].max() - part["date"]).dt.days.to_numpy()
        chosen = age < JUDGED_DAYS + BASELINE_DAYS
        size = JUDGED_DAYS + BASELINE_DAYS
        top, bottom = np.zeros(size), np.zeros(size)
        top[age[chosen]] = np.nan_to_num(part[above].to_numpy(dtype=float)[chosen])
        bottom[age[chosen]] = np.nan_to_num(part[below].to_numpy(dtype=float)[chosen])
        found[str(name)] = top, _usual(top, bottom)
    return found


def _usual(top: Floats, bottom: Floats) -> Floats:
    old = np.arange(top.size) >= JUDGED_DAYS
    rate = divide(top[old].sum(), bottom[old].sum(), otherwise=0.0)
    usual = rate * bottom
    for phase in range(7):
        same = np.arange(top.size) % 7 == phase
        usual[same] *= divide(top[same & old].sum(), usual[same & old].sum(), otherwise=1.0)
    return np.asarray(usual)


def _pooled(series: Mapping[str, tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return the sums over all channels, each in units of its own usual day."""
    sizes = [max(float(usual.mean()), 1e-12) for _, usual in series.values()]
    top, bottom = (
        np.sum([part[at] / size for part, size in zip(series.values(), sizes, strict=True)], axis=0)
        for at in (0, 1)
    )
    return top, bottom


def _verdict(series: tuple[Floats, Floats], attribution_days: int) -> int | None:
    """Return how many newest days to leave out; None if the noise hides whether there is a run-off."""
    actual, usual = series
    known = usual > 0
    ratio = divide(actual, usual, otherwise=0.0)
    weight = np.where(known, usual, 0.0) / max(float(usual[known].mean()) if known.any() else 1.0, 1e-12)
    if known[JUDGED_DAYS:].sum() < _LEAST_BASELINE or known[:JUDGED_DAYS].sum() < JUDGED_DAYS / 2:
        return None
    noise = _AUTOCORRELATED * _variance(ratio[JUDGED_DAYS:], weight[JUDGED_DAYS:], known[JUDGED_DAYS:])
    ratio, weight = ratio[:JUDGED_DAYS], weight[:JUDGED_DAYS]
    age = np.arange(JUDGED_DAYS, dtype=float)
    by_delay = np.array([_misfit(ratio, weight, expected_share(np.array(m), age)) for m in _DELAYS]) / noise
    level = _misfit(ratio, weight, np.ones(JUDGED_DAYS)) / noise
    best = int(by_delay.argmin())
    if level - by_delay[best] > RISK_SQUARES and by_delay[best] < _shifted(ratio, weight) / noise:
        share = expected_share(np.array(_DELAYS[best]), age)
        enough = np.flatnonzero(share >= ENOUGH_REPORTED)
        return max(attribution_days, int(enough[0]) if enough.size else JUDGED_DAYS)
    is_complete = by_delay[_DELAYS >= SMALLEST_DELAY].min() - level > RISK_SQUARES
    return 0 if is_complete else None


def _variance(ratio: Floats, weight: Floats, known: Bools) -> float:
    """Return the variance of a day of weight 1 around its level, at least that of a steady account."""
    n = max(int(known.sum()) - 7, 1)
    return max(float((weight * (ratio - 1) ** 2)[known].sum()) / n, _LEAST_NOISE**2)


def _misfit(ratio: Floats, weight: Floats, shape: Floats) -> float:
    """Return the weighted sum of squares around the best multiple of a shape (days)."""
    scale = divide((weight * ratio * shape).sum(), (weight * shape**2).sum(), otherwise=0.0)
    return float((weight * (ratio - scale * shape) ** 2).sum())


def _shifted(ratio: Floats, weight: Floats) -> float:
    """Return the least sum of squares around two levels, one of the newest days and one of those before."""
    ones = np.ones(JUDGED_DAYS)
    return min(
        _misfit(ratio[:k], weight[:k], ones[:k]) + _misfit(ratio[k:], weight[k:], ones[k:]) for k in _STEPS
    )
