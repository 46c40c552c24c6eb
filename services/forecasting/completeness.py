"""How complete the newest days are: learned from what earlier syncs saw of the same days.

Platforms book a conversion on the day of its click and report it days later. So a day grows with its age, and
syncs see this growth. The shares of later conversions that a day has at each age are those of a run-off
triangle, estimated with the chain ladder (Mack 1993, "Distribution-free calculation of the standard error of
chain ladder reserve estimates"). For delays this is the reverse-time hazard of right-truncated data
(Kalbfleisch and Lawless 1989). On the problem: Chapelle 2014, "Modeling delayed feedback in display
advertising"; Badanidiyuru et al. 2021, "Handling many conversions per click in modeling delayed feedback"
(arXiv 2101.02284).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from services.numerics import Bools, Floats, Ints, divide

OLDEST_AGE = 45
"""Days that are older than this are taken as complete."""

LEARNED_SPAN_DAYS = 7
"""Reports must cover a week, so that a platform that reports once a week is seen to do so."""

LEARNED_REPORTS = 4
"""Fewer reports than this are not learned from, however far apart."""

HALF_LIFE_DAYS = 7.0
"""A report counts half after this time, because delays change."""

SAME_ACTIVITY = 0.02
"""Clicks and cost of a day that change by more than this, after its first days, are those of other data."""

SETTLING_AGE = 1
"""Up to this age a day may still have been going on, so that its clicks and cost may grow."""

KINDS = ("conversions", "revenue", "cost")

_ASSUMED_ORDERS = 10.0  # a day, of a channel that records revenue without conversions
_ROUNDS = 30  # of the EM algorithm, for reports that are several days apart
_START, _START_FADE = 0.3, 0.8
_MOST_RETRACTED = -0.5  # of what a day has: more than that is an error in the data
_LEAST_EXPECTED = 1.0  # reported conversions at an age, from which on it shows how a channel differs
_LEAST_DEVELOPED = 0.5  # of the development still expected must have been seen, to judge an error
_POOL_REPORTS = 4.0  # weight of the account's error, in reports of a channel


@dataclass(frozen=True, slots=True)
class Completeness:
    """The share that a day has of what it will have, by channel and age, and the relative error of it.

    `shares` and `errors` are, for each of `KINDS`, (channels + 1) x (`OLDEST_AGE` + 1); the last row is the
    whole account's, for channels without reports. An age is in days, 0 for the newest day of a channel.
    """

    channels: tuple[str, ...]
    shares: Mapping[str, Floats]
    errors: Mapping[str, Floats]

    def of(self, kind: str, channels: np.ndarray, ages: Ints) -> tuple[Floats, Floats]:
        """Return the share and its relative error for pairs of channel and age; 1 and 0 for older days."""
        number = {name: place for place, name in enumerate(self.channels)}
        row = np.array([number.get(name, -1) for name in channels], dtype=np.int64)
        column = np.clip(ages, 0, OLDEST_AGE)
        is_old = ages > OLDEST_AGE
        share, error = self.shares[kind][row, column], self.errors[kind][row, column]
        return np.where(is_old, 1.0, share), np.where(is_old, 0.0, error)


@dataclass(frozen=True, slots=True)
class _Growth:
    """What days grew by between two successive reports of their channel, one element for each.

    `low` and `high` are the ages of a day at the two reports, `before` and `after` its counts in orders,
    `seen` the day number of the second report, `weight` its weight; `channel` numbers the channels.
    """

    channel: Ints
    date: Ints
    low: Ints
    high: Ints
    before: Floats
    after: Floats
    seen: Ints
    weight: Floats

    def where(self, chosen: Bools) -> _Growth:
        return _Growth(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def learn(reports: pd.DataFrame) -> Completeness | None:
    """Return the completeness of newest days; None while the reports are too few or cover no week.

    reports: the columns seen_on, channel, date, conversions, revenue, clicks and cost: what a day looked like
    from the day `seen_on` on, until the next row of the same channel and date. NaN is not recorded. A channel
    has a report for each `seen_on` in its rows.
    """
    seen = reports["seen_on"].unique()
    if len(seen) < LEARNED_REPORTS or (seen.max() - seen.min()) < pd.Timedelta(days=LEARNED_SPAN_DAYS):
        return None
    channels = tuple(sorted(str(name) for name in reports["channel"].unique()))
    found = {kind: _learn_kind(reports, kind, channels) for kind in KINDS}
    return Completeness(
        channels,
        shares={kind: share for kind, (share, _) in found.items()},
        errors={kind: error for kind, (_, error) in found.items()},
    )


def _learn_kind(reports: pd.DataFrame, kind: str, channels: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return shares and errors (channels + 1 x ages) of one kind."""
    growth = _growth(reports, kind, channels)
    new, risk = _developed(growth, len(channels))
    own, account = divide(new, risk, otherwise=0.0), divide(new.sum(axis=0), risk.sum(axis=0), otherwise=0.0)
    trust = _trust(new, risk, account)[:, None]
    hazard = np.where(risk > 0, trust * own + (1 - trust) * account, account)
    hazard = np.clip(np.vstack([hazard, account]), _MOST_RETRACTED, 1.0)
    share = _shares(hazard)
    sampling = _sampling(np.vstack([own, account]), np.vstack([risk, risk.sum(axis=0)]))
    mixed = np.vstack([trust * sampling[:-1] + (1 - trust) * sampling[-1], sampling[-1:]])
    return share, np.sqrt(mixed + _scatter(growth, share))


