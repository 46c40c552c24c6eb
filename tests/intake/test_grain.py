"""Rows of weeks and months go to their days, and their sums stay exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import ImportReport, import_file
from services.intake.failures import AllRowsRejectedError, PeriodsTooManyError
from services.intake.grain import NOT_RECORDED, parts
from services.intake.spread_channels import spread_channels
from tests.intake.files import rows, sums, write

HEADER = "Date,Channel,Campaign,Impressions,Clicks,Conversions,Cost,Revenue"
REST = ",Search,Harbour,700,70,7,70.07,140"
MONDAY = date(2025, 3, 3)


def load(
    connection: sa.Connection, folder: Path, dates: Sequence[str], header: str = HEADER, **options: Any
) -> ImportReport:
    return import_file(
        connection, write(folder, *(f"{one}{REST}" for one in dates), header=header), **options
    )


def days_of(connection: sa.Connection) -> list[date]:
    return sorted(set(rows(connection, "date")))


def weeks(first: date, number: int) -> list[date]:
    return [first + timedelta(weeks=n) for n in range(number)]


def run_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize(
    "text", ["0", "7", "100", "13", "70.07", "0.01", "-5.03", "1.2345", "0.0001", "99999.99"]
)
@pytest.mark.parametrize("days", [1, 2, 7, 28, 31])
@pytest.mark.parametrize("is_money", [True, False])
def test_parts_add_up_and_are_even(text: str, days: int, is_money: bool) -> None:
    found = [Decimal(part) for part in parts(text, days, is_money=is_money)]

    assert len(found) == days
    assert sum(found) == Decimal(text)
    assert max(found) - min(found) <= Decimal("0.01") or not is_money
    assert max(found) - min(found) <= 1


def test_what_is_not_recorded_stays_so() -> None:
    assert parts(NOT_RECORDED, 3, is_money=True) == [NOT_RECORDED] * 3


@pytest.mark.parametrize("heading", ["Week", "Week start", "Woche", "Semaine", "Неделя", "Hafta", "Tydzień"])
@pytest.mark.parametrize("number", [1, 2, 9])
def test_a_heading_says_week(connection: sa.Connection, tmp_path: Path, heading: str, number: int) -> None:
    found = weeks(MONDAY, number)

    report = load(connection, tmp_path, [str(day) for day in found], HEADER.replace("Date", heading))

    assert days_of(connection) == run_of(MONDAY, found[-1] + timedelta(days=6))
    assert (report.date_from, report.date_to) == (MONDAY, found[-1] + timedelta(days=6))
    assert list(sums(connection)) == [one * number for one in (700, 70, 7, Decimal("70.07"), 140)]
    assert set(rows(connection, "grain")) == {"week"}
    assert {one.code: one.count for one in report.remarks}["spread_weeks"] == number


@pytest.mark.parametrize("heading", ["Month", "Monat", "Mois", "Mes", "Месяц", "Ay", "Miesiąc"])
@pytest.mark.parametrize("written", ["%Y-%m-01", "%Y-%m", "%B %Y", "%b %Y", "%m/%Y", "%m/01/%Y"])
def test_a_heading_says_month(connection: sa.Connection, tmp_path: Path, heading: str, written: str) -> None:
    found = [date(2025, month, 1).strftime(written) for month in (1, 2, 3)]

    load(connection, tmp_path, found, HEADER.replace("Date", heading))

    assert days_of(connection) == run_of(date(2025, 1, 1), date(2025, 3, 31))
    assert sums(connection).cost == Decimal("210.21")
    assert set(rows(connection, "grain")) == {"month"}


WAYS: dict[str, Callable[[date], str]] = {
    "range": lambda day: f"{day} - {day + timedelta(days=6)}",
    "us range": lambda day: f"{day:%m/%d/%Y} - {day + timedelta(days=6):%m/%d/%Y}",
    "named range": lambda day: f"{day:%d %b %Y} – {day + timedelta(days=6):%d %b %Y}",
    "iso week": lambda day: "{}-W{:02}".format(*day.isocalendar()[:2]),
    "german week": lambda day: "KW {1} {0}".format(*day.isocalendar()[:2]),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [1, 4])
def test_the_dates_say_week(connection: sa.Connection, tmp_path: Path, way: str, number: int) -> None:
    found = weeks(MONDAY, number)

    load(connection, tmp_path, [WAYS[way](day) for day in found])

    assert days_of(connection) == run_of(MONDAY, found[-1] + timedelta(days=6))
    assert sums(connection).cost == Decimal("70.07") * number


@pytest.mark.parametrize(
    ("first", "last"),
    [("Reporting starts", "Reporting ends"), ("Berichtsstart", "Berichtsende"), ("Start date", "End date")],
)
def test_a_column_of_last_days_says_how_long_a_row_is(
    connection: sa.Connection, tmp_path: Path, first: str, last: str
) -> None:
    header = HEADER.replace("Date", f"{first},{last}")

    load(connection, tmp_path, ["2025-05-01,2025-05-31", "2025-06-01,2025-06-30"], header)

    assert days_of(connection) == run_of(date(2025, 5, 1), date(2025, 6, 30))
    assert sums(connection).cost == Decimal("140.14")
    assert not any(rows(connection, "attributes"))


def test_equal_first_and_last_days_are_days(connection: sa.Connection, tmp_path: Path) -> None:
    header = HEADER.replace("Date", "Reporting starts,Reporting ends")

    report = load(connection, tmp_path, [f"{day},{day}" for day in weeks(MONDAY, 3)], header)

    assert days_of(connection) == weeks(MONDAY, 3)
    assert report.rows_read == 3


@pytest.mark.parametrize(
    "shape",
    [
        "{0} 00:00:00,{1} 00:00:00",
        "{0}T00:00:00Z,{1}T00:00:00Z",
        "{0:%m/%d/%Y} 12:00 AM,{1:%m/%d/%Y} 12:00 AM",
    ],
)
@pytest.mark.parametrize("length", [1, 7])
@pytest.mark.parametrize("number", [1, 5])
def test_a_row_that_ends_at_midnight_does_not_have_the_next_day(
    connection: sa.Connection, tmp_path: Path, shape: str, length: int, number: int
) -> None:
    starts = [date(2025, 3, 17) + timedelta(days=at * length) for at in range(number)]
    ends = [day + timedelta(days=length) for day in starts]
    header = HEADER.replace("Date", "Start time,End time")

    load(connection, tmp_path, [shape.format(*pair) for pair in zip(starts, ends, strict=True)], header)

    assert days_of(connection) == run_of(starts[0], ends[-1] - timedelta(days=1))
    assert set(rows(connection, "grain")) == {"day" if length == 1 else "week"}
    assert sums(connection).cost == Decimal("70.07") * number


@pytest.mark.parametrize("length", [1, 7, 14])
def test_periods_that_end_where_the_next_ones_begin_share_no_day(
    connection: sa.Connection, tmp_path: Path, length: int
) -> None:
    starts = [MONDAY + timedelta(days=at * length) for at in range(5)]
    header = HEADER.replace("Date", "Start date,End date")

    load(connection, tmp_path, [f"{day},{day + timedelta(days=length)}" for day in starts], header)

    assert days_of(connection) == run_of(MONDAY, MONDAY + timedelta(days=5 * length - 1))


def test_rolling_weeks_have_their_last_days(connection: sa.Connection, tmp_path: Path) -> None:
    header = HEADER.replace("Date", "Start date,End date")
    starts = [MONDAY + timedelta(days=at) for at in range(10)]

    load(connection, tmp_path, [f"{day},{day + timedelta(days=6)}" for day in starts], header)

    assert max(rows(connection, "date")) == starts[-1] + timedelta(days=6)


@pytest.mark.parametrize("first", [MONDAY, MONDAY + timedelta(days=6)])
def test_steps_of_a_week_say_week(connection: sa.Connection, tmp_path: Path, first: date) -> None:
    report = load(connection, tmp_path, [str(day) for day in weeks(first, 6)])

    assert days_of(connection) == run_of(first, first + timedelta(days=41))
    assert any(one.code == "grain_by_steps" for one in report.remarks)


def test_fewer_weeks_are_enough_for_several_campaigns(connection: sa.Connection, tmp_path: Path) -> None:
    lines = [f"{day},Search,{name},7,7,7,7,7" for day in weeks(MONDAY, 5) for name in ("A", "B")]

    import_file(connection, write(tmp_path, *lines, header=HEADER))

    assert len(rows(connection, "id")) == 70


def test_too_many_days_are_refused(
    connection: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.importing._MOST_WRITTEN", 20)

    with pytest.raises(PeriodsTooManyError, match="more than 20 campaign days"):
        load(connection, tmp_path, ["2025-03"], HEADER.replace("Date", "Month"))


def test_steps_of_a_month_say_month(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"])

    assert days_of(connection) == run_of(date(2025, 1, 1), date(2025, 4, 30))


DAILY = {
    "few days": run_of(MONDAY, MONDAY + timedelta(days=3)),
    "two Mondays": weeks(MONDAY, 2),
    "five Mondays": weeks(MONDAY, 5),
    "Mondays and one other day": [*weeks(MONDAY, 9), MONDAY + timedelta(days=2)],
    "two first days of months": [date(2025, 1, 1), date(2025, 2, 1)],
    "some Mondays": [MONDAY + timedelta(weeks=n) for n in (0, 2, 5, 6, 9, 13)],
    "working days": [day for day in run_of(MONDAY, MONDAY + timedelta(days=25)) if day.weekday() < 5],
    "every tenth day": [MONDAY + timedelta(days=10 * n) for n in range(9)],
}


@pytest.mark.parametrize("kind", DAILY)
def test_rows_of_days_stay_days(connection: sa.Connection, tmp_path: Path, kind: str) -> None:
    load(connection, tmp_path, [str(day) for day in DAILY[kind]])

    assert days_of(connection) == sorted(DAILY[kind])
    assert set(rows(connection, "grain")) == {"day"}


def test_a_campaign_of_mondays_among_daily_ones_stays_daily(
    connection: sa.Connection, tmp_path: Path
) -> None:
    daily = [f"{day},Search,Every day,1,1,1,1,1" for day in run_of(MONDAY, MONDAY + timedelta(days=60))]
    mondays = [f"{day},Search,Mondays,1,1,1,1,1" for day in weeks(MONDAY, 9)]

    import_file(connection, write(tmp_path, *daily, *mondays, header=HEADER))

    assert len(rows(connection, "id")) == 61 + 9


@pytest.mark.parametrize("step", [7, 0])
def test_a_channel_with_rows_of_days_has_days_in_the_next_file(
    connection: sa.Connection, tmp_path: Path, step: int
) -> None:
    daily = [f"{day},Search,Every day,1,1,1,1,1" for day in run_of(MONDAY, MONDAY + timedelta(days=60))]
    import_file(connection, write(tmp_path, *daily, header=HEADER))
    later = MONDAY + timedelta(days=70)
    found = weeks(later, 8) if step else [date(2025, month, 1) for month in range(7, 12)]
    lines = [f"{day},Search,Seldom,1,1,1,1,1" for day in found]

    report = import_file(connection, write(tmp_path, *lines, header=HEADER, name="later.csv"))

    assert set(rows(connection, "grain")) == {"day"}
    assert len(rows(connection, "id")) == 61 + len(found)
    assert "grain_as_stored" in {one.code for one in report.remarks}


def test_a_channel_of_weeks_read_as_days_is_no_daily_one(connection: sa.Connection, tmp_path: Path) -> None:
    lines = [f"{day},Search,Mondays,1,1,1,1,1" for day in weeks(MONDAY, 9)]
    import_file(connection, write(tmp_path, *lines, header=HEADER), grain="day")

    report = import_file(connection, write(tmp_path, *lines, header=HEADER), dry_run=True)

    assert "grain_as_stored" not in {one.code for one in report.remarks}


@pytest.mark.parametrize(("grain", "number"), [("day", 6), ("week", 42), ("month", 59)])
def test_the_user_has_the_last_word(
    connection: sa.Connection, tmp_path: Path, grain: str, number: int
) -> None:
    found = [str(day) for day in weeks(date(2025, 3, 3), 6)]

    load(connection, tmp_path, found, grain=grain)

    assert len(days_of(connection)) == number or grain == "month"
    assert sums(connection).cost == Decimal("70.07") * 6


def test_a_row_is_not_spread_beyond_the_end_of_the_report(connection: sa.Connection, tmp_path: Path) -> None:
    above = "Report: February 1, 2025 - March 16, 2025"

    load(connection, tmp_path, ["2025-02", "2025-03"], f"{above}\n{HEADER.replace('Date', 'Month')}")

    assert days_of(connection) == run_of(date(2025, 2, 1), date(2025, 3, 16))
    assert sums(connection).cost == Decimal("140.14")


def test_a_row_is_not_spread_into_the_future(connection: sa.Connection, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()

    load(connection, tmp_path, [f"{today:%Y-%m}"])

    assert days_of(connection) == run_of(today.replace(day=1), today)


def test_a_row_of_a_year_is_refused(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(AllRowsRejectedError, match="365 days; export by day"):
        load(connection, tmp_path, ["2024-01-02 - 2024-12-31"])


def test_a_row_for_each_campaign_over_thirty_days_is_spread_with_a_word(
    connection: sa.Connection, tmp_path: Path
) -> None:
    header = HEADER.replace("Date", "Reporting starts,Reporting ends")

    report = load(connection, tmp_path, ["2025-05-03,2025-06-01"], header)

    assert len(days_of(connection)) == 30
    assert any(one.code == "spread_months" for one in report.remarks)


def test_a_weekly_file_that_is_imported_again_changes_nothing(
    connection: sa.Connection, tmp_path: Path
) -> None:
    found = [str(day) for day in weeks(MONDAY, 6)]
    load(connection, tmp_path, found)
    before = rows(connection, "date", "cost", "clicks")

    report = load(connection, tmp_path, found)

    assert rows(connection, "date", "cost", "clicks") == before
    assert report.rows_unchanged == 42


row = st.tuples(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 500), st.integers(0, 10**7))


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(
    st.lists(row, min_size=6, max_size=12),
    st.sampled_from(["Week", "steps", *WAYS]),
    st.sampled_from(["Search", "Social"]),
)
def test_a_weekly_file_has_the_sums_of_its_rows_on_every_week(
    connection: sa.Connection,
    tmp_path_factory: pytest.TempPathFactory,
    figures: list[tuple[int, ...]],
    way: str,
    channel: str,
) -> None:
    write_day = WAYS.get(way, date.isoformat)
    lines = [
        f"{write_day(day)},{channel},Harbour,{n},{c},{v},{Decimal(m) / 100},{Decimal(m) / 50}"
        for day, (n, c, v, m) in zip(weeks(MONDAY, len(figures)), figures, strict=True)
    ]
    header = HEADER.replace("Date", "Week") if way == "Week" else HEADER

    with connection.begin_nested() as savepoint:
        import_file(connection, write(tmp_path_factory.mktemp("law"), *lines, header=header))
        found = rows(connection, "date", "impressions", "clicks", "conversions", "cost")
        savepoint.rollback()

    assert [one[0] for one in found] == run_of(MONDAY, MONDAY + timedelta(days=7 * len(figures) - 1))
    by_week = [list(days) for _, days in groupby(found, key=lambda one: (one[0] - MONDAY).days // 7)]
    for days, (n, c, v, m) in zip(by_week, figures, strict=True):
        assert [sum(day[at] for day in days) for at in range(1, 5)] == [n, c, v, Decimal(m) / 100]


def test_channels_of_weeks_and_months_are_known(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, [str(day) for day in weeks(MONDAY, 6)])
    month = write(
        tmp_path, "2025-04,Video,Meadow,1,1,1,1,1", header=HEADER.replace("Date", "Month"), name="m.csv"
    )
    import_file(connection, month)
    import_file(connection, write(tmp_path, "2025-04-01,Social,Hill,1,1,1,1,1", header=HEADER, name="d.csv"))

    assert spread_channels(connection) == {"Search": "week", "Video": "month"}


def test_a_daily_export_of_the_same_days_takes_the_place_of_weeks(
    connection: sa.Connection, tmp_path: Path
) -> None:
    found = weeks(MONDAY, 6)
    load(connection, tmp_path, [str(day) for day in found])
    daily = [
        f"{day},Search,Harbour,100,10,1,10.01,20" for day in run_of(MONDAY, found[-1] + timedelta(days=6))
    ]

    import_file(connection, write(tmp_path, *daily, header=HEADER, name="daily.csv"), mode="replace")

    assert spread_channels(connection) == {}
    assert sums(connection).cost == Decimal("420.42")
