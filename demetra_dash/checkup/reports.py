"""Checks of the scheduled reports: the file, the mail server's settings, what became of the last slots."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from demetra_dash.checkup.check_result import CheckResult, failed, ok, warning
from demetra_dash.reporting.delivery import NoMailServerError
from demetra_dash.settings import Settings
from services.errors import DemetraError
from services.reports import claims
from services.reports.declaring import ReportsFileError, ScheduledReport, read_reports
from services.text import Text

SUBJECT = "report"
_CORRECT = Text(
    en="Correct this line; until then, no report is sent.",
    ru="Исправьте эту строку; до тех пор отчёты не отправляются.",
)
_SET = Text(en="Or let the report go to a folder: “to” in {file}.", ru="Или укажите папку: «to» в {file}.")
_SENT = Text(en="{name}: sent, slot {slot} UTC", ru="{name}: отправлен, время {slot} UTC")
_WAITS = Text(en="{name}: nothing was due yet", ru="{name}: ещё не было срока")
_UNDER_WAY = Text(en="{name}: is being sent", ru="{name}: отправляется")
_FAILED = Text(en="{name}: not sent, slot {slot} UTC", ru="{name}: не отправлен, время {slot} UTC")
_AGAIN = Text(
    en="{reason} Then: demetra report --send “{name}”", ru="{reason} Затем: demetra report --send «{name}»"
)
_INTERRUPTED = Text(en="Each attempt was interrupted.", ru="Все попытки были прерваны.")


def look_at_reports(settings: Settings, engine: sa.Engine) -> Iterator[CheckResult]:
    """Yield a check result for each scheduled report, or one for a mistake in the file; none without any."""
    try:
        declared = read_reports(settings.reports_file)
    except ReportsFileError as error:
        yield failed("reports", error.text, _CORRECT)
        return
    if not declared:
        return
    if any(report.recipients for report in declared) and not (settings.smtp_url and settings.mail_from):
        yield failed("reports", NoMailServerError().text, _SET.format(file=settings.reports_file))
    try:
        with engine.connect() as connection:
            last = claims.newest(connection)
    except (DemetraError, sa.exc.SQLAlchemyError):  # the check of the database says what to do
        return
    yield from (_result(report, last.get(report.name)) for report in declared)


def _result(report: ScheduledReport, last: claims.Delivery | None) -> CheckResult:
    if last is None:
        return ok(SUBJECT, _WAITS.format(name=report.name))
    if last.state == "sending":
        return ok(SUBJECT, _UNDER_WAY.format(name=report.name))
    told = {"name": report.name, "slot": f"{last.slot:%Y-%m-%d %H:%M}"}
    if last.state == "sent" and last.error is None:
        return ok(SUBJECT, _SENT.format(**told))
    what = (_SENT if last.state == "sent" else _FAILED).format(**told)
    return warning(SUBJECT, what, _AGAIN.format(reason=last.error or _INTERRUPTED, name=report.name))
