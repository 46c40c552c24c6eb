"""The bytes of a report by the kind of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from services.reports.content import Report, Table

FileKind = Literal["xlsx", "pptx", "pdf"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
MEDIA_TYPES: Mapping[FileKind, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Write this report as a file of this kind; `template` is the company's own for slides."""

    report: Report
    kind: FileKind
    template: Path | None = None


@dataclass(frozen=True, slots=True)
class TableJob:
    """Write this table as a workbook, with amounts in `currency`."""

    table: Table
    currency: str


def made(job: ReportJob | TableJob) -> bytes:
    """Return the file. The library that writes it is loaded here: each kind has another one."""
    if isinstance(job, TableJob):
        from services.reports.workbook import table_workbook

        return table_workbook(job.table, job.currency)
    if job.kind == "xlsx":
        from services.reports.workbook import workbook

        return workbook(job.report)
    if job.kind == "pptx":
        from services.reports.slides import slides

        return slides(job.report, job.template)
    from services.reports.document import document

    return document(job.report)
