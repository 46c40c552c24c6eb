"""What an import leaves in the table, and what its report says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.tables import campaign_days
from services.intake import import_file
from services.intake.failures import ChannelNameError, SumTooLargeError
from tests.intake.files import HEADER, ROW, load, rows, write


def test_the_same_file_twice_changes_nothing(connection: sa.Connection, tmp_path: Path) -> None:
    first = load(connection, tmp_path, ROW, ROW.replace("Instagram", "TikTok"))
    before = rows(connection, "id", "imported_at", "cost")
    second = load(connection, tmp_path, ROW, ROW.replace("Instagram", "TikTok"))

    assert (first.rows_imported, first.rows_updated, first.rows_unchanged) == (2, 0, 0)
    assert (second.rows_imported, second.rows_updated, second.rows_unchanged) == (0, 0, 2)
    assert rows(connection, "id", "imported_at", "cost") == before


@pytest.mark.parametrize(
    "rejected",
    [
        "never,Instagram,10.6,20,30,,—",
        "2025-03-01,,10.6,20,30,,—",
        "2025-02-30,Instagram,10.6,20,30,-5,",
        "?,Instagram,10.6,20,30,,much",
        ",Instagram,10.6,20.4,1e30,,",
        f"2025-03-01,{'x' * 300},10.6,20,30,,",
        "2025-03-01,Instagram,10.6,20,30,",
    ],
)
def test_what_is_odd_about_a_rejected_row_is_not_said_of_the_accepted_ones(
    connection: sa.Connection, tmp_path: Path, rejected: str
) -> None:
    odd = "2025-03-03,A,10.6,20,30,,1"
    few = load(connection, tmp_path, ROW, odd)
    more = load(connection, tmp_path, ROW, *[rejected] * 3, odd)

    assert more.rows_rejected == 3
    assert more.warnings == few.warnings
    assert len(few.warnings) == 4


def test_a_renamed_copy_changes_nothing(connection: sa.Connection, tmp_path: Path) -> None:
    import_file(connection, write(tmp_path, ROW, name="may.csv"))
    report = import_file(connection, write(tmp_path, ROW, name="copy of may.csv"))

    assert report.rows_unchanged == 1
    assert rows(connection, "source") == ["file"]


def test_a_corrected_file_corrects(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW, ROW.replace("-01,", "-02,"))
    report = load(connection, tmp_path, ROW.replace("20.50", "21.75"), ROW.replace("-01,", "-02,"))

    assert (report.rows_imported, report.rows_updated, report.rows_unchanged) == (0, 1, 1)
    assert rows(connection, "cost") == [Decimal("21.75"), Decimal("20.50")]


def test_hours_of_one_day_are_one_row(connection: sa.Connection, tmp_path: Path) -> None:
    hours = [f"2025-03-01 {hour:02}:00:00,Instagram,10,2,1,0.10,0.30" for hour in range(24)]
    report = load(connection, tmp_path, *hours)

    assert (report.rows_read, report.rows_imported, report.rows_combined) == (24, 1, 23)
    assert rows(connection, "date", "impressions", "cost", "revenue") == [
        (date(2025, 3, 1), 240, Decimal("2.4"), Decimal("7.2"))
    ]
    assert "Rows added to another one" in report.warnings[-1].en


def test_rows_with_other_attributes_are_other_rows(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, f"{ROW},Women", f"{ROW},Men", header=f"{HEADER},Audience")

    assert report.rows_imported == 2
    assert rows(connection, "attributes") == [{"audience": "Women"}, {"audience": "Men"}]


def test_rows_whose_attributes_have_changed_are_replaced(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, f"{ROW},7", header=f"{HEADER},Score")
    report = load(connection, tmp_path, f"{ROW},8", header=f"{HEADER},Score")

    assert (report.rows_imported, report.rows_removed) == (1, 1)
    assert rows(connection, "attributes", "cost") == [({"score": 8}, Decimal("20.5"))]


def test_attributes_are_numbers_or_words_whatever_the_rest_of_their_column_is(
    connection: sa.Connection, tmp_path: Path
) -> None:
    header = f"{HEADER},Score,Zip,Note,Duration"
    load(connection, tmp_path, f"{ROW},7.50,007,,15 Days", f'{ROW},n/a,10,"a  ""b"" \\n",15.0', header=header)

    assert rows(connection, "attributes") == [
        {"score": 7.5, "zip": "007", "duration": "15 Days"},
        {"score": "n/a", "zip": 10, "note": 'a "b" \\n', "duration": 15},
    ]


@pytest.mark.parametrize("bad", [[], ["nonsense"] * 9])
def test_rows_that_are_the_same_but_for_their_spelling_are_one(
    connection: sa.Connection, tmp_path: Path, bad: list[str]
) -> None:
    report = load(connection, tmp_path, f"{ROW},7.50", f"{ROW} , 7.5 ", *bad, header=f"{HEADER},Score")

    assert (report.rows_read, report.rows_imported, report.rows_combined) == (2 + len(bad), 1, 1)
    assert report.rows_rejected == len(bad)
    assert rows(connection, "cost", "attributes") == [(Decimal("41"), {"score": 7.5})]


def test_a_later_period_is_added_to_an_earlier_one(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW)
    report = load(connection, tmp_path, ROW.replace("-03-", "-04-"), ROW.replace("-03-", "-05-"))

    assert (report.rows_imported, report.rows_unchanged) == (2, 0)
    assert (report.date_from, report.date_to) == (date(2025, 4, 1), date(2025, 5, 1))
    assert report.totals["cost"] == Decimal("41")
    assert len(rows(connection, "id")) == 3


def test_names_survive_as_they_are(connection: sa.Connection, tmp_path: Path) -> None:
    names = ['Say "hi"', "Дзен", "🎯", "back\\slash\\n", "<script>alert(1)</script>", "a,b;c|d", "O'Brien"]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    report = load(connection, tmp_path, *(ROW.replace("Instagram", name) for name in quoted))

    assert set(rows(connection, "channel")) == set(names)
    assert set(report.channels) == set(names)


def test_spaces_around_and_within_names_are_tidied(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW.replace("Instagram", "  Google \t Ads "))

    assert rows(connection, "channel") == ["Google Ads"]


def test_without_a_campaign_column_a_channel_is_one_campaign(
    connection: sa.Connection, tmp_path: Path
) -> None:
    load(connection, tmp_path, ROW, ROW.replace("Instagram", "TikTok"))

    assert rows(connection, "campaign_id") == ["Instagram", "TikTok"]


def test_without_a_channel_column_the_file_name_is_the_channel(
    connection: sa.Connection, tmp_path: Path
) -> None:
    path = write(tmp_path, "2025-03-01,5,1", header="date,cost,clicks", name="Telegram.csv")
    report = import_file(connection, path)

    assert rows(connection, "channel") == ["Telegram"]
    assert "“Telegram”, after its name" in report.warnings[-1].en


def test_a_given_channel_is_used_where_the_file_names_none(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, ROW, ROW.replace("Instagram", ""), channel="Other ads")

    assert rows(connection, "channel") == ["Instagram", "Other ads"]
    assert "only where its cells are empty" in report.warnings[-1].en


def test_a_given_channel_names_a_file_without_a_channel_column(
    connection: sa.Connection, tmp_path: Path
) -> None:
    report = load(connection, tmp_path, "2025-03-01,5,1", header="date,cost,clicks", channel="VK")

    assert report.channels == ("VK",)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b"])
def test_an_impossible_channel_is_refused(connection: sa.Connection, tmp_path: Path, name: str) -> None:
    with pytest.raises(ChannelNameError):
        load(connection, tmp_path, ROW, channel=name)


def test_what_no_column_tells_is_not_recorded_and_said(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, "2025-03-01,TikTok,5.00,10", header="date,channel,cost,clicks")

    assert rows(connection, "impressions", "conversions", "revenue") == [(None, None, None)]
    assert [report.totals[name] for name in ("clicks", "revenue")] == [10, None]
    assert report.to_json()["totals"]["revenue"] is None
    assert [text.en.split(":")[0] for text in report.warnings] == [
        f"No column tells the {name}" for name in ("impressions", "conversions", "revenue")
    ]


def test_oddities_are_kept_and_reported(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection,
        tmp_path,
        "2025-03-01,A,10,20,30,1,1",
        "2025-03-02,A,10,2,3,1,1",
        "2025-03-03,A,10.6,2,1,,",
    )

    assert report.rows_imported == 3
    assert [text.en for text in report.warnings] == [
        "Rows with more clicks than impressions, kept as they are: 1.",
        "Rows with more conversions than clicks, kept as they are: 2.",
        "“cost”: empty cells read as 0: 1.",
        "“revenue”: empty cells read as 0: 1.",
        "“impressions”: fractions rounded to whole numbers: 1.",
    ]


def test_days_in_the_future_are_reported(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, ROW, ROW.replace("2025-", "2062-"))

    assert "The newest day of the file, 2062-03-01, is in the future" in report.warnings[-1].en
    assert report.rows_imported == 2


def test_a_channel_that_is_a_total_is_reported(connection: sa.Connection, tmp_path: Path) -> None:
    others = [
        f"2025-03-01,{name},70,{number},1,3.25,9" for number, name in ((1, "Итого:"), (2, "Grand  total"))
    ]
    report = load(connection, tmp_path, ROW, *others)
    alone = load(connection, tmp_path, others[0].replace("-03-", "-04-"))

    told = [remark.text.en.split("”")[0] for remark in report.remarks if remark.code == "channel_of_totals"]
    assert told == ["Channel “Grand total", "Channel “Итого:"]
    assert alone.warnings == ()


def test_sums_beyond_the_table_are_refused(connection: sa.Connection, tmp_path: Path) -> None:
    huge = ROW.replace("1000", "9" * 18)

    with pytest.raises(SumTooLargeError):
        load(connection, tmp_path, *[huge] * 10)
    assert rows(connection, "id") == []


def test_a_dry_run_reports_and_changes_nothing(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, ROW, "bad", dry_run=True)

    assert (report.rows_imported, report.rows_rejected, report.rejects_file) == (1, 1, None)
    assert rows(connection, "id") == []
    assert [path.name for path in tmp_path.iterdir()] == ["campaigns.csv"]


def test_the_daily_sums_follow(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW, ROW)

    found = connection.execute(sa.select(campaign_days.c.channel, campaign_days.c.cost)).all()
    assert [tuple(row) for row in found] == [("Instagram", Decimal("41.0000"))]


def test_progress_goes_through_the_stages(connection: sa.Connection, tmp_path: Path) -> None:
    seen: list[Any] = []
    load(connection, tmp_path, *[ROW] * 5_000, on_progress=seen.append)

    assert list(dict.fromkeys(progress.stage for progress in seen)) == ["look", "read", "store"]
    assert all(0 < progress.done <= progress.total for progress in seen)
    assert seen[-1].rows == 5_000


def test_a_report_keeps_its_promised_names(connection: sa.Connection, tmp_path: Path) -> None:
    entry = load(connection, tmp_path, ROW).to_json()

    assert entry["file"] == str(tmp_path / "campaigns.csv")
    assert {"rows_read", "rows_imported", "rows_updated", "rows_rejected", "channels"} <= entry.keys()
    assert (entry["date_from"], entry["date_to"], entry["rejects_file"]) == ("2025-03-01", "2025-03-01", None)
