"""Conversion, CTR and reach over the whole horizon per channel, with 80 % intervals.

Each is a ratio of sums (conversion, CTR) or a sum (reach) over all days of the horizon. Its interval is
conformal, from the errors of that very quantity in the backtest (see `calibration` and `horizon`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.forecasting.calibration import calibrate
from services.forecasting.forecast_types import from_logs, ordered
from services.forecasting.horizon import (
    OFFSET,
    actual_ratio,
    days_average_out,
    expected_ratio,
    metric_series,
    span,
)
from services.forecasting.metrics import RATIOS, WEEK, BacktestPlan, PanelForecasts
from services.forecasting.panel import Panel
from services.numerics import Floats

COUNTED = {"reach": "impressions"}
RATED = {"conversion": "conversion", "ctr": "ctr"}


@dataclass(frozen=True, slots=True)
class MetricSums:
    """One metric over the horizon from each origin, for a chunk of channels (channels x origins each).

    `actual` is NaN where the horizon is not over; `one_step_mae` is the prior log error of `expected`.
    """

    expected: Floats
    actual: Floats
    one_step_mae: Floats


def horizon_sums(outlooks: PanelForecasts, horizon: int) -> dict[str, MetricSums]:
    """Return reach (a sum), conversion and CTR (ratios of sums) over `horizon` days, by metric."""
    found = {
        name: MetricSums(
            expected=span(outlooks, outlooks.outlook[metric].mean, horizon).sum(axis=2),
            actual=outlooks.rolling[metric].actual(outlooks.panel.counts[metric])[:, :, :horizon].sum(axis=2),
            one_step_mae=days_average_out(outlooks.panel) * outlooks.outlook[metric].one_step_mae,
        )
        for name, metric in COUNTED.items()
    }
    return found | {
        name: MetricSums(
            expected=expected_ratio(outlooks, metric, RATIOS[metric][1], horizon),
            actual=actual_ratio(outlooks, metric, horizon),
            one_step_mae=days_average_out(outlooks.panel) * outlooks.outlook[metric].one_step_mae,
        )
        for name, metric in RATED.items()
    }


def with_limits(
    parts: Sequence[Mapping[str, MetricSums]], panel: Panel, plan: BacktestPlan, horizon: int
) -> dict[str, Floats]:
    """Return each metric's expected value and 80 % limits over the horizon (channels each).

    The keys are "reach", "reach_low", "reach_high", and so on; NaN where the metric is unknown.
    """
    columns: dict[str, Floats] = {}
    for name in parts[0]:
        sums = [part[name] for part in parts]
        expected, actual, one_step_mae = (
            np.concatenate([getattr(one, field) for one in sums])
            for field in ("expected", "actual", "one_step_mae")
        )
        metric = COUNTED.get(name) or RATED[name]
        low, high = _limits(expected, actual, one_step_mae, panel, plan, horizon, metric)
        columns |= {name: expected[:, -1], f"{name}_low": low, f"{name}_high": high}
    return columns


def _limits(
    expected: Floats,
    actual: Floats,
    one_step_mae: Floats,
    panel: Panel,
    plan: BacktestPlan,
    horizon: int,
    metric: str,
) -> tuple[Floats, Floats]:
    now = expected[:, -1:]
    offset = OFFSET * np.where(now > 0, now, 1.0)
    errors = np.full((*expected.shape, plan.horizon), np.nan)
    errors[:, :, horizon - 1] = np.log(np.maximum(actual, 0.0) + offset) - np.log(expected + offset)
    overlap = max(horizon / WEEK, 1.0)
    spread = calibrate(errors, one_step_mae, metric_series(panel, plan, metric), overlap=overlap)
    point = np.broadcast_to(np.log(now + offset)[:, :, None], (len(expected), 1, plan.horizon))
    limits = from_logs(spread.at_last_origin().around(point)[:, 0, horizon - 1], offset[:, 0])
    limits = ordered(limits, expected[:, -1])
    return limits[:, 0], limits[:, 1]
