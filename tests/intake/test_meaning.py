"""What columns mean that their headings leave open: identity and details, results, the best formula."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake import ImportReport
from services.intake.column_kinds import ColumnKinds
from tests.intake.files import load, rows, sums

DAYS = [f"2026-09-{day:02}" for day in range(1, 11)]


def codes(report: ImportReport) -> list[str]:
    return [remark.code for remark in report.remarks]


def sentence(report: ImportReport, code: str) -> str:
    return next(remark.text.en for remark in report.remarks if remark.code == code)


# --- identity and details -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        *("Campaign status", "Budget", "Reach", "Frequency", "Last updated", "Bid strategy type"),
        *("Статус", "Tagesbudget", "Attribution setting", "Video views"),
    ],
)
def test_what_changes_is_kept_out_of_the_identity(
    connection: sa.Connection, tmp_path: Path, column: str
) -> None:
    lines = [f"{day},Search,Harbour,100,10,1,5.00,value {at}" for at, day in enumerate(DAYS)]
    report = load(
        connection,
        tmp_path,
        *lines,
        header=f"date,channel,campaign,impressions,clicks,conversions,cost,{column}",
    )

    assert report.attributes == {}
    assert list(report.details.values()) == [column]
    assert rows(connection, "attributes") == [{}] * len(DAYS)


HEADER = "date,channel,campaign,impressions,clicks,conversions,cost"


@pytest.mark.parametrize("values", [["on", "off"], ["12.5", "13.75"], ["warm", "cold"], ["10:15", "11:20"]])
def test_an_unknown_column_that_changes_from_day_to_day_is_a_detail(
    connection: sa.Connection, tmp_path: Path, values: list[str]
) -> None:
    lines = [f"{day},Search,Harbour,100,10,1,5.00,{values[at % 2]}" for at, day in enumerate(DAYS)]
    report = load(connection, tmp_path, *lines, header=f"{HEADER},Zustand")

    assert (report.attributes, report.details) == ({}, {"zustand": "Zustand"})


@pytest.mark.parametrize(
    "values", [["on", "off"], ["Pausiert", "Aktiv"], ["2026-09-15 08:00", "2026-09-15 09:00"]]
)
def test_a_status_is_a_detail_even_if_it_never_changed(
    connection: sa.Connection, tmp_path: Path, values: list[str]
) -> None:
    lines = [f"{day},Search,{at % 2},100,10,1,5.00,{values[at % 2]}" for at, day in enumerate(DAYS)]
    report = load(connection, tmp_path, *lines, header=f"{HEADER},Zustand")

    assert report.details == {"zustand": "Zustand"}


def test_an_unknown_column_that_stays_with_its_campaign_is_an_attribute(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = [f"{day},Search,{name},100,10,1,5.00,{name} music" for day in DAYS for name in ("A", "B")]
    report = load(connection, tmp_path, *lines, header=f"{HEADER},Stimmung")

    assert report.attributes == {"stimmung": "Stimmung"}


def test_an_unknown_column_that_tells_rows_of_one_day_apart_is_an_attribute(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = [f"{day},Search,A,100,10,1,5.00,{mood}" for day in DAYS for mood in ("calm", "loud")]
    report = load(connection, tmp_path, *lines, header=f"{HEADER},Stimmung")

    assert report.rows_imported == 20
    assert report.attributes == {"stimmung": "Stimmung"}


def test_figures_that_differ_within_a_day_are_no_identity(connection: sa.Connection, tmp_path: Path) -> None:
    lines = [
        f"{day},Search,A,100,10,1,5.00,{at}.{hour}" for at, day in enumerate(DAYS) for hour in range(10, 18)
    ]
    report = load(connection, tmp_path, *lines, header=f"{HEADER},Wert X")

    assert (report.rows_imported, report.rows_combined) == (10, 70)
    assert sums(connection).impressions == 8000


# --- derived figures ----------------------------------------------------------------------------------------


def test_clicks_times_cpc_come_before_conversions_times_their_price(
    connection: sa.Connection, tmp_path: Path
) -> None:
    report = load(
        connection,
        tmp_path,
        *("2026-09-01,A,1000,10,0.50,0,0", "2026-09-02,A,1000,20,0.50,1,10.00"),
        header="date,channel,impressions,clicks,avg. cpc,conversions,cost / conv.",
    )

    assert sums(connection).cost == Decimal(15)
    assert "15.00 in total" in sentence(report, "derivation_chosen")
    assert "10.00" in sentence(report, "derivation_chosen")
    assert "differ" not in sentence(report, "derivation_chosen")


def test_the_price_that_more_days_have_is_used(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection,
        tmp_path,
        *("2026-09-01,A,1000,10,,4.00", "2026-09-02,A,1000,20,0.20,4.00", "2026-09-03,A,2000,0,,4.00"),
        header="date,channel,impressions,clicks,cpc,cpm",
    )

    assert sums(connection).cost == Decimal(16)
    assert set(report.derived) == {"cost"}


def test_prices_that_disagree_are_told_with_both_sums(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection,
        tmp_path,
        *("2026-09-01,A,1000,10,0.50,8.00", "2026-09-02,A,1000,20,0.50,12.00"),
        header="date,channel,impressions,clicks,cpc,cpm",
    )

    assert "differ by more than rounding: 15.00 and 20.00" in sentence(report, "derivation_chosen")


@pytest.mark.parametrize("cost", ["Amount spent (AUD)", "Kosten (CHF)", "Spend US$", "Total Spent"])
def test_a_cost_under_another_name_is_never_derived(
    connection: sa.Connection, tmp_path: Path, cost: str
) -> None:
    report = load(
        connection,
        tmp_path,
        *("2026-09-01,A,1000,10,7.00,0,", "2026-09-02,A,1000,20,9.00,1,9.00"),
        header=f"date,channel,impressions,clicks,{cost},purchases,cost per purchase",
    )

    assert report.derived == {}
    assert sums(connection).cost == Decimal(16)


# --- results ------------------------------------------------------------------------------------------------

RESULTS = "date,channel,impressions,cost,results,result type"


def test_purchases_come_before_results(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, "2026-09-01,A,1000,7.00,1000,reach,3", header=f"{RESULTS},purchases")

    assert sums(connection).conversions == 3


def test_results_of_one_kind_are_conversions(connection: sa.Connection, tmp_path: Path) -> None:
    lines = ["2026-09-01,A,1000,7.00,3,Website purchases", "2026-09-02,A,1000,7.00,4,Website purchases"]
    report = load(connection, tmp_path, *lines, header=RESULTS)

    assert sums(connection).conversions == 7
    assert "Website purchases" in sentence(report, "results_used")


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (["Website purchases", "Reach"], "results_mixed"),
        (["Reach", "Reach"], "results_no_conversions"),
        (["Link clicks", "Link clicks"], "results_no_conversions"),
        (["ThruPlays", ""], "results_no_conversions"),
        (["", ""], "results_untyped"),
    ],
)
def test_other_results_are_no_conversions_and_the_report_asks(
    connection: sa.Connection, tmp_path: Path, kinds: list[str], code: str
) -> None:
    lines = [f"2026-09-0{at + 1},A,1000,7.00,300,{kind}" for at, kind in enumerate(kinds)]
    report = load(connection, tmp_path, *lines, header=RESULTS)

    assert "conversions" not in report.columns
    assert code in codes(report)
    assert "--map conversions=" in sentence(report, code)
    assert all(kind in sentence(report, code) for kind in kinds)


def test_results_without_a_type_are_no_conversions(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection, tmp_path, "2026-09-01,A,1000,7.00,300", header="date,channel,impressions,cost,results"
    )

    assert "results_untyped" in codes(report)


# --- attribution windows ------------------------------------------------------------------------------------


def test_the_chosen_attribution_window_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection,
        tmp_path,
        "2026-09-01,A,1000,7.00,14.50,20.50,1,2",
        header="date,channel,impressions,spend,7 Day Total Sales,14 Day Total Sales,7 Day Total Orders (#),"
        "14 Day Total Orders (#)",
    )

    assert (sums(connection).revenue, sums(connection).conversions) == (Decimal("14.5"), Decimal(1))
    assert codes(report).count("attribution_window") == 2


# --- details ------------------------------------------------------------------------------------------------


def test_details_stand_beside_the_row_and_a_later_file_replaces_them(
    connection: sa.Connection, tmp_path: Path
) -> None:
    header = "date,channel,campaign,impressions,cost,status,reach,budget"
    load(connection, tmp_path, "2026-09-01,A,Harbour,1000,7.00,Enabled,800,20.50", header=header)
    load(connection, tmp_path, '2026-09-01,A,Harbour,1000,7.00,"Paused ""now""",900,25', header=header)

    assert rows(connection, "attributes", "details") == [
        ({}, {"status": 'Paused "now"', "reach": 900, "budget": 25})
    ]


