"""One sync run: collect, predict, plan, draw, save.

One transaction holds the sync lock from the first read to the commit, so a run is published whole
or not at all, and a worker that dies takes its lock with it. Progress is written on a second
connection, since nobody sees the first one before the end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services import fingerprints, ledger, runs, snapshots
from services.budgeting import plan
from services.campaigns.features import channel_features
from services.charts.files import ChartCopyError, copy_charts
from services.collecting import collect
from services.computing import Drawn, FeaturesWanted, ModelUse, depict, predict_days
from services.crew import Alone, Crew, CrewDroppedError, Shift, shift
from services.dashboards import DASHBOARDS
from services.dashboards.spec import Brush
from services.database.engine import brief
from services.errors import DemetraError, NoCampaignsError
from services.executing import Spread
from services.forecasting import Prediction
from services.forecasting.model_file import version_in
from services.forecasting.parts import MOST_CHANNELS
from services.insights import advise
from services.results import Results
from services.text import Lang, Text
from services.views import STAGES, Run, Stage

log = logging.getLogger("demetra.sync")

IDLE_MARGIN_SECONDS = 30.0

_ROW_COUNTS = ("campaign_rows", "clicks_over_impressions", "conversions_over_clicks")
_SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")
_BUG = Text(
    en="Unexpected failure in stage “{stage}” ({kind}). The log has the details under run {run_id}.",
    ru="Неожиданный сбой на этапе «{stage}» ({kind}). Подробности — в журнале, запуск {run_id}.",
)


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a run needs to know besides the campaigns; the settings say what each means."""

    lang: Lang
    currency: str
    horizon_days: int
    budget_total: Decimal | None
    budget_change_limit: float
    chart_dpi: int
    chart_dir: Path | None
    retention_rows: int
    model_file: Path
    trust_pickle: bool
    deadline_seconds: float = 300.0

    @property
    def fingerprint(self) -> str:
        """Return what must be the same for the same campaigns to give the same snapshot."""
        settings = replace(self, model_file=Path(), deadline_seconds=0.0)
        return fingerprints.fingerprint(settings, self.model_file)

    @property
    def model_use(self) -> ModelUse:
        """Return how the model predicts."""
        return ModelUse(self.model_file, self.horizon_days, self.trust_pickle)


@dataclass(slots=True)
class _Progress:
    """Which stage the run is at, for people, and how long each took."""

    engine: sa.Engine
    run_id: int
    stage: Stage = STAGES[0]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def at(self, stage: Stage) -> Iterator[None]:
        self.stage = stage
        with brief(self.engine) as connection:
            runs.enter_stage(connection, self.run_id, stage)
        start = perf_counter()
        yield
        self.seconds[stage] = round(perf_counter() - start, 4)


def run_queued(engine: sa.Engine, options: SyncOptions, crew: Crew | None = None) -> Run | None:
    """Do the queued run, if there is one and nobody else works; return it as it ended.

    The crew does the computing; without one it is done here.
    """
    return _work(engine, options, crew or Alone(), runs.claim)


def run_now(
    engine: sa.Engine,
    options: SyncOptions,
    crew: Crew | None = None,
    *,
    trigger: str,
    requested_by: str | None,
    redraw: bool = False,
) -> Run | None:
    """Ask for a run and do it at once; None when somebody else works on one already."""

    def ask_and_claim(connection: sa.Connection) -> Run | None:
        runs.ask(connection, trigger=trigger, requested_by=requested_by, redraw=redraw)
        return runs.claim(connection)

    return _work(engine, options, crew or Alone(), ask_and_claim)


