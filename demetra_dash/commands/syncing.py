"""`demetra sync`, `train` and `evaluate`: computing on demand, in this process."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
import sqlalchemy as sa

from demetra_dash.commands.context import as_json, open_engine, print_json
from demetra_dash.settings import Settings, read_settings
from demetra_dash.source_declarations import declared_sources
from demetra_dash.terminal import tell, tell_table
from demetra_dash.worker import import_options, sync_options, with_cluster
from services.analytics import Analytics
from services.executors.base import Deadline, Executor, InlineExecutor
from services.forecasting import evaluate as evaluate_days
from services.forecasting import save, score_rows
from services.forecasting import train as train_model
from services.forecasting.evaluation import COLUMNS as SCORE_COLUMNS
from services.snapshots import store
from services.sync.fetch import FetchStage
from services.sync.preparing import Prepared, prepare
from services.sync.run import run_now
from services.text import NOTHING, Lang
from services.views import STAGES, Run, news_of

WAIT_SECONDS = 600.0


@click.command()
@as_json
def sync(as_json: bool) -> None:
    """One sync run now, with the time of each stage."""
    settings = read_settings()
    declared_sources(settings).read()  # a mistake in the file is told before anything is done
    with open_engine(settings) as engine:
        run = _sync(engine, settings)
    seconds = _seconds(run)
    if as_json:
        print_json(
            {
                "run_id": run.run_id,
                "state": run.state,
                "seconds": seconds,
                "stages": dict(run.stage_seconds or {}),
                "rows_read": run.rows_read,
                "no_new_data": run.no_new_data,
                "fetched": None if run.fetched is None else dict(run.fetched),
                "error": dict(run.error_text) if run.error_text else None,
            }
        )
    else:
        _print_run(run, seconds, settings.locale)
    sys.exit(0 if run.state == "succeeded" else 1)


@click.command()
@as_json
def train(as_json: bool) -> None:
    """Fit the model, test it on the past, and write it to ML_MODEL_PATH."""
    settings = read_settings()
    with open_engine(settings) as engine:
        prepared = _prepared(engine, settings)
    with _executor_of_chunks(settings) as executor:
        model = train_model(prepared.days, settings.horizon_days, executor, account=prepared.account)
    path = settings.model_file.expanduser()
    save(model, path)
    document = {"file": str(path), "model_version": model.version, "scores": model.scores}
    if as_json:
        print_json(document)
    else:
        tell(f"{path}  ({model.version})")
        _print_scores(model.scores)


@click.command()
@as_json
def evaluate(as_json: bool) -> None:
    """Score forecasts of the past against what came, and against "same as last week"."""
    settings = read_settings()
    with open_engine(settings) as engine:
        prepared = _prepared(engine, settings)
    with _executor_of_chunks(settings) as executor:
        scores = evaluate_days(prepared.days, settings.horizon_days, executor, account=prepared.account)
    if as_json:
        print_json(scores)
    else:
        _print_scores(scores)


def _sync(engine: sa.Engine, settings: Settings) -> Run:
    """Execute a run in this process; if a worker is executing one, join that run and wait."""
    who = getpass.getuser()
    with _executor(settings) as executor:
        fetch = FetchStage(declared_sources(settings), import_options(settings))
        run = run_now(engine, sync_options(settings), executor, fetch, trigger="command", requested_by=who)
    if run is not None:
        return run
    analytics = Analytics(engine, settings.interval_seconds)
    joined = analytics.request_sync("command", requested_by=who).run
    return analytics.wait_for(joined.run_id, WAIT_SECONDS)


@contextmanager
def _executor(settings: Settings) -> Iterator[Executor]:
    """Yield the executor: this process, or the Dask cluster of the settings."""
    executor = with_cluster(InlineExecutor(), settings)
    try:
        yield executor
    finally:
        executor.close()


@contextmanager
def _executor_of_chunks(settings: Settings) -> Iterator[Executor]:
    """Yield the executor with the deadline of a run; afterwards print a warning if the cluster failed."""
    with _executor(settings) as executor:
        with executor.until(Deadline.after(settings.sync_deadline_seconds)):
            yield executor
        warning = executor.warning()
        if warning is not None:
            tell(warning.text[settings.locale], err=True)


def _prepared(engine: sa.Engine, settings: Settings) -> Prepared:
    """Return the current campaign days as a sync computes with them."""
    with engine.connect() as connection:
        is_sample = not store.has_real_campaigns(connection)
        rows = store.current_days(connection)
        return prepare(connection, rows, sync_options(settings), is_sample=is_sample)


def _seconds(run: Run) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 3)


def _print_run(run: Run, seconds: float | None, lang: Lang) -> None:
    tell(f"Run {run.run_id}: {run.state}" + ("" if seconds is None else f" in {seconds:.1f} s"))
    for stage in STAGES:
        if run.stage_seconds and stage in run.stage_seconds:
            tell(f"  {stage:<8} {run.stage_seconds[stage]:6.2f} s")
    if (news := news_of(run)) is not None:
        tell(f"  {news[lang]}")
    if run.no_new_data:
        tell("  no new data: the snapshot before it stays")
    if run.state == "succeeded":
        tell(f"  {run.rows_read} campaign rows, {run.data_from} to {run.data_to}")
    if run.error_text:
        tell(run.error_text[lang], err=True)


def _print_scores(scores: Mapping[str, Any]) -> None:
    tell_table(SCORE_COLUMNS, (list(map(_cell, row)) for row in score_rows(scores)))
    tell("skill: how much smaller the error is than that of “the same as last week” (mase_naive)")


def _cell(value: object) -> str:
    if value is None:
        return NOTHING
    return f"{value:.3f}" if isinstance(value, float) else str(value)
