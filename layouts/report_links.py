"""The links beside the period that download a report of the shown run: slides, document, workbook."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.elements import aria, icon
from layouts.reader import Drawn, PageSetup
from services.periods import Dates, Selection
from services.text import Lang, Text
from services.views import Overview

REPORT = Text(en="Report", ru="Отчёт")
KINDS: tuple[tuple[str, Text], ...] = (
    ("pptx", Text(en="Download as PPTX: slides of this run", ru="Скачать в PPTX: слайды этого запуска")),
    ("pdf", Text(en="Download as PDF: a document on this run", ru="Скачать в PDF: документ об этом запуске")),
    ("xlsx", Text(en="Download as XLSX: a workbook of this run", ru="Скачать в XLSX: книга этого запуска")),
)
LEAVES = tuple(f"{ids.report(kind)}.href" for kind, _ in KINDS)


def skeleton(lang: Lang) -> Component:
    """Return the links, which are hidden until they have an address."""
    links = [
        html.A(
            [icon("download"), kind.upper()],
            id=ids.report(kind),
            className="download",
            download=f"demetra-report.{kind}",
            title=title[lang],
            **aria(label=title[lang]),
        )
        for kind, title in KINDS
    ]
    head = html.Span(REPORT[lang], className="quiet")
    return html.Div([head, *links], className="report-links", role="group", **aria(label=REPORT[lang]))


def draw(overview: Overview, setup: PageSetup) -> Drawn:
    """Return the addresses for the run, the period, the comparison and the language of the page."""
    query = f"run={overview.snapshot.run_id}&{period_query(overview.selection)}&lang={setup.reader.lang}"
    return {f"{ids.report(kind)}.href": f"{setup.prefix}api/report.{kind}?{query}" for kind, _ in KINDS}


def period_query(selection: Selection) -> str:
    """Return the parameters of the API for a period and what it is compared with."""
    period = selection.period
    if isinstance(period, Dates):
        days = {"from": period.first, "to": period.last}
        asked = {name: day.isoformat() for name, day in days.items() if day is not None}
    else:
        asked = {"period": period.text}
    return urlencode(asked | {"compare": selection.comparison_text})
