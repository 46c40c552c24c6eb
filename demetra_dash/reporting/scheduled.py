"""Scheduled reports: a thread of each worker looks for slots that are due, and sends each exactly once."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import psycopg
import sqlalchemy as sa

from demetra_dash import reporting
from demetra_dash.reporting.delivery import MailServer, Parcel, deliver
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.engine import brief, make_engine
from services.errors import DemetraError, NoSnapshotError
from services.periods import Selection, period_of
from services.reports import claims
from services.reports.declaring import ReportsFileError, ScheduledReport, read_reports
from services.reports.making import FileKind, ReportJob
from services.sync import queue
from services.text import Lang, Text
from services.views import Theme

log = logging.getLogger("demetra.reports")

LOOK_SECONDS = 5.0

_UNEXPECTED = Text(
    en="something unexpected, see the log of the worker", ru="непредвиденная ошибка, см. журнал worker"
)


def mail_server(settings: Settings) -> MailServer | None:
    """Return the mail server of the settings; None unless both of its settings are set."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return MailServer(settings.smtp_url, settings.mail_from)


def made_report(analytics: Analytics, settings: Settings, report: ScheduledReport, slot: datetime) -> Parcel:
    """Return a report of the newest run, made in a child process.

    Raises `NoSnapshotError`, and like `reporting.file_of`.
    """
    snapshot = analytics.snapshot()
    if snapshot is None:
        raise NoSnapshotError
    lang = cast("Lang", report.lang or settings.locale)
    period = period_of(report.period)
    assert period is not None, report.period
    content = reporting.content_of(
        analytics,
        settings,
        run_id=snapshot.run_id,
        selection=Selection(period),
        lang=lang,
        theme=cast("Theme", report.theme),
    )
    job = ReportJob(content, cast("FileKind", report.format), settings.pptx_template)
    moment = slot.astimezone(ZoneInfo(settings.time_zone))
    return Parcel(report, reporting.file_of(job), snapshot.run_id, moment, lang)


def send_now(analytics: Analytics, settings: Settings, report: ScheduledReport, now: datetime) -> Text | None:
    """Send a report outside of its schedule; return the remark of `deliver`, and raise like it."""
    return deliver(made_report(analytics, settings, report, now), mail_server(settings), base_of(settings))


def base_of(settings: Settings) -> Path:
    """Return where relative folders of `reports.toml` begin."""
    return settings.reports_file.absolute().parent


class ReportSender:
    """Sends the reports that are due, in a thread of its own, so that no run waits for it."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._engine = make_engine(database_url, name="demetra reports", pool_size=2)
        self._analytics = Analytics(self._engine, settings.interval_seconds)
        self._settings = settings
        self._zone = ZoneInfo(settings.time_zone)
        self._stopping = threading.Event()
        self._problem = ""
        # A daemon: the end of the worker does not wait for a mail server. The lease ends by itself.
        self._thread = threading.Thread(target=self._serve, name="reports", daemon=True)

    def start(self) -> None:
        """Begin to look for reports that are due."""
        self._thread.start()

    def stop(self) -> None:
        """Send no further report."""
        self._stopping.set()

    def close(self) -> None:
        """Close the connections; only when the thread does not run."""
        self._engine.dispose()

    def send_due(self) -> int:
        """Send the reports that are due and claimed by no other process; return how many were tried."""
        declared = self._declared()
        return sum(self._send_if_due(report) for report in declared)

    def _serve(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self.send_due()
            except (DemetraError, psycopg.Error, sa.exc.SQLAlchemyError) as error:
                self._tell(f"scheduled reports wait for the database: {error}")
            except Exception:  # the thread must go on: the next look may succeed
                log.exception("scheduled reports: something unexpected")
        self.close()

    def _declared(self) -> tuple[ScheduledReport, ...]:
        try:
            declared = read_reports(self._settings.reports_file)
        except ReportsFileError as error:
            self._tell(f"no report is sent until the file is corrected: {error}")
            return ()
        self._problem = ""
        return declared

    def _tell(self, problem: str) -> None:
        """Log a problem once, not at each look."""
        if problem != self._problem:
            log.warning("%s", problem)
        self._problem = problem

    def _send_if_due(self, report: ScheduledReport) -> bool:
        with brief(self._engine) as connection:
            slot = report.times.newest(queue.now(connection), self._zone)
            claim = claims.claim(connection, report.name, report.schedule, slot)
        if claim is not None:
            self._send(report, claim)
        return claim is not None

    def _send(self, report: ScheduledReport, claim: claims.Claim) -> None:
        try:
            parcel = made_report(self._analytics, self._settings, report, claim.slot)
            with brief(self._engine) as connection:
                if not claims.renew(connection, claim):
                    return  # it took so long that another process has claimed the slot
            remark = deliver(parcel, mail_server(self._settings), base_of(self._settings))
        except DemetraError as error:
            self._fail(claim, error.text)
        except Exception:  # a bug ends this report, not the thread that sends the others
            log.exception("report %s: something unexpected", report.name)
            self._fail(claim, _UNEXPECTED)
        else:
            with brief(self._engine) as connection:
                claims.succeed(connection, claim, parcel.run_id, remark)
                claims.forget_old(connection)
            rest = f" ({remark.en})" if remark else ""
            log.info("report %s of %s: sent%s", claim.name, claim.slot.isoformat(), rest)

    def _fail(self, claim: claims.Claim, reason: Text) -> None:
        log.warning("report %s, attempt %d: %s", claim.name, claim.attempt, reason.en)
        with brief(self._engine) as connection:
            claims.fail(connection, claim, reason)
