"""The public sample files import as they are. They are not part of the repository."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from services.intake import import_file
from services.intake.report import ImportReport
from tests.intake.files import SHARED, Sums, added, rows, sums

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the sample files are not at {SHARED}")


def records(name: str, delimiter: str = ",") -> list[dict[Any, Any]]:
    with (SHARED / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def load(connection: sa.Connection, name: str) -> ImportReport:
    return import_file(connection, SHARED / name)


def test_the_hourly_file_agrees_to_the_cent(connection: sa.Connection) -> None:
    report = load(connection, "campaigns_hourly_10k.csv")

    names = ("Impressions", "Clicks", "Conversions", "Cost", "Revenue")
    figures = ([Decimal(row[name]) for name in names] for row in records("campaigns_hourly_10k.csv"))
    assert (report.rows_read, report.rows_imported, report.rows_rejected) == (10_000, 10_000, 0)
    assert sums(connection) == added(figures)


def test_the_file_of_twenty_rows_turns_ratios_into_counts(connection: sa.Connection) -> None:
    report = load(connection, "social_media_20.csv")

    assert (report.rows_imported, set(report.derived)) == (20, {"conversions", "revenue"})
    assert sums(connection).cost == 20 * 500
    assert sums(connection).conversions == sum(
        Decimal(row["Clicks"]) * Decimal(row["Conversion_Rate"]) for row in records("social_media_20.csv")
    )


def test_the_semicolon_file_takes_cpa_as_the_cost_and_says_so(connection: sa.Connection) -> None:
    report = load(connection, "social_media_ads_semicolon.csv")

    whole = records("social_media_ads_semicolon.csv", ";")
    cost = [Decimal(row["CPA"]) for row in whole]
    expected = Sums(
        impressions=sum(int(row["Impressions"]) for row in whole),
        clicks=sum(int(row["Clicks"]) for row in whole),
        conversions=sum(
            (Decimal(row["Clicks"]) * Decimal(row["Conversion_Rate"]) for row in whole), Decimal(0)
        ),
        cost=sum(cost, Decimal(0)),
        revenue=sum(
            (spent * (1 + Decimal(row["ROI"])) for spent, row in zip(cost, whole, strict=True)), Decimal(0)
        ),
    )
    assert sums(connection) == expected
    assert "“CPA” was read as the amount that a campaign has cost" in report.warnings[0].en


def test_attributes_are_kept_under_tidy_names(connection: sa.Connection) -> None:
    load(connection, "social_media_20.csv")

    (first,) = (row for row in rows(connection, "campaign_id", "attributes") if row[0] == "529013")
    assert first[1] == {
        "audience": "Men 35-44",
        "goal": "Product Launch",
        "duration": "15 Days",
        "region": "Las Vegas",
        "language": "Spanish",
        "engagement_score": 7,
        "segment": "Health",
        "duration_days": 15,
    }


def test_all_three_files_live_together_and_come_twice_without_a_trace(connection: sa.Connection) -> None:
    names = sorted(path.name for path in SHARED.glob("*.csv"))
    first = [load(connection, name) for name in names]
    second = [load(connection, name) for name in names]

    assert sum(report.rows_imported for report in first) == len(rows(connection, "id"))
    assert [(report.rows_imported, report.rows_updated) for report in second] == [(0, 0)] * len(names)
