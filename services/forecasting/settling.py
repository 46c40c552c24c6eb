"""Campaign days whose newest days are still coming in, made comparable with older ones.

The pipeline settles the days once, after it cleaned them. Conversions and revenue of a newest day are grossed
up by its completeness. A day that is less than half complete, or whose completeness is too uncertain, is left
out: its conversions and revenue count as not recorded. So do all figures of a day that is not over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from services.forecasting.campaign_days import COUNTS, PAIRS, pair_name, pair_sums
from services.forecasting.completeness import OLDEST_AGE, Completeness
from services.forecasting.prediction import Prediction
from services.forecasting.run_off import days_to_leave_out
from services.numerics import Bools, Floats, Ints, divide

LEAST_COMPLETE = 0.5
"""A day that has less than this of what it will have is left out of everything that judges it."""

MOST_ERROR = 0.12
"""So is a day whose completeness has a larger relative error than this."""

NEARLY_COMPLETE = 0.97
"""A day that has at least this share is shown as complete."""

LEAST_ACTIVITY = 0.9
"""A newest day whose cost has grown from less than this share, in earlier reports, is not over."""

LARGEST_CUT = 0.25
"""At most this part of a channel's days is left out because its delays are not learned yet."""

LATE_COLUMNS = ("conversions", "revenue")
LEFT_OUT = "left_out"
"""Column of settled days: 1 on the days that are left out, else 0. Absent if there are none."""

DOUBT = "completeness_error"
"""Column of settled days: the relative error of grossed-up figures. Absent if there are none."""

State = Literal["coming_in", "not_learned", "not_over"]