def _work(
    engine: sa.Engine, options: SyncOptions, crew: Crew, claim: Callable[[sa.Connection], Run | None]
) -> Run | None:
    with engine.connect() as work:
        if not runs.try_lock(work):
            return None
        _limit_idling(work, options.deadline_seconds)
        with brief(engine) as connection:
            runs.mark_left_over(connection)
            run = claim(connection)
        if run is None:
            return None
        progress = _Progress(engine, run.run_id)
        try:
            if not _holds(work, run, options):
                _publish(work, run, options, progress, shift(crew, options.deadline_seconds))
        except Exception as error:  # noqa: BLE001 - a bug ends the run, not the worker; it is logged
            work.rollback()
            crew.drop()
            _record_failure(engine, progress, error)
        else:
            _note(engine, run.run_id, crew)
            _copy_charts(engine, run.run_id, options.chart_dir)
    with engine.connect() as connection:
        return runs.find(connection, run.run_id)


def _holds(work: sa.Connection, run: Run, options: SyncOptions) -> bool:
    """Tell whether nothing has changed since the snapshot; if so, that is all of the run."""
    same = None if run.redraw else snapshots.newest_of(work, options.fingerprint)
    if same is None or fingerprints.has_changes(work):
        return False
    runs.forget_old(work, keep_run_id=same)
    runs.confirm(work, run.run_id, same)
    work.commit()
    return True


def _limit_idling(work: sa.Connection, deadline_seconds: float) -> None:
    """Limit how long the transaction may wait for its worker.

    A worker that is frozen for longer loses it and with it the lock, so that another can take over.
    One that is alive gives up before, by itself, and can say why.
    """
    milliseconds = round(1000 * (deadline_seconds + IDLE_MARGIN_SECONDS))
    work.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}"))


def _publish(work: sa.Connection, run: Run, options: SyncOptions, progress: _Progress, crew: Shift) -> None:
    """Compute everything and commit it as one snapshot."""
    before = options.fingerprint
    with progress.at("collect"):
        fingerprints.take_changes(work)
        # Asked first: an import in between may make real figures count as a sample, never the reverse.
        is_sample = not snapshots.has_real_campaigns(work)
        days, segments = _collect(work, run.run_id)
        places = snapshots.number_channels(work, days["channel"].unique())
    with progress.at("predict"):
        planned = crew.submit(plan, days, options.budget_total, options.budget_change_limit)
        prediction = _prediction(work, crew, days, options.model_use)
    with progress.at("plan"):
        results = Results(days=days, prediction=prediction, plan=crew.result(planned))
    with progress.at("draw"):
        brush = Brush(lang=options.lang, currency=options.currency, positions=places)
        drawing = [
            crew.submit(depict, dashboard.slug, results, brush, run.run_id, options.chart_dpi)
            for dashboard in DASHBOARDS
        ]
        # Nothing that is drawn depends on it, so it is done where there is room beside the drawing.
        advising = crew.submit(
            advise,
            days,
            prediction,
            results.plan,
            currency=options.currency,
            segments=segments,
            quality=_row_quality(days),
        )
        drawn, advice = [crew.result(one) for one in drawing], crew.result(advising)
    with progress.at("save"):
        _save(work, run.run_id, results, drawn, advice, is_sample=is_sample)
        snapshots.prune(work, options.retention_rows)
        runs.forget_old(work, keep_run_id=run.run_id)
    _finish(
        work,
        run.run_id,
        results,
        progress.seconds,
        is_sample=is_sample,
        fingerprint=_fingerprint(options, before, prediction),
    )


def _prediction(work: sa.Connection, crew: Shift, days: pd.DataFrame, use: ModelUse) -> Prediction:
    """Return the prediction; a team's own model gets the features that it asks for."""
    first = _predict(crew, days, use, None)
    if isinstance(first, Prediction):
        return first
    second = _predict(crew, days, use, channel_features(work, first.names))
    assert isinstance(second, Prediction)
    return second


def _predict(
    crew: Shift, days: pd.DataFrame, use: ModelUse, features: pd.DataFrame | None
) -> Prediction | FeaturesWanted:
    """Have it predicted: few channels in one call on this machine, many in parts by the whole crew."""
    if days["channel"].nunique() > MOST_CHANNELS:
        return predict_days(days, use, features, Spread(crew))
    return crew.near().do(predict_days, days, use, features)


