"""How good the forecasts are: a rolling-origin backtest per channel and metric, as values and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from services.forecasting.forecasts import check_horizon
from services.forecasting.metrics import look_out
from services.forecasting.panel import read_panel
from services.forecasting.scores import all_scores, channel_scores, mean_score

COLUMNS = (
    *("channel", "metric", "mase", "mase_naive", "skill", "rmsse"),
    *("coverage80", "coverage95", "width80", "bias", "forecasts"),
)


def evaluate(days: pd.DataFrame, horizon: int) -> dict[str, Any]:
    """Return the scores of forecasts from the last 26 weekly origins, as JSON values.

    `overall`, `metrics` (by metric) and `channels` (by channel, then `overall` and by metric), each
    with the keys of `scores.score`, against the seasonal naive ("the same as last week"). None
    stands where there is nothing to score. Raises as `predict` does.
    """
    check_horizon(horizon)
    outlooks = look_out(read_panel(days), horizon)
    by_channel = channel_scores(outlooks)
    channels = {
        name: {"overall": mean_score(found.values()), "metrics": found} for name, found in by_channel.items()
    }
    return all_scores(outlooks) | {"channels": channels}


def score_rows(scores: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the scores as rows of `COLUMNS` for a table: all channels first, then each of them."""
    rows = [_row("", "", scores["overall"])]
    rows += [_row("", metric, found) for metric, found in scores["metrics"].items()]
    for channel, found in scores.get("channels", {}).items():
        rows.append(_row(channel, "", found["overall"]))
        rows += [_row(channel, metric, one) for metric, one in found["metrics"].items()]
    return rows


def _row(channel: str, metric: str, found: Mapping[str, Any]) -> tuple[Any, ...]:
    return (channel, metric, *(found[column] for column in COLUMNS[2:]))
