"""`demetra import`, `imports`, `undo` and `demo`: imports of campaign rows, and sample ones."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import sqlalchemy as sa

from demetra_dash.commands.context import as_json, open_engine, print_json
from demetra_dash.commands.serving import host_option, port_option
from demetra_dash.settings import read_settings
from demetra_dash.terminal import progress_bar, tell
from services.intake import (
    Import,
    ImportReport,
    Mode,
    Progress,
    ReplacementInDoubtError,
    create_sample,
    import_file,
    imports,
    undo,
)
from services.intake.failures import CampaignFileError
from services.intake.grain import Grain
from services.intake.history import ARCHIVE_DAYS
from services.intake.layouts import platform_by_id
from services.intake.names import NAME_LIMIT, is_name
from services.intake.transfer import RESERVED
from services.text import Lang, Text, escape_controls, number

Tell = Callable[[Progress], None]

_STAGES = {
    "look": Text(en="looking at {file}", ru="просмотр {file}"),
    "read": Text(en="reading {file}", ru="чтение {file}"),
    "store": Text(en="storing {file}", ru="сохранение {file}"),
}
_ROWS = Text(
    en="{read} rows read: {imported} new, {updated} updated, {unchanged} unchanged, {rejected} rejected",
    ru="Строк {read}: новых {imported}, обновлено {updated}, прежних {unchanged}, отклонено {rejected}",
)
_DRY_RUN = Text(en="A trial: nothing was stored.", ru="Пробный запуск: ничего не сохранено.")
_SPAN = Text(
    en="{first} to {last}, channels ({count}): {channels}",
    ru="{first} — {last}, каналов: {count} ({channels})",
)
_MONEY = Text(en="Cost {cost}, revenue {revenue}", ru="Расход {cost}, доход {revenue}")
_COUNTS = Text(
    en="Impressions {impressions}, clicks {clicks}, conversions {conversions}",
    ru="Показы {impressions}, клики {clicks}, конверсии {conversions}",
)
_COLUMNS = Text(en="Columns: {columns}", ru="Столбцы: {columns}")
_ATTRIBUTES = Text(en="Attributes: {columns}", ru="Атрибуты: {columns}")
_DETAILS = Text(
    en="Kept beside the rows, because it changes: {columns}",
    ru="Хранится рядом со строками, потому что меняется: {columns}",
)
_LAYOUT = Text(en="Layout: {name} ({id})", ru="Формат: {name} ({id})")
_IGNORED = Text(
    en="Not stored, because it follows from the rest: {columns}",
    ru="Не сохранено, потому что следует из остального: {columns}",
)
_DERIVED = Text(en="Computed: {target} = {how}", ru="Вычислено: {target} = {how}")
_NOTE = Text(en="Note: {warning}", ru="Примечание: {warning}")
_REJECTED = Text(en="Line {line}: {reason}", ru="Строка {line}: {reason}")
_REJECTS = Text(en="Rejected rows: {path}", ru="Отклонённые строки: {path}")
_SAMPLES_REMOVED = Text(
    en="The sample campaigns ({rows} rows) were removed; from now on the figures are yours.",
    ru="Примерные кампании (строк: {rows}) удалены; теперь все цифры — ваши.",
)
_SAMPLE = Text(
    en="{rows} rows of sample campaigns are in the database. The first import of a real file removes them.",
    ru="Примерные кампании созданы (строк: {rows}). Первая загрузка настоящего файла удалит их.",
)
_NO_IMPORTS = Text(en="No file has been imported yet.", ru="Файлы ещё не загружались.")
_LISTED = Text(
    en="{id}  {day}  {file}  ({by})\n"
    "    {source}: {channels}, {first} to {last}, cost {before} before, {after} after\n"
    "    {read} rows read: {imported} new, {updated} updated, {unchanged} unchanged, {rejected} rejected; "
    "{removed} removed",
    ru="{id}  {day}  {file}  ({by})\n"
    "    {source}: {channels}, {first} — {last}, расход был {before}, стал {after}\n"
    "    Строк {read}: новых {imported}, обновлено {updated}, прежних {unchanged}, отклонено {rejected}; "
    "удалено {removed}",
)
_LISTED_UNDONE = Text(en="\n    undone on {day}", ru="\n    отменено {day}")
_UNDONE = Text(
    en="Import {import_id} (“{file_name}”) was undone: {rows_removed} rows deleted, {rows_restored} "
    "restored, {samples_restored} sample rows restored.",
    ru="Загрузка {import_id} («{file_name}») отменена: удалено строк {rows_removed}, возвращено "
    "{rows_restored}, возвращено примерных {samples_restored}.",
)
_SHOWN_CHANNELS = 8
_MAP_HELP = "Column of a field, such as cost=Kosten; remembered for files of the same header."


def _source(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and (not is_name(name) or name in RESERVED):
        raise click.BadParameter(f"a source's name has 1 to {NAME_LIMIT} characters, and is not reserved")
    return name


def _mapping(_context: click.Context, _option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        name, equals, heading = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"“{pair}” is not of the form cost=Kosten")
        mapping[name.strip()] = heading.strip()
    return mapping


def _channel(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and not is_name(name):
        raise click.BadParameter(f"a channel's name has 1 to {NAME_LIMIT} characters")
    return name


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--channel", callback=_channel, help="Channel of rows for which the file names none.")
@click.option("--source", callback=_source, help="Name of the account, to keep it apart from others.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", callback=_mapping, help=_MAP_HELP)
@click.option("--replace", is_flag=True, help="Replace the days of the file without asking.")
@click.option("--append", is_flag=True, help="Add to the rows there, which stay.")
@click.option("--grain", type=click.Choice(["day", "week", "month"]), help="What a row is, if not found.")
@click.option("--dry-run", is_flag=True, help="Report what would happen, and store nothing.")
@as_json
def import_campaigns(
    files: tuple[Path, ...],
    channel: str | None,
    source: str | None,
    mapping: dict[str, str],
    replace: bool,
    append: bool,
    grain: Grain | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import campaign files (CSV, XLSX, XLS, JSON, HTML tables; also packed with zip or gzip).

    Delimiter, encoding, columns, and the way of writing dates and numbers are found by themselves.
    Rows that cannot be used go to FILE.rejects.csv with their reasons. A file is imported as a
    whole or not at all; importing it twice changes nothing.

    A file replaces the days that it covers, for each of its channels: corrections, renamed campaigns
    and repeated downloads count once. If it seems to be of another account, or to hold only some of
    the campaigns, nothing is stored; --source, --replace or --append says what to do.
    """
    if replace and append:
        raise click.UsageError("--replace and --append exclude each other")
    settings = read_settings()
    with open_engine(settings) as engine:
        is_done = run_import(
            engine,
            files,
            channel=channel,
            source=source,
            mapping=mapping,
            mode="replace" if replace else "append" if append else "ask",
            grain=grain,
            archive_days=settings.undo_days,
            currency=settings.chosen_currency,
            dry_run=dry_run,
            as_json=as_json,
            lang=settings.locale,
        )
    sys.exit(0 if is_done else 1)


