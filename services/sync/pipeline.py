"""The pipeline of a sync run: collect, predict, plan, draw and save, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import pandas as pd
import sqlalchemy as sa

from services.budgeting import BudgetPlan, plan
from services.dashboards import DASHBOARDS
from services.dashboards.results import Results
from services.dashboards.spec import RenderContext
from services.executors.base import Executor
from services.forecasting import Account, Prediction
from services.forecasting.chunks import MOST_CHANNELS
from services.forecasting.model_file import version_in
from services.forecasting.settling import widened, with_recorded
from services.forecasting.valuing import in_worth, of_revenue
from services.insights import advise
from services.intake.features import channel_features
from services.intake.money import stored_currency
from services.snapshots import day_reports, kept_curves, ledger, pictures, store
from services.sync import fingerprint, queue
from services.sync import inputs as run_inputs
from services.sync.collect import collect
from services.sync.options import ModelUse, SyncOptions
from services.sync.preparing import ROW_COUNTS, Prepared, prepare
from services.sync.progress import Progress
from services.sync.steps import RenderedDashboard, predict_days, predict_with_features, render_dashboard
from services.views import Variant

T = TypeVar("T")

_ABOVE = {"roi": "revenue", "conversion": "conversions", "ctr": "clicks"}


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a run computes with; `stored_currency` is that of the campaign rows, if they have one.

    `record` is what is stored of it for comparisons.
    """

    prepared: Prepared
    segments: pd.DataFrame
    places: dict[str, int]
    stored_currency: str | None
    currency: str
    is_sample: bool
    record: dict[str, Any]


def publish(work: sa.Connection, options: SyncOptions, progress: Progress, executor: Executor) -> None:
    """Compute everything and commit it as one snapshot.

    work: connection whose open transaction holds the sync lock. Raises `NoCampaignsError`, `SyncLockError`,
    `RunLostError` and what the executor raises; nothing is committed then.
    """
    before, run_id = options.fingerprint, progress.run_id
    with progress.at("collect"):
        inputs = _collect(work, options, run_id)
    with progress.at("predict"):
        planned = _planned(executor, inputs.prepared, options)
        prediction = _predicted(work, executor, inputs.prepared, options)
    with progress.at("plan"):
        days, account = inputs.prepared.days, inputs.prepared.account
        results = Results(days=days, prediction=prediction, plan=planned.result(), account=account)
    with progress.at("draw"):
        wanted = pictures.wanted(work)
        drawn, advice = _told(executor, inputs, results, options, run_id, wanted)
    with progress.at("save"):
        _save(work, run_id, inputs, results, drawn, advice)
        store.prune(work, options.retention_rows)
        queue.forget_old(work, keep_run_id=run_id)
    _finish(work, run_id, inputs, results, progress.seconds, _fingerprint(options, before, prediction))


def _collect(work: sa.Connection, options: SyncOptions, run_id: int) -> _Inputs:
    """Return the inputs; raise `NoCampaignsError` when there are no campaign days."""
    record = run_inputs.record(work, options)
    fingerprint.clear_change_markers(work)
    # Read first: an import in between may mark real data as a sample, never a sample as real data.
    is_sample = not store.has_real_campaigns(work)
    found = collect(work, run_id)
    prepared = prepare(work, found.days, options, is_sample=is_sample)
    stored = stored_currency(work)
    return _Inputs(
        prepared=prepared,
        segments=in_worth(found.segments, prepared.account),
        places=store.number_channels(work, prepared.days["channel"].unique()),
        stored_currency=stored,
        currency=stored or options.currency,
        is_sample=is_sample,
        record=record,
    )


def _planned(executor: Executor, prepared: Prepared, options: SyncOptions) -> Future[BudgetPlan]:
    return executor.submit(
        plan,
        prepared.settled.over,
        options.budget_total,
        options.budget_change_limit,
        account=prepared.account,
    )


def _predicted(
    work: sa.Connection, executor: Executor, prepared: Prepared, options: SyncOptions
) -> Prediction:
    """Return the prediction, with the actual values as they are recorded."""
    days, settled = prepared.days, prepared.settled
    found = _prediction(work, executor, days, options.model_use, prepared.account).without(_unrecorded(days))
    return with_recorded(widened(found, settled.level_error), settled, prepared.as_recorded)


