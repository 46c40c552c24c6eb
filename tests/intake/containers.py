"""The same campaign rows in every container that Demetra reads."""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

Row = Sequence[Any]
HEADER = ["Date", "Channel", "Campaign", "Impressions", "Clicks", "Conversions", "Cost", "Revenue"]
ROWS: list[Row] = [
    (date(2025, 3, 1), "Search", 'The "big" one', 1000, 50, 5, 20.5, 61.25),
    (date(2025, 3, 2), "Search", "=SUM(A1)", 1200, 60, 6, 0.1 + 0.2, 70.1),
    (date(2025, 3, 3), "Social", "Für <alle> & mehr, + Sale", 900, 45, 4, 18.75, 55),
]


def csv_of(rows: Sequence[Row], header: Sequence[str] = HEADER) -> bytes:
    """Return a CSV file in UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *([_plain(cell) for cell in row] for row in rows)])
    return text.getvalue().encode()


def workbook_of(sheets: Mapping[str, Sequence[Row]], **options: Any) -> bytes:
    """Return an XLSX workbook; days are cells with a date format."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, column, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(at, column, cell)
                    else:
                        sheet.write(at, column, cell)
    return content.getvalue()


def zip_of(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, inner in files.items():
            archive.writestr(name, inner)
    return content.getvalue()


def records_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows as objects."""
    return [{name: _plain(cell) for name, cell in zip(HEADER, row, strict=True)} for row in rows]


def page_of(rows: Sequence[Row]) -> bytes:
    """Return an HTML page, as many systems save under a name that ends with .xls."""
    lines = "".join(
        "<tr>" + "".join(f"<td class='x'>{html.escape(str(_plain(cell)))}</td>" for cell in row) + "</tr>\n"
        for row in rows
    )
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    styles = "<style>td { color: red }</style><!-- <tr><td>no row</td></tr> -->"
    begin = f"<html><head><meta charset='utf-8'>{styles}</head><body>"
    return f"{begin}<table><thead><tr>{head}</tr></thead>{lines}</table></body></html>".encode()


def spreadsheet_of(rows: Sequence[Row]) -> bytes:
    """Return an XML spreadsheet of 2003."""
    lines = "".join(
        "<Row>"
        + "".join(
            f"<Cell><Data ss:Type='String'>{html.escape(str(_plain(cell)))}</Data></Cell>" for cell in row
        )
        + "</Row>"
        for row in [HEADER, *rows]
    )
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="Daily"><Table>{lines}</Table></Worksheet></Workbook>'
    ).encode()


def _plain(cell: Any) -> Any:
    return (
        cell.isoformat() if isinstance(cell, date) else round(cell, 10) if isinstance(cell, float) else cell
    )


CONTAINERS: Mapping[str, Callable[[Sequence[Row]], bytes]] = {
    "rows.csv": csv_of,
    "rows.csv.gz": lambda rows: gzip.compress(csv_of(rows)),
    "rows.zip": lambda rows: zip_of({"rows.csv": csv_of(rows), "__MACOSX/._rows.csv": b"\0\5\26\7"}),
    "parts.zip": lambda rows: zip_of(
        {"a/one.csv": csv_of(rows[:1]), "a/two.csv": csv_of(rows[1:]), "a/read me.txt": b"Hello,\nworld"}
    ),
    "packed.zip": lambda rows: zip_of({"rows.csv.gz": gzip.compress(csv_of(rows))}, zipfile.ZIP_STORED),
    "book.zip": lambda rows: zip_of({"book.xlsx": workbook_of({"Daily": [HEADER, *rows]})}),
    "book.xlsx": lambda rows: workbook_of({"Daily": [HEADER, *rows]}),
    "sheets.xlsx": lambda rows: workbook_of(
        {
            "About": [["This is the report of March"], [], ["Sums", 1, 2]],
            "One": [["Export"], [], HEADER, *rows[:2]],
            "Two": [HEADER, *rows[2:]],
            "Copy": [HEADER, *rows[2:]],
        }
    ),
    "right.xlsx": lambda rows: workbook_of({"A": [[], [], *([None, None, *row] for row in [HEADER, *rows])]}),
    "rows.json": lambda rows: json.dumps(records_of(rows), indent=1).encode(),
    "data.json": lambda rows: json.dumps(
        {"paging": {"next": None}, "errors": [], "data": records_of(rows), "n": 3}
    ).encode(),
    "deep.json": lambda rows: json.dumps(
        {"response": {"result": {"rows": [{"a": {"b": one}} for one in records_of(rows)]}}}
    ).encode(),
    "batches.json": lambda rows: json.dumps(
        [{"results": records_of(rows[:1]), "id": 1}, {"results": records_of(rows[1:]), "id": 2}]
    ).encode(),
    "lists.json": lambda rows: json.dumps([HEADER, *([_plain(c) for c in row] for row in rows)]).encode(),
    "split.json": lambda rows: json.dumps(
        {"columns": HEADER, "index": [1, 2], "data": [[_plain(cell) for cell in row] for row in rows]}
    ).encode(),
    "rows.jsonl": lambda rows: "\n".join(map(json.dumps, records_of(rows))).encode(),
    "rows.json.gz": lambda rows: gzip.compress(json.dumps(records_of(rows)).encode("utf-16")),
    "page.xls": page_of,
    "xml.xls": spreadsheet_of,
}
