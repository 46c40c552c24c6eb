"""One fetch of sources: what is imported, what is kept, what is told, and what never happens twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.tables import campaigns, imports, source_files, sources
from services.executors.base import CallCancelledError
from services.intake.history import list_imports, undo
from services.sources import fetching, recording, state
from services.sources.failures import SourceBusyError, SourceDeniedError
from services.sources.fetching import Fetched, Watch, fetch_due
from services.sources.importing import ImportOptions
from services.sources.kind import Fetch, NewFile, Source
from services.views import SourceView
from tests.sources.declared import declare_type, parsed
from tests.sources.files import csv_text, drop, folder_source

OPTIONS = ImportOptions()
Read = Callable[[Fetch], Iterator[NewFile]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def fetch(engine: sa.Engine, *declared: Source, **options: Any) -> Fetched:
    """Fetch the sources as a run does."""
    with engine.begin() as connection:
        recording.declare(connection, declared)
    return fetch_due(engine, declared, OPTIONS, **options)


def view(engine: sa.Engine, name: str = "exports") -> SourceView:
    with engine.connect() as connection:
        return next(one for one in state.list_sources(connection).items if one.name == name)


def count(engine: sa.Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def cost(engine: sa.Engine) -> float:
    with engine.connect() as connection:
        return float(connection.execute(sa.select(sa.func.sum(campaigns.c.cost))).scalar_one() or 0)


def made_up(name: str, read: Read, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Source:
    """Declare a source of a type of its own."""
    declare_type(monkeypatch, name, read)
    lines = "".join(f"{key} = {value}\n" for key, value in options.items())
    (one,) = parsed(f'[[source]]\nname = "{name}"\ntype = "{name}"\nplace = "x"\n{lines}')
    return one


def written(fetch: Fetch, version: str, text: str, key: str = "report") -> NewFile:
    path = fetch.folder / "report.csv"
    path.write_text(text)
    return NewFile(key, version, path, "report.csv")


# Imports


def test_each_new_file_is_one_import_with_the_name_of_its_source(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv", csv_text(range(28)))
    drop(data, "june.csv", csv_text(range(31, 59)))

    fetched = fetch(engine, folder_source(data))

    assert (fetched.files, fetched.rows_new, fetched.rows_corrected, fetched.failed) == (2, 112, 0, ())
    with engine.connect() as connection:
        found = list_imports(connection)
    assert {one.file_name for one in found} == {"may.csv", "june.csv"}
    assert {(one.fetched_from, one.imported_by, one.source) for one in found} == {
        ("exports", "exports", "exports")
    }
    assert sorted(path.name for path in data.iterdir()) == ["june.csv", "may.csv"]


def test_what_is_known_costs_no_import(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv")
    fetch(engine, folder_source(data))

    again = fetch(engine, folder_source(data))

    assert (again.sources, again.done, again.files) == (1, 1, 0)
    assert count(engine, imports) == 1


def test_a_rewritten_file_corrects_its_rows(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv", csv_text(range(28)))
    fetch(engine, folder_source(data))
    corrected = csv_text(range(28)).replace("9.50", "9.75", 5)

    drop(data, "may.csv", corrected, age=100)
    fetched = fetch(engine, folder_source(data))

    assert (fetched.files, fetched.rows_new, fetched.rows_corrected) == (1, 0, 5)
    assert (view(engine).rows_new, view(engine).rows_corrected, view(engine).files) == (0, 5, 1)


def test_equal_content_under_another_version_costs_no_import(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv")
    fetch(engine, folder_source(data))

    drop(data, "may.csv", age=100)
    fetched = fetch(engine, folder_source(data))

    assert fetched.files == 0
    assert count(engine, imports) == 1


def test_an_undone_import_stays_undone_until_the_file_changes(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv")
    fetch(engine, folder_source(data))
    with engine.begin() as connection:
        undo(connection, list_imports(connection)[0].id)

    untouched = fetch(engine, folder_source(data))
    drop(data, "may.csv", age=100)
    touched = fetch(engine, folder_source(data))

    assert (untouched.files, touched.files, cost(engine)) == (0, 0, 0.0)


def test_a_vanished_file_keeps_its_rows(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv")
    fetch(engine, folder_source(data))
    before = cost(engine)

    (data / "may.csv").unlink()
    fetched = fetch(engine, folder_source(data))

    assert fetched.failed == ()
    assert cost(engine) == before > 0


def test_parts_of_the_path_are_the_account_and_the_channel_of_the_rows(engine: sa.Engine, data: Path) -> None:
    text = csv_text().replace(",Meta,", ",").replace("date,channel,", "date,")
    drop(data / "shop one" / "Meta", "a.csv", text)
    drop(data / "shop two" / "TikTok", "b.csv", text.replace(".25,", ".77,"))

    fetch(engine, folder_source(f"{data}/{{account}}/{{channel}}/*.csv"))

    with engine.connect() as connection:
        found = connection.execute(sa.select(campaigns.c.source, campaigns.c.channel).distinct()).all()
    assert set(map(tuple, found)) == {("shop one", "Meta"), ("shop two", "TikTok")}


def test_options_of_the_declaration_reach_the_import(engine: sa.Engine, data: Path) -> None:
    text = csv_text().replace(",Meta,", ",").replace("date,channel,", "date,").replace("cost", "Aufwand")
    drop(data, "a.csv", text)

    fetched = fetch(
        engine, folder_source(data, channel='"Search"', account='"shop"', map='{ cost = "Aufwand" }')
    )

    assert fetched.files == 1
    with engine.connect() as connection:
        found = connection.execute(sa.select(campaigns.c.source, campaigns.c.channel).distinct()).all()
    assert set(map(tuple, found)) == {("shop", "Search")}


# Refused files


def test_a_refused_file_stops_no_other_and_is_not_tried_again(engine: sa.Engine, data: Path) -> None:
    drop(data, "bad.csv", "hello\n", age=200)
    drop(data, "may.csv", age=100)

    first = fetch(engine, folder_source(data))
    second = fetch(engine, folder_source(data))

    assert (first.files, first.refused, second.files, second.refused) == (1, 1, 0, 0)
    (refusal,) = view(engine).refusals
    assert (refusal.file, refusal.code) == ("bad.csv", "columns_missing")
    assert 'map.cost = "Kosten"' in refusal.reason.en
    assert "--" not in refusal.reason.en + refusal.reason.ru


def test_a_refused_file_is_tried_again_when_it_changes_when_its_source_changes_and_when_asked(
    engine: sa.Engine, data: Path
) -> None:
    drop(data, "bad.csv", "hello\n", age=200)
    source = folder_source(data)
    fetch(engine, source)

    changed = (drop(data, "bad.csv", "hello again\n", age=100), fetch(engine, source))[1]
    asked = fetch(engine, source, only=["exports"])
    declared_otherwise = fetch(engine, replace(source, channel="Meta"))
    unchanged = fetch(engine, replace(source, channel="Meta"))
    drop(data, "bad.csv", age=50)
    mended = fetch(engine, replace(source, channel="Meta"))

    assert [one.refused for one in (changed, asked, declared_otherwise, unchanged)] == [1, 1, 1, 0]
    assert (mended.files, view(engine).refused, view(engine).state) == (1, 0, "ok")


def test_a_file_in_doubt_is_refused_with_what_to_write(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv", csv_text(campaigns=6))
    fetch(engine, folder_source(data))

    drop(data, "part.csv", csv_text(campaigns=2), age=100)
    refused = fetch(engine, folder_source(data))
    allowed = fetch(engine, folder_source(data, mode='"replace"'))

    assert (refused.files, refused.refused) == (0, 1)
    assert (allowed.files, allowed.rows_corrected) == (1, 28 * 4)


def test_a_file_that_is_too_large_is_refused(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv")

    fetch(engine, folder_source(data, max_size='"1 kB"'))

    assert view(engine).refusals[0].code == "source_too_large"
    assert "1" in view(engine).refusals[0].reason.en


def test_a_bug_in_the_import_of_one_file_stops_no_other(
    engine: sa.Engine, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.intake import importing

    real = importing.import_file

    def breaking(connection: sa.Connection, path: Path, **options: Any) -> Any:
        if path.name == "bad.csv":
            connection.execute(sa.text("CREATE TABLE torn ()"))
            raise ZeroDivisionError
        return real(connection, path, **options)

    monkeypatch.setattr(importing, "import_file", breaking)
    drop(data, "bad.csv", age=200)
    drop(data, "may.csv", age=100)

    fetched = fetch(engine, folder_source(data))

    assert (fetched.files, fetched.refused) == (1, 1)
    assert view(engine).refusals[0].code == "internal"
    assert not sa.inspect(engine).has_table("torn")


# Sources that fail


def failing(error: Exception) -> Read:
    def read(_fetch: Fetch) -> Iterator[NewFile]:
        yield from _raise(error)

    return read


def _raise(error: Exception) -> Iterator[NewFile]:
    raise error


def test_a_source_that_fails_stops_no_other_and_keeps_its_rows(
    engine: sa.Engine, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(data, "may.csv")
    broken = made_up("broken", failing(SourceDeniedError(host="x", reason="401")), monkeypatch)
    buggy = made_up("buggy", failing(ZeroDivisionError()), monkeypatch)

    fetched = fetch(engine, broken, folder_source(data), buggy)

    assert (fetched.files, set(fetched.failed)) == (1, {"broken", "buggy"})
    assert (view(engine, "broken").state, view(engine, "broken").error_code) == ("failing", "source_denied")
    assert "ZeroDivisionError" in str(view(engine, "buggy").reason)
    assert view(engine).state == "ok"


def test_files_before_a_failure_stay_imported(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(fetch: Fetch) -> Iterator[NewFile]:
        yield written(fetch, "1", csv_text())
        raise SourceDeniedError(host="x", reason="401")

    fetched = fetch(engine, made_up("half", read, monkeypatch))

    assert (fetched.files, fetched.failed) == (1, ("half",))
    assert (view(engine, "half").state, view(engine, "half").imports) == ("failing", 1)
    assert view(engine, "half").rows_new == 56


def test_pauses_grow_up_to_six_hours_and_a_success_ends_them() -> None:
    pauses = [recording.pause_seconds(failures, None) for failures in range(1, 40)]

    assert pauses[:4] == [60, 120, 240, 480]
    assert pauses == sorted(pauses)
    assert max(pauses) == 6 * 3600
    assert recording.pause_seconds(1, 7200) == 7200
    assert recording.pause_seconds(1, 10.0**12) == 24 * 3600


def test_a_paused_source_is_left_alone_unless_asked_for(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def read(_fetch: Fetch) -> Iterator[NewFile]:
        calls.append(1)
        yield from _raise(SourceBusyError(host="x", reason="429", retry_after=3600))

    source = made_up("busy", read, monkeypatch)
    fetch(engine, source)
    paused = fetch(engine, source)
    with engine.begin() as connection:
        state.want(connection, "busy")
    asked = fetch(engine, source)

    assert (paused.sources, asked.sources, len(calls)) == (0, 1, 2)
    found = view(engine, "busy")
    assert (found.failures, found.is_wanted) == (2, False)
    assert found.next_at is not None
    assert found.tried_at is not None
    assert timedelta(seconds=3500) < found.next_at - found.tried_at < timedelta(seconds=3700)


def test_a_source_is_tried_again_after_its_pause_and_a_success_clears_it(
    engine: sa.Engine, data: Path
) -> None:
    source = folder_source(data / "later")
    fetch(engine, source)
    with engine.begin() as connection:
        connection.execute(sources.update().values(next_at=sa.func.now() - sa.text("interval '1 s'")))

    drop(data / "later", "may.csv")
    fetched = fetch(engine, source)

    assert fetched.files == 1
    found = view(engine)
    assert (found.state, found.failures, found.next_at, found.reason, found.failing_since) == (
        "ok",
        0,
        None,
        None,
        None,
    )


def test_a_pause_of_a_clock_that_was_ahead_is_ignored(engine: sa.Engine, data: Path) -> None:
    source = folder_source(data)
    fetch(engine, source)
    with engine.begin() as connection:
        connection.execute(sources.update().values(next_at=sa.func.now() + sa.text("interval '1 year'")))

    assert fetch(engine, source).sources == 1


# Deadlines and stops


def test_a_source_that_hangs_is_left_behind_and_imports_nothing_later(
    engine: sa.Engine, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, done = Event(), Event()

    def read(fetch: Fetch) -> Iterator[NewFile]:
        go_on.wait(60)
        fetch.folder.mkdir(parents=True, exist_ok=True)
        try:
            yield written(fetch, "1", csv_text())
        finally:
            done.set()

    drop(data, "may.csv", csv_text(range(31, 59)))
    hanging = made_up("hanging", read, monkeypatch, deadline='"0.3 s"')

    first = fetch(engine, hanging, folder_source(data))
    with engine.begin() as connection:
        connection.execute(sources.update().values(next_at=None))
    second = fetch(engine, hanging, folder_source(data))
    go_on.set()

    assert (first.failed, first.files, second.failed) == (("hanging",), 1, ("hanging",))
    assert view(engine, "hanging").error_code == "source_overdue"
    assert done.wait(60)
    assert view(engine, "hanging").imports == 0
    assert count(engine, imports) == 1


def test_the_time_of_imports_is_none_of_reading(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []

    def read(fetch: Fetch) -> Iterator[NewFile]:
        for number in range(3):
            yield written(fetch, str(number), csv_text(range(number * 40, number * 40 + 28)), key=str(number))
            left.append(fetch.deadline.left())

    source = made_up("slow", read, monkeypatch, deadline='"20 s"')
    monkeypatch.setattr("services.sources.importing.TURN_POLL_SECONDS", 0.01)

    fetched = fetch(engine, source)

    assert fetched.files == 3
    assert min(left) > 18


def test_what_one_fetch_cannot_import_is_left_for_the_next(engine: sa.Engine, data: Path) -> None:
    for number in range(3):
        drop(data, f"{number}.csv", csv_text(range(number * 40, number * 40 + 28)), age=100 - number)
    with engine.begin() as connection:
        recording.declare(connection, [folder_source(data)])
    short = ImportOptions(most_seconds=0.0)

    found = []
    for _ in range(4):
        found.append(fetch_due(engine, [folder_source(data)], short))
        with engine.begin() as connection:
            connection.execute(sources.update().values(next_at=None))

    assert [one.files for one in found] == [1, 1, 1, 0]
    assert [one.is_partial for one in found] == [True, True, True, False]
    assert view(engine).state == "ok"


def test_a_stop_ends_a_fetch_at_once(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, end = Event(), Event()

    def read(_fetch: Fetch) -> Iterator[NewFile]:
        begun.set()
        end.wait(60)
        yield from ()

    source = made_up("hanging", read, monkeypatch)
    try:
        with pytest.raises(CallCancelledError):
            fetch(engine, source, watch=Watch(is_stopping=begun.is_set))
    finally:
        end.set()


def test_many_sources_are_read_side_by_side(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(fetching.MOST_AT_ONCE)

    def read(_fetch: Fetch) -> Iterator[NewFile]:
        together.wait(30)
        yield from ()

    declare_type(monkeypatch, "one", read)
    text = "".join(
        f'[[source]]\nname = "{number}"\ntype = "one"\nplace = "x"\n'
        for number in range(2 * fetching.MOST_AT_ONCE)
    )

    fetched = fetch(engine, *parsed(text))

    assert (fetched.done, fetched.failed) == (2 * fetching.MOST_AT_ONCE, ())


# Two processes


def test_two_processes_import_each_file_once(engine: sa.Engine, data: Path) -> None:
    for number in range(4):
        drop(data, f"{number}.csv", csv_text(range(number * 40, number * 40 + 28)))
    source = folder_source(data)
    with engine.begin() as connection:
        recording.declare(connection, [source])
    found: list[Fetched] = []

    both = [Thread(target=lambda: found.append(fetch_due(engine, [source], OPTIONS))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sum(one.files for one in found) == 4
    assert count(engine, imports) == 4


def test_a_file_that_another_process_has_imported_meanwhile_is_not_imported_again(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner: list[Fetched] = []

    def read(fetch: Fetch) -> Iterator[NewFile]:
        if not inner:
            inner.append(Fetched())
            monkeypatch.setattr(
                recording, "try_lock", lambda _connection, _name: True
            )  # a lock that was lost
            inner[0] = fetch_due(engine, [fetch.source], OPTIONS)
        yield written(fetch, "1", csv_text())

    fetched = fetch(engine, made_up("twice", read, monkeypatch))

    assert (inner[0].files, fetched.files, count(engine, imports)) == (1, 0, 1)


# After the import


def test_what_follows_an_import_follows_its_commit_and_its_failure_changes_nothing(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def mark() -> None:
        seen.append(count(engine, imports))
        raise OSError("the mailbox is gone")

    def read(fetch: Fetch) -> Iterator[NewFile]:
        yield replace(written(fetch, "1", csv_text()), after_import=mark)

    fetched = fetch(engine, made_up("mail", read, monkeypatch))

    assert (seen, fetched.files, fetched.failed) == ([1], 1, ())


# Declarations


def test_a_removed_source_keeps_its_rows_and_leaves_the_list(engine: sa.Engine, data: Path) -> None:
    drop(data, "may.csv")
    fetch(engine, folder_source(data))

    with engine.begin() as connection:
        recording.declare(connection, [])

    with engine.connect() as connection:
        assert state.list_sources(connection).items == ()
    assert cost(engine) > 0
    assert count(engine, source_files) == 1


def test_a_mended_declaration_ends_the_pause(engine: sa.Engine, data: Path) -> None:
    fetch(engine, folder_source(data / "wrong"))

    fetched = fetch(engine, folder_source(data))

    assert (fetched.sources, fetched.failed) == (1, ())


def test_numbers_are_shown_while_sources_are_read(engine: sa.Engine, data: Path) -> None:
    shown: list[Fetched] = []
    drop(data, "may.csv")

    fetch(engine, folder_source(data), watch=Watch(show=shown.append))

    assert (shown[0].sources, shown[0].done) == (1, 0)
    assert (shown[-1].done, shown[-1].files, shown[-1].rows_new) == (1, 1, 56)
