"""Faults on purpose, and at the end a table of what they did: fault | must | seen.

A test names its row with `@pytest.mark.fault(what, must=…)` and tells the fixture `seen` what it saw.
Tests of one row are summed up: how many of them held, and the largest of each figure.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.engine import make_engine
from services.sync.options import SyncOptions
from services.sync.run import run_now
from tests.conftest import fresh_database
from tests.faults.oracle import Oracle
from tests.rows import add_campaigns

DAYS = 60
Seen = Callable[..., None]

_SEEN = pytest.StashKey[list[tuple[str, float | None]]]()
_ROW = "fault row"


@dataclass(slots=True)
class _Row:
    held: int = 0
    tried: int = 0
    words: dict[str, float | None] = field(default_factory=dict)

    def __str__(self) -> str:
        told = [words if top is None else words.format(f"{top:.3g}") for words, top in self.words.items()]
        return "; ".join([f"{self.held}/{self.tried} held", *told])


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Seen:
    """Give a function that notes what a test saw: words, with `{}` where the figure stands, if any."""
    notes = request.node.stash.setdefault(_SEEN, [])

    def note(words: str, figure: float | None = None) -> None:
        notes.append((words, figure))

    return note


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    """What a sync run needs to know; charts and model are in the test's folder."""
    return options_in(tmp_path)


@pytest.fixture(scope="session")
def two_runs(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A small database with two runs, to copy, and the folder of its charts and model."""
    folder = tmp_path_factory.mktemp("two_runs")
    with fresh_database(server_url, template) as url:
        engine = make_engine(url, name="demetra tests", pool_size=1)
        with engine.begin() as connection:
            for channel in ("Telegram", "TikTok", "Google Ads"):
                add_campaigns(connection, channel, days=DAYS, revenue=[8 + n % 3 for n in range(DAYS)])
        for _ in range(2):
            run_now(engine, options_in(folder), trigger="test", requested_by=None, redraw=True)
        engine.dispose()
        yield str(sa.make_url(url).database), folder


@pytest.fixture
def published_url(server_url: str, two_runs: tuple[str, Path], tmp_path: Path) -> Iterator[str]:
    """The address of a database with two runs; charts and model are in the test's folder."""
    template, folder = two_runs
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with fresh_database(server_url, template) as url:
        yield url


@pytest.fixture
def published(published_url: str) -> Iterator[sa.Engine]:
    """An engine on the database with two runs."""
    engine = make_engine(published_url, name="demetra tests")
    yield engine
    engine.dispose()


@pytest.fixture
def oracle(published: sa.Engine, options: SyncOptions) -> Oracle:
    """The judge of the database with two runs and of the test's folder."""
    return Oracle(published, chart_dir=options.chart_dir, model_file=options.model_file)


@pytest.fixture
def read_only(engine: sa.Engine) -> Iterator[Callable[[bool], None]]:
    """Make the database refuse changes, or allow them again."""

    def switch(on: bool) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            name = engine.url.database
            connection.execute(sa.text("SET default_transaction_read_only = off"))
            value = "SET default_transaction_read_only = on" if on else "RESET default_transaction_read_only"
            connection.execute(sa.text(f'ALTER DATABASE "{name}" {value}'))
        engine.dispose()

    yield switch
    switch(False)


def options_in(folder: Path) -> SyncOptions:
    """Return what a sync run needs to know that keeps its files in `folder`."""
    return SyncOptions(
        lang="en",
        currency="EUR",
        horizon_days=14,
        budget_total=None,
        budget_change_limit=0.3,
        chart_dpi=50,
        chart_dir=folder / "charts",
        retention_rows=100_000,
        model_file=folder / "model.skops",
        trust_pickle=False,
    )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Send what was seen along with the outcome; under xdist it crosses to the main process so."""
    outcome: Any = yield
    report = outcome.get_result()
    mark = item.get_closest_marker("fault")
    if mark is not None and (report.when == "call" or report.failed):
        report.user_properties.append((_ROW, (mark.args[0], mark.kwargs["must"], item.stash.get(_SEEN, []))))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    rows: dict[tuple[str, str], _Row] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):  # a file that does not import has none
                if name == _ROW:
                    _add(rows, value, held=outcome == "passed")
    if rows:
        terminalreporter.section("faults")
        terminalreporter.write_line("| fault | must | seen |\n|---|---|---|")
        for (fault, must), row in sorted(rows.items()):
            terminalreporter.write_line(f"| {fault} | {must} | {row} |")


def _add(rows: dict[tuple[str, str], _Row], value: Any, *, held: bool) -> None:
    fault, must, notes = value
    row = rows.setdefault((fault, must), _Row())
    row.tried += 1
    row.held += held
    for words, figure in notes:
        known = row.words.get(words)
        row.words[words] = figure if known is None or figure is None else max(known, figure)