def days_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return campaign days as a frame, sorted: channel, date, counts of rows, and the sums as floats."""
    days = pd.DataFrame(rows, columns=["channel", "date", *_ROW_COUNTS, *_SUMS])
    days["date"] = pd.to_datetime(days["date"])
    days[list(_ROW_COUNTS)] = days[list(_ROW_COUNTS)].astype(int)
    days[list(_SUMS)] = days[list(_SUMS)].astype(float)
    return days.sort_values(["channel", "date"], ignore_index=True)


def _collect(work: sa.Connection, run_id: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the campaign days and the segments."""
    found = collect(work, run_id)
    if not found.days:
        raise NoCampaignsError
    return days_frame(found.days), found.segments


def _row_quality(days: pd.DataFrame) -> pd.DataFrame:
    """Return how many campaign rows each channel has, and how many of them cannot be right."""
    sums = days.groupby("channel", as_index=False)[list(_ROW_COUNTS)].sum()
    return sums.rename(columns={"campaign_rows": "rows"})


def _save(
    work: sa.Connection,
    run_id: int,
    results: Results,
    drawn: Sequence[Drawn],
    advice: Sequence[Mapping[str, Any]],
    *,
    is_sample: bool,
) -> None:
    now: datetime = work.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    for dashboard, one in zip(DASHBOARDS, drawn, strict=True):
        snapshots.publish_rows(work, dashboard.table, run_id, now, one.rows)
    snapshots.publish_charts(work, [one.chart for one in drawn])
    snapshots.publish_advice(work, run_id, advice)
    ledger.keep(work, results.prediction, run_id=run_id, made_at=now, is_sample=is_sample)


def _fingerprint(options: SyncOptions, before: str, prediction: Prediction) -> str | None:
    """Return the fingerprint of a run, or None when its model may have been changed under its hands."""
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
    fingerprint: str | None,
) -> None:
    days = results.days
    values: dict[str, Any] = {
        "rows_read": int(days["campaign_rows"].sum()),
        "data_from": days["date"].min().date(),
        "data_to": days["date"].max().date(),
        "is_sample": is_sample,
        "model_version": results.prediction.model_version,
        "scores": results.prediction.scores,
        "stage_seconds": dict(seconds),
        "fingerprint": fingerprint,
    }
    runs.finish(work, run_id, values)
    work.commit()


def _record_failure(engine: sa.Engine, progress: _Progress, error: Exception) -> None:
    if isinstance(error, CrewDroppedError):  # the worker has been told to stop
        log.warning("run %s was stopped in %s", progress.run_id, progress.stage)
        with brief(engine) as connection:
            runs.interrupt(connection, progress.run_id)
        return
    if isinstance(error, DemetraError):
        log.warning("run %s failed in %s: %s", progress.run_id, progress.stage, error)
        code, text = error.code, error.text
    else:
        log.error("run %s failed in %s", progress.run_id, progress.stage, exc_info=error)
        code = "internal"
        text = _BUG.format(stage=progress.stage, kind=type(error).__name__, run_id=progress.run_id)
    with brief(engine) as connection:
        runs.fail(connection, progress.run_id, code=code, text=text)


def renew_chart_files(engine: sa.Engine, options: SyncOptions) -> None:
    """Make the chart files those of the snapshot, as far as there is one: a worker may have died before."""
    with engine.connect() as connection:
        newest = runs.newest(connection, "succeeded")
    if newest is not None:
        _copy_charts(engine, newest.run_id, options.chart_dir)


def _note(engine: sa.Engine, run_id: int, crew: Crew) -> None:
    """Say on the run what did not work although it succeeded."""
    remark = crew.remark()
    if remark is not None:
        with brief(engine) as connection:
            runs.warn(connection, run_id, code=remark.code, text=remark.text)


def _copy_charts(engine: sa.Engine, run_id: int, folder: Path | None) -> None:
    """Write the pictures to the folder; the run stays good when that does not work, and says so."""
    if folder is None:
        return
    try:
        copy_charts(engine, folder)
    except ChartCopyError as error:
        log.warning("run %s: %s", run_id, error)
        with brief(engine) as connection:
            runs.warn(connection, run_id, code=error.code, text=error.text)
