"""Scores of the forecasts by a rolling-origin backtest per channel and metric, as values and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from services.executors.base import INLINE, Executor
from services.forecasting.account import NOTHING_KNOWN, Account
from services.forecasting.chunks import map_chunks, parts
from services.forecasting.forecasts import check_horizon
from services.forecasting.metrics import PanelForecasts
from services.forecasting.panel import read_panel
from services.forecasting.scores import Score, all_scores, channel_scores, mean_score, tallies
from services.numerics import Floats

COLUMNS = (
    *("channel", "metric", "mase", "mase_naive", "skill", "rmsse"),
    *("coverage80", "coverage95", "width80", "bias", "forecasts"),
)


def evaluate(
    days: pd.DataFrame, horizon: int, executor: Executor = INLINE, *, account: Account = NOTHING_KNOWN
) -> dict[str, Any]:
    """Return the scores of forecasts of `horizon` days from the last 26 weekly origins, as JSON values.

    The keys are `overall`, `metrics` (by metric) and `channels` (by channel, then `overall` and by metric).
    Each score has the keys of `scores.score`, relative to the seasonal naive ("the same as last week"); None
    where there is nothing to score. `days`, `account` and raises: as for `predict`.
    """
    check_horizon(horizon)
    panel = read_panel(days, account)
    chunks = parts(panel, horizon)
    found = map_chunks(chunks, partial(_scored, with_stopped=bool(panel.stopped.all())), executor=executor)
    channels = {
        name: {"overall": mean_score(scores.values()), "metrics": scores}
        for by_channel, _ in found
        for name, scores in by_channel.items()
    }
    return all_scores([part for _, part in found], panel, chunks.backtest_plan) | {"channels": channels}


def score_rows(scores: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the result of `evaluate` as table rows of `COLUMNS`: all channels first, then each of them."""
    rows = [_row("", "", scores["overall"])]
    rows += [_row("", metric, found) for metric, found in scores["metrics"].items()]
    for channel, found in scores.get("channels", {}).items():
        rows.append(_row(channel, "", found["overall"]))
        rows += [_row(channel, metric, one) for metric, one in found["metrics"].items()]
    return rows


def _scored(
    outlooks: PanelForecasts, *, with_stopped: bool
) -> tuple[dict[str, dict[str, Score]], dict[str, Floats]]:
    return channel_scores(outlooks), tallies(outlooks, with_stopped=with_stopped)


def _row(channel: str, metric: str, found: Mapping[str, Any]) -> tuple[Any, ...]:
    return (channel, metric, *(found[column] for column in COLUMNS[2:]))
