"""The channel of a file without a channel column: the name of the file, else that of the platform."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake import import_file
from tests.intake.files import rows, write

META = (
    "Reporting starts,Reporting ends,Campaign name,Campaign delivery,Impressions,Link clicks,"
    "Amount spent (EUR)"
)
GOOGLE = "Day,Campaign,Campaign state,Impr.,Clicks,Avg. CPC,Cost"
LINES = {
    META: "2026-09-0{0},2026-09-0{0},Brand,active,{0}00,{0}0,{0}.50",
    GOOGLE: "2026-09-0{0},Brand,Enabled,{0}00,{0}0,0.15,{0}.50",
}


def _channels(
    connection: sa.Connection, folder: Path, header: str, name: str, line: str | None = None
) -> set[str]:
    lines = [(line or LINES[header]).format(day) for day in range(1, 7)]
    import_file(connection, write(folder, *lines, header=header, name=name))
    return set(rows(connection, "channel"))


@pytest.mark.parametrize(
    "name",
    [
        "Untitled-report-Sep-1-2026-to-Sep-12-2026.csv",
        "Campaigns Sep 1, 2026 – Sep 12, 2026.csv",
        "report.csv",
        "report (3).csv",
        "Campaign report (1).csv",
        "export_2026-09-12.csv",
        "20260912.csv",
        "download.csv",
        "отчет по дням.csv",
        "kampagnenbericht.csv",
    ],
)
def test_the_name_of_a_download_gives_way_to_the_platform(
    connection: sa.Connection, tmp_path: Path, name: str
) -> None:
    assert _channels(connection, tmp_path, META, name) == {"Meta"}


@pytest.mark.parametrize(
    "name", ["Brand search", "meta", "Search", "agency_north", "Ретаргетинг", "report north"]
)
@pytest.mark.parametrize("header", [META, GOOGLE])
def test_a_name_that_says_something_is_the_channel(
    connection: sa.Connection, tmp_path: Path, header: str, name: str
) -> None:
    assert _channels(connection, tmp_path, header, f"{name}.csv") == {name}


def test_two_downloads_are_one_channel(connection: sa.Connection, tmp_path: Path) -> None:
    _channels(connection, tmp_path, GOOGLE, "Untitled report Sep 1 2026.csv")

    assert _channels(connection, tmp_path, GOOGLE, "Untitled report Sep 2 2026.csv") == {"Google Ads"}
    assert len(rows(connection, "id")) == 6


def test_a_channel_that_is_there_keeps_its_name(connection: sa.Connection, tmp_path: Path) -> None:
    lines = [LINES[META].format(day) for day in range(1, 7)]
    path = write(tmp_path, *lines, header=META, name="report.csv")
    import_file(connection, path, channel="report")

    import_file(connection, path)

    assert set(rows(connection, "channel")) == {"report"}


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Date,Campaign,Impressions,Clicks,Cost", "2026-09-0{0},A,{0}00,{0}0,{0}.5"),
        (
            "Campaign start date,Day,Campaign,Impressions,Clicks,Cost",
            "2026-01-01,2026-09-0{0},A,{0}00,{0}0,{0}.5",
        ),
        (
            "Date,Campaign,Viewable impressions,Impressions,Clicks,Cost",
            "2026-09-0{0},A,{0}0,{0}00,{0}0,{0}.5",
        ),
        (
            "Date,Session campaign,Ads impressions,Ads clicks,Ads cost,Sessions,Key events",
            "2026090{0},A,{0}00,{0}0,{0}.5,5,1",
        ),
    ],
)
def test_files_of_no_certain_platform_are_called_by_their_name(
    connection: sa.Connection, tmp_path: Path, header: str, line: str
) -> None:
    assert _channels(connection, tmp_path, header, "report.csv", line) == {"report"}
