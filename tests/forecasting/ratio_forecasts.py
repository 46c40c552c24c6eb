"""Forecasts of ratios in one step: in the product, chunks of channels share the calibration in between."""

from __future__ import annotations

from services.forecasting.backtest import Rolling
from services.forecasting.calibration import calibrate
from services.forecasting.forecast_types import Forecasts
from services.forecasting.ratios import draft_ratios, finish_ratios
from services.numerics import Floats


def forecast_ratios(top: Floats, bottom: Floats, rolling: Rolling) -> Forecasts:
    """Return forecasts of top / bottom (series x time each, non-negative) from every origin.

    `rolling.values` is the daily ratio, NaN where the bottom is 0. Forecasts are NaN where all known days
    are without exposure.
    """
    point_forecasts = draft_ratios(top, bottom, rolling)
    spread = calibrate(point_forecasts.errors(rolling), point_forecasts.one_step_mae, rolling)
    return finish_ratios(point_forecasts, spread, rolling)
