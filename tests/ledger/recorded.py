"""Forecasts recorded by hand, for one channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import sqlalchemy as sa

from services.forecasting.prediction import Prediction
from services.snapshots import ledger
from services.views import RecordedMetric

MADE_AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
METRICS = ("roi", "conversion", "reach", "ctr")


def record_forecasts(
    connection: sa.Connection,
    made_on: date,
    ahead: Mapping[int, tuple[float, float, float]],
    *,
    metric: RecordedMetric = "reach",
    channel: str = "Telegram",
    run_id: int = 1,
    is_sample: bool = False,
) -> None:
    """Record mean, low and high of one metric for some numbers of days ahead; other metrics are unknown."""
    prediction = prediction_of(made_on, ahead, metric, channel)
    ledger.record(connection, prediction, run_id=run_id, made_at=MADE_AT, is_sample=is_sample)


def prediction_of(
    made_on: date, ahead: Mapping[int, tuple[float, float, float]], metric: str, channel: str = "Telegram"
) -> Prediction:
    """Return a prediction with one day of history and the forecasts."""
    dates = [made_on, *(made_on + timedelta(days=days) for days in ahead)]
    daily = pd.DataFrame({"channel": channel, "date": pd.to_datetime(dates)})
    for name in METRICS:
        for n, part in enumerate(("pred", "low", "high")):
            values = [1.0, *(triple[n] for triple in ahead.values())]
            daily[f"{name}_{part}"] = values if name == metric else np.nan
    return Prediction(daily, pd.DataFrame(), made_on, len(ahead), {}, "test")