_LEVEL_HALF_LIFE = 16.0  # days: the usual memory of a forecast's level
_EXACT = 0.005  # a smaller share than this to come is rounding of the platform
_Z_80 = 1.2816
_SHOWN = pd.Timedelta(days=OLDEST_AGE + 1)
_ACTUAL = {
    "roi": ("revenue", "cost"),
    "conversion": ("conversions", "clicks"),
    "ctr": ("clicks", "impressions"),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """Campaign days to compute with, and what is not final in the ones that they were made from.

    `days`: as `clean_days` returns them, with `LEFT_OUT`; the same frame if all days are complete. `newest`:
    the columns channel, date, state, conversions and revenue (the shares that they have of what they will
    have; NaN where not learned) and is_left_out, one row for each channel and day that is not complete.
    `level_error`: the relative error that unfinished days add to a channel's level, where there is any.
    `is_as_recorded`: all days are complete, so `days` are what they were made from.
    """

    days: pd.DataFrame
    newest: pd.DataFrame
    level_error: Mapping[str, float]
    is_as_recorded: bool

    @property
    def over(self) -> pd.DataFrame:
        """Return the days without those that are not over."""
        unfinished = self.newest.loc[self.newest["state"] == "not_over", ["channel", "date"]]
        if unfinished.empty:
            return self.days
        return self.days[~_is_among(self.days, unfinished)].reset_index(drop=True)


def settle(
    days: pd.DataFrame,
    completeness: Completeness | None,
    attribution_days: int,
    *,
    seen_on: Mapping[str, pd.Timestamp] | None = None,
    not_over: Collection[str] = (),
) -> Settled:
    """Return clean days with their newest days settled.

    completeness: learned from earlier reports; None if it is not: then the newest days of each channel are
    left out as `run_off.days_to_leave_out` says, at most a quarter of its days.
    seen_on: the day of each channel's newest report, from which ages count; by default its last day, or the
    account's if the channel has paused.
    not_over: channels whose newest day is not over.
    """
    age, is_newest = _ages(days, seen_on or {})
    not_yet = is_newest & (days["channel"].isin(not_over).to_numpy() | _is_growing(days, age, completeness))
    not_yet &= days.groupby("channel")["date"].transform("size").to_numpy() > 1
    shares, error = _shares(days, age, completeness)
    if completeness is None:
        left_out = _not_learned(days, age, attribution_days)
    else:
        left_out = _unusable(days, age, shares, error)
    left_out &= (
        days[[*LATE_COLUMNS]].fillna(0.0).any(axis=1).groupby(days["channel"]).transform("any").to_numpy()
    )
    doubt = np.where(left_out | not_yet, 0.0, error)
    made = _settled(days, shares, doubt, left_out, not_yet)
    return Settled(
        days=made,
        newest=_newest(days, shares, left_out, not_yet, is_learned=completeness is not None),
        level_error=_level_errors(days, age, doubt),
        is_as_recorded=made is days,
    )


def widened(prediction: Prediction, level_error: Mapping[str, float]) -> Prediction:
    """Return the prediction with wider bands of ROI and conversion in the days ahead.

    The error of a level that rests on unfinished days is independent of the errors that the bands were
    learned from, so their squares add, on the log scale.
    """
    if not level_error:
        return prediction
    daily, channels = prediction.daily.copy(), prediction.channels.copy()
    ahead = (daily["date"] > pd.Timestamp(prediction.data_to)).to_numpy()
    error = np.where(ahead, np.asarray(daily["channel"].map(level_error).fillna(0.0), dtype=np.float64), 0.0)
    for name, less in (("roi", 1.0), ("conversion", 0.0)):
        low, high = _wider(*(daily[f"{name}_{part}"] + less for part in ("pred", "low", "high")), error=error)
        daily[f"{name}_low"], daily[f"{name}_high"] = low - less, high - less
    of_horizon = np.asarray(channels["channel"].map(level_error).fillna(0.0), dtype=np.float64)
    for name, less in (("roi", 1.0), ("conversion", 0.0)):
        if f"{name}_low" in channels:
            limits = (channels[column] + less for column in (name, f"{name}_low", f"{name}_high"))
            low, high = _wider(*limits, error=of_horizon)
            channels[f"{name}_low"], channels[f"{name}_high"] = low - less, high - less
    return replace(prediction, daily=daily, channels=channels)


def with_recorded(prediction: Prediction, settled: Settled, days: pd.DataFrame) -> Prediction:
    """Return the prediction with the actual values of all days as they are recorded in `days`.

    It was made from settled days, which lack the values of unfinished days or have them grossed up.
    """
    if settled.is_as_recorded:
        return prediction
    changed = days[_is_among(days, settled.newest) | (days["date"] > days["date"].max() - _SHOWN)]
    actual = changed[["channel", "date"]].assign(reach=changed["impressions"])
    for name, (above, below) in _ACTUAL.items():
        top, bottom = (part.to_numpy(dtype=np.float64) for part in pair_sums(changed, above, below))
        actual[name] = divide(top, bottom) - (name == "roi")
    daily = prediction.daily.merge(actual, on=["channel", "date"], how="left")
    for name in ("reach", *_ACTUAL):
        daily[f"{name}_actual"] = daily[name].fillna(daily[f"{name}_actual"])
    return replace(prediction, daily=daily[list(prediction.daily.columns)])


def _is_among(days: pd.DataFrame, some: pd.DataFrame) -> Bools:
    """Return which rows have a channel and date that are among `some`."""
    keys = pd.MultiIndex.from_frame(days[["channel", "date"]])
    return np.asarray(keys.isin(pd.MultiIndex.from_frame(some[["channel", "date"]])), dtype=np.bool_)


def _ages(days: pd.DataFrame, seen_on: Mapping[str, pd.Timestamp]) -> tuple[Ints, Bools]:
    """Return the age of each row in days at its channel's newest report, and whether it is its last day."""
    last = days.groupby("channel")["date"].transform("max")
    seen = days["channel"].map(seen_on) if seen_on else pd.Series(pd.NaT, index=days.index)
    seen = pd.to_datetime(seen).fillna(last)
    age = np.asarray((seen - days["date"]).dt.days, dtype=np.int64)
    return age, np.asarray(days["date"] == last, dtype=np.bool_)


def _is_growing(days: pd.DataFrame, age: Ints, completeness: Completeness | None) -> Bools:
    """Return which days had less cost when earlier reports saw days of this age than they have now."""
    if completeness is None:
        return np.zeros(len(days), dtype=np.bool_)
    share, _ = completeness.of("cost", days["channel"].to_numpy(dtype=object), age)
    return np.asarray(share < LEAST_ACTIVITY)


def _shares(
    days: pd.DataFrame, age: Ints, completeness: Completeness | None
) -> tuple[dict[str, Floats], Floats]:
    """Return the share of conversions and revenue of each row, and the larger of their errors."""
    ones = np.ones(len(days))
    shares, error = {name: ones.copy() for name in LATE_COLUMNS}, np.zeros(len(days))
    if completeness is None:
        return shares, error
    young = np.flatnonzero(age <= OLDEST_AGE)
    names = days["channel"].to_numpy(dtype=object)[young]
    for kind in LATE_COLUMNS:
        share, relative = completeness.of(kind, names, age[young])
        exact = np.abs(1 - share) < _EXACT
        shares[kind][young] = np.where(exact, 1.0, share)
        error[young] = np.maximum(error[young], np.where(exact, 0.0, relative))
    return shares, error


def _not_learned(days: pd.DataFrame, age: Ints, attribution_days: int) -> Bools:
    """Return the newest days that are left out until delays are learned."""
    first = days.groupby("channel")["date"].transform("min")
    last = days.groupby("channel")["date"].transform("max")
    most = (LARGEST_CUT * ((last - first).dt.days.to_numpy() + 1)).astype(np.int64)
    wanted = days["channel"].map(days_to_leave_out(days, attribution_days)).to_numpy(dtype=np.int64)
    return np.asarray(age < np.minimum(wanted, most))


def _unusable(days: pd.DataFrame, age: Ints, shares: Mapping[str, Floats], error: Floats) -> Bools:
    """Return the days that are too incomplete or too uncertain, and all younger ones of the channel."""
    least = np.minimum(shares["conversions"], shares["revenue"])
    bad = (least < LEAST_COMPLETE) | (error > MOST_ERROR)
    oldest = pd.Series(np.where(bad, age, -1)).groupby(days["channel"].to_numpy()).transform("max").to_numpy()
    return np.asarray(age <= oldest)


def _settled(
    days: pd.DataFrame, shares: Mapping[str, Floats], error: Floats, late: Bools, not_yet: Bools
) -> pd.DataFrame:
    """Return the days with grossed-up figures, without those that are left out."""
    left_out = late | not_yet
    is_grossed_up = any((share[~left_out] != 1).any() for share in shares.values())
    if not (left_out.any() or is_grossed_up):
        return days
    out = days.copy()
    if left_out.any():
        _add_pairs(out)
        out[LEFT_OUT] = left_out.astype(np.int64)
    if error.any():
        out[DOUBT] = error
    for name in COUNTS:
        sums = [name, *(c for pair in PAIRS for c in _sums_of(name, pair) if c in out.columns)]
        both = [c for pair in PAIRS if name in pair for c in _columns_of(pair) if c in out.columns]
        if name in shares:
            out[sums] = out[sums].div(np.where(left_out, 1.0, shares[name]), axis=0)
        out.loc[left_out if name in shares else not_yet, [name, *both]] = np.nan
    return out


def _columns_of(pair: tuple[str, str]) -> tuple[str, str]:
    return pair_name(*pair), pair_name(*pair[::-1])


def _sums_of(name: str, pair: tuple[str, str]) -> list[str]:
    """Return the column with the sum of `name` of a pair, if it is one of the pair."""
    return [pair_name(name, other) for other in pair if name in pair and other != name]


def _add_pairs(days: pd.DataFrame) -> None:
    """Add the columns of all pairs, where the days record all figures."""
    for pair in PAIRS:
        for name, column in zip(pair, _columns_of(pair), strict=True):
            if column not in days.columns:
                days[column] = days[name]


def _newest(
    days: pd.DataFrame, shares: Mapping[str, Floats], left_out: Bools, not_yet: Bools, *, is_learned: bool
) -> pd.DataFrame:
    """Return the rows that are not complete, see `Settled.newest`."""
    chosen = left_out | not_yet | (np.minimum(*shares.values()) < NEARLY_COMPLETE)
    unfinished: State = "coming_in" if is_learned else "not_learned"
    frame = days.loc[chosen, ["channel", "date"]].reset_index(drop=True)
    frame["state"] = np.where(not_yet[chosen], "not_over", unfinished)
    for name, share in shares.items():
        frame[name] = np.where(not_yet[chosen] | (not is_learned), np.nan, share[chosen])
    frame["is_left_out"] = (left_out | not_yet)[chosen]
    return frame


def _level_errors(days: pd.DataFrame, age: Ints, error: Floats) -> dict[str, float]:
    """Return the relative error of each channel's level: that of its days, weighted as a forecast does.

    The days' completeness comes from the same estimate, so their errors add up and do not average out.
    """
    if not error.any():
        return {}
    weight = (1 - 0.5 ** (1 / _LEVEL_HALF_LIFE)) * 0.5 ** (age / _LEVEL_HALF_LIFE)
    summed = pd.Series(error * weight).groupby(days["channel"].to_numpy()).sum()
    return {str(name): float(size) for name, size in summed.items() if size > 0}


def _wider(mean: pd.Series, low: pd.Series, high: pd.Series, *, error: Floats) -> tuple[Floats, Floats]:
    """Return the limits of positive quantities, with an independent relative error of the mean added."""
    m, lo, hi = (part.to_numpy(dtype=float) for part in (mean, low, high))
    usable = (error > 0) & (m > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        down, up = (np.abs(np.log(np.where(usable, limit / m, 1.0))) for limit in (lo, hi))
        extra = (_Z_80 * error) ** 2
        wider_low, wider_high = m * np.exp(-np.sqrt(down**2 + extra)), m * np.exp(np.sqrt(up**2 + extra))
    return np.where(usable, wider_low, lo), np.where(usable, wider_high, hi)
