"""What pages and commands show of the declared sources."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.tables import imports, source_files, sources
from services.intake.history import start_import
from services.sources import state
from services.sources.failures import UnknownSourceError
from services.text import Text
from services.views import SourceView

REASON = {"en": "It is broken.", "ru": "Сломано."}


@pytest.fixture
def now(connection: sa.Connection) -> datetime:
    moment: datetime = connection.execute(sa.select(sa.func.now())).scalar_one()
    return moment


def declare(connection: sa.Connection, name: str, **values: Any) -> None:
    connection.execute(sources.insert().values({"name": name, "type": "folder", **values}))


def imported(connection: sa.Connection, name: str, key: str, at: datetime, **values: Any) -> int:
    started = {
        "file_name": key,
        "file_hash": key,
        "layout": "",
        "source": name,
        "mode": "replace",
        "fetched_from": name,
        "date_to": date(2026, 1, 1),
    }
    import_id = start_import(connection, {**started, **values})
    file = {"source": name, "key": key, "version": "1", "import_id": import_id, "dealt_with_at": at}
    connection.execute(source_files.insert().values(file))
    return import_id


def refused(connection: sa.Connection, name: str, key: str, at: datetime) -> None:
    file: dict[str, Any] = {"source": name, "key": key, "version": "1", "error_code": "x"}
    file |= {"error_text": {**REASON, "file": key.rpartition("/")[2]}}
    connection.execute(source_files.insert().values({**file, "dealt_with_at": at}))


def only(connection: sa.Connection) -> SourceView:
    (view,) = state.list_sources(connection).items
    return view


def test_a_source_that_was_not_read_yet_says_so(connection: sa.Connection) -> None:
    declare(
        connection, "a", declared={"account": "shop", "place": "/data", "channel": "Meta", "is_beta": True}
    )

    view = only(connection)

    assert (view.state, view.account, view.place, view.channel) == ("never", "shop", "/data", "Meta")
    assert view.is_beta
    assert (view.data_to, view.files, view.reason) == (None, 0, None)
    assert state.has_sources(connection)


def test_the_last_fetch_with_news_is_told_and_the_newest_day(
    connection: sa.Connection, now: datetime
) -> None:
    before = now - timedelta(days=1)
    declare(connection, "a", tried_at=now, succeeded_at=now, changed_at=now)
    imported(connection, "a", "old", before, rows_imported=100, date_to=date(2026, 5, 1))
    imported(connection, "a", "/in/one", now, rows_imported=3, rows_updated=2, rows_removed=1)
    imported(connection, "a", "/in/two", now, rows_imported=4)

    view = only(connection)

    assert (view.state, view.files, view.rows_new, view.rows_corrected) == ("ok", 2, 7, 3)
    assert (view.data_to, view.imports) == (date(2026, 5, 1), 3)


def test_an_undone_import_does_not_count_as_data(connection: sa.Connection, now: datetime) -> None:
    declare(connection, "a", succeeded_at=now, changed_at=now)
    newest = imported(connection, "a", "one", now, date_to=date(2026, 5, 2))
    imported(connection, "a", "two", now, date_to=date(2026, 5, 1))

    connection.execute(imports.update().where(imports.c.id == newest).values(undone_at=now))

    assert (only(connection).data_to, only(connection).imports) == (date(2026, 5, 1), 1)


def test_a_failing_source_keeps_its_last_success_and_says_why(
    connection: sa.Connection, now: datetime
) -> None:
    long_ago = now - timedelta(days=3)
    declare(
        connection,
        "a",
        tried_at=now,
        succeeded_at=long_ago,
        failing_since=now,
        failures=2,
        error_code="source_missing",
        error_text=REASON,
        next_at=now + timedelta(minutes=4),
    )

    view = only(connection)

    assert (view.state, view.reason, view.error_code) == ("failing", Text(**REASON), "source_missing")
    assert (view.succeeded_at, view.failures, view.next_at) == (long_ago, 2, now + timedelta(minutes=4))


def test_refused_files_are_told_until_a_newer_one_is_imported(
    connection: sa.Connection, now: datetime
) -> None:
    declare(connection, "a", succeeded_at=now, changed_at=now - timedelta(hours=2))
    for number in range(5):
        refused(connection, "a", f"/in/{number}.csv", now - timedelta(hours=number))

    view = only(connection)
    connection.execute(sources.update().values(changed_at=now + timedelta(seconds=1)))
    later = only(connection)

    assert (view.state, view.reason, view.refused) == ("refused", Text(**REASON), 5)
    assert [one.file for one in view.refusals] == ["0.csv", "1.csv", "2.csv"]
    assert (later.state, later.reason, later.refused) == ("ok", None, 5)


@pytest.mark.parametrize(("days", "late_days"), [(1, None), (2, None), (3, 1), (4, 2), (10, 8)])
def test_data_that_end_longer_ago_than_allowed_are_late(
    connection: sa.Connection, now: datetime, days: int, late_days: int | None
) -> None:
    declare(connection, "a", succeeded_at=now, changed_at=now, declared={"max_age_seconds": 2 * 86_400})
    imported(connection, "a", "one", now, date_to=now.date() - timedelta(days=days))

    view = only(connection)

    assert view.state == ("ok" if late_days is None else "late")
    assert (None if view.late_by is None else view.late_by.days + 1) == late_days


def test_sources_stand_in_the_order_of_their_file_and_removed_ones_are_left_out(
    connection: sa.Connection,
) -> None:
    declare(connection, "b", declared={"position": 0})
    declare(connection, "a", declared={"position": 1})
    declare(connection, "gone", is_declared=False)
    declare(connection, state.FILE, error_text=REASON)

    found = state.list_sources(connection)

    assert [one.name for one in found.items] == ["b", "a"]
    assert found.file_problem == Text(**REASON)
    assert found.data_to is None


def test_a_fetch_can_be_asked_for_of_a_declared_source_only(connection: sa.Connection) -> None:
    declare(connection, "a")
    declare(connection, "gone", is_declared=False)

    state.want(connection, "a")

    assert only(connection).is_wanted
    for name in ("gone", "b", state.FILE):
        with pytest.raises(UnknownSourceError, match="Sources: a"):
            state.want(connection, name)


def test_without_sources_nothing_is_listed(connection: sa.Connection) -> None:
    declare(connection, state.FILE, error_text=REASON)

    assert not state.has_sources(connection)
    assert state.list_sources(connection).items == ()


def test_listing_needs_no_numpy() -> None:
    code = "import sys, services.sources.state; assert not {'numpy', 'pandas'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)
