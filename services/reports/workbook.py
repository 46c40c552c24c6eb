"""A report as a workbook: typed numbers in the reader's formats, one sheet for each table.

Texts are cells of the type text, also where they begin like a formula: no program runs those. The only
formulas are those of the plan.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from services.reports import wording
from services.reports.content import Figure, Heading, Report, Table
from services.text import Lang
from services.views import Kind

NAME_LENGTH = 31  # of a sheet, as Excel allows
LONGEST_TEXT = 32_767  # in a cell, as Excel allows
WIDTHS: dict[Kind, int] = {"text": 26, "date": 12, "count": 14, "money": 16, "percent": 12, "number": 12}
TEXT_WIDTH = 100
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_FORMATS: dict[Kind, str] = {
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "money": "#,##0.00",
    "percent": "0.0%",
    "number": "#,##0.00",
}


def workbook(report: Report) -> bytes:
    """Return the report as XLSX."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        book.set_properties({"title": report.title, "comments": report.subtitle})
        sheets = _Sheets(book)
        _write_summary(sheets, report)
        _write_plan(sheets, report)
        for table in (report.channels, report.trend, *(section.table for section in report.sections)):
            sheets.write_table(table, report.currency)
        _write_lines(sheets, wording.METHOD[report.lang], (*report.method, report.subtitle, report.made))
    return file.getvalue()


def table_workbook(table: Table, currency: str) -> bytes:
    """Return one table as XLSX."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        _Sheets(book).write_table(table, currency)
    return file.getvalue()


class _Sheets:
    """The sheets of a workbook, and the formats of its cells."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._names: set[str] = set()
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        self._totals = {
            kind: book.add_format({"num_format": text, "bold": True, "top": 1})
            for kind, text in _FORMATS.items()
        }

    def add(self, title: str) -> Worksheet:
        """Add a sheet with the title as far as Excel allows it."""
        base = title.partition(":")[0].translate(_FORBIDDEN).strip("' ")[:NAME_LENGTH] or "Demetra"
        name, number = base, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{base[: NAME_LENGTH - 4]} {number}"
        self._names.add(name.casefold())
        return self.book.add_worksheet(name)

    def format_of(self, kind: Kind, *, is_total: bool = False) -> Format | None:
        """Return the format of numbers of a kind; None for texts."""
        return (self._totals if is_total else self._formats).get(kind)

    def write_table(self, table: Table, currency: str) -> Worksheet:
        """Write a table on a sheet of its own, with a frozen and filtered heading."""
        sheet = self.add(table.title)
        write_headings(sheet, 0, table.headings, currency, self)
        for number, row in enumerate(table.rows, 1):
            for place, (heading, value) in enumerate(zip(table.headings, row, strict=True)):
                write_cell(sheet, number, place, value, self.format_of(heading.kind))
        sheet.freeze_panes(1, 1)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.headings) - 1)
        return sheet


def write_headings(
    sheet: Worksheet, row: int, headings: Sequence[Heading], currency: str, sheets: _Sheets
) -> None:
    """Write the headings of a table; those of amounts name the currency."""
    for place, heading in enumerate(headings):
        unit = f", {currency}" if heading.kind == "money" else ""
        sheet.write_string(row, place, heading.title + unit, sheets.head)
        sheet.set_column(place, place, WIDTHS[heading.kind])


def write_cell(sheet: Worksheet, row: int, place: int, value: Any, form: Format | None) -> None:
    """Write a value in its own type; nothing where there is none."""
    if value is None:
        return
    if isinstance(value, (int, float, Decimal)):
        sheet.write_number(row, place, float(value), form)
    elif isinstance(value, str):
        sheet.write_string(row, place, value[:LONGEST_TEXT])
    else:
        sheet.write_datetime(row, place, value, form)


def _write_summary(sheets: _Sheets, report: Report) -> None:
    lang = report.lang
    sheet = sheets.add(wording.SUMMARY[lang])
    sheet.set_column(0, 0, WIDTHS["text"])
    sheet.set_column(1, 3, 18)
    sheet.write_string(0, 0, report.title, sheets.title)
    sheet.write_string(1, 0, report.subtitle)
    sheet.write_string(2, 0, report.period)
    heads = (wording.FIGURE, wording.VALUE, wording.BEFORE, wording.CHANGE)
    for place, head in enumerate(heads):
        sheet.write_string(4, place, head[lang], sheets.head)
    row = 5
    for figure in report.figures:
        _write_figure(sheets, sheet, row, figure, report.currency)
        row += 1
    row = _write_texts(sheets, sheet, row + 1, wording.DECISION[lang], report.decision)
    findings = [f"{number}. {one.sentence}" for number, one in enumerate(report.findings, 1)]
    _write_texts(sheets, sheet, row + 1, wording.FINDINGS[lang], findings or [wording.NO_FINDINGS[lang]])


