"""`demetra report`: one run as a workbook, slides or a document."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from demetra_dash import reporting
from demetra_dash.commands.context import open_analytics
from demetra_dash.settings import read_settings
from demetra_dash.terminal import tell
from services.atomic_files import write_whole
from services.errors import NoSnapshotError
from services.periods import last_days
from services.reports.making import FILE_KINDS, FileKind, ReportJob, made
from services.text import LANGS, Lang, Text

_WRITTEN = Text(en="{path}: run {run_id}, {size} kB.", ru="{path}: запуск {run_id}, {size} кБ.")


def _file(_context: click.Context, _parameter: click.Parameter, path: Path) -> Path:
    if path.suffix.lower().lstrip(".") not in FILE_KINDS:
        raise click.BadParameter(f"the name must end in .{', .'.join(FILE_KINDS)}")
    return path


def _days(_context: click.Context, _parameter: click.Parameter, text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3660:
        raise click.BadParameter("a number of days from 1 to 3660, or “all”")
    return int(text)


@click.command()
@click.argument("file", callback=_file, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--run", "run_id", type=click.IntRange(min=1), help="The run; by default the newest.")
@click.option(
    "--days", default="28", callback=_days, show_default=True, help="Days of the key figures, or “all”."
)
@click.option("--lang", type=click.Choice(LANGS), help="The language; by default DEMETRA_LOCALE.")
def report(file: Path, run_id: int | None, days: int | None, lang: str | None) -> None:
    """Write a report of a run to FILE: .xlsx (workbook), .pptx (slides) or .pdf (document)."""
    settings = read_settings()
    spoken = cast("Lang", lang or settings.locale)
    with open_analytics(settings) as analytics:
        snapshot = analytics.snapshot() if run_id is None else analytics.snapshot_of(run_id)
        if snapshot is None:
            raise NoSnapshotError
        content = reporting.content_of(
            analytics, settings, run_id=snapshot.run_id, selection=last_days(days), lang=spoken
        )
    kind = cast("FileKind", file.suffix.lower().lstrip("."))
    content_bytes = made(ReportJob(content, kind, settings.pptx_template))
    write_whole(file, content_bytes)
    told = {"path": file, "run_id": snapshot.run_id, "size": -(-len(content_bytes) // 1000)}
    tell(_WRITTEN.format(**told)[settings.locale])
