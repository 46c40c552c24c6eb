"""CSV that Excel opens in columns and numbers, with the settings of the reader's language."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from demetra_dash.api.csv_export import csv_lines, excel_bytes
from services.dashboards import DASHBOARDS
from services.dashboards.spec import Dashboard
from services.reports.content import Heading, Table
from services.text import LANGS, Lang
from tests.api.filling import publish_first

SEPARATORS: dict[Lang, str] = {"en": ",", "ru": ";"}
TABLE = Table(
    "Anything",
    (
        Heading("Day", "date", "date"),
        Heading("=Channel", "text", "channel"),
        Heading("Spend", "money", "cost"),
        Heading("ROI", "percent", "roi"),
        Heading("Clicks", "count", "clicks"),
        Heading("Conversions", "number", "conversions"),
    ),
    (
        (date(2026, 11, 30), "=1+1; Google", Decimal("1234567.891"), -0.19449, 12, 6.25),
        (date(2026, 12, 1), 'Ads, "brand"', None, None, None, None),
    ),
)


def read(content: bytes, lang: Lang) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATORS[lang]))


@pytest.mark.parametrize(
    ("lang", "cells"),
    [
        ("en", ["1234567.89", "-19.45%", "12", "6.25"]),
        ("ru", ["1234567,89", "-19,45%", "12", "6,25"]),
    ],
)
def test_numbers_are_in_the_notation_of_the_language(lang: Lang, cells: list[str]) -> None:
    content = excel_bytes(TABLE, "EUR", lang)

    heading, first, second = read(content, lang)
    assert content.startswith(b"\xef\xbb\xbf")
    assert heading == ["Day", "'=Channel", "Spend, EUR", "ROI", "Clicks", "Conversions"]
    assert [first[0], *first[2:]] == ["2026-11-30", *cells]
    assert first[1].startswith("'=1+1")
    assert second == ["2026-12-01", 'Ads, "brand"', "", "", "", ""]


@pytest.fixture
def first_run(engine: sa.Engine) -> int:
    with engine.begin() as connection:
        return publish_first(connection)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("spec", DASHBOARDS, ids=lambda spec: spec.slug)
def test_a_dashboard_for_excel_has_the_titles_and_rows_of_the_page(
    reader: FlaskClient, first_run: int, spec: Dashboard, lang: Lang
) -> None:
    path = f"/api/ml-dashboard/{spec.slug}/data"
    rows: list[dict[str, Any]] = reader.get(path).get_json()["rows"]

    answer = reader.get(f"{path}?format=csv&excel=1&lang={lang}")

    heading, *cells = read(answer.data, lang)
    assert answer.headers["Content-Language"] == lang
    assert answer.headers["Demetra-Run"] == str(first_run)
    assert heading[0] == spec.columns[0].title[lang]
    assert len(heading) == len(spec.columns)
    assert len(cells) == len(rows) > 0
    assert all(len(row) == len(heading) for row in cells)


def test_the_language_of_the_installation_is_the_usual_one(reader: FlaskClient, first_run: int) -> None:
    answer = reader.get("/api/ml-dashboard/roi-forecast/data?excel=1")

    assert answer.headers["Content-Language"] == "en"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="demetra-roi-forecast.csv"'


@pytest.mark.parametrize("lang", LANGS)
def test_a_breakdown_for_excel_has_the_rows_of_the_csv(
    reader: FlaskClient, first_run: int, lang: Lang
) -> None:
    plain = read(reader.get("/api/breakdown.csv?by=channel").data, "en")

    for_excel = read(reader.get(f"/api/breakdown.csv?by=channel&excel=1&lang={lang}").data, lang)

    assert len(for_excel) == len(plain)
    assert len(for_excel[0]) == len(plain[0])
    assert for_excel[0] != plain[0]


def test_an_export_for_excel_has_the_cells_of_the_plain_one(reader: FlaskClient, first_run: int) -> None:
    address = "/api/export/campaign-days.csv"
    heading, *plain = read(reader.get(address).data, "en")

    heading_again, *russian = read(reader.get(f"{address}?excel=1&lang=ru").data, "ru")
    cost = heading.index("cost")

    assert heading_again == heading
    assert len(russian) == len(plain) > 0
    assert [row[cost].replace(",", ".") for row in russian] == [row[cost] for row in plain]
    assert not any("." in row[cost] for row in russian)


def test_lines_for_excel_have_the_separator_and_the_decimal_sign() -> None:
    rows = [("Google; Ads", "1234.5", None), ("v1.2", "7", "0.25")]

    assert csv_lines(rows, (0,), (1, 2), "ru") == b'"Google; Ads";1234,5;\r\nv1.2;7;0,25\r\n'
    assert csv_lines(rows, (0,), (1, 2)) == b"Google; Ads,1234.5,\r\nv1.2,7,0.25\r\n"
