"""How often a source is fetched, and how a fetch that left something goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from demetra_dash.worker import Worker
from services.database.tables import sources, sync_runs
from services.sources import recording, state
from services.sources.declarations import Declarations
from services.sources.failures import SourceBusyError, SourceOverdueError
from services.sources.fetching import Fetched, fetch_due
from services.sources.importing import ImportOptions
from services.sources.intervals import CONTINUE_AFTER
from services.sources.kind import Fetch, NewFile, Source
from services.sources.kinds import KINDS, kind_of
from services.sync import queue
from services.views import SourceView
from tests.options import sync_options
from tests.sources.declared import declare_type, parsed
from tests.sources.files import csv_text, drop, folder_source

PLATFORMS = [name for name in KINDS if kind_of(name).is_beta]


def fetch(engine: sa.Engine, *declared: Source, most_seconds: float = 300.0) -> Fetched:
    with engine.begin() as connection:
        recording.declare(connection, declared)
    return fetch_due(engine, declared, ImportOptions(most_seconds=most_seconds))


def view(engine: sa.Engine) -> SourceView:
    with engine.connect() as connection:
        (one,) = state.list_sources(connection).items
    return one


def pass_time(engine: sa.Engine, seconds: float) -> None:
    """Move what is known of all sources into the past."""
    by = timedelta(seconds=seconds)
    with engine.begin() as connection:
        connection.execute(
            sources.update().values(next_at=sources.c.next_at - by, tried_at=sources.c.tried_at - by)
        )


class TestInterval:
    def test_a_sync_within_the_interval_leaves_the_source_out_and_a_user_does_not(
        self, engine: sa.Engine, tmp_path: Path
    ) -> None:
        source = folder_source(tmp_path, every='"15 m"')
        numbers = [fetch(engine, source).sources for _ in range(2)]
        with engine.begin() as connection:
            state.want(connection, "exports")
        numbers.append(fetch(engine, source).sources)
        numbers.append(fetch_due(engine, [source], ImportOptions(), only=["exports"]).sources)
        pass_time(engine, 14 * 60)
        numbers.append(fetch(engine, source).sources)
        pass_time(engine, 60)
        numbers.append(fetch(engine, source).sources)

        assert numbers == [1, 0, 1, 1, 0, 1]

    def test_a_sync_that_begins_some_seconds_before_its_hour_is_not_too_early(
        self, engine: sa.Engine, tmp_path: Path
    ) -> None:
        source = folder_source(tmp_path, every='"1 h"')
        fetch(engine, source)
        pass_time(engine, 3600 - 20)

        assert fetch(engine, source).sources == 1

    def test_another_interval_counts_at_once(self, engine: sa.Engine, tmp_path: Path) -> None:
        fetch(engine, folder_source(tmp_path, every='"12 h"'))

        again = fetch(engine, folder_source(tmp_path, every='"11 h"'))

        assert again.sources == 1
        assert view(engine).every == timedelta(hours=11)

    def test_a_source_without_an_interval_is_fetched_by_each_sync(
        self, engine: sa.Engine, tmp_path: Path
    ) -> None:
        found = [fetch(engine, folder_source(tmp_path)).sources for _ in range(2)]

        assert found == [1, 1]
        assert view(engine).next_at is None

    @pytest.mark.parametrize("name", PLATFORMS)
    def test_each_platform_has_one_unless_its_source_says_otherwise(self, name: str) -> None:
        required = [option.name for option in kind_of(name).options if option.is_required]
        values = {"account_id": "act_1", "customer_id": "1", "advertiser_id": "1"}
        lines = "".join(f'{one} = "{values.get(one, "${SECRET}")}"\n' for one in required)
        text = f'[[source]]\nname = "a"\ntype = "{name}"\n{lines}'

        (default,) = parsed(text, {"SECRET": "hunter2"})
        (own,) = parsed(text + 'every = "30 s"\n', {"SECRET": "hunter2"})

        assert default.every >= timedelta(minutes=15)
        assert own.every == timedelta(seconds=30)


def written(fetch: Fetch, number: int, version: str = "1") -> NewFile:
    path = fetch.folder / f"{number}.csv"
    path.write_text(csv_text(range(number * 40, number * 40 + 28)))
    return NewFile(str(number), version, path, path.name)


def overdue_after(files: int, monkeypatch: pytest.MonkeyPatch, **versions: str) -> Source:
    """Declare a source that reads so many files that are not known, and is overdue then."""

    def read(fetch: Fetch) -> Iterator[NewFile]:
        new = [number for number in range(20) if fetch.seen.get(str(number)) != versions.get("version", "1")]
        for number in new[:files]:
            yield written(fetch, number, versions.get("version", "1"))
        raise SourceOverdueError(seconds="60")

    declare_type(monkeypatch, "months", read)
    (one,) = parsed('[[source]]\nname = "months"\ntype = "months"\nplace = "x"\nmax_age = "2 days"\n')
    return one


class TestMore:
    def test_a_deadline_after_new_files_ends_only_this_fetch(
        self, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = overdue_after(2, monkeypatch)

        first = fetch(engine, source)
        paused = fetch(engine, source)
        told = view(engine)
        pass_time(engine, 60)
        second = fetch(engine, source)

        assert (first.files, first.failed, first.is_partial) == (2, (), True)
        assert (paused.sources, second.files) == (0, 2)
        assert (told.state, told.failures, told.late_by) == ("loading", 0, None)
        assert told.next_at is not None
        assert told.tried_at is not None
        assert CONTINUE_AFTER <= told.next_at - told.tried_at < CONTINUE_AFTER + timedelta(seconds=60)
        assert (str(told.data_from), str(told.data_to)) == ("2026-05-01", "2026-07-07")

    def test_a_deadline_without_progress_is_a_failure(
        self, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert fetch(engine, overdue_after(0, monkeypatch)).failed == ("months",)
        assert view(engine).state == "failing"

    def test_known_files_that_have_changed_are_no_progress(
        self, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fetch(engine, overdue_after(1, monkeypatch))
        pass_time(engine, 60)

        again = fetch(engine, overdue_after(1, monkeypatch, version="2"))

        assert again.failed == ("months",)
        assert view(engine).state == "failing"

    def test_a_limit_of_requests_is_told_and_keeps_its_pause(
        self, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read(fetch: Fetch) -> Iterator[NewFile]:
            yield written(fetch, 0)
            raise SourceBusyError(host="x", reason="429", retry_after=3600)

        declare_type(monkeypatch, "months", read)
        fetch(engine, *parsed('[[source]]\nname = "months"\ntype = "months"\nplace = "x"\n'))

        found = view(engine)
        assert (found.state, found.has_more) == ("failing", False)
        assert found.next_at is not None
        assert found.tried_at is not None
        assert found.next_at - found.tried_at >= timedelta(hours=1)

    def test_the_last_part_ends_it(self, engine: sa.Engine, tmp_path: Path) -> None:
        for number in range(2):
            drop(tmp_path, f"{number}.csv", csv_text(range(number * 40, number * 40 + 28)), age=100 - number)
        states = []
        for seconds in (0.0, 300.0):
            fetch(engine, folder_source(tmp_path), most_seconds=seconds)
            states.append((view(engine).state, view(engine).has_more))
            pass_time(engine, 60)

        assert states == [("loading", True), ("ok", False)]


class TestRunOfItsOwn:
    @pytest.fixture
    def worker(self, engine: sa.Engine, tmp_path: Path) -> Iterator[Worker]:
        (tmp_path / "in").mkdir()
        declarations = Declarations(tmp_path / "sources.toml", dict)
        url = engine.url.render_as_string(hide_password=False)
        worker = Worker(url, sync_options(tmp_path), 3600.0, declarations=declarations)
        worker.tick()  # the first one only learns the slot
        yield worker
        worker._engine.dispose()

    @staticmethod
    def runs(engine: sa.Engine) -> list[tuple[str, str]]:
        with engine.connect() as connection:
            found = connection.execute(sa.select(sync_runs.c.trigger, sync_runs.c.state))
            return [(row.trigger, row.state) for row in found]

    @staticmethod
    def add(engine: sa.Engine, seconds: float, **values: bool) -> None:
        """Add a source that goes on in `seconds`."""
        next_at = sa.func.clock_timestamp() + timedelta(seconds=seconds)
        with engine.begin() as connection:
            connection.execute(
                sources.insert().values({"name": "a", "type": "folder", "next_at": next_at, **values})
            )

    def test_a_source_with_more_gets_one_run_once_it_is_due(self, engine: sa.Engine, worker: Worker) -> None:
        self.add(engine, 50, has_more=True)
        worker.tick()
        early = self.runs(engine)
        pass_time(engine, 60)
        worker.tick()
        worker.tick()
        due = self.runs(engine)
        with engine.begin() as connection:
            queue.try_lock(connection)
            run = queue.claim(connection)
            assert run is not None
            queue.finish(connection, run.run_id, {})
        worker.tick()  # the run did not fetch it: no run after run for its sake

        assert (early, due) == ([], [("source", "queued")])
        assert self.runs(engine) == [("source", "succeeded")]

    @pytest.mark.parametrize("values", [{"has_more": False}, {"has_more": True, "is_declared": False}])
    def test_other_sources_wait_for_the_schedule(
        self, engine: sa.Engine, worker: Worker, values: dict[str, bool]
    ) -> None:
        self.add(engine, -5, **values)

        worker.tick()

        assert self.runs(engine) == []