@click.command("imports")
@as_json
def list_imports(as_json: bool) -> None:
    """List the imports, the newest first."""
    settings = read_settings()
    with open_engine(settings) as engine, engine.connect() as connection:
        found = imports(connection)
    if as_json:
        print_json({"imports": [one.to_json(settings.locale) for one in found]})
        return
    if not found:
        tell(_NO_IMPORTS[settings.locale])
    for one in found:
        tell(_listed(one, settings.locale))


@click.command("undo")
@click.argument("import_id", metavar="ID", type=int)
@as_json
def undo_import(import_id: int, as_json: bool) -> None:
    """Undo an import: restore exactly what it replaced ("demetra imports" has the IDs)."""
    settings = read_settings()
    with open_engine(settings) as engine, engine.begin() as connection:
        done = undo(connection, import_id, _user())
    if as_json:
        print_json(done.to_json())
        return
    tell(_UNDONE.format(**_numbers(done.to_json(), settings.locale))[settings.locale])


@click.command()
@click.option("--serve", is_flag=True, help="Fill an empty database only, then serve like “demetra run”.")
@port_option
@host_option
@as_json
def demo(serve: bool, port: int | None, host: str | None, as_json: bool) -> None:
    """Make sample campaigns: two years of days for six channels."""
    if serve and as_json:
        raise click.UsageError("--serve has no JSON to print")
    if serve:
        from demetra_dash.supervisor import run_all

        run_all(read_settings(port=port, host=host), with_demo=True)
        return
    if port is not None or host is not None:
        raise click.UsageError("--port and --host go with --serve")
    settings = read_settings()
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    with open_engine(settings) as engine, engine.begin() as connection:
        rows = create_sample(connection, today=today)
    if as_json:
        print_json({"rows": rows})
    else:
        tell(_SAMPLE.format(rows=number(rows, settings.locale))[settings.locale])


