"""The results of one sync run, before they are drawn and saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.forecasting.account import Account

if TYPE_CHECKING:
    import pandas as pd

    from services.budgeting import BudgetPlan
    from services.forecasting import Prediction


@dataclass(frozen=True, slots=True)
class Results:
    """The campaign days of a run, and the prediction and plan computed from them.

    `days` is clean (see `forecasting.campaign_days`): one row per channel and day with any activity, sorted,
    with the columns channel, date (datetime64), impressions, clicks, conversions, cost, revenue (floats),
    the counts of campaign rows, and how many numbers of the row were replaced. Its newest days are settled
    (see `forecasting.settling`): conversions and revenue that are still coming in are grossed up, or NaN.
    `account` holds what is known beside them.
    """

    days: pd.DataFrame
    prediction: Prediction
    plan: BudgetPlan
    account: Account = field(default_factory=Account)
