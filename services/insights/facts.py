"""Inputs that all rules of a sync share: history, rates, shifts, and the false alarm risk of each rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from services.budgeting.budget_plan import BudgetPlan
from services.forecasting.account import Account
from services.forecasting.prediction import Prediction
from services.insights.history import PERIOD_DAYS, History
from services.insights.rates import CONVERSION, CPM, CTR, ROAS, SPEND, Rate, RateSeries, rate_series
from services.insights.shifts import Noise, Shifts, find_shifts, measure_noise, merged
from services.insights.telling import Telling
from services.numerics import Bools, Floats
from services.worth import Worth

# The probability of any false alarm in a sync is at most the sum of these: each rule divides its own by
# the number of channels and rates that it tests (Bonferroni).
SHIFT_RISK = 0.03
SPIKE_RISK = 0.003
TREND_RISK = 0.004
COMPARISON_RISK = 0.003
LOSS_RISK = 0.003
SEGMENT_RISK = 0.005

# The rates that are tested for shifts, and the share of `SHIFT_RISK` of each.
WATCHED: Mapping[Rate, float] = {ROAS: 0.4, CTR: 0.15, CONVERSION: 0.15, CPM: 0.15, SPEND: 0.15}


@dataclass(frozen=True)
class Facts:
    """The inputs of all rules; derived series are computed once, at the first access.

    `history` ends with each channel's last settled day; `newest` has its days of clicks and cost after it.
    """

    history: History
    prediction: Prediction
    plan: BudgetPlan
    currency: str
    segments: pd.DataFrame | None
    quality: pd.DataFrame | None
    account: Account = field(default_factory=Account)
    newest: History | None = None
    last_year: History | None = None

    def history_of(self, rate: Rate) -> History:
        """Return the history that a rate is judged on: without unsettled days, if it needs conversions."""
        return self.history if self.newest is None or rate.is_late else self.newest

    @property
    def worth(self) -> Worth:
        """What the channels are judged by."""
        return self.account.worth

    @cached_property
    def telling(self) -> Telling:
        """How sentences write what the channels bring."""
        return Telling(self.worth, self.currency)

    @cached_property
    def series(self) -> dict[Rate, RateSeries]:
        """The rates of every channel, day by day."""
        return {rate: rate_series(self.history_of(rate), rate) for rate in WATCHED}

    @cached_property
    def noise(self) -> dict[Rate, Noise]:
        """The noise of each rate's window means."""
        return {rate: measure_noise(series) for rate, series in self.series.items()}

    @cached_property
    def weekly(self) -> dict[Rate, RateSeries]:
        """The rates of every channel, week by week."""
        return {rate: rate_series(self.history_of(rate).by_weeks(), rate) for rate in WATCHED}

    @cached_property
    def weekly_noise(self) -> dict[Rate, Noise]:
        """The noise of each rate's means over weeks."""
        return {rate: measure_noise(series) for rate, series in self.weekly.items()}

    @cached_property
    def has_days(self) -> Bools:
        """Mark the channels whose rows are days (channels)."""
        return np.array([grain == "day" for grain in self.history.grain], dtype=bool)

    @cached_property
    def shifts(self) -> dict[Rate, Shifts]:
        """The clearest recent shift of each rate, by weeks; by days where only that scan shows one."""
        return {rate: self._shifts_of(rate) for rate in WATCHED}

    def _shifts_of(self, rate: Rate) -> Shifts:
        doubt = self.history.doubt if rate.is_late else None
        return merged(
            find_shifts(self.weekly[rate], self.weekly_noise[rate], doubt),
            find_shifts(self.series[rate], self.noise[rate], doubt),
            self.has_days,
            self.shift_limit(rate),
        )

    @cached_property
    def is_going(self) -> Bools:
        """Mark the channels with cost in the last four weeks (channels)."""
        return np.asarray(~self.history.stopped & (self.history.recent("cost") > 0))

    def shift_limit(self, rate: Rate) -> float:
        """Return the largest p-value at which a shift of a rate is significant."""
        return SHIFT_RISK * WATCHED[rate] / max(int(self.is_going.sum()), 1)

    def shift_chance(self, rate: Rate, p: float) -> float:
        """Return the probability of such a shift of any rate of any channel, where nothing happens.

        p: that of one channel's rate, with the price of the choice of its window (Bonferroni).
        """
        return min(p * max(int(self.is_going.sum()), 1) / WATCHED[rate], 1.0)

    def sums(self, channel: int, days: int, back: int = 0, *, of: Rate | None = None) -> dict[str, float]:
        """Return the sum of each count of a channel over `days` days that end `back` days before its last.

        A count that some rows of these days do not record is NaN; the two counts of the rate `of` are sums
        over the rows that record both.
        """
        history = self.history if of is None else self.history_of(of)
        end = history.length - back
        part = slice(max(end - days, 0), end)
        sums = {
            name: float(values[channel, part].sum()) if history.is_complete(name, channel, part) else math.nan
            for name, values in history.counts.items()
        }
        if of is None:
            return sums
        names = (of.above,) if of.below is None else (of.above, of.below)
        pair = (history.counts[of.above],) if of.below is None else history.pair(of.above, of.below)
        return sums | {
            name: float(values[channel, part].sum()) for name, values in zip(names, pair, strict=True)
        }

    def per_period(self, values: Floats) -> Floats:
        """Return sums of the last four weeks (channels) scaled to 28 days, for channels observed for less."""
        observed = np.maximum(self.history.observed[:, -PERIOD_DAYS:].sum(axis=1), 1)
        return np.asarray(values * PERIOD_DAYS / observed)
