"""What forecasting hands on: history that was truly predicted, the days to come, and the scores."""

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
    m_high (80 % band). The last 26 weeks of data come with the prediction made 7 days ahead (NaN
    where there was none yet); then `horizon` rows per channel with NaN actuals.

    `channels` has one row per channel: channel, roi, roi_low, roi_high, conversion,
    acquisition_cost (over the whole horizon, ratios of sums; NaN where undefined) and
    low_confidence (bool: too little data for a seasonal forecast).

    `scores` holds JSON values: for each metric, and overall, MASE and RMSSE against the seasonal
    naive, coverage of the bands, bias, and the number of origins.
    """

    daily: pd.DataFrame
    channels: pd.DataFrame
    data_to: date
    horizon: int
    scores: Mapping[str, Any]
    model_version: str

    def without(self, metrics: Collection[str]) -> Self:
        """Return the same with nothing said of some metrics: NaN, as where there is no spend."""
        daily = [f"{metric}_{part}" for metric in metrics for part in ("actual", "pred", "low", "high")]
        channels = [name for name in self.channels.columns if name.partition("_")[0] in metrics]
        return replace(
            self,
            daily=self.daily.assign(**dict.fromkeys(daily, np.nan)),
            channels=self.channels.assign(**dict.fromkeys(channels, np.nan)),
        )