def run_import(
    engine: sa.Engine,
    files: Sequence[Path],
    *,
    channel: str | None = None,
    source: str | None = None,
    mapping: Mapping[str, str] | None = None,
    mode: Mode = "ask",
    grain: Grain | None = None,
    archive_days: int = ARCHIVE_DAYS,
    currency: str | None = None,
    dry_run: bool = False,
    as_json: bool = False,
    lang: Lang = "en",
) -> bool:
    """Import each file in its own transaction and print the outcome; return True if all succeeded."""
    entries: list[dict[str, Any]] = []
    for file in files:
        try:
            with _progress_bar(file, lang) as show, engine.begin() as connection:
                report = import_file(
                    connection,
                    file,
                    channel=channel,
                    source=source,
                    mapping=mapping or None,
                    mode=mode,
                    grain=grain,
                    archive_days=archive_days,
                    currency=currency,
                    imported_by=_user(),
                    dry_run=dry_run,
                    lang=lang,
                    on_progress=show,
                )
        except CampaignFileError as failure:
            tell(failure.text[lang], err=True)
            entries.append(_failed(file, failure, lang))
        else:
            entries.append(report.to_json(lang))
            if not as_json:
                for line in report_lines(report, lang):
                    tell(line)
    if as_json:
        print_json({"files": entries})
    return all("error" not in entry for entry in entries)


@contextmanager
def _progress_bar(file: Path, lang: Lang) -> Iterator[Tell]:
    """Show the progress of an import, on a terminal only; looking and reading each fill half of the bar."""
    with progress_bar() as bar:
        task = bar.add_task("", total=None)

        def show(progress: Progress) -> None:
            before = 0 if progress.stage == "look" else progress.total
            bar.update(
                task,
                description=_STAGES[progress.stage].format(file=escape_controls(file.name))[lang],
                total=None if progress.stage == "store" else 2 * progress.total,
                completed=before + progress.done,
            )

        yield show


def _failed(file: Path, failure: CampaignFileError, lang: Lang) -> dict[str, Any]:
    counts = dict.fromkeys(("rows_read", "rows_imported", "rows_updated", "rows_rejected"), 0)
    nothing = dict.fromkeys(("date_from", "date_to", "rejects_file"))
    error: dict[str, Any] = {"code": failure.code, "text": failure.text[lang]}
    if isinstance(failure, ReplacementInDoubtError):
        error["doubts"] = [doubt.to_json(lang) for doubt in failure.doubts]
    return {"file": str(file), **counts, "channels": [], **nothing, "error": error}


