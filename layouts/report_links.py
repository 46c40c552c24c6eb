"""The links beside the period that download a report of the shown run: slides, document, workbook."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.elements import aria, icon
from layouts.reader import Drawn, PageSetup
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
    """Return the addresses for the run, the period and the language of the page."""
    days = "all" if overview.days is None else overview.days
    query = f"run={overview.snapshot.run_id}&days={days}&lang={setup.reader.lang}"
    return {f"{ids.report(kind)}.href": f"{setup.prefix}api/report.{kind}?{query}" for kind, _ in KINDS}
