"""Expected ratios of sums over the whole horizon per channel, with an interval for ROI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from services.forecasting.backtest import Rolling
from services.forecasting.calibration import Calibration, calibrate
from services.forecasting.forecast_types import from_logs, ordered
from services.forecasting.metrics import RATIOS, WEEK, BacktestPlan, PanelForecasts
from services.forecasting.panel import Panel
from services.numerics import Floats, divide

OFFSET = 0.05
DAYS_AVERAGE_OUT = {"day": 0.35, "week": 0.6, "month": 1.0}
"""Prior error of a horizon's ratio, in errors of one step."""


@dataclass(frozen=True, slots=True)
class HorizonTotals:
    """Ratios of sums over the horizon, for a chunk of channels.

    `roas` is expected revenue / cost from each origin, `actual_sum` the actual one, NaN where the horizon is
    not over; `one_step_mae` is the log error of `roas` expected from its one-day error (channels x origins
    each). `conversions_per_cost` is expected from the last origin (channels).
    """

    roas: Floats
    actual_sum: Floats
    one_step_mae: Floats
    conversions_per_cost: Floats


@dataclass(frozen=True, slots=True)
class Horizon:
    """Ratios of sums over the horizon (channels each); NaN where there is no denominator.

    `roi` and its 80 % limits are fractions, `acquisition_cost` is money per conversion. `learned` is the
    calibration of the ROI interval. Conversion, CTR and reach are in `horizon_sums`.
    """

    roi: Floats
    roi_low: Floats
    roi_high: Floats
    acquisition_cost: Floats
    learned: Calibration


def whole(outlooks: PanelForecasts, horizon: int) -> HorizonTotals:
    """Return the ratios of the expected sums over `horizon` days, and the actual ones of the past."""
    return HorizonTotals(
        roas=expected_ratio(outlooks, "roas", "cost", horizon),
        actual_sum=actual_ratio(outlooks, "roas", horizon),
        one_step_mae=days_average_out(outlooks.panel) * outlooks.outlook["roas"].one_step_mae,
        conversions_per_cost=expected_ratio(outlooks, "conversions_per_cost", "cost", horizon)[:, -1],
    )


def over_horizon(
    parts: Sequence[HorizonTotals],
    panel: Panel,
    plan: BacktestPlan,
    horizon: int,
    learned: Calibration | None = None,
) -> Horizon:
    """Return the ratios of the expected sums of all chunks of a panel, with an 80 % interval for ROI.

    The interval is conformal, from the errors of the same quantity in the backtest (see `calibration`). It is
    not derived from daily intervals, since the errors of days are correlated and do not average out.
    """
    all_parts = HorizonTotals(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(HorizonTotals))
    )
    roas = all_parts.roas
    offset = OFFSET * np.where(roas[:, -1:] > 0, roas[:, -1:], 1.0)
    errors = np.full((*roas.shape, plan.horizon), np.nan)
    errors[:, :, horizon - 1] = np.log(all_parts.actual_sum + offset) - np.log(roas + offset)
    spread = calibrate(
        errors,
        all_parts.one_step_mae,
        metric_series(panel, plan, "roas"),
        learned,
        overlap=max(horizon / WEEK, 1.0),
    )
    point = np.broadcast_to(np.log(roas[:, -1:] + offset)[:, :, None], (len(roas), 1, plan.horizon))
    limits = from_logs(spread.at_last_origin().around(point)[:, 0, horizon - 1], offset[:, 0])
    limits = ordered(limits, roas[:, -1])
    return Horizon(
        roi=roas[:, -1] - 1,
        roi_low=limits[:, 0] - 1,
        roi_high=limits[:, 1] - 1,
        acquisition_cost=divide(np.ones_like(all_parts.conversions_per_cost), all_parts.conversions_per_cost),
        learned=Calibration(spread.horizon_scale[:, -1], spread.quantiles[:, -1], np.empty((len(roas), 0))),
    )


def days_average_out(panel: Panel) -> Floats:
    """Return the prior error of a ratio of sums over the horizon, in one-step errors (channels x 1)."""
    return np.array([[DAYS_AVERAGE_OUT[grain]] for grain in panel.grain])


def metric_series(panel: Panel, plan: BacktestPlan, metric: str) -> Rolling:
    """Return the daily values of one metric, a ratio or a count, of all channels; pooled by their grain."""
    return Rolling(
        values=divide(*panel.pair(*RATIOS[metric])) if metric in RATIOS else panel.counts[metric],
        observed=panel.observed,
        group=np.array([panel.grains.index(grain) for grain in panel.grain], dtype=np.int64),
        origins=plan.origins,
        horizon=plan.horizon,
        season=WEEK,
    )


def expected_ratio(outlooks: PanelForecasts, ratio: str, weight: str, horizon: int) -> Floats:
    """Return the ratio expected over the horizon from each origin (channels x origins)."""
    weights = span(outlooks, outlooks.outlook[weight].mean, horizon)
    values = span(outlooks, outlooks.outlook[ratio].mean, horizon)
    return divide((weights * values).sum(axis=2), weights.sum(axis=2))


def span(outlooks: PanelForecasts, values: Floats, horizon: int) -> Floats:
    """Return the first `horizon` steps from each origin; from the last, those after the reporting delay."""
    out = values[:, :, :horizon].copy()
    delay_days = np.where(outlooks.panel.stopped, 0, outlooks.panel.delay_days)
    steps = delay_days[:, None] + np.arange(horizon)
    out[:, -1] = np.take_along_axis(values[:, -1], steps, axis=1)
    return out


def actual_ratio(outlooks: PanelForecasts, ratio: str, horizon: int) -> Floats:
    """Return a ratio over the horizon after each origin, NaN where the horizon is not over yet."""
    rolling, pair = outlooks.rolling[ratio], outlooks.panel.pair(*RATIOS[ratio])
    above, below = (rolling.actual(values)[:, :, :horizon].sum(axis=2) for values in pair)
    return divide(above, below)
