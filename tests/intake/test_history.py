"""Imports are listed, and undoing one leaves the tables as if it had never been."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import (
    ImportReport,
    ReplacementInDoubtError,
    UndoRefusedError,
    UnknownImportError,
    create_sample,
    import_file,
    import_of,
    imports,
    undo,
)
from services.intake.history import (
    ArchivePrunedError,
    LaterImportError,
    RowsInTheWayError,
    UndoneAlreadyError,
)
from tests.intake.accounts import (
    account,
    between,
    by_device,
    only,
    save,
    with_late_conversions,
    with_new_names,
    with_partial_day,
)
from tests.intake.files import rows
from tests.intake.test_totals import Afresh

TABLES = {
    "campaigns": "source, campaign_id, channel, date, impressions, clicks, conversions, cost, revenue, "
    "attributes::text, grain, currency, details::text",
    "campaign_days": "*",
    "segment_days": "*",
}
WHOLE = account(1, days=12)
SAMPLES_END = date(2026, 10, 1)
EXPORTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "first": (with_partial_day(between(WHOLE, 0, 7)), {}),
    "later": (with_late_conversions(between(WHOLE, 4, 11), 1), {}),
    "renamed": (with_new_names(WHOLE, {"Brand": "Brand 2"}), {}),
    "by device": (by_device(WHOLE), {}),
    "some": (only(WHOLE, lambda row: row.campaign == "Brand"), {"mode": "replace"}),
    "beside": (account(2), {"mode": "append"}),
    "south": (with_late_conversions(account(2), 2), {"source": "South"}),
    "video": (account(3, first=date(2026, 9, 8)), {"channel": "Video"}),
    "before": (account(1, days=4, first=date(2026, 8, 28)), {}),
}
operations = st.lists(
    st.one_of(st.sampled_from(sorted(EXPORTS)), st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=9
)


@pytest.fixture
def afresh(connection: sa.Connection) -> Afresh:
    """Undo what one example has done, so that the next starts on an empty table."""
    return Afresh(connection)


def load(connection: sa.Connection, folder: Path, name: str) -> ImportReport:
    """Import one of `EXPORTS`."""
    export, options = EXPORTS[name]
    return import_file(connection, save(folder / f"{name}.csv", export), **{"channel": "Search", **options})


def content(connection: sa.Connection) -> dict[str, list[str]]:
    """Return all rows of the tables of campaigns, without ids and times."""
    found = {}
    for table, columns in TABLES.items():
        query = f"SELECT ({'t' if columns == '*' else f'ROW({columns})'})::text FROM {table} AS t"
        found[table] = sorted(connection.execute(sa.text(query)).scalars())
    return found


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations, st.sampled_from(["empty", "samples", "earlier"]))
def test_any_order_of_imports_and_undoing_leaves_what_a_database_without_the_undone_has(
    afresh: Afresh, tmp_path_factory: pytest.TempPathFactory, operations: Sequence[str | int], start: str
) -> None:
    folder = tmp_path_factory.mktemp("in")
    with afresh as connection:
        prepare(connection, folder, start)
        kept = carry_out(connection, folder, operations)
        after = content(connection)
    with afresh as connection:
        prepare(connection, folder, start)
        for name in kept:
            load(connection, folder, name)

        assert after == content(connection)


def prepare(connection: sa.Connection, folder: Path, start: str) -> None:
    if start == "samples":
        create_sample(connection, today=SAMPLES_END)
    elif start == "earlier":
        load(connection, folder, "first")
        connection.execute(sa.text("UPDATE campaigns SET source = 'import', import_id = NULL"))
        connection.execute(sa.text("DELETE FROM imports"))


def carry_out(connection: sa.Connection, folder: Path, operations: Sequence[str | int]) -> list[str]:
    """Import, or undo one of the imports so far; return the names of the imports that are left, in order."""
    done: dict[int, str] = {}
    for operation in operations:
        try:
            with connection.begin_nested():
                if isinstance(operation, str):
                    report = load(connection, folder, operation)
                    assert report.import_id is not None
                    done[report.import_id] = operation
                elif operation < len(done):
                    number = sorted(done)[operation]
                    undo(connection, number)
                    del done[number]
        except (ReplacementInDoubtError, UndoRefusedError):
            pass
    return [done[number] for number in sorted(done)]


def test_an_import_is_listed_with_what_it_read_and_changed(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, "first")
    path = save(tmp_path / "later.csv", EXPORTS["later"][0])
    report = import_file(connection, path, channel="Search", imported_by="ada", file_name="meta.csv")
    newest, oldest = imports(connection)

    assert (newest.id, newest.file_name, newest.imported_by) == (report.import_id, "meta.csv", "ada")
    assert newest.file_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (newest.layout, newest.source, newest.channels, newest.mode) == (
        "file",
        "file",
        ("Search",),
        "replace",
    )
    assert (newest.rows_read, newest.rows_updated) == (report.rows_read, report.rows_updated)
    assert (newest.cost_before, newest.cost_after) == (report.cost_before, report.cost_after)
    assert oldest.cost_before is None
    assert import_of(connection, newest.id) == newest
    assert newest.to_json()["date_from"] == "2026-09-05"


def test_imports_of_a_channel_are_those_with_its_rows_that_count(
    connection: sa.Connection, tmp_path: Path
) -> None:
    first, _, undone = (load(connection, tmp_path, name) for name in ("first", "video", "later"))
    assert undone.import_id is not None
    undo(connection, undone.import_id)
    channel = import_of(connection, first.import_id or 0).channels[0]

    assert [one.id for one in imports(connection, channel=channel)] == [first.import_id]
    assert imports(connection, channel="Nowhere") == ()


def test_a_dry_run_and_a_refused_file_are_no_imports(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, "beside")
    path = save(tmp_path / "other.csv", account(9))
    import_file(connection, path, channel="Search", dry_run=True)
    with pytest.raises(ReplacementInDoubtError), connection.begin_nested():
        import_file(connection, path, channel="Search")

    assert len(imports(connection)) == 1


def test_undoing_restores_ids_and_times_of_rows_too(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, "first")
    connection.execute(sa.text("UPDATE campaigns SET imported_at = now() - interval '2 days'"))
    before = rows(connection, "id", "cost", "import_id", "imported_at")
    later = load(connection, tmp_path, "later")
    assert later.import_id is not None
    done = undo(connection, later.import_id, "ada")

    assert rows(connection, "id", "cost", "import_id", "imported_at") == before
    assert done.rows_restored == later.rows_updated > 0
    assert import_of(connection, later.import_id).undone_by == "ada"


def test_an_import_under_a_later_one_is_not_undone(connection: sa.Connection, tmp_path: Path) -> None:
    first, later = (load(connection, tmp_path, name) for name in ("first", "later"))
    assert first.import_id is not None
    assert later.import_id is not None
    before = content(connection)
    with pytest.raises(LaterImportError, match=r"Undo \d+ first") as caught:
        undo(connection, first.import_id)

    assert str(later.import_id) in caught.value.text.ru
    assert content(connection) == before
    undo(connection, later.import_id)
    undo(connection, first.import_id)
    assert rows(connection, "id") == []


def test_other_channels_sources_and_days_are_no_obstacle(connection: sa.Connection, tmp_path: Path) -> None:
    first = load(connection, tmp_path, "first")
    for name in ("south", "video", "before"):
        load(connection, tmp_path, name)
    assert first.import_id is not None
    undo(connection, first.import_id)

    assert set(rows(connection, "source")) == {"South", "file"}


def test_what_does_not_exist_or_was_undone_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, "first")
    assert report.import_id is not None
    undo(connection, report.import_id)

    with pytest.raises(UndoneAlreadyError, match=r"first\.csv"):
        undo(connection, report.import_id)
    with pytest.raises(UnknownImportError, match="no import"):
        undo(connection, 10**9)


def test_an_import_can_be_repeated_after_it_was_undone(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, "first")
    before = content(connection)
    assert report.import_id is not None
    undo(connection, report.import_id)
    again = load(connection, tmp_path, "first")

    assert content(connection) == before
    assert again.rows_imported == report.rows_imported


def test_the_sample_rows_come_back_with_the_last_real_import(
    connection: sa.Connection, tmp_path: Path
) -> None:
    create_sample(connection, today=SAMPLES_END)
    samples = content(connection)
    first, video = (load(connection, tmp_path, name) for name in ("first", "video"))
    assert first.import_id is not None
    assert video.import_id is not None

    assert undo(connection, first.import_id).samples_restored == 0
    assert undo(connection, video.import_id).samples_restored == first.sample_rows_removed > 0
    assert content(connection) == samples


def test_replaced_rows_are_kept_for_a_time_only(connection: sa.Connection, tmp_path: Path) -> None:
    ids = [load(connection, tmp_path, name).import_id for name in ("first", "later")]
    connection.execute(sa.text("UPDATE imports SET imported_at = now() - interval '91 days'"))
    video = load(connection, tmp_path, "video")

    assert connection.execute(sa.text("SELECT count(*) FROM replaced_campaigns")).scalar_one() == 0
    with pytest.raises(ArchivePrunedError, match="kept for a time"):
        undo(connection, ids[1] or 0)
    assert import_of(connection, video.import_id or 0).pruned_at is None


def test_rows_that_another_writer_has_stored_are_not_overwritten(
    connection: sa.Connection, tmp_path: Path
) -> None:
    load(connection, tmp_path, "by device")
    report = load(connection, tmp_path, "renamed")
    connection.execute(
        sa.text(
            "INSERT INTO campaigns (source, campaign_id, channel, date, attributes, cost)"
            " SELECT source, campaign_id, channel, date, attributes, 1 FROM replaced_campaigns LIMIT 1"
        )
    )
    before = content(connection)
    with pytest.raises(RowsInTheWayError), connection.begin_nested():
        undo(connection, report.import_id or 0)

    assert content(connection) == before


def test_columns_that_change_are_restored_too(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, "first")
    connection.execute(sa.text("UPDATE campaigns SET details = '{\"status\": \"on\"}', currency = 'EUR'"))
    before = content(connection)
    later = load(connection, tmp_path, "later")
    undo(connection, later.import_id or 0)

    assert content(connection) == before


def test_figures_that_are_not_recorded_come_back_as_such(connection: sa.Connection, tmp_path: Path) -> None:
    import_file(connection, save(tmp_path / "report.csv", WHOLE), channel="Search")
    connection.execute(sa.text("UPDATE campaigns SET revenue = NULL"))
    before = content(connection)
    later = import_file(connection, save(tmp_path / "report.csv", WHOLE), channel="Search")
    assert later.rows_updated == len(WHOLE)
    undo(connection, later.import_id or 0)

    assert content(connection) == before


def test_credits_are_compared_by_their_size(connection: sa.Connection, tmp_path: Path) -> None:
    credited = tuple(replace(row, cents=-row.cents) if row.day.day == 3 else row for row in WHOLE)
    import_file(connection, save(tmp_path / "report.csv", credited), channel="Search")
    again = import_file(connection, save(tmp_path / "report.csv", credited), channel="Search")

    assert again.rows_unchanged == len(WHOLE)
