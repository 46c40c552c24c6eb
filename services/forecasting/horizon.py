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
DAYS_AVERAGE_OUT = 0.35  # prior error of a horizon's ratio, in one-day errors


@dataclass(frozen=True, slots=True)
class HorizonTotals:
    """Ratios of sums over the horizon, for a chunk of channels.

    `roas` is expected revenue / cost from each origin, `actual_sum` the actual one, NaN where the horizon is
    not over; `one_step_mae` is the log error of `roas` expected from its one-day error (channels x origins
    each). `conversion` (per click) and `conversions_per_cost` are expected from the last origin (channels).
    """

    roas: Floats
    actual_sum: Floats
    one_step_mae: Floats
    conversion: Floats
    conversions_per_cost: Floats


@dataclass(frozen=True, slots=True)
class Horizon:
    """Ratios of sums over the horizon (channels each); NaN where there is no denominator.

    `roi` and its 80 % limits are fractions, `acquisition_cost` is money per conversion, `conversion` is per
    click. `learned` is the calibration of the ROI interval.
    """

    roi: Floats
    roi_low: Floats
    roi_high: Floats
    conversion: Floats
    acquisition_cost: Floats
    learned: Calibration


def whole(outlooks: PanelForecasts, horizon: int) -> HorizonTotals:
    """Return the ratios of the expected sums over `horizon` days, and the actual ones of the past."""
    return HorizonTotals(
        roas=_expected(outlooks, "roas", "cost", horizon),
        actual_sum=_actual(outlooks, horizon),
        one_step_mae=DAYS_AVERAGE_OUT * outlooks.outlook["roas"].one_step_mae,
        conversion=_expected(outlooks, "conversion", "clicks", horizon)[:, -1],
        conversions_per_cost=_expected(outlooks, "conversions_per_cost", "cost", horizon)[:, -1],
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
        errors, all_parts.one_step_mae, _one_kind(panel, plan), learned, overlap=max(horizon / WEEK, 1.0)
    )
    point = np.broadcast_to(np.log(roas[:, -1:] + offset)[:, :, None], (len(roas), 1, plan.horizon))
    limits = from_logs(spread.at_last_origin().around(point)[:, 0, horizon - 1], offset[:, 0])
    limits = ordered(limits, roas[:, -1])
    return Horizon(
        roi=roas[:, -1] - 1,
        roi_low=limits[:, 0] - 1,
        roi_high=limits[:, 1] - 1,
        conversion=all_parts.conversion,
        acquisition_cost=divide(np.ones_like(all_parts.conversions_per_cost), all_parts.conversions_per_cost),
        learned=Calibration(spread.horizon_scale[:, -1], spread.quantiles[:, -1], np.empty((len(roas), 0))),
    )


def _one_kind(panel: Panel, plan: BacktestPlan) -> Rolling:
    """Return the daily ROAS of all channels as series of one metric."""
    return Rolling(
        values=divide(*panel.pair(*RATIOS["roas"])),
        observed=panel.observed,
        group=np.zeros(len(panel.channels), dtype=np.int64),
        origins=plan.origins,
        horizon=plan.horizon,
        season=WEEK,
    )


def _expected(outlooks: PanelForecasts, ratio: str, weight: str, horizon: int) -> Floats:
    """Return the ratio expected over the horizon from each origin (channels x origins)."""
    weights = _span(outlooks, outlooks.outlook[weight].mean, horizon)
    values = _span(outlooks, outlooks.outlook[ratio].mean, horizon)
    return divide((weights * values).sum(axis=2), weights.sum(axis=2))


def _span(outlooks: PanelForecasts, values: Floats, horizon: int) -> Floats:
    """Return the first `horizon` steps from each origin; from the last, those after the reporting delay."""
    out = values[:, :, :horizon].copy()
    delay_days = np.where(outlooks.panel.stopped, 0, outlooks.panel.delay_days)
    steps = delay_days[:, None] + np.arange(horizon)
    out[:, -1] = np.take_along_axis(values[:, -1], steps, axis=1)
    return out


def _actual(outlooks: PanelForecasts, horizon: int) -> Floats:
    """Return revenue / cost over the horizon after each origin, NaN where the horizon is not over yet."""
    rolling, pair = outlooks.rolling["roas"], outlooks.panel.pair(*RATIOS["roas"])
    revenue, cost = (rolling.actual(values)[:, :, :horizon].sum(axis=2) for values in pair)
    return divide(revenue, cost)