def _growth(reports: pd.DataFrame, kind: str, channels: tuple[str, ...]) -> _Growth:
    """Return how days grew from report to report, of all channels."""
    newest = int(reports["seen_on"].max().to_datetime64().astype("datetime64[D]").astype(np.int64))
    by_channel = dict(iter(reports.groupby("channel", sort=False)))
    parts = [
        part
        for number, name in enumerate(channels)
        for part in _growth_of(by_channel[name], kind, number, newest)
    ]
    if not parts:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return _Growth(none, none, none, none, nothing, nothing, none, nothing)
    return _Growth(*(np.concatenate([getattr(p, n) for p in parts]) for n in _Growth.__dataclass_fields__))


def _growth_of(rows: pd.DataFrame, kind: str, number: int, newest: int) -> Iterator[_Growth]:
    """Yield how the days of one channel grew from report to report; nothing where a kind is not recorded."""
    row, dates = _numbered(rows["date"])
    column, seen = _numbered(rows["seen_on"])

    def table(name: str) -> Floats:
        """Return a figure at each report (days x reports): that of the newest row up to it."""
        values = np.full((dates.size, seen.size), np.nan)
        values[row, column] = rows[name]
        return pd.DataFrame(values).ffill(axis=1).to_numpy()

    counts = table(kind) / _unit(rows, kind)
    age = seen[None, :] - dates[:, None]
    known = ~np.isnan(counts) & (age >= 0)
    pairs = known[:, :-1] & known[:, 1:] & (age[:, 1:] <= OLDEST_AGE)
    settled = age[:, :-1] > SETTLING_AGE
    for activity in ("clicks", "cost"):
        pairs &= ~(settled & _has_changed(table(activity)))
    row, column = np.nonzero(pairs)
    if row.size:
        yield _Growth(
            channel=np.full(row.size, number),
            date=dates[row],
            low=age[row, column],
            high=age[row, column + 1],
            before=counts[row, column],
            after=counts[row, column + 1],
            seen=seen[column + 1],
            weight=0.5 ** ((newest - seen[column + 1]) / HALF_LIFE_DAYS),
        )


def _numbered(days: pd.Series) -> tuple[Ints, Ints]:
    """Return the place of each day among the different days in ascending order, and their day numbers."""
    numbers = days.to_numpy().astype("datetime64[D]").astype(np.int64)
    different, place = np.unique(numbers, return_inverse=True)
    return np.asarray(place), different


def _unit(rows: pd.DataFrame, kind: str) -> float:
    """Return the amount of a kind that counts as one order of a channel."""
    total = float(rows[kind].sum())
    orders = float(rows["conversions"].sum())
    if kind == "conversions" or total <= 0:
        return 1.0
    return total / orders if orders > 0 else total / (_ASSUMED_ORDERS * len(rows))


def _has_changed(values: Floats) -> Bools:
    """Return where a later report differs from the one before (days x reports - 1); never where unknown."""
    before, after = values[:, :-1], values[:, 1:]
    larger = np.fmax(np.abs(before), np.abs(after))
    return np.asarray(np.abs(after - before) > SAME_ACTIVITY * larger)


def _developed(growth: _Growth, channels: int) -> tuple[Floats, Floats]:
    """Return what arrived at each age, and what days had at that age (channels x ages each), weighted.

    What arrived between reports that are several days apart is shared out over these ages as the account's
    delays expect it (EM algorithm: Dempster, Laird and Rubin 1977).
    """
    gap = int((growth.high - growth.low).max(initial=1))
    ages = growth.low[:, None] + 1 + np.arange(gap)
    inside = ages <= growth.high[:, None]
    ages = np.minimum(ages, OLDEST_AGE)
    place = (growth.channel[:, None] * (OLDEST_AGE + 1) + ages)[inside]
    hazard = _START * _START_FADE ** np.arange(OLDEST_AGE + 1.0)
    for _ in range(1 if gap == 1 else _ROUNDS):
        new, risk = _shared_out(growth, ages, inside, hazard)
        size = channels * (OLDEST_AGE + 1)
        sums = [
            np.bincount(place, part[inside], minlength=size).reshape(channels, -1) for part in (new, risk)
        ]
        hazard = np.clip(divide(sums[0].sum(axis=0), sums[1].sum(axis=0), otherwise=0.0), 1e-9, 1.0)
    return np.asarray(sums[0], dtype=np.float64), np.asarray(sums[1], dtype=np.float64)


