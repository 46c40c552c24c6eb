"""The result of forecasting: backtest forecasts of the history, the days ahead, and the scores."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class Prediction:
    """Forecasts per channel, all out of sample.

    `daily` has one row per channel and day: channel, date (datetime64), and for each ratio or
    count m of roi, conversion, reach (impressions), ctr the columns m_actual, m_pred, m_low,
    m_high (80 % interval). The last 26 weeks of data have the prediction from the weekly origin before
    (1 to 7 days ahead; NaN where there was none yet); then `horizon` rows per channel with NaN actuals.

    `channels` has one row per channel: channel; roi, conversion, ctr (ratios of sums over the whole
    horizon) and reach (the sum over it), each with its 80 % interval in m_low and m_high;
    acquisition_cost (a ratio of sums, too); NaN where undefined; and low_confidence (bool: too little
    data for a seasonal forecast).

    `scores` holds JSON values: for each metric, and overall, MASE and RMSSE relative to the seasonal
    naive, coverage of the intervals, bias, and the number of origins.
    """

    daily: pd.DataFrame
    channels: pd.DataFrame
    data_to: date
    horizon: int
    scores: Mapping[str, Any]
    model_version: str

    def without(self, metrics: Collection[str]) -> Self:
        """Return the prediction with NaN for some metrics, such as "roi" where no revenue is recorded."""
        daily = [f"{metric}_{part}" for metric in metrics for part in ("actual", "pred", "low", "high")]
        channels = [name for name in self.channels.columns if name.partition("_")[0] in metrics]
        return replace(
            self,
            daily=self.daily.assign(**dict.fromkeys(daily, np.nan)),
            channels=self.channels.assign(**dict.fromkeys(channels, np.nan)),
        )
