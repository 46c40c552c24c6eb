"""Forecasts of a frame of campaign days or of one series, as frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from services.forecasting.account import NOTHING_KNOWN, Account
from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.beginning import since_beginning
from services.forecasting.calibration import Calibration
from services.forecasting.campaign_days import COUNTS, LARGEST
from services.forecasting.counts import forecast_counts
from services.forecasting.failures import ForecastRequestError
from services.forecasting.grain import WEEK
from services.forecasting.metrics import ORIGINS, PanelForecasts, forecast_panel
from services.forecasting.panel import Panel, read_panel
from services.forecasting.steps import SEASON_OF
from services.numerics import Floats
from services.text import Text

LIMITS = ("low80", "high80", "low95", "high95")
LONGEST_HORIZON = 3650
MONTH_OF_WEEKS = 4  # weeks between the origins of a weekly series
METRICS = (*COUNTS, "ctr", "conversion", "roi")


def forecast(
    days: pd.DataFrame,
    horizon: int,
    learned: tuple[Calibration, Calibration] | None = None,
    *,
    account: Account = NOTHING_KNOWN,
) -> pd.DataFrame:
    """Return daily forecasts of every channel for the `horizon` days after the last day of `days`.

    days: the columns channel, date, impressions, clicks, conversions, cost, revenue; gaps, duplicates and
    impossible numbers are handled as `panel` describes.
    learned: the calibration of a trained model of the same channels, for counts and for ratios.
    account: what else is known of the channels.

    Result: the columns channel, date, metric, mean, low80, high80, low95, high95, for the five counts and for
    ctr, conversion and roi (fractions). A ratio without exposure is NaN. A frame without rows gives no rows.
    Raises `CampaignDaysError` and `ForecastRequestError`.
    """
    check_horizon(horizon)
    if days.empty:
        return pd.DataFrame(columns=["channel", "date", "metric", "mean", *LIMITS])
    panel = read_panel(days, account)
    outlooks = forecast_panel(panel, horizon, learned)
    parts = [_long(panel, metric, *ahead(outlooks, metric, horizon)) for metric in METRICS]
    frame = pd.concat(parts, ignore_index=True)
    order = np.lexsort((np.tile(np.arange(len(frame) // len(METRICS)), len(METRICS)), frame["_channel"]))
    return frame.drop(columns="_channel").iloc[order].reset_index(drop=True)


def forecast_series(values: Sequence[float] | Floats, horizon: int, season_length: int) -> pd.DataFrame:
    """Return a forecast of one regular, non-negative series: step, mean, low80, high80, low95, high95.

    values: (time), in order of time and without gaps; season_length: steps in a season (7 for days, 52 for
    weeks, 1 for no season). Leading zeros and tiny values are cut, see `beginning`. Result: one row per step,
    counted from 1; no mean is above three times and no limit above ten times the largest value. Raises
    `ForecastRequestError` for a missing, infinite or negative value, for no values, and for an invalid
    horizon or season.
    """
    check_horizon(horizon)
    series = _from_beginning(_checked(values, season_length))
    is_weekly = season_length == SEASON_OF[WEEK]
    rolling = Rolling(
        values=series[None, :],
        observed=np.ones((1, len(series)), dtype=np.bool_),
        group=np.zeros(1, dtype=np.int64),
        origins=weekly_origins(len(series), MONTH_OF_WEEKS if is_weekly else season_length, ORIGINS),
        horizon=horizon,
        season=season_length,
        days=7 if is_weekly else 1,
    )
    outlook = forecast_counts(rolling)
    table = np.column_stack([outlook.mean[0, -1], outlook.limits[0, -1]])
    frame = pd.DataFrame(table, columns=["mean", *LIMITS])
    frame.insert(0, "step", np.arange(1, horizon + 1))
    return frame


def _from_beginning(series: Floats) -> Floats:
    """Return a series (time) without its leading zeros and tiny values, see `beginning`."""
    existing = np.ones((1, len(series)), dtype=np.bool_)
    return series[np.argmax(since_beginning(series[None, :], existing)[0]) :]


def ahead(outlooks: PanelForecasts, metric: str, horizon: int) -> tuple[Floats, Floats]:
    """Return mean (channels x horizon) and limits (... x 4) of a metric after `panel.data_to`.

    metric: a count, "ctr", "conversion", "roi" (a fraction) or another ratio of `metrics.RATIOS`.
    """
    outlook = outlooks.outlook["roas" if metric == "roi" else metric]
    steps = outlooks.panel.delay_days[:, None] * ~outlooks.panel.stopped[:, None] + np.arange(horizon)
    row = np.arange(len(steps))[:, None]
    less = 1.0 if metric == "roi" else 0.0
    return outlook.mean[row, -1, steps] - less, outlook.limits[row, -1, steps] - less


def _long(panel: Panel, metric: str, mean: Floats, limits: Floats) -> pd.DataFrame:
    channels, horizon = mean.shape
    dates = panel.data_to + np.arange(1, horizon + 1).astype("timedelta64[D]")
    frame = pd.DataFrame(
        {
            "channel": np.repeat(np.array(panel.channels, dtype=object), horizon),
            "date": np.tile(dates.astype("datetime64[ns]"), channels),
            "metric": metric,
            "mean": mean.ravel(),
        }
    )
    frame[list(LIMITS)] = limits.reshape(-1, len(LIMITS))
    frame["_channel"] = np.repeat(np.arange(channels), horizon)
    return frame


def check_horizon(horizon: int) -> None:
    """Raise `ForecastRequestError` unless `horizon` is a whole number of 1 to 3650 steps."""
    if not _is_count(horizon) or horizon > LONGEST_HORIZON:
        raise ForecastRequestError(reason=BAD_HORIZON.format(horizon=horizon, most=LONGEST_HORIZON))


def _checked(values: Sequence[float] | Floats, season_length: int) -> Floats:
    try:
        series = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ForecastRequestError(reason=NOT_NUMBERS) from error
    if series.ndim != 1 or series.size == 0:
        raise ForecastRequestError(reason=NO_VALUES)
    if not np.all(np.isfinite(series) & (series >= 0) & (series <= LARGEST)):
        raise ForecastRequestError(reason=IMPOSSIBLE)
    if not _is_count(season_length):
        raise ForecastRequestError(reason=BAD_SEASON)
    return series


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 1


BAD_HORIZON = Text(
    en="the horizon is {horizon}; it must be a whole number from 1 to {most}",
    ru="горизонт — {horizon}, а должно быть целое число от 1 до {most}",
)
NOT_NUMBERS = Text(en="the values are not numbers", ru="значения — не числа")
NO_VALUES = Text(
    en="the values are not one series of at least one value",
    ru="значения — не ряд хотя бы из одного числа",
)
IMPOSSIBLE = Text(
    en="a value is missing, infinite, negative or beyond 1e15",
    ru="среди значений есть пропуски, бесконечные, отрицательные или больше 1e15",
)
BAD_SEASON = Text(
    en="the season length is not a whole number of 1 or more",
    ru="длина сезона должна быть целым числом от 1",
)
