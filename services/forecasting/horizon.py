"""What a channel is expected to bring over the whole horizon: ratios of sums, with an interval for ROI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.forecasting.bands import Learned, learn_spread
from services.forecasting.filters import Floats, divide
from services.forecasting.metrics import WEEK, Outlooks
from services.forecasting.outlook import from_logs, ordered

OFFSET = 0.05
DAYS_AVERAGE_OUT = 0.35  # the first guess at a horizon's error, in one-day errors


@dataclass(frozen=True, slots=True)
class Horizon:
    """Per channel, over the horizon; NaN where there is no denominator. `learned` as in bands."""

    roi: Floats
    roi_low: Floats
    roi_high: Floats
    conversion: Floats
    acquisition_cost: Floats
    learned: Learned


def over_horizon(outlooks: Outlooks, horizon: int, learned: Learned | None = None) -> Horizon:
    """Return the ratios of the expected sums; the ROI interval holds 80 %.

    The interval comes from the errors of the same quantity in the backtest (conformal, as for the
    days), since the errors of single days do not simply average out.
    """
    roas = _expected(outlooks, "roas", "cost", horizon)
    offset = OFFSET * np.where(roas[:, -1:] > 0, roas[:, -1:], 1.0)
    errors = np.full((*roas.shape, outlooks.rolling["roas"].horizon), np.nan)
    errors[:, :, horizon - 1] = np.log(_came(outlooks, horizon) + offset) - np.log(roas + offset)
    one_day = DAYS_AVERAGE_OUT * outlooks.outlook["roas"].one_day
    spread = learn_spread(
        errors, one_day, outlooks.rolling["roas"], learned, overlap=max(horizon / WEEK, 1.0)
    )
    point = np.broadcast_to(np.log(roas + offset)[:, :, None], errors.shape)
    limits = from_logs(spread.around(point)[:, -1, horizon - 1], offset[:, 0])
    limits = ordered(limits, roas[:, -1])
    yielded = _expected(outlooks, "conversions_per_cost", "cost", horizon)[:, -1]
    return Horizon(
        roi=roas[:, -1] - 1,
        roi_low=limits[:, 0] - 1,
        roi_high=limits[:, 1] - 1,
        conversion=_expected(outlooks, "conversion", "clicks", horizon)[:, -1],
        acquisition_cost=divide(np.ones_like(yielded), yielded),
        learned=Learned(spread.growth[:, -1], spread.quantiles[:, -1], np.empty((len(roas), 0))),
    )


def _expected(outlooks: Outlooks, ratio: str, weight: str, horizon: int) -> Floats:
    """Return the ratio expected over the horizon from each origin (channels x origins)."""
    weights = _span(outlooks, outlooks.outlook[weight].mean, horizon)
    values = _span(outlooks, outlooks.outlook[ratio].mean, horizon)
    return divide((weights * values).sum(axis=2), weights.sum(axis=2))


def _span(outlooks: Outlooks, values: Floats, horizon: int) -> Floats:
    """Return the first `horizon` steps from each origin; from the last, those after the late days."""
    out = values[:, :, :horizon].copy()
    late = np.where(outlooks.panel.stopped, 0, outlooks.panel.late)
    steps = late[:, None] + np.arange(horizon)
    out[:, -1] = np.take_along_axis(values[:, -1], steps, axis=1)
    return out


def _came(outlooks: Outlooks, horizon: int) -> Floats:
    """Return revenue per cost over the horizon after each origin, NaN where it is not over yet."""
    revenue, cost = (
        outlooks.rolling[name].actual()[:, :, :horizon].sum(axis=2) for name in ("revenue", "cost")
    )
    return divide(revenue, cost)
