"""What `demetra report` does with scheduled reports: add an entry, list them, send one now."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from demetra_dash.commands.context import open_analytics, open_engine
from demetra_dash.settings import Settings
from demetra_dash.terminal import tell
from services.atomic_files import PRIVATE, mode_of, write_whole
from services.database.engine import brief
from services.errors import InvalidInputError
from services.reports import claims
from services.reports.declaring import (
    ScheduledReport,
    UnknownScheduledReportError,
    entry_of,
    mistake_in,
    parse_reports,
    read_reports,
)
from services.sync import queue
from services.text import NOTHING, Lang, Text

_ADDED = Text(en="{file}: added “{name}”.", ru="{file}: добавлен «{name}».")
_NONE = Text(en="No report is declared in {file}.", ru="В {file} нет ни одного отчёта.")
_SENT = Text(en="“{name}” is sent to {to}.", ru="«{name}» отправлен: {to}.")
_LINE = Text(
    en="{name} · {schedule} · {to} · next {next} · last: {last}",
    ru="{name} · {schedule} · {to} · следующий {next} · последний: {last}",
)
_STATES = {
    "sent": Text(en="sent {time}", ru="отправлен {time}"),
    "failed": Text(en="failed {time}", ru="не отправлен {time}"),
    "waiting": Text(en="failed {time}, is tried again", ru="не отправлен {time}, будет повтор"),
    "sending": Text(en="under way {time}", ru="отправляется {time}"),
}


class ScheduleError(InvalidInputError):
    """An option of a scheduled report cannot be used."""

    code = "report_schedule"
    words = Text(en="The report was not added: {reason}.", ru="Отчёт не добавлен: {reason}.")


def add(settings: Settings, values: dict[str, str]) -> None:
    """Append an entry to the file; raise `ScheduleError` and `ReportsFileError`."""
    file = settings.reports_file
    taken = {one.name.casefold() for one in read_reports(file)}
    mistake = mistake_in(values, taken)
    if mistake is not None:
        raise ScheduleError(reason=mistake[1])
    entry = entry_of(ScheduledReport(**values))
    before = file.read_bytes() if file.exists() else b""
    content = before.rstrip() + (b"\n\n" if before.strip() else b"") + entry.encode()
    parse_reports(file, content)
    _write(file, content)
    tell(_ADDED.format(file=file, name=values["name"])[settings.locale])


def show(settings: Settings) -> None:
    """List the declared reports with the last result and the next time."""
    declared = read_reports(settings.reports_file)
    if not declared:
        tell(_NONE.format(file=settings.reports_file)[settings.locale])
        return
    zone = ZoneInfo(settings.time_zone)
    with open_engine(settings) as engine, brief(engine) as connection:
        now, last = queue.now(connection), claims.newest(connection)
    for report in declared:
        upcoming = report.times.following(now, zone).astimezone(zone)
        told = {"name": report.name, "schedule": report.schedule, "to": report.to}
        result = _last(last.get(report.name), zone, settings.locale)
        tell(_LINE.format(**told, next=f"{upcoming:%Y-%m-%d %H:%M}", last=result)[settings.locale])


def send(settings: Settings, name: str) -> None:
    """Send a declared report now; raise `UnknownScheduledReportError`, and like `send_now`."""
    from demetra_dash.reporting.scheduled import send_now

    declared = {one.name: one for one in read_reports(settings.reports_file)}
    if name not in declared:
        known = ", ".join(declared) or NOTHING
        raise UnknownScheduledReportError(name=name, file=settings.reports_file, known=known)
    with open_engine(settings) as engine, brief(engine) as connection:
        now = queue.now(connection)
    with open_analytics(settings) as analytics:
        remark = send_now(analytics, settings, declared[name], now)
    tell(_SENT.format(name=name, to=declared[name].to)[settings.locale])
    if remark is not None:
        tell(remark[settings.locale])


def _last(delivery: claims.Delivery | None, zone: ZoneInfo, lang: Lang) -> str:
    if delivery is None:
        return NOTHING
    slot = f"{delivery.slot.astimezone(zone):%Y-%m-%d %H:%M}"
    told = _STATES[delivery.state].format(time=slot)[lang]
    return f"{told} ({delivery.error[lang]})" if delivery.error else told


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, content, mode_of(file, PRIVATE))
