"""The pipeline of a sync run: collect, predict, plan, draw and save, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import pandas as pd
import sqlalchemy as sa

from services.budgeting import plan
from services.dashboards import DASHBOARDS
from services.dashboards.results import Results
from services.dashboards.spec import RenderContext
from services.errors import NoCampaignsError
from services.executors.base import Executor
from services.forecasting import Account, Prediction
from services.forecasting.brand import brand_channels
from services.forecasting.campaign_days import clean_days
from services.forecasting.chunks import MOST_CHANNELS
from services.forecasting.completeness import learn
from services.forecasting.model_file import version_in
from services.forecasting.reports import NewReport, add_report
from services.forecasting.settling import Settled, settle, widened, with_recorded
from services.forecasting.valuing import in_worth, of_revenue, priced, valued
from services.insights import advise
from services.intake.features import channel_features
from services.intake.money import stored_currency
from services.intake.spread_channels import spread_channels
from services.snapshots import day_reports, ledger, store
from services.sync import fingerprint, queue
from services.sync.collect import collect
from services.sync.options import ModelUse, SyncOptions
from services.sync.progress import Progress
from services.sync.steps import RenderedDashboard, predict_days, predict_with_features, render_dashboard

T = TypeVar("T")

_ROW_COUNTS = ("campaign_rows", "clicks_over_impressions", "conversions_over_clicks")
_ABOVE = {"roi": "revenue", "conversion": "conversions", "ctr": "clicks"}
_SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")


def publish(work: sa.Connection, options: SyncOptions, progress: Progress, executor: Executor) -> None:
    """Compute everything and commit it as one snapshot.

    work: connection whose open transaction holds the sync lock. Raises `NoCampaignsError`, `SyncLockError`,
    `RunLostError` and what the executor raises; nothing is committed then.
    """
    before, run_id = options.fingerprint, progress.run_id
    with progress.at("collect"):
        fingerprint.clear_change_markers(work)
        # Read first: an import in between may mark real data as a sample, never a sample as real data.
        is_sample = not store.has_real_campaigns(work)
        days, segments = _collect(work, run_id)
        stored = stored_currency(work)
        currency = stored or options.currency
        places = store.number_channels(work, days["channel"].unique())
        report, settled = _settled(work, days, options, is_sample=is_sample)
        account = priced(days, _account(work, options, places), options.pricing)
        as_recorded, _ = valued(days, account)
        days, account = valued(settled.days, account)
        settled = replace(settled, days=days)
        segments = in_worth(segments, account)
    with progress.at("predict"):
        planned = executor.submit(
            plan, settled.over, options.budget_total, options.budget_change_limit, account=account
        )
        prediction = _prediction(work, executor, days, options.model_use, account).without(_unrecorded(days))
        prediction = with_recorded(widened(prediction, settled.level_error), settled, as_recorded)
    with progress.at("plan"):
        results = Results(days=days, prediction=prediction, plan=planned.result(), account=account)
    with progress.at("draw"):
        context = RenderContext(lang=options.lang, currency=currency, positions=places, worth=account.worth)
        drawing = [
            executor.submit(render_dashboard, dashboard.slug, results, context, run_id, options.chart_dpi)
            for dashboard in DASHBOARDS
        ]
        # No chart depends on the recommendations, so they are computed in parallel with the charts.
        advising = executor.submit(
            advise,
            days,
            prediction,
            results.plan,
            currency=currency,
            segments=segments,
            quality=_row_quality(days, account.grain),
            account=account,
        )
        drawn, advice = [one.result() for one in drawing], advising.result()
    with progress.at("save"):
        _save(work, run_id, results, drawn, advice, places, is_sample=is_sample)
        _save_newest(work, run_id, report, settled, is_sample=is_sample)
        store.prune(work, options.retention_rows)
        queue.forget_old(work, keep_run_id=run_id)
    _finish(
        work,
        run_id,
        results,
        progress.seconds,
        is_sample=is_sample,
        currency=stored,
        fingerprint=_fingerprint(options, before, prediction),
    )


def _account(work: sa.Connection, options: SyncOptions, channels: Collection[str]) -> Account:
    """Return what is known beside the days: grain of the channels, which are brand search, the country."""
    brand = brand_channels(channels, options.brand_names, dict(options.brand_channels))
    return Account(grain=spread_channels(work), brand=brand, country=options.country)


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


def days_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return campaign days as a frame with one row per channel and day, sorted by them.

    The columns are channel, date (datetime64), the counts of rows `_ROW_COUNTS` (integers) and the sums
    `_SUMS` (floats).
    """
    days = pd.DataFrame(rows, columns=["channel", "date", *_ROW_COUNTS, *_SUMS])
    days["date"] = pd.to_datetime(days["date"])
    days[list(_ROW_COUNTS)] = days[list(_ROW_COUNTS)].astype(int)
    days[list(_SUMS)] = days[list(_SUMS)].astype(float)
    return days.sort_values(["channel", "date"], ignore_index=True)