def test_a_file_without_details_has_none(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, "2026-09-01,A,1000,7.00", header="date,channel,impressions,cost")

    assert rows(connection, "details") == [None]


def test_rows_summed_to_one_keep_the_details_of_one(connection: sa.Connection, tmp_path: Path) -> None:
    lines = ["2026-09-01 08:00,A,1000,7.00,Enabled", "2026-09-01 09:00,A,1000,7.00,Paused"]
    load(connection, tmp_path, *lines, header="date,channel,impressions,cost,status")

    assert rows(connection, "impressions", "details")[0][0] == 2000
    assert rows(connection, "details")[0]["status"] in {"Enabled", "Paused"}


# --- several columns for one figure -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "used", "other"),
    [
        ("date,channel,clicks,cost,total spend", "cost", "total spend"),
        ("date,channel,clicks,amount spent (EUR),cost", "cost", "amount spent (EUR)"),
        ("date,channel,impressions,clicks (all),link clicks", "link clicks", "clicks (all)"),
    ],
)
def test_the_report_names_the_column_that_was_not_used(
    connection: sa.Connection, tmp_path: Path, header: str, used: str, other: str
) -> None:
    if "cost" not in header:
        header, line = f"{header},cost", "2026-09-01,A,7,5,3,1"
    else:
        line = "2026-09-01,A,7,5,3"
    report = load(connection, tmp_path, line, header=header)

    assert used in report.columns.values()
    assert f"“{other}”" in sentence(report, "column_chosen")


def test_an_empty_column_gives_way_to_a_filled_one(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection,
        tmp_path,
        *("2026-09-01,A,10,,5.50", "2026-09-02,A,10,-,4.50"),
        header="date,channel,clicks,cost,amount spent (EUR)",
    )

    assert sums(connection).cost == Decimal(10)
    assert report.columns["cost"] == "amount spent (EUR)"
    assert "“amount spent (EUR)” was read" in sentence(report, "column_chosen")


def test_evidence_on_many_columns_takes_little_memory() -> None:
    kinds = ColumnKinds((0,), {f"c{at}": at + 1 for at in range(400)})
    for block in range(20):
        campaigns = [f"{block}-{row}" for row in range(1_000)]
        kinds.add([campaigns] * 401, ["2026-09-01"] * 1_000)

    assert sum(map(len, kinds._pairs.values())) <= 1_500_000
    assert kinds.details([]) == set()
