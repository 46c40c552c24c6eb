"""The trained model: method weights and interval scales of every series, from a long backtest.

Each forecast starts from the campaign days again. Training backtests over twice as many origins as a sync. It
fixes the weights of the methods and the widths of the intervals, so both stay the same from one sync to the
next.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from services.executors.base import INLINE, Executor
from services.forecasting.account import NOTHING_KNOWN, Account
from services.forecasting.calibration import LEVELS, Calibration
from services.forecasting.campaign_days import COUNTS
from services.forecasting.chunks import learned_whole, map_chunks, parts
from services.forecasting.completeness import OLDEST_AGE
from services.forecasting.counts import WEIGHTS
from services.forecasting.forecasts import check_horizon, forecast
from services.forecasting.horizon import HorizonTotals, over_horizon, whole
from services.forecasting.metrics import RATIOS, PanelForecasts
from services.forecasting.panel import Panel, read_panel
from services.forecasting.scores import all_scores, tallies
from services.numerics import Floats

FORMAT = 3
METHOD = f"theta+ridge+year/{FORMAT}"
TRAINING_ORIGINS = 105
FRESH_DAYS = 14
SAME_WITHIN = 0.001
PARTS = {"counts": len(COUNTS), "ratios": len(RATIOS), "horizon": 1}  # series per channel
SHARES = {"counts": WEIGHTS, "ratios": 0, "horizon": 0}  # weights per series


@dataclass(frozen=True, slots=True)
class _Learned:
    """The results of training for a chunk of channels."""

    learned: tuple[Calibration, Calibration]
    whole: HorizonTotals
    tallies: dict[str, Floats]


class Model(BaseEstimator):  # type: ignore[misc]
    """A scikit-learn estimator over campaign days: `fit(days)`, then `predict(days)`.

    Attributes after `fit`: `channels_` and `grain_` (of each channel), `trained_from_` and `trained_to_` (ISO
    dates), `totals_` (channels x counts, sums of the settled part of the training window), `learned_` (arrays
    by part, see `calibration.Calibration`), `scores_` (JSON values) and `format_`.
    """

    format_: int
    channels_: tuple[str, ...]
    grain_: tuple[str, ...]
    trained_from_: str
    trained_to_: str
    totals_: Floats
    learned_: dict[str, dict[str, Floats]]
    scores_: dict[str, Any]

    def __init__(self, horizon: int = 28) -> None:
        self.horizon = horizon

    def fit(self, days: pd.DataFrame, y: None = None) -> Self:
        """Train on the campaign days in this process; raises as `learn`."""
        return self.learn(days, INLINE)

    def learn(self, days: pd.DataFrame, executor: Executor, account: Account = NOTHING_KNOWN) -> Self:
        """Train on the campaign days, with the backtest computed by `executor`.

        days: the columns channel, date, impressions, clicks, conversions, cost, revenue. account: what else
        is known of the channels. Raises `NoCampaignsError`, `CampaignDaysError` and `ForecastRequestError`.
        """
        check_horizon(self.horizon)
        panel = read_panel(days, account)
        chunks = parts(panel, self.horizon, TRAINING_ORIGINS)
        summarise = partial(_learned_of, horizon=self.horizon, with_stopped=bool(panel.stopped.all()))
        found = map_chunks(chunks, summarise, executor=executor)
        roi = over_horizon([part.whole for part in found], panel, chunks.backtest_plan, self.horizon)
        counts, ratios = zip(*(part.learned for part in found), strict=True)
        learned = {
            "counts": learned_whole(counts, PARTS["counts"]),
            "ratios": learned_whole(ratios, PARTS["ratios"]),
            "horizon": roi.learned,
        }
        self.format_ = FORMAT
        self.channels_ = panel.channels
        self.grain_ = panel.grain
        self.trained_from_ = str((panel.last_day - (panel.observed.sum(axis=1) - 1)).min())
        self.trained_to_ = str(panel.data_to)
        self.totals_ = _totals(panel, account)
        self.learned_ = {
            name: {"growth": one.horizon_scale, "quantiles": one.quantiles, "shares": one.shares}
            for name, one in learned.items()
        }
        self.scores_ = all_scores([part.tallies for part in found], panel, chunks.backtest_plan)
        return self

    def predict(self, days: pd.DataFrame) -> pd.DataFrame:
        """Return the forecast of the days after `days`, as `forecast` does.

        The training result is used only if the channels are those of the training. Raises
        `NoCampaignsError` and `CampaignDaysError`.
        """
        account = Account(grain=dict(zip(self.channels_, self.grain_, strict=True)))
        is_known = self.is_of(read_panel(days, account))
        return forecast(days, self.horizon, self.learned_of_days if is_known else None, account=account)

    def is_of(self, panel: Panel) -> bool:
        """Return whether the model was trained on the same channels in the same grain."""
        return (self.channels_, self.grain_) == (panel.channels, panel.grain)

    @property
    def version(self) -> str:
        """Return the method, the last day of training and a digest of the training result."""
        digest = hashlib.sha256(
            repr((self.channels_, self.grain_, self.trained_from_, self.horizon)).encode()
        )
        for part in self.learned_.values():
            for values in part.values():
                digest.update(np.ascontiguousarray(values).tobytes())
        return f"{METHOD} · {self.trained_to_} · {digest.hexdigest()[:8]}"

    @property
    def scores(self) -> dict[str, Any]:
        """Return the scores of the backtest in training (JSON values)."""
        return self.scores_

    @property
    def window(self) -> tuple[date, date]:
        """Return the first and the last day of the training data."""
        return date.fromisoformat(self.trained_from_), date.fromisoformat(self.trained_to_)

    @property
    def learned_of_days(self) -> tuple[Calibration, Calibration]:
        """Return the calibrations of the daily counts and of the daily ratios."""
        return self.learned("counts"), self.learned("ratios")

    def learned(self, part: str) -> Calibration:
        """Return the calibration of the "counts", the "ratios" or the ROI over the "horizon"."""
        saved = self.learned_[part]
        return Calibration(saved["growth"], saved["quantiles"], saved["shares"])


def train(
    days: pd.DataFrame, horizon: int, executor: Executor = INLINE, *, account: Account = NOTHING_KNOWN
) -> Model:
    """Return a model trained on the campaign days for forecasts of `horizon` days.

    `days`, `account` and raises: as for `Model.learn`.
    """
    return Model(horizon).learn(days, executor, account)


def fits(
    model: Model, days: pd.DataFrame, horizon: int | None = None, *, account: Account = NOTHING_KNOWN
) -> bool:
    """Return whether a model may still be used for these campaign days (columns as for `Model.learn`).

    False when the channels, their grain or the horizon differ, when its last day is after the data or more
    than two weeks before their end, or when a count in the settled part of its training window has changed by
    more than 0.1 % of the channel's total. What arrives late completes the newest days, and they say next to
    nothing about past errors. Raises `NoCampaignsError` and `CampaignDaysError`.
    """
    panel = read_panel(days, account)
    moved = int((panel.data_to - np.datetime64(model.trained_to_)).astype(int))
    if not model.is_of(panel) or not 0 <= moved <= FRESH_DAYS:
        return False
    if horizon is not None and horizon != model.horizon:
        return False
    since, until = (pd.Timestamp(day) for day in (model.trained_from_, model.trained_to_))
    dates = pd.to_datetime(days["date"]).dt.tz_localize(None).dt.normalize()
    known = days[(dates >= since) & (dates <= until)]
    if set(known["channel"].astype(str)) != set(model.channels_):
        return False
    totals = _totals(read_panel(known, account), account)
    return bool(np.all(np.abs(totals - model.totals_) <= SAME_WITHIN * np.maximum(model.totals_, 1.0)))


def is_whole(model: Model) -> bool:
    """Return whether a model read from a file has all its arrays, finite and in matching shapes."""
    try:
        size = len(model.channels_)
        shapes = [
            (part["growth"].shape[0], *part["quantiles"].shape, *part["shares"].shape)
            == (size * kinds, size * kinds, len(LEVELS), size * kinds, SHARES[name])
            and all(bool(np.isfinite(values).all()) for values in part.values())
            for name, part, kinds in ((name, model.learned_[name], kinds) for name, kinds in PARTS.items())
        ]
        whole = all(shapes) and len(model.grain_) == size and model.totals_.shape == (size, len(COUNTS))
        return whole and bool(model.version) and model.window[0] <= model.window[1]
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        return False


def _learned_of(outlooks: PanelForecasts, *, horizon: int, with_stopped: bool) -> _Learned:
    return _Learned(
        learned=outlooks.learned,
        whole=whole(outlooks, horizon),
        tallies=tallies(outlooks, with_stopped=with_stopped),
    )


def _totals(panel: Panel, account: Account) -> Floats:
    """Return the sums of the settled part of the days (channels x counts).

    Conversions arrive for `OLDEST_AGE` days; of a short history half is taken as settled. Where a conversion
    counts for some money, revenue is in conversions: that money follows the newest costs, and the scale of a
    series does not matter to its relative errors.
    """
    length = panel.counts[COUNTS[0]].shape[1]
    settled = slice(0, length - min(OLDEST_AGE, length // 2))
    totals = np.stack([panel.counts[name][:, settled].sum(axis=1) for name in COUNTS], axis=1)
    if account.conversions is not None:
        values = account.conversions.values
        totals[:, COUNTS.index("revenue")] /= [values.get(channel, 1.0) for channel in panel.channels]
    return totals
