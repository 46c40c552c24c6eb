"""`demetra report`: one run as a workbook, slides or a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import click

from demetra_dash import reporting
from demetra_dash.commands import report_schedule
from demetra_dash.commands.context import open_analytics
from demetra_dash.settings import read_settings
from demetra_dash.terminal import tell
from services.atomic_files import write_whole
from services.errors import NoSnapshotError
from services.periods import last_days
from services.reports.making import FILE_KINDS, FileKind, ReportJob, made
from services.text import LANGS, Lang, Text

_WRITTEN = Text(en="{path}: run {run_id}, {size} kB.", ru="{path}: запуск {run_id}, {size} кБ.")


def _file(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower().lstrip(".") not in FILE_KINDS:
        raise click.BadParameter(f"the name must end in .{', .'.join(FILE_KINDS)}")
    return path


def _days(_context: click.Context, _parameter: click.Parameter, text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3660:
        raise click.BadParameter("a number of days from 1 to 3660, or “all”")
    return int(text)


@click.command()
@click.argument("file", required=False, callback=_file, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--run", "run_id", type=click.IntRange(min=1), help="The run; by default the newest.")
@click.option(
    "--days", default="28", callback=_days, show_default=True, help="Days of the key figures, or “all”."
)
@click.option("--lang", type=click.Choice(LANGS), help="The language; by default DEMETRA_LOCALE.")
@click.option("--schedule", help="Add a scheduled report: “mon 08:00”, “daily 07:30”, “month 1 08:00”.")
@click.option("--to", help="Where it goes: mailto:a@example.com,b@example.com or a folder.")
@click.option("--name", help="Its name; by default “Report”.")
@click.option("--format", "kind", type=click.Choice(FILE_KINDS), help="Its format; by default pdf.")
@click.option("--period", help="Its period, as in the page's address; by default 28 days.")
@click.option("--theme", type=click.Choice(("light", "dark")), help="The theme of its pictures.")
@click.option("--scheduled", is_flag=True, help="List the scheduled reports.")
@click.option("--send", metavar="NAME", help="Send a scheduled report now.")
def report(
    file: Path | None,
    run_id: int | None,
    days: int | None,
    lang: str | None,
    scheduled: bool,
    send: str | None,
    **entry: str | None,
) -> None:
    """Write a report of a run to FILE: .xlsx (workbook), .pptx (slides) or .pdf (document).

    With --schedule and --to, declare a report that workers send. --scheduled lists these, --send sends one.
    """
    _refuse_mixed(file, scheduled, send, entry)
    if file is not None:
        _write_file(file, run_id, days, lang)
    elif scheduled:
        report_schedule.show(read_settings())
    elif send is not None:
        report_schedule.send(read_settings(), send)
    else:
        report_schedule.add(read_settings(), _entry(entry, lang))


def _refuse_mixed(
    file: Path | None, scheduled: bool, send: str | None, entry: Mapping[str, str | None]
) -> None:
    is_entry = any(value is not None for value in entry.values())
    if [file is not None, scheduled, send is not None, is_entry].count(True) != 1:
        raise click.UsageError("give either FILE, or --schedule with --to, or --scheduled, or --send NAME")
    if is_entry and not (entry["schedule"] and entry["to"]):
        raise click.UsageError("a scheduled report needs both --schedule and --to")


def _entry(entry: Mapping[str, str | None], lang: str | None) -> dict[str, str]:
    """Return the given options by the keys of the file."""
    values = {**entry, "format": entry["kind"], "lang": lang, "name": entry["name"] or "Report"}
    return {key: value for key, value in values.items() if key != "kind" and value is not None}


def _write_file(file: Path, run_id: int | None, days: int | None, lang: str | None) -> None:
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