def _write_figure(sheets: _Sheets, sheet: Worksheet, row: int, figure: Figure, currency: str) -> None:
    unit = f", {currency}" if figure.kind == "money" else ""
    sheet.write_string(row, 0, figure.title + unit)
    form = sheets.format_of(figure.kind)
    if figure.value is None:
        sheet.write_string(row, 1, figure.written)
    else:
        write_cell(sheet, row, 1, figure.value, form)
    write_cell(sheet, row, 2, figure.before, form)
    sheet.write_string(row, 3, figure.change)


def _write_texts(sheets: _Sheets, sheet: Worksheet, row: int, title: str, texts: Sequence[str]) -> int:
    """Write a title and a text in each row below; return the next row."""
    sheet.write_string(row, 0, title, sheets.bold)
    for text in texts:
        row += 1
        sheet.write_string(row, 0, text[:LONGEST_TEXT])
    return row + 1


def _write_lines(sheets: _Sheets, title: str, lines: Sequence[str]) -> None:
    sheet = sheets.add(title)
    sheet.set_column(0, 0, TEXT_WIDTH, sheets.wrapped)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, sheets.wrapped)


def _write_plan(sheets: _Sheets, report: Report) -> None:
    """Write the plan with formulas: changing an amount changes its difference, the sums and the shares."""
    section = next((one for one in report.sections if one.slug == "budget-recommendations"), None)
    if section is None or not section.rows:
        return
    lang = report.lang
    sheet = sheets.add(wording.PLAN[lang])
    headings = (
        Heading(wording.CHANNEL[lang]),
        section.table.heading("current_budget"),
        section.table.heading("recommended_budget"),
        Heading(wording.PLAN_CHANGE[lang], "money"),
        Heading(wording.PLAN_SHARE[lang], "percent"),
    )
    write_headings(sheet, 0, headings, report.currency, sheets)
    count = len(section.rows)
    total = xl_rowcol_to_cell(count + 1, 2, row_abs=True, col_abs=True)
    amounts = [(float(row["current_budget"] or 0), float(row["recommended_budget"])) for row in section.rows]
    whole = sum(after for _, after in amounts)
    for number, (row, (now, then)) in enumerate(zip(section.rows, amounts, strict=True), 1):
        sheet.write_string(number, 0, row["channel"])
        write_cell(sheet, number, 1, now, sheets.format_of("money"))
        write_cell(sheet, number, 2, then, sheets.format_of("money"))
        _write_formulas(sheets, sheet, number, total, now, then, whole)
    _write_plan_total(sheets, sheet, count, amounts, lang)
    sheet.freeze_panes(1, 1)


def _write_formulas(
    sheets: _Sheets, sheet: Worksheet, row: int, total: str, now: float, then: float, whole: float
) -> None:
    before, after = xl_rowcol_to_cell(row, 1), xl_rowcol_to_cell(row, 2)
    sheet.write_formula(row, 3, f"={after}-{before}", sheets.format_of("money"), then - now)
    share = then / whole if whole else 0.0
    sheet.write_formula(row, 4, f"=IF({total}=0,0,{after}/{total})", sheets.format_of("percent"), share)


def _write_plan_total(
    sheets: _Sheets, sheet: Worksheet, count: int, amounts: Sequence[tuple[float, float]], lang: Lang
) -> None:
    sheet.write_string(count + 1, 0, wording.TOTAL[lang], sheets.bold)
    now, then = (sum(pair[place] for pair in amounts) for place in (0, 1))
    sums = (now, then, then - now, 1.0 if then else 0.0)
    for place, value in enumerate(sums, 1):
        first, last = xl_rowcol_to_cell(1, place), xl_rowcol_to_cell(count, place)
        kind: Kind = "percent" if place == len(sums) else "money"
        form = sheets.format_of(kind, is_total=True)
        sheet.write_formula(count + 1, place, f"=SUM({first}:{last})", form, value)