def _shared_out(growth: _Growth, ages: Ints, inside: Bools, hazard: Floats) -> tuple[Floats, Floats]:
    """Return what arrived at each age between two reports, and what the day had then (growths x gap)."""
    keep = np.where(inside, 1 - hazard[ages], 1.0)
    later = np.cumprod(keep[:, ::-1], axis=1)[:, ::-1] / np.maximum(keep, 1e-12)  # kept by the ages after it
    expected = np.where(inside, later * hazard[ages], 0.0)
    part = divide(expected, expected.sum(axis=1, keepdims=True), otherwise=0.0)
    new = part * (growth.after - growth.before)[:, None]
    had = growth.before[:, None] + np.cumsum(new, axis=1)
    weight = growth.weight[:, None] * inside
    return new * weight, had * weight


def _trust(new: Floats, risk: Floats, account: Floats) -> Floats:
    """Return the credibility of each channel's own development against the account's (channels).

    Positive-part James-Stein: 1 - degrees of freedom / chi-square of the channel's deviation from the account
    (Bühlmann's credibility with the variance between channels estimated from the data). So few conversions
    lean on the account, and a channel that clearly differs does not.
    """
    expected = risk * account
    counted = expected >= _LEAST_EXPECTED
    squares = divide((new - expected) ** 2, np.maximum(expected * (1 - account), 0.05 * expected))
    chi_square = np.where(counted, squares, 0.0).sum(axis=1)
    return np.clip(1 - divide(counted.sum(axis=1).astype(float), chi_square, otherwise=1.0), 0.0, 1.0)


def _shares(hazard: Floats) -> Floats:
    """Return the share at each age: what the ages after it leave of a complete day (rows x ages)."""
    later = np.cumprod((1 - hazard)[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([later[:, 1:], np.ones((len(later), 1))], axis=1)


def _sampling(hazard: Floats, risk: Floats) -> Floats:
    """Return the variance of the log of the shares by chance of single orders (Greenwood 1926)."""
    kept = np.clip(hazard, 0.0, 0.95)
    one = divide(kept, (1 - kept) * risk, otherwise=0.0)
    later = np.cumsum(one[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([later[:, 1:], np.zeros((len(later), 1))], axis=1)


def _scatter(growth: _Growth, share: Floats) -> Floats:
    """Return the variance of grossed-up days around what they became (channels + 1 x ages), relative.

    This is what a batch a week or a change of delays adds to the chance of single orders, which is taken off.
    A channel with few reports takes the account's.
    """
    last = _latest(growth)
    now, then = share[growth.channel, growth.low], share[growth.channel, np.minimum(last.high, OLDEST_AGE)]
    part = divide(now, then, otherwise=1.0)
    judged = (1 - part >= _LEAST_DEVELOPED * (1 - now)) & (part > 0) & (part < 1) & (last.after > 0)
    expected = part * last.after
    square = (growth.before - expected) ** 2 - expected * (1 - part)
    size = share.shape[1]
    place = (growth.channel * size + growth.low)[judged]

    def summed(values: Floats) -> Floats:
        found = np.bincount(place, (values * growth.weight)[judged], minlength=(len(share) - 1) * size)
        return np.asarray(found.reshape(len(share) - 1, size), dtype=np.float64)

    squares, scale, reports = summed(square), summed(expected**2), summed(np.ones_like(square))
    squares, scale = np.maximum(squares, 0.0), np.maximum(scale, 0.0)
    account = divide(squares.sum(axis=0), scale.sum(axis=0), otherwise=np.nan)
    account = np.where(np.isnan(account), (1 - np.minimum(share[-1], 1.0)) ** 2, account)
    own = divide(squares, scale, otherwise=0.0)
    mixed = (reports * own + _POOL_REPORTS * account) / (reports + _POOL_REPORTS)
    changes = np.abs(1 - share[:-1]) > 0
    return np.vstack([np.where(changes, mixed, 0.0), account])


def _latest(growth: _Growth) -> _Growth:
    """Return, for each growth, the newest growth of the same channel and day."""
    key = growth.channel * 1_000_000 + growth.date
    order = np.lexsort((growth.seen, key))
    ends = np.append(np.diff(key[order]) != 0, True) if key.size else np.zeros(0, dtype=bool)
    last = np.flatnonzero(ends)
    of_sorted = last[np.searchsorted(last, np.arange(key.size))]
    chosen = np.empty(key.size, dtype=np.int64)
    chosen[order] = order[of_sorted]
    return growth.where(chosen)  # type: ignore[arg-type]
