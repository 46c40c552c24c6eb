"""What is expected of each channel over the horizon, beside the same figure of its last 28 days.

Like is compared with like: a ratio of sums with a ratio of sums, a sum per day with a sum per day. A median
of past days beside a mean of days ahead would make every channel with skewed days "rise".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import log
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from services.dashboards.values import ratio

if TYPE_CHECKING:
    import pandas as pd

    from services.dashboards.results import Results

RECENT_DAYS = 28
TELLING_RISK = 0.05
"""The probability that a chart tells any change although nothing changes."""

FEWEST_DAYS = 14
FEW_ORDERS = 25
SMALL_PART = 0.01
Z_80 = 1.2815515594
_ABOVE_AND_BELOW: Mapping[str, tuple[str, str]] = {
    "roi": ("revenue", "cost"),
    "conversion": ("conversions", "clicks"),
    "ctr": ("clicks", "impressions"),
}
_COUNTED: Mapping[str, str] = {"reach": "impressions"}
_SHIFT: Mapping[str, float] = {"roi": 1.0}  # added to a figure that can be negative
_OFFSET = 0.05  # of the expected figure, as in `forecasting.horizon`


@dataclass(frozen=True, slots=True)
class Outlook:
    """One figure of a channel: in its last `days` days, and expected over the horizon with its 80 % limits.

    A ratio is one of sums; a count is per day. `z` is the change in standard errors of the forecast, with its
    sign; 0 where it cannot be judged.
    """

    before: float | None
    after: float | None
    low: float | None
    high: float | None
    days: int
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class Basis:
    """What a channel's figures of the last 28 days rest on; `orders` is None where not recorded."""

    cost: float
    part: float
    orders: float | None
    is_young: bool

    @property
    def is_thin(self) -> bool:
        """True when the figures rest on few orders, little spend or a short history.

        With n orders whose values vary as much as their mean, revenue has a relative standard error of
        sqrt(2 / n) (compound Poisson sum): 28 % at 25 orders.
        """
        few = self.orders is not None and self.orders < FEW_ORDERS
        return self.is_young or few or self.part < SMALL_PART


@dataclass(frozen=True, slots=True)
class Outlooks:
    """The outlooks of all channels, by measure and channel, for the days from `first` to `last`."""

    first: date
    last: date
    by_measure: Mapping[str, Mapping[str, Outlook]]
    basis: Mapping[str, Basis] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """The number of days ahead."""
        return (self.last - self.first).days + 1

    def of(self, measure: str) -> Mapping[str, Outlook]:
        """Return the outlooks of a measure, by channel."""
        return self.by_measure.get(measure, {})


NO_OUTLOOKS = Outlooks(first=date.min, last=date.min, by_measure={})


def is_told(outlook: Outlook, compared: int) -> bool:
    """Return whether the direction of a change may be told, among `compared` channels.

    The figure of the last 28 days must be outside the 80 % interval of the forecast; and so far outside that
    chance shows such a change in any of the channels in at most 5 % of charts (Šidák 1967).
    """
    if outlook.days < FEWEST_DAYS or None in (outlook.before, outlook.after, outlook.low, outlook.high):
        return False
    single = 1 - (1 - TELLING_RISK) ** (1 / max(compared, 1))
    return abs(outlook.z) > max(Z_80, NormalDist().inv_cdf(1 - single / 2))


def outlooks_of(results: Results) -> Outlooks:
    """Return what the results say of each channel's ROI, conversion, CTR and reach ahead and before."""
    prediction = results.prediction
    recent = _recent(results.days)
    rows: dict[str, Mapping[Any, Any]] = {
        str(row["channel"]): row for row in prediction.channels.to_dict("records")
    }
    return Outlooks(
        first=prediction.data_to + timedelta(days=1),
        last=prediction.data_to + timedelta(days=prediction.horizon),
        by_measure={
            name: {
                channel: _outlook(name, rows.get(channel, {}), days, prediction.horizon)
                for channel, days in recent.items()
            }
            for name in (*_ABOVE_AND_BELOW, *_COUNTED)
        },
        basis=_basis(recent, rows),
    )


def _recent(days: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return each channel's rows of its last 28 days, without channels that ended 28 days ago or more."""
    if days.empty:
        return {}
    last = days["date"].max()
    found = {}
    for channel, rows in days.groupby("channel", sort=False):
        end = rows["date"].max()
        if end > last - timedelta(days=RECENT_DAYS):
            found[str(channel)] = rows.assign(first=rows["date"].min())[
                rows["date"] > end - timedelta(days=RECENT_DAYS)
            ]
    return found


def _outlook(name: str, forecast: Mapping[Any, Any], days: pd.DataFrame, horizon: int) -> Outlook:
    length = _length(days)
    after, low, high = (_number(forecast.get(key)) for key in (name, f"{name}_low", f"{name}_high"))
    if name in _COUNTED:
        before = _sum(days[_COUNTED[name]])
        before = None if before is None else before / length
        after, low, high = (None if value is None else value / horizon for value in (after, low, high))
    else:
        before = _ratio_of_sums(name, days)
    z = _distance(before, after, low, high, _SHIFT.get(name, 0.0))
    return Outlook(before, after, low, high, length, z)


def _length(days: pd.DataFrame) -> int:
    """Return the number of days that the rows stand for: 28, or fewer for a younger channel."""
    known: int = (days["date"].max() - days["first"].min()).days + 1
    return min(RECENT_DAYS, known)


def _ratio_of_sums(name: str, days: pd.DataFrame) -> float | None:
    from services.forecasting.campaign_days import pair_sums

    above, below = (_sum(column) for column in pair_sums(days, *_ABOVE_AND_BELOW[name]))
    if above is None or not below:
        return None
    return above / below - _SHIFT.get(name, 0.0)


def _distance(
    before: float | None, after: float | None, low: float | None, high: float | None, shift: float
) -> float:
    """Return (after - before) in standard errors of the forecast, on the log scale of its limits.

    The standard error is that of the side on which `before` lies: a forecast's interval is skewed.
    """
    if before is None or after is None or low is None or high is None:
        return 0.0
    offset = _OFFSET * max(after + shift, 1e-12)
    past, mean, lower, upper = (max(value + shift, 0.0) + offset for value in (before, after, low, high))
    spread = log(upper / mean) if past > mean else log(mean / lower)
    return Z_80 * log(mean / past) / spread if spread > 0 else 0.0


def _basis(recent: Mapping[str, pd.DataFrame], rows: Mapping[str, Mapping[Any, Any]]) -> dict[str, Basis]:
    costs = {channel: _sum(days["cost"]) or 0.0 for channel, days in recent.items()}
    whole = sum(costs.values())
    return {
        channel: Basis(
            cost=costs[channel],
            part=costs[channel] / whole if whole > 0 else 0.0,
            orders=_sum(days["conversions"]),
            is_young=bool(rows.get(channel, {}).get("low_confidence", False)),
        )
        for channel, days in recent.items()
    }


def _sum(column: pd.Series) -> float | None:
    """Return the sum of a column, None where no row records it."""
    return None if column.isna().all() else float(column.sum())


def _number(value: object) -> float | None:
    return ratio(value) if isinstance(value, int | float) else None
