"""The prediction of a sync: backtest forecasts of the past, the days ahead, ROI over the horizon, scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from services.executors.base import INLINE, Executor
from services.forecasting.account import NOTHING_KNOWN, Account
from services.forecasting.backtest import FEWEST_DAYS
from services.forecasting.chunks import map_chunks, parts
from services.forecasting.custom_model import CustomForecast
from services.forecasting.forecasts import ahead, check_horizon
from services.forecasting.horizon import Horizon, HorizonTotals, over_horizon, whole
from services.forecasting.horizon_sums import MetricSums, horizon_sums, with_limits
from services.forecasting.metrics import WEEK, PanelForecasts
from services.forecasting.model import METHOD, Model
from services.forecasting.panel import Panel, read_panel
from services.forecasting.prediction import Prediction
from services.forecasting.scores import all_scores, tallies
from services.forecasting.valuing import valued
from services.numerics import Bools, Floats, Ints, divide

SHOWN_WEEKS = 26
SURE_FROM_DAYS = 56
SHOWN = {"roi": "roas", "conversion": "conversion", "reach": "impressions", "ctr": "ctr"}
PARTS = ("actual", "pred", "low", "high")


def predict(
    days: pd.DataFrame,
    horizon: int,
    model: Model | CustomForecast | None = None,
    executor: Executor = INLINE,
    *,
    account: Account = NOTHING_KNOWN,
) -> Prediction:
    """Return the prediction for the `horizon` days after `days`.

    days: the columns channel, date, impressions, clicks, conversions, cost, revenue; see `panel` for gaps and
    impossible numbers.
    model: a `Model` of the same channels gives its method weights and interval scales to the days ahead. The
    history is always predicted from the days known at the time. A `CustomForecast` replaces the ROI over the
    horizon. Its interval keeps the relative width of Demetra's own, because it is unknown which past days
    that model was trained on.
    executor: computes the chunks; the figures do not depend on it.
    account: what else is known of the channels.

    Raises `NoCampaignsError`, `CampaignDaysError` and `ForecastRequestError`.
    """
    check_horizon(horizon)
    days, account = valued(days, account)
    panel = read_panel(days, account)
    trained = model if isinstance(model, Model) and model.is_of(panel) else None
    chunks = parts(panel, horizon)
    summarise = partial(_seen_of, horizon=horizon, with_stopped=bool(panel.stopped.all()))
    of_days, of_horizon = (trained.learned_of_days, trained.learned("horizon")) if trained else (None, None)
    with threadpool_limits(limits=1, user_api="blas"):  # many small matrices: BLAS threads slow them down
        observed = map_chunks(chunks, summarise, of_days, executor)
    roi = over_horizon([part.whole for part in observed], panel, chunks.backtest_plan, horizon, of_horizon)
    sums = with_limits([part.sums for part in observed], panel, chunks.backtest_plan, horizon)
    scores = all_scores([part.tallies for part in observed], panel, chunks.backtest_plan)
    if isinstance(model, CustomForecast):
        roi = _recentred(roi, model, panel)
        scores["model_notes"] = [{"en": note.en, "ru": note.ru} for note in model.notes]
    return Prediction(
        daily=pd.concat([part.daily for part in observed], ignore_index=True),
        channels=_channels(roi, sums, panel),
        data_to=panel.data_to.astype(object),
        horizon=horizon,
        scores=scores,
        model_version=model.version if model is not None else METHOD,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """The results of a prediction for a chunk of channels."""

    daily: pd.DataFrame
    whole: HorizonTotals
    sums: dict[str, MetricSums]
    tallies: dict[str, Floats]


def _seen_of(outlooks: PanelForecasts, *, horizon: int, with_stopped: bool) -> _Seen:
    return _Seen(
        daily=daily(outlooks, horizon),
        whole=whole(outlooks, horizon),
        sums=horizon_sums(outlooks, horizon),
        tallies=tallies(outlooks, with_stopped=with_stopped),
    )


def daily(outlooks: PanelForecasts, horizon: int) -> pd.DataFrame:
    """Return the rows of `Prediction.daily` for these channels, sorted by channel and day."""
    frame = pd.concat([_history(outlooks), _future(outlooks, horizon)], ignore_index=True)
    order = np.lexsort((frame["date"].to_numpy(), frame["_place"].to_numpy()))
    return frame.drop(columns="_place").iloc[order].reset_index(drop=True)


def _history(outlooks: PanelForecasts) -> pd.DataFrame:
    """Return the rows of the last 26 weeks, including the days up to `data_to` of a delayed channel."""
    panel = outlooks.panel
    delay_days = int(outlooks.rolling["cost"].horizon - WEEK) if panel.delay_days.any() else 0
    offsets = np.arange(1 - SHOWN_WEEKS * WEEK, delay_days + 1)
    dates = panel.last_day[:, None] + offsets
    age = offsets + panel.observed.sum(axis=1)[:, None]
    shown = (dates > panel.data_to - SHOWN_WEEKS * WEEK) & (dates <= panel.data_to) & (age > 0)
    shown &= ~(panel.stopped[:, None] & (offsets > 0))
    columns = {
        f"{name}_{part}": values - (name == "roi")
        for name, metric in SHOWN.items()
        for part, values in zip(PARTS, _past(outlooks, metric, delay_days), strict=True)
    }
    return _rows(panel, dates, columns, shown)


def _past(outlooks: PanelForecasts, metric: str, delay_days: int) -> list[Floats]:
    """Return actual, prediction and 80 % limits of the shown and the delayed days (channels x days each)."""
    rolling, outlook = outlooks.rolling[metric], outlooks.outlook[metric]
    usable = np.where(rolling.known_days >= FEWEST_DAYS, 1.0, np.nan)[:, :, None]
    actual = _last(_actual(outlooks, metric), delay_days)
    forecasts = outlook.mean, outlook.limits[..., 0], outlook.limits[..., 1]
    return [actual, *(_strung((part * usable)[:, :-1], part[:, -1, :delay_days]) for part in forecasts)]


def _actual(outlooks: PanelForecasts, metric: str) -> Floats:
    """Return the actual values (channels x time), ROI with refunds on the day on which they are recorded."""
    actual, panel = outlooks.rolling[metric].actual_values, outlooks.panel
    if metric != "roas" or panel.earned is None:
        return actual
    return np.where(np.isnan(actual), np.nan, divide(panel.earned, panel.pair("revenue", "cost")[1]))


def _last(values: Floats, delay_days: int) -> Floats:
    """Return the shown days of `values` (channels x days), NaN before the first and after the last one."""
    width = SHOWN_WEEKS * WEEK
    padding = ((0, 0), (max(width - values.shape[1], 0), delay_days))
    return np.pad(values[:, -width:], padding, constant_values=np.nan)


def _strung(weeks: Floats, delay_days: Floats) -> Floats:
    """Return the first week of every origin's forecast in order of time, then the delayed days."""
    strung = weeks[:, -SHOWN_WEEKS:, :WEEK].reshape(len(weeks), -1)
    padding = ((0, 0), (SHOWN_WEEKS * WEEK - strung.shape[1], 0))
    return np.concatenate([np.pad(strung, padding, constant_values=np.nan), delay_days], axis=1)


