"""Reports over HTTP: each kind of file is opened with another library, and says what the API says."""

from __future__ import annotations

import io
import subprocess
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pptx import Presentation
from pypdf import PdfReader

from demetra_dash import reporting
from demetra_dash.settings import Settings
from layouts.worth import ATTRIBUTED
from services.reports.making import FILE_KINDS, MEDIA_TYPES
from services.text import LANGS
from tests.api.clients import client_on
from tests.api.filling import CHANNELS, RECOMMENDATION


def fetched(reader: FlaskClient, kind: str, **query: object) -> bytes:
    answer = reader.get(f"/api/report.{kind}", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return bytes(answer.data)


def book(reader: FlaskClient, **query: object) -> Any:
    return openpyxl.load_workbook(io.BytesIO(fetched(reader, "xlsx", **query)))


def texts(shape: Any) -> list[str]:
    found = [shape.text_frame.text] if shape.has_text_frame else []
    if shape.has_table:
        found += [cell.text for row in shape.table.rows for cell in row.cells]
    return found


def said(deck: Any) -> str:
    return "\n".join(text for slide in deck.slides for shape in slide.shapes for text in texts(shape))


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_a_report_is_a_file_of_its_kind_to_save(reader: FlaskClient, run_id: int, kind: str) -> None:
    answer = reader.get(f"/api/report.{kind}?lang=ru")

    assert answer.content_type == MEDIA_TYPES[kind]  # type: ignore[index]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="demetra-report.{kind}"'
    assert answer.headers["Content-Language"] == "ru"
    assert answer.headers["Demetra-Run"] == str(run_id)


def test_the_workbook_has_the_numbers_of_the_api(reader: FlaskClient) -> None:
    kpis = {one["name"]: one["value"] for one in reader.get("/api/overview?days=7").get_json()["kpis"]}
    sheet = book(reader, days=7)["Summary"]

    shown = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=6, max_row=11)}
    assert shown["Spend, EUR"] == pytest.approx(kpis["spend"], abs=1e-9)
    assert shown["ROI"] == pytest.approx(kpis["roi"])
    assert shown["CTR"] == pytest.approx(kpis["ctr"])
    assert shown["Conversions"] == pytest.approx(kpis["conversions"])


def test_every_row_of_every_table_is_in_the_workbook(reader: FlaskClient) -> None:
    rows = reader.get("/api/ml-dashboard/roi-timeseries/data").get_json()["rows"]
    sheet = book(reader)["ROI and conversion"]

    assert sheet.max_row == len(rows) + 1
    assert [cell.value for cell in sheet[2]][1] == rows[0]["channel"]
    assert sheet[2][0].value.date().isoformat() == rows[0]["date"]


def test_a_name_like_a_formula_stays_a_text(reader: FlaskClient) -> None:
    sheet = book(reader)["Channels"]

    named = {row[0].value: row[0].data_type for row in sheet.iter_rows(min_row=2)}
    assert named == dict.fromkeys(CHANNELS, "s")


def test_the_plan_of_the_workbook_computes(reader: FlaskClient) -> None:
    sheet = book(reader)["Plan"]
    rows = reader.get("/api/ml-dashboard/budget-recommendations/data").get_json()["rows"]

    last = len(rows) + 2
    assert sheet.cell(2, 4).value == "=C2-B2"
    assert sheet.cell(last, 3).value == f"=SUM(C2:C{last - 1})"
    assert [sheet.cell(place, 3).value for place in range(2, last)] == [
        pytest.approx(row["recommended_budget"]) for row in rows
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_slides_and_document_say_what_the_run_recommends(reader: FlaskClient, lang: str) -> None:
    deck = Presentation(io.BytesIO(fetched(reader, "pptx", lang=lang)))
    pdf = PdfReader(io.BytesIO(fetched(reader, "pdf", lang=lang)))
    sentence, evidence = (RECOMMENDATION[part][lang] for part in ("sentence", "evidence_text"))  # type: ignore[index]

    in_pdf = " ".join("\n".join(page.extract_text() for page in pdf.pages).split())
    for words in (sentence, evidence):
        assert words in said(deck)
        assert words in in_pdf
    assert deck.core_properties.language == lang


def test_charts_of_slides_are_native_and_have_the_values_of_the_run(reader: FlaskClient) -> None:
    rows = reader.get("/api/ml-dashboard/roi-forecast/data").get_json()["rows"]
    deck = Presentation(io.BytesIO(fetched(reader, "pptx")))

    drawn = {
        tuple(zip(chart.plots[0].categories, chart.plots[0].series[0].values, strict=True))
        for slide in deck.slides
        for chart in (shape.chart for shape in slide.shapes if shape.has_chart)
    }
    known = [(row["channel"], row["roi_forecast"]) for row in rows if row["roi_forecast"] is not None]
    assert known
    assert tuple(known) in drawn


def test_the_document_is_tagged_for_accessibility(reader: FlaskClient) -> None:
    pdf = PdfReader(io.BytesIO(fetched(reader, "pdf", lang="ru")))

    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert root["/Lang"] == "ru"  # type: ignore[index]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()  # type: ignore[index]
    assert pdf.metadata is not None
    assert pdf.metadata.title


def test_the_slides_say_what_the_figures_mean(reader: FlaskClient) -> None:
    deck = Presentation(io.BytesIO(fetched(reader, "pptx", lang="ru")))

    assert ATTRIBUTED["ru"] in said(deck)


def test_a_run_is_reported_as_it_was(reader: FlaskClient, run_id: int) -> None:
    assert f"Run {run_id} of" in said(Presentation(io.BytesIO(fetched(reader, "pptx", run=run_id))))
    assert reader.get("/api/report.pdf?run=999").status_code == 404


def test_the_slides_of_a_template_stay_out_and_its_size_counts(published: sa.Engine, tmp_path: Any) -> None:
    template = tmp_path / "company.pptx"
    deck: Any = Presentation()
    deck.slide_width = 9_144_000
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "Our house style"
    deck.save(str(template))

    made = Presentation(io.BytesIO(fetched(client_on(published, pptx_template=template), "pptx")))

    assert made.slide_width == 9_144_000
    assert "Our house style" not in said(made)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("report.docx", 404),
        ("report.pdf?days=0", 400),
        ("report.pdf?lang=de", 400),
        ("report.pdf?run=0", 400),
    ],
)
def test_a_report_that_does_not_exist_is_refused(reader: FlaskClient, address: str, status: int) -> None:
    assert reader.get(f"/api/{address}").status_code == status


def test_before_the_first_run_there_is_no_report(client: FlaskClient) -> None:
    assert client.get("/api/report.xlsx").status_code == 404


def test_a_child_that_ends_is_told_of(reader: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(-9, "child")

    monkeypatch.setattr(subprocess, "run", ended)
    answer = reader.get("/api/report.pdf?days=3")

    assert answer.status_code == 503
    assert answer.get_json()["code"] == "report_failed"


def test_no_more_reports_at_once_than_a_process_takes(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "_slots", FullSlots())

    assert reader.get("/api/report.pdf?days=4").status_code == 429


class FullSlots:
    def acquire(self, *, blocking: bool) -> bool:
        assert not blocking
        return False


def test_settings_name_the_template() -> None:
    assert Settings().pptx_template is None