def _user() -> str | None:
    """Return the name of the user of the operating system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _listed(one: Import, lang: Lang) -> str:
    """Return the lines of an import in the list."""
    values = {
        "id": one.id,
        "day": f"{one.imported_at:%Y-%m-%d %H:%M}",
        "file": one.file_name,
        "by": one.imported_by or "?",
        "source": one.source,
        "channels": _some(one.channels),
        "first": one.date_from,
        "last": one.date_to,
        "before": number(one.cost_before, lang, decimals=2),
        "after": number(one.cost_after, lang, decimals=2),
    }
    counts = ("read", "imported", "updated", "unchanged", "rejected", "removed")
    rows = {name: number(getattr(one, f"rows_{name}"), lang) for name in counts}
    undone = "" if one.undone_at is None else _LISTED_UNDONE.format(day=f"{one.undone_at:%Y-%m-%d}")[lang]
    return _LISTED.format(**values, **rows)[lang] + undone


def _numbers(values: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    return {
        name: number(value, lang) if name.startswith(("rows", "samples")) else str(value)
        for name, value in values.items()
    }


def report_lines(report: ImportReport, lang: Lang) -> Iterator[str]:
    """Yield the lines of a report: outcome, interpretation of the columns, notes."""
    yield report.file
    for text in _paragraphs(report, lang):
        yield f"  {text[lang]}"


def _paragraphs(report: ImportReport, lang: Lang) -> Iterator[Text]:
    yield _ROWS.format(**_counts(report, lang))
    if report.is_dry_run:
        yield _DRY_RUN
    yield _SPAN.format(
        first=report.date_from,
        last=report.date_to,
        count=len(report.channels),
        channels=_some(report.channels),
    )
    yield _MONEY.format(**_totals(report, lang))
    yield _COUNTS.format(**_totals(report, lang))
    yield from _reading(report)
    yield from (_NOTE.format(warning=warning) for warning in report.warnings)
    yield from (_REJECTED.format(line=one.line, reason=one.reason) for one in report.first_rejected)
    if report.rejects_file is not None:
        yield _REJECTS.format(path=report.rejects_file)
    if report.sample_rows_removed and not report.is_dry_run:
        yield _SAMPLES_REMOVED.format(rows=number(report.sample_rows_removed, lang))


def _reading(report: ImportReport) -> Iterator[Text]:
    """Yield how the columns of the file were interpreted."""
    platform = platform_by_id(report.layout)
    if platform is not None:
        yield _LAYOUT.format(name=platform.name, id=report.layout)
    yield _COLUMNS.format(columns=_pairs(report.columns))
    if report.attributes:
        yield _ATTRIBUTES.format(columns=_pairs(report.attributes))
    if report.details:
        yield _DETAILS.format(columns=_pairs(report.details))
    if report.ignored:
        yield _IGNORED.format(columns=", ".join(report.ignored))
    yield from (_DERIVED.format(target=target, how=how) for target, how in report.derived.items())


def _counts(report: ImportReport, lang: Lang) -> dict[str, str]:
    counts = {
        "read": report.rows_read,
        "imported": report.rows_imported,
        "updated": report.rows_updated,
        "unchanged": report.rows_unchanged,
        "rejected": report.rows_rejected,
    }
    return {name: number(count, lang) for name, count in counts.items()}


def _totals(report: ImportReport, lang: Lang) -> dict[str, str]:
    money = {"cost", "revenue"}
    return {
        name: number(total, lang, decimals=2 if name in money or (total or 0) % 1 else 0)
        for name, total in report.totals.items()
    }


def _pairs(columns: Mapping[str, str]) -> str:
    return ", ".join(name if name == column else f"{name} ({column})" for name, column in columns.items())


def _some(channels: Sequence[str]) -> str:
    more = "" if len(channels) <= _SHOWN_CHANNELS else ", …"
    return ", ".join(channels[:_SHOWN_CHANNELS]) + more