def _future(outlooks: PanelForecasts, horizon: int) -> pd.DataFrame:
    panel = outlooks.panel
    columns: dict[str, Floats] = {}
    for name, metric in SHOWN.items():
        mean, limits = ahead(outlooks, name if name == "roi" else metric, horizon)
        parts = np.full_like(mean, np.nan), mean, limits[..., 0], limits[..., 1]
        columns |= {f"{name}_{part}": values for part, values in zip(PARTS, parts, strict=True)}
    dates = np.broadcast_to(panel.data_to + np.arange(1, horizon + 1), (len(panel.channels), horizon))
    return _rows(panel, dates, columns, np.ones(dates.shape, dtype=np.bool_))


def _rows(panel: Panel, dates: np.ndarray, columns: dict[str, Floats], shown: Bools) -> pd.DataFrame:
    """Return one row per shown channel and day; `_place` numbers the channels."""
    place = np.broadcast_to(np.arange(len(panel.channels))[:, None], shown.shape)[shown]
    names = np.array(panel.channels, dtype=object)[place]
    head = {"_place": place, "channel": names, "date": dates[shown].astype("datetime64[ns]")}
    return pd.DataFrame(head | {name: values[shown] for name, values in columns.items()})


def _channels(over: Horizon, sums: dict[str, Floats], panel: Panel) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "channel": np.array(panel.channels, dtype=object),
            "roi": over.roi,
            "roi_low": over.roi_low,
            "roi_high": over.roi_high,
            "acquisition_cost": over.acquisition_cost,
            **sums,
            "low_confidence": panel.stopped | (_days_with_ratios(panel) < SURE_FROM_DAYS),
        }
    )


def _days_with_ratios(panel: Panel) -> Ints:
    """Return the number of active days of each channel; only those that record ROI, where it is recorded."""
    if not panel.recorded:
        return panel.active_days
    recorded = panel.is_recorded("revenue") & panel.is_recorded("cost") & (panel.counts["cost"] > 0)
    days = recorded.sum(axis=1)
    return np.asarray(np.where(days > 0, np.minimum(panel.active_days, days), panel.active_days))


def _recentred(over: Horizon, custom: CustomForecast, panel: Panel) -> Horizon:
    """Return the horizon with the custom ROI where there is one; its limits are scaled in proportion."""
    roi = np.array([custom.roi.get(channel, np.nan) for channel in panel.channels])
    roi = np.where(np.isfinite(roi), np.maximum(roi, -1.0), over.roi)
    factor = divide(1 + roi, 1 + over.roi, otherwise=np.nan)
    low, high = ((1 + limit) * factor - 1 for limit in (over.roi_low, over.roi_high))
    return replace(over, roi=roi, roi_low=low, roi_high=high)
