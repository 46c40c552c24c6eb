"""A report as a document: PDF, tagged for accessibility (PDF/UA-1), with the pictures of the run.

Typst sets the document from `report.typ`; texts reach it as data, so no name in them is markup.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from services.reports import wording
from services.reports.content import Heading, Report, Section, Table, written
from services.text import Lang, Text, both

log = logging.getLogger("demetra.reports")

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = Path(__file__).parents[1] / "charts" / "fonts"
STANDARD = "ua-1"
MOST_ROWS = 24
MOST_COLUMNS = 11  # on a sheet of A4


def document(report: Report) -> bytes:
    """Return the report as PDF."""
    with TemporaryDirectory(prefix="demetra-report-") as folder:
        place = Path(folder)
        main = place / TEMPLATE.name
        main.write_bytes(TEMPLATE.read_bytes())
        for number, section in enumerate(report.sections):
            if section.picture is not None:
                (place / _picture_name(number)).write_bytes(section.picture.png)
        (place / "data.json").write_text(json.dumps(_data(report)), encoding="utf-8")
        pdf = _compiled(main)
    assert isinstance(pdf, bytes)
    return pdf


def _compiled(main: Path) -> object:
    """Return the PDF as PDF/UA-1; only tagged where a name has letters that no font here can show."""
    compiled = partial(typst.compile, main, root=main.parent, font_paths=[FONTS])
    try:
        return compiled(pdf_standards=[STANDARD])
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        log.warning("a report is tagged, but not PDF/UA: %s", error)
        return compiled()


def _data(report: Report) -> Mapping[str, Any]:
    lang = report.lang
    figures = Table(
        wording.FIGURES[lang],
        (
            Heading(wording.FIGURE[lang]),
            Heading(wording.VALUE[lang], "number"),
            Heading(wording.CHANGE[lang], "number"),
        ),
        (),
    )
    return {
        "lang": lang,
        "title": report.title,
        "subtitle": report.subtitle,
        "period": report.period,
        "page": wording.PAGE[lang],
        "decision": report.decision,
        "figures_title": figures.title,
        "figures": _shape(figures, report)
        | {"rows": [(one.title, one.written, one.change) for one in report.figures]},
        "findings_title": wording.FINDINGS[lang],
        "no_findings": wording.NO_FINDINGS[lang],
        "caveat": wording.CAVEAT[lang],
        "findings": [
            {"sentence": one.sentence, "evidence": one.evidence, "caveat": one.caveat}
            for one in report.findings
        ],
        "sections": [_section(number, section, report) for number, section in enumerate(report.sections)],
        "channels_title": report.channels.title,
        "channels": _shape(report.channels, report),
        "method_title": wording.METHOD[lang],
        "method": (*report.method, report.made),
    }


def _section(number: int, section: Section, report: Report) -> Mapping[str, Any]:
    picture = section.picture
    return {
        "title": section.title,
        "headline": section.headline,
        "picture": "" if picture is None else _picture_name(number),
        "alt": "" if picture is None else picture.alt,
        "table": _shape(section.table, report),
    }


def _shape(table: Table, report: Report) -> dict[str, Any]:
    """Return a table as texts: its first rows, which columns are numbers, and what was left out.

    A table of days has none of its rows here: the picture above it shows them.
    """
    lang = report.lang
    headings = table.headings[:MOST_COLUMNS]
    rows = () if headings[0].kind == "date" else table.rows[:MOST_ROWS]
    return {
        "heads": [_head(heading, report.currency) for heading in headings],
        "numbers": [heading.kind not in {"text", "date"} for heading in headings],
        "rows": [
            [_cell(value, heading, lang) for heading, value in zip(headings, row, strict=False)]
            for row in rows
        ],
        "more": _left_out(len(table.rows), len(rows))[lang],
    }


def _left_out(rows: int, shown: int) -> Text:
    if rows == shown:
        return both("")
    return (wording.LEFT_OUT if shown else wording.ALL_LEFT_OUT).format(rows=rows - shown)


def _head(heading: Heading, currency: str) -> str:
    return heading.title + (f", {currency}" if heading.kind == "money" else "")


def _cell(value: Any, heading: Heading, lang: Lang) -> str:
    return written(value, heading.kind, "", lang).strip()


def _picture_name(number: int) -> str:
    return f"picture-{number}.png"