def _told(
    executor: Executor,
    inputs: _Inputs,
    results: Results,
    options: SyncOptions,
    run_id: int,
    wanted: frozenset[Variant],
) -> tuple[list[RenderedDashboard], list[dict[str, Any]]]:
    """Return the charts and the recommendations.

    No chart depends on the recommendations, so both are computed in parallel.
    """
    context = RenderContext(
        lang=options.lang,
        currency=inputs.currency,
        positions=inputs.places,
        worth=results.account.worth,
    )
    drawing = [
        executor.submit(render_dashboard, dashboard.slug, results, context, run_id, options.chart_dpi, wanted)
        for dashboard in DASHBOARDS
    ]
    advising = executor.submit(
        advise,
        results.days,
        results.prediction,
        results.plan,
        currency=inputs.currency,
        segments=inputs.segments,
        quality=_row_quality(results.days, results.account.grain),
        account=results.account,
    )
    return [one.result() for one in drawing], advising.result()


def _prediction(
    work: sa.Connection, executor: Executor, days: pd.DataFrame, use: ModelUse, account: Account
) -> Prediction:
    """Return the prediction; a team's own model gets the features that it was trained on."""
    found = _computed(executor, days, predict_days, use, account)
    if isinstance(found, Prediction):
        return found
    features = channel_features(work, found.names)
    return _computed(executor, days, predict_with_features, use, found, features, account)


def _unrecorded(days: pd.DataFrame) -> list[str]:
    """Return the ratios without data: their numerator is zero on every day."""
    return [ratio for ratio, above in _ABOVE.items() if not days[above].any()]


def _computed(executor: Executor, days: pd.DataFrame, function: Callable[..., T], *args: Any) -> T:
    """Return `function(days, *args, executor)`; few channels are computed in one call on this machine."""
    if days["channel"].nunique() > MOST_CHANNELS:
        return function(days, *args, executor)
    return executor.local().submit(function, days, *args).result()


def _row_quality(days: pd.DataFrame, spread: Mapping[str, str]) -> pd.DataFrame:
    """Return per channel the number of campaign rows, how many are implausible, and their grain.

    Columns: channel, rows, clicks_over_impressions, conversions_over_clicks, grain (day, week or month).
    `spread` has the grain of the channels with rows of weeks or months.
    """
    sums = days.groupby("channel", as_index=False)[list(ROW_COUNTS)].sum()
    sums["grain"] = [spread.get(channel, "day") for channel in sums["channel"]]
    return sums.rename(columns={"campaign_rows": "rows"})


def _save(
    work: sa.Connection,
    run_id: int,
    inputs: _Inputs,
    results: Results,
    drawn: Sequence[RenderedDashboard],
    advice: Sequence[Mapping[str, Any]],
) -> None:
    now: datetime = work.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    for dashboard, one in zip(DASHBOARDS, drawn, strict=True):
        store.publish_rows(work, dashboard.table, run_id, now, one.rows)
    store.publish_charts(work, [one.chart for one in drawn])
    pictures.publish(work, [chart for one in drawn for chart in one.variants])
    store.publish_advice(work, run_id, advice, inputs.places, results.account.grain)
    kept_curves.publish(work, run_id, results.plan.curves)
    told = of_revenue(results.prediction, results.account.worth)
    ledger.record(work, told, run_id=run_id, made_at=now, is_sample=inputs.is_sample)
    day_reports.record(work, inputs.prepared.report, seen_at=now, is_sample=inputs.is_sample)
    day_reports.publish_incomplete(work, run_id, inputs.prepared.settled.newest)


def _fingerprint(options: SyncOptions, before: str, prediction: Prediction) -> str | None:
    """Return the fingerprint of a run, or None if the model file may have changed during the run."""
    now = options.fingerprint
    was_trained = version_in(options.model_file) == prediction.model_version
    return now if now == before or was_trained else None


def _finish(
    work: sa.Connection,
    run_id: int,
    inputs: _Inputs,
    results: Results,
    seconds: Mapping[str, float],
    fingerprint: str | None,
) -> None:
    days = results.days
    in_currency = {} if inputs.stored_currency is None else {store.CURRENCY: inputs.stored_currency}
    values: dict[str, Any] = {
        "rows_read": int(days["campaign_rows"].sum()),
        "data_from": days["date"].min().date(),
        "data_to": days["date"].max().date(),
        "is_sample": inputs.is_sample,
        "model_version": results.prediction.model_version,
        "scores": {**results.prediction.scores, "worth": results.account.worth.record(), **in_currency},
        "stage_seconds": dict(seconds),
        "fingerprint": fingerprint,
        "inputs": inputs.record,
    }
    queue.finish(work, run_id, values)
    queue.commit_run(work)
