"""The days that a file covers are replaced by it; where that is in doubt, nothing is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database.tables import campaigns
from services.intake import ImportReport, ReplacementInDoubtError, import_file
from tests.intake.accounts import (
    FIRST,
    Export,
    account,
    between,
    by_device,
    only,
    save,
    total,
    with_late_conversions,
    with_new_names,
    with_partial_day,
)
from tests.intake.files import rows, sums
from tests.intake.test_totals import Afresh

quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 10**6)


@pytest.fixture
def afresh(connection: sa.Connection) -> Afresh:
    """Undo what one example has done, so that the next starts on an empty table."""
    return Afresh(connection)


class Importer:
    """Imports exports as files of one channel."""

    def __init__(self, connection: sa.Connection, folder: Path) -> None:
        self.connection = connection
        self.folder = folder

    def __call__(self, rows: Export, channel: str = "Search", **options: object) -> ImportReport:
        path = save(self.folder / "report.csv", rows)
        return import_file(self.connection, path, channel=channel, **options)  # type: ignore[arg-type]

    def refused(self, rows: Export, channel: str = "Search", **options: object) -> ReplacementInDoubtError:
        """Import what is refused, and see that nothing has changed."""
        before = content(self.connection)
        savepoint = self.connection.begin_nested()
        with pytest.raises(ReplacementInDoubtError) as caught:
            self(rows, channel, **options)
        savepoint.rollback()
        assert content(self.connection) == before
        return caught.value


def content(connection: sa.Connection) -> list[tuple[object, ...]]:
    """Return all rows of `campaigns`."""
    return [tuple(row) for row in connection.execute(sa.select(campaigns).order_by(campaigns.c.id))]


@pytest.fixture
def load(connection: sa.Connection, tmp_path: Path) -> Importer:
    return Importer(connection, tmp_path)


revisions = st.lists(
    st.sampled_from(["late", "renamed", "partial", "device", "shifted", "longer"]), unique=True, max_size=4
)


@quick
@given(seeds, revisions, st.integers(1, 6), st.integers(3, 20))
def test_a_later_export_of_the_same_account_takes_the_place_of_the_first(
    afresh: Afresh,
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    revised: list[str],
    campaigns: int,
    days: int,
) -> None:
    whole = account(seed, campaigns=campaigns, days=days + 3)
    first, later = between(whole, 0, days - 1), between(whole, 0, days - 1)
    if "partial" in revised:
        first = with_partial_day(first)
    if "longer" in revised:
        later = whole
    if "shifted" in revised:
        later = only(later, lambda row: row.day >= FIRST + timedelta(days=days // 3))
    if "late" in revised:
        later = with_late_conversions(later, seed)
    if "renamed" in revised:
        later = with_new_names(later, {"Brand": "Brand, new", "Video": "Video 2027"})
    if "device" in revised:
        later = by_device(later)
    kept = [row for row in first if row.day < min(row.day for row in later)]

    with afresh as connection:
        load = Importer(connection, tmp_path_factory.mktemp("in"))
        load(first)
        load(later)

        assert sums(connection) == total([*kept, *later])


def test_a_repeated_download_leaves_every_row_untouched(load: Importer) -> None:
    load(account(1))
    before = content(load.connection)
    report = load(account(1))

    assert (report.rows_unchanged, report.rows_imported, report.rows_updated) == (48, 0, 0)
    assert content(load.connection) == before


@pytest.mark.parametrize(
    "name",
    [
        *("report (1).csv", "report(2).csv", "report - Copy.csv", "report copy 2.csv", "Copy of report.csv"),
        *("report — копия (3).csv", "Копия report.csv", "report - Kopie.csv", "report-1.csv", "report_1.csv"),
    ],
)
def test_a_copy_with_another_name_is_the_same_channel(
    connection: sa.Connection, tmp_path: Path, name: str
) -> None:
    import_file(connection, save(tmp_path / "report.csv", account(2)))
    report = import_file(connection, save(tmp_path / name, account(2)))

    assert (report.channels, report.rows_unchanged) == (("report",), 48)


def test_a_number_in_a_name_is_kept_where_there_is_no_channel_without_it(
    connection: sa.Connection, tmp_path: Path
) -> None:
    report = import_file(connection, save(tmp_path / "search_2.csv", account(2)))

    assert report.channels == ("search_2",)


def test_what_changes_is_said_with_the_sums_before_and_after(load: Importer) -> None:
    first, later = account(3), with_late_conversions(account(3), 1)
    load(first)
    report = load(later)

    (remark,) = (one for one in report.remarks if one.code == "replaced")
    assert remark.count == report.rows_updated > 0
    assert f"revenue {total(first).revenue:,.2f} before" in remark.text.en
    assert (report.cost_before, report.cost_after) == (total(first).cost, total(later).cost)
    assert (report.revenue_before, report.revenue_after) == (total(first).revenue, total(later).revenue)


def test_a_campaign_that_was_moved_to_another_name_keeps_its_history(load: Importer) -> None:
    load(account(4))
    report = load(with_new_names(account(4), {"Brand": "Brand DE"}))

    assert (report.rows_imported, report.rows_removed, report.rows_unchanged) == (12, 12, 36)
    assert {"Brand"}.isdisjoint(rows(load.connection, "campaign_id"))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("campaigns", [1, 4])
def test_another_account_with_equal_names_is_refused(load: Importer, seed: int, campaigns: int) -> None:
    north, south = account(seed, campaigns=campaigns), account(seed + 1000, campaigns=campaigns)
    load(north)
    error = load.refused(south)

    assert error.doubts[0].kind == "account"
    for word in (str(12 * campaigns), "2026-09-01", "Search", "--source", "--replace", "--append"):
        assert word in error.text.en
        assert word in error.text.ru


@quick
@given(seeds, st.sampled_from(["source", "append", "replace"]))
def test_each_way_out_does_what_it_says(
    afresh: Afresh, tmp_path_factory: pytest.TempPathFactory, seed: int, way: str
) -> None:
    north, south = account(seed), account(seed + 1)
    options = {"source": "South"} if way == "source" else {"mode": way}
    with afresh as connection:
        load = Importer(connection, tmp_path_factory.mktemp("in"))
        load(north)
        load(south, **options)
        again = load(south, **options)

        both = [*north, *south]
        assert sums(connection) == total(south if way == "replace" else both)
        assert (again.rows_imported, again.rows_updated, again.rows_unchanged) == (0, 0, 48)


def test_what_was_added_beside_is_recognised_later(load: Importer) -> None:
    north, south = account(5), account(6)
    load(north)
    beside = load(south, mode="append")
    load(with_late_conversions(south, 1))
    load(with_late_conversions(north, 1))

    expected = [*with_late_conversions(south, 1), *with_late_conversions(north, 1)]
    assert [remark.code for remark in beside.remarks if remark.code == "put_beside"] == ["put_beside"]
    assert sums(load.connection) == total(expected)


@pytest.mark.parametrize("seed", range(5))
def test_an_export_of_some_of_the_campaigns_is_refused(load: Importer, seed: int) -> None:
    load(account(seed))
    error = load.refused(only(account(seed), lambda row: row.campaign != "Generic"))

    assert error.doubts[0].kind == "partial"
    assert "12 of 48 rows" in error.text.en
    assert "“Generic”" in error.text.en


def test_an_export_of_one_device_is_refused(load: Importer) -> None:
    load(by_device(account(7)))
    error = load.refused(only(by_device(account(7)), lambda row: row.device == "pc"))

    assert error.doubts[0].kind == "partial"


def test_days_without_rows_inside_the_file_are_covered_too(load: Importer) -> None:
    load(account(8))
    error = load.refused(only(account(8), lambda row: row.day.day not in {5, 6}))

    assert error.doubts[0].kind == "partial"


def test_days_outside_of_the_file_stay(load: Importer) -> None:
    whole = account(9, days=20)
    load(between(whole, 0, 12))
    load(between(whole, 8, 19))

    assert sums(load.connection) == total(whole)


def test_a_row_that_costs_next_to_nothing_may_go(load: Importer) -> None:
    small = tuple(
        row.__class__(row.day, "Test", 3, 1, 0, 5, 0) for row in account(10) if row.campaign == "Brand"
    )
    load((*account(10), *small))
    report = load(account(10))

    assert report.rows_removed == len(small)
    assert sums(load.connection) == total(account(10))


def test_rows_without_figures_are_no_doubt(load: Importer) -> None:
    nothing = tuple(row.__class__(row.day, "Paused", 0, 0, 0, 0, 0) for row in account(11)[:12])
    load((*account(11), *nothing))
    report = load(account(11))

    assert report.rows_removed == 12


def test_campaigns_without_cost_are_compared_by_their_clicks(load: Importer) -> None:
    free = tuple(replace(row, cents=0) for row in account(12))
    load(free, "Newsletter")
    some = only(free, lambda row: row.campaign != "Brand")

    assert load.refused(some, "Newsletter").doubts[0].kind == "partial"
    assert load.refused(tuple(replace(row, cents=0) for row in account(99)), "Newsletter")
    load(with_late_conversions(free, 3), "Newsletter")
    assert sums(load.connection) == total(with_late_conversions(free, 3))


@pytest.mark.parametrize(("first", "later"), [("Search", "Google"), ("Google", "report")])
def test_the_same_figures_under_another_channel_are_refused(load: Importer, first: str, later: str) -> None:
    load(account(13), first)
    error = load.refused(account(13), later)

    assert error.doubts[0].kind == "twice"
    assert first in error.text.en
    load(account(13), later, mode="append")
    assert sums(load.connection).cost == 2 * total(account(13)).cost


def test_the_same_figures_under_another_source_are_refused(load: Importer) -> None:
    load(account(14))

    assert load.refused(account(14), source="Mine").doubts[0].kind == "twice"


def test_daily_sums_of_what_is_there_are_refused(load: Importer) -> None:
    load(account(15))
    days = {row.day: [one for one in account(15) if one.day == row.day] for row in account(15)}
    sums_of_days = tuple(
        ones[0].__class__(
            day,
            "All",
            sum(one.impressions for one in ones),
            sum(one.clicks for one in ones),
            sum(one.conversions for one in ones),
            sum(one.cents for one in ones),
            sum(one.revenue for one in ones),
        )
        for day, ones in days.items()
    )

    assert load.refused(sums_of_days, "Everything").doubts[0].kind == "twice"


def test_constant_amounts_of_two_channels_are_no_doubt(load: Importer) -> None:
    fee = tuple(row.__class__(row.day, "Fee", 0, 0, 0, 1000, 0) for row in account(16, campaigns=1))
    load(fee, "Print")
    load(fee, "Radio")

    assert sums(load.connection).cost == 2 * total(fee).cost


def test_of_two_channels_in_one_file_one_in_doubt_holds_both(
    connection: sa.Connection, tmp_path: Path
) -> None:
    def save_both(search: Export, social: Export) -> Path:
        path = tmp_path / "both.csv"
        lines = ["date,channel,campaign,impressions,clicks,conversions,cost,revenue"]
        for channel, export in (("Search", search), ("Social", social)):
            lines += [
                f"{row.day},{channel},{row.campaign},{row.impressions},{row.clicks},{row.conversions},"
                f"{row.cents / 100},{row.revenue / 100}"
                for row in export
            ]
        path.write_text("\n".join(lines))
        return path

    import_file(connection, save_both(account(17), account(18)))
    before = content(connection)
    with pytest.raises(ReplacementInDoubtError) as caught, connection.begin_nested():
        import_file(connection, save_both(with_late_conversions(account(17), 1), account(19)))

    assert [doubt.channel for doubt in caught.value.doubts] == ["Social"]
    assert content(connection) == before


def test_a_column_that_is_missing_now_would_lose_its_figures(
    connection: sa.Connection, tmp_path: Path
) -> None:
    path = save(tmp_path / "report.csv", account(20))
    import_file(connection, path)
    lines = [",".join(line.split(",")[:6]) for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines))

    with pytest.raises(ReplacementInDoubtError, match="revenue") as caught, connection.begin_nested():
        import_file(connection, path)
    assert caught.value.doubts[0].kind == "columns"


def test_the_newest_day_may_grow_alone(load: Importer) -> None:
    whole = account(21, campaigns=6, days=20)
    load(with_partial_day(between(whole, 0, 9)))
    load(between(whole, 9, 19))

    assert sums(load.connection) == total(whole)


def test_a_single_row_of_today_may_grow_if_it_was_imported_before_the_day_was_over(load: Importer) -> None:
    (row,) = account(22, campaigns=1, days=1)
    load(with_partial_day((row,)))
    load.connection.execute(sa.text("UPDATE campaigns SET imported_at = date + interval '15 hours'"))
    load((row,))

    assert sums(load.connection) == total([row])


def test_a_single_row_with_quite_other_figures_is_refused(load: Importer) -> None:
    (row,) = account(23, campaigns=1, days=1)
    load((row,))

    assert load.refused(account(24, campaigns=1, days=1)).doubts[0].kind == "account"


@pytest.mark.parametrize("campaigns", [1, 2, 3])
def test_tiny_corrections_are_taken(load: Importer, campaigns: int) -> None:
    tiny = account(25, campaigns=campaigns, days=1)
    load(tiny)
    report = load(tuple(replace(row, cents=row.cents + 7) for row in tiny))

    assert (report.rows_updated, report.rows_imported, report.rows_removed) == (campaigns, 0, 0)


def test_rows_of_earlier_versions_are_the_same_source_where_they_share_rows(load: Importer) -> None:
    load(account(26))
    load.connection.execute(sa.text("UPDATE campaigns SET source = 'import', import_id = NULL"))
    later = with_late_conversions(with_new_names(account(26), {"Brand": "Brand 2"}), 4)
    load(later)

    assert sums(load.connection) == total(later)
    assert set(rows(load.connection, "source")) <= {"file", "import"}


def test_rows_of_earlier_versions_of_another_account_are_a_doubt(load: Importer) -> None:
    load(account(27))
    load.connection.execute(sa.text("UPDATE campaigns SET source = 'import', import_id = NULL"))

    assert load.refused(account(28)).doubts[0].kind == "account"
    load(account(28), mode="append")
    load(with_late_conversions(account(28), 1))
    assert sums(load.connection) == total([*account(27), *with_late_conversions(account(28), 1)])


def test_exports_by_month_that_overlap_count_once(load: Importer) -> None:
    whole = account(29, days=90)
    for first in (0, 28, 55):
        load(between(whole, first, first + 35))

    assert sums(load.connection) == total(whole)


def test_a_file_for_each_campaign_needs_a_word(load: Importer) -> None:
    for number, name in enumerate(("Brand", "Generic", "Retargeting", "Competitors")):
        part = only(account(30), lambda row, name=name: row.campaign == name)  # type: ignore[misc]
        if number:
            load.refused(part)
        load(part, mode="append" if number else "ask")

    assert sums(load.connection) == total(account(30))
    assert load(account(30)).rows_unchanged == 48


def test_files_of_one_account_column_are_sources_of_their_own(
    connection: sa.Connection, tmp_path: Path
) -> None:
    def save_with(name: str, rows: Export) -> Path:
        path = save(tmp_path / f"{name}.csv", rows, columns=["Account"])
        path.write_text(path.read_text().replace(",x\n", f",{name}\n"))
        return path

    import_file(connection, save_with("North", account(31)), channel="Search")
    import_file(connection, save_with("South", account(32)), channel="Search")
    import_file(connection, save_with("North", with_late_conversions(account(31), 2)), channel="Search")

    assert set(rows(connection, "source")) == {"North", "South"}
    assert sums(connection) == total([*with_late_conversions(account(31), 2), *account(32)])


def test_a_dry_run_tells_the_doubt_and_what_would_be_replaced(load: Importer) -> None:
    load(account(33))
    report = load(account(34), dry_run=True)

    assert [doubt.kind for doubt in report.doubts] == ["account"]
    assert report.import_id is None
    assert report.rows_updated == 48
    assert report.cost_before == total(account(33)).cost
    assert report.cost_after == total(account(34)).cost
    assert sums(load.connection) == total(account(33))


@pytest.mark.parametrize("mode", ["replace", "append"])
@pytest.mark.parametrize(
    "later", [account(38, days=9), with_new_names(account(38), {"Brand": "B"}), account(39)]
)
def test_a_preview_tells_the_sums_that_the_import_then_has(load: Importer, mode: str, later: Export) -> None:
    load(account(38))
    trial = load(later, mode=mode, dry_run=True)
    report = load(later, mode=mode)

    names = ("rows_imported", "rows_updated", "rows_unchanged", "rows_removed", "cost_after", "revenue_after")
    assert [getattr(trial, name) for name in names] == [getattr(report, name) for name in names]
