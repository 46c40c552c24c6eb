"""The one place where revenue becomes what channels are judged by, at the entrance of all computations.

Contribution is revenue times the margin of the channel, as Meridian scales an outcome by “revenue per KPI”.
With it in the place of revenue, a ROI of 0 is break-even in every rule: a channel with a margin of m breaks
even at a ROAS of 1 / m. Channels without revenue are judged by their conversions. Stored figures of revenue
stay revenue: only the frame that is computed with is changed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from services.forecasting.account import Account, Conversions, by_names
from services.forecasting.campaign_days import pair_name, pair_sums
from services.forecasting.custom_model import CustomForecast
from services.forecasting.prediction import Prediction
from services.worth import Pricing, Worth

_BROUGHT, _SPENT = pair_name("revenue", "cost"), pair_name("cost", "revenue")
PARTS = ("actual", "pred", "low", "high")
MEAN_DAYS = 90
VALUED = "valued"
"""Column of days whose revenue is what channels are judged by."""


def priced(days: pd.DataFrame, account: Account, pricing: Pricing) -> Account:
    """Return the account with the margins and values that the settings give the channels of `days`.

    days: the columns channel, date, conversions, cost and revenue. A channel without any revenue is judged by
    its conversions where a value is set for them. In an account without any revenue or value, all channels
    are, see `_by_cost`.
    """
    names = [str(name) for name in days["channel"].unique()]
    margins = {name: pricing.margin.of(name) for name in names}
    account = replace(account, margins={n: m for n, m in margins.items() if m is not None and m != 1.0})
    earning, converting = _with_any(days, "revenue"), _with_any(days, "conversions")
    values = {name: pricing.conversion_value.of(name) for name in sorted(converting - earning)}
    known = {name: value for name, value in values.items() if value is not None}
    if known:
        return replace(account, conversions=Conversions(known, "value", is_all=not earning))
    found = None if earning else _by_cost(days, converting, pricing.conversion_cost_ceiling)
    return account if found is None else replace(account, conversions=found)


def _by_cost(days: pd.DataFrame, channels: Collection[str], ceiling: float | None) -> Conversions | None:
    """Return conversions that count for the ceiling of their cost, else for what one costs on average.

    With the mean of the newest `MEAN_DAYS`, channels can be compared, and money be moved between them; what
    is worth its money is not known.
    """
    if ceiling is not None:
        return Conversions(dict.fromkeys(sorted(channels), ceiling), "ceiling", is_all=True)
    newest = days[days["date"] > days["date"].max() - pd.Timedelta(days=MEAN_DAYS)]
    conversions, cost = (float(part.sum()) for part in pair_sums(newest, "conversions", "cost"))
    if not (conversions > 0 and cost > 0):
        return None
    return Conversions(dict.fromkeys(sorted(channels), cost / conversions), "mean", is_all=True)


def valued(days: pd.DataFrame, account: Account | None) -> tuple[pd.DataFrame, Account]:
    """Return the days with the contribution of each channel as their revenue, and the account.

    days: the columns channel and revenue, and those of the counts that are computed with. A frame that is
    valued already passes unchanged. Without an account, the names of the channels tell what they can.
    """
    if account is None:
        account = by_names([str(name) for name in days["channel"].unique()] if "channel" in days else [])
    if VALUED in days.columns:
        return days, account
    if not account.margins and account.conversions is None:
        return days, account
    return in_worth(days, account).assign(**{VALUED: True}), account


def in_worth(sums: pd.DataFrame, account: Account) -> pd.DataFrame:
    """Return sums by channel (days, segments) with the contribution in the place of revenue."""
    names = sums["channel"].astype(str)
    margin = names.map(account.margins).fillna(1.0).astype(float)
    brought = {name: sums[name] * margin for name in ("revenue", _BROUGHT) if name in sums.columns}
    if account.conversions is None or "conversions" not in sums.columns:
        return sums.assign(**brought)
    value = names.map(account.conversions.values).astype(float)
    by_conversions = {
        "revenue": sums["conversions"] * value,
        _BROUGHT: _column(sums, "conversions", "cost") * value,
        _SPENT: _column(sums, "cost", "conversions"),
    }
    before = {_SPENT: sums[_SPENT] if _SPENT in sums.columns else sums["cost"], **brought}
    return sums.assign(
        **{name: by_conversions[name].where(value.notna(), before[name]) for name in before if name in sums}
    )


def _column(sums: pd.DataFrame, name: str, other: str) -> pd.Series:
    """Return the sum of `name` over the rows that also record `other`; of all where that is unknown."""
    pair = pair_name(name, other)
    return sums[pair] if pair in sums.columns else sums[name]


def of_revenue(prediction: Prediction, worth: Worth) -> Prediction:
    """Return the prediction with the daily ROI of revenue: the ledger compares it with recorded revenue.

    So a change of margins changes no earlier score. A channel that is judged by its conversions has no ROI.
    """
    daily = prediction.daily
    names = daily["channel"].astype(str)
    margin = names.map(worth.margins).fillna(1.0).mask(names.isin(list(worth.conversion_values)))
    told = {f"roi_{part}": (1 + daily[f"roi_{part}"]) / margin - 1 for part in PARTS}
    return replace(prediction, daily=daily.assign(**told))


def custom_in_worth(custom: CustomForecast, worth: Worth) -> CustomForecast:
    """Return the ROI of a team's own model, which is one of revenue, as that of their worth."""
    roi = {
        channel: (1 + value) * worth.margins.get(channel, 1.0) - 1
        for channel, value in custom.roi.items()
        if channel not in worth.conversion_values
    }
    return replace(custom, roi=roi)


def _with_any(days: pd.DataFrame, name: str) -> set[str]:
    """Return the channels with more than nothing of a count."""
    numbers = pd.to_numeric(days[name], errors="coerce")
    return set(days.loc[numbers > 0, "channel"].astype(str))