def _collect(work: sa.Connection, run_id: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clean campaign days and the segments; raise `NoCampaignsError` when there are none."""
    found = collect(work, run_id)
    if not found.days:
        raise NoCampaignsError
    return clean_days(days_frame(found.days)), found.segments


def _settled(
    work: sa.Connection, days: pd.DataFrame, options: SyncOptions, *, is_sample: bool
) -> tuple[NewReport, Settled]:
    """Return what the days add to the reports of earlier runs, and the days settled with all of them.

    Sample data are made complete, so that none of their days is left out.
    """
    today = work.execute(sa.select(sa.cast(sa.func.clock_timestamp(), sa.Date))).scalar_one()
    report = add_report(day_reports.read(work, is_sample=is_sample), days, today)
    if is_sample:
        return report, settle(days, None, 0)
    last = {str(name): day.date() for name, day in days.groupby("channel")["date"].max().items()}
    return report, settle(
        days,
        learn(report.reports),
        options.attribution_days,
        seen_on=report.seen_on,
        not_over=day_reports.going_on(work, last, today),
    )


def _save_newest(
    work: sa.Connection, run_id: int, report: NewReport, settled: Settled, *, is_sample: bool
) -> None:
    now: datetime = work.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    day_reports.record(work, report, seen_at=now, is_sample=is_sample)
    day_reports.publish_incomplete(work, run_id, settled.newest)


def _row_quality(days: pd.DataFrame, spread: Mapping[str, str]) -> pd.DataFrame:
    """Return per channel the number of campaign rows, how many are implausible, and their grain.

    Columns: channel, rows, clicks_over_impressions, conversions_over_clicks, grain (day, week or month).
    `spread` has the grain of the channels with rows of weeks or months.
    """
    sums = days.groupby("channel", as_index=False)[list(_ROW_COUNTS)].sum()
    sums["grain"] = [spread.get(channel, "day") for channel in sums["channel"]]
    return sums.rename(columns={"campaign_rows": "rows"})


def _save(
    work: sa.Connection,
    run_id: int,
    results: Results,
    drawn: Sequence[RenderedDashboard],
    advice: Sequence[Mapping[str, Any]],
    places: Mapping[str, int],
    *,
    is_sample: bool,
) -> None:
    now: datetime = work.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    for dashboard, one in zip(DASHBOARDS, drawn, strict=True):
        store.publish_rows(work, dashboard.table, run_id, now, one.rows)
    store.publish_charts(work, [one.chart for one in drawn])
    store.publish_advice(work, run_id, advice, places, results.account.grain)
    told = of_revenue(results.prediction, results.account.worth)
    ledger.record(work, told, run_id=run_id, made_at=now, is_sample=is_sample)


def _fingerprint(options: SyncOptions, before: str, prediction: Prediction) -> str | None:
    """Return the fingerprint of a run, or None if the model file may have changed during the run."""
    now = options.fingerprint
    was_trained = version_in(options.model_file) == prediction.model_version
    return now if now == before or was_trained else None


def _finish(
    work: sa.Connection,
    run_id: int,
    results: Results,
    seconds: Mapping[str, float],
    *,
    is_sample: bool,
    currency: str | None,
    fingerprint: str | None,
) -> None:
    days = results.days
    in_currency = {} if currency is None else {store.CURRENCY: currency}
    values: dict[str, Any] = {
        "rows_read": int(days["campaign_rows"].sum()),
        "data_from": days["date"].min().date(),
        "data_to": days["date"].max().date(),
        "is_sample": is_sample,
        "model_version": results.prediction.model_version,
        "scores": {**results.prediction.scores, "worth": results.account.worth.record(), **in_currency},
        "stage_seconds": dict(seconds),
        "fingerprint": fingerprint,
    }
    queue.finish(work, run_id, values)
    queue.commit_run(work)
