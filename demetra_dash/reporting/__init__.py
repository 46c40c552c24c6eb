"""Reports of a run: their content from the facade, their files from a child process.

The child loads the library of its kind of file and ends with its work, so its memory and its time are no
burden to the web process.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from demetra_dash.security.limits import TooManyRequestsError
from layouts import incomplete, unfinished, worth
from layouts.reader import Reader
from services.dashboards import DASHBOARDS
from services.errors import UnavailableError
from services.periods import Selection
from services.reports.content import Report, RunViews, report_of
from services.reports.making import ReportJob, TableJob
from services.text import Lang, Text
from services.views import Theme, Variant

if TYPE_CHECKING:
    from demetra_dash.settings import Settings
    from services.analytics import Analytics

MOST_AT_ONCE = 2  # of each web process: each takes a processor core
RETRY_SECONDS = 2
DEADLINE_SECONDS = 60


class TooManyReportsError(TooManyRequestsError):
    """As many reports as this process takes are under way."""

    code = "too_many_reports"
    words = Text(
        en="Other reports are being made at this moment. Ask again in {seconds} s.",
        ru="Сейчас создаются другие отчёты. Повторите через {seconds} с.",
    )


class ReportFailedError(UnavailableError):
    """The process that makes the report has ended without one."""

    code = "report_failed"
    words = Text(
        en="The report could not be made ({reason}). Try again; if this happens again, tell the admin: the "
        "log of the server has the details.",
        ru="Не удалось создать отчёт ({reason}). Повторите; если не поможет, сообщите администратору: "
        "подробности — в журнале сервера.",
    )


_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


def content_of(
    analytics: Analytics,
    settings: Settings,
    *,
    run_id: int,
    selection: Selection,
    lang: Lang,
    theme: Theme = "light",
) -> Report:
    """Return what a report of a run says; raises like the methods of the facade."""
    overview = analytics.overview(selection, run_id)
    currency = analytics.snapshot_of(run_id).currency or settings.currency
    reader = Reader(lang, currency, settings.time_zone)
    remarks = (
        incomplete.sentence(overview, reader),
        unfinished.sentence(overview, lang),
        worth.sentence(overview, lang),
    )
    views = RunViews(
        overview=overview,
        advice=analytics.advice(run_id),
        track_record=analytics.track_record(run_id),
        dashboards=tuple(analytics.dashboard(spec.slug, run_id) for spec in DASHBOARDS),
        charts=tuple(analytics.chart(spec.slug, run_id, Variant(lang, theme)) for spec in DASHBOARDS),
        currency=currency,
        remarks=tuple(filter(None, remarks)),
        version=version("demetra-dash"),
    )
    return report_of(views, lang, datetime.now(UTC), settings.time_zone)


def file_of(job: ReportJob | TableJob) -> bytes:
    """Return the file of a report or of a table, made in a child process.

    Raises `TooManyReportsError`, and `ReportFailedError` when the child ends without a file.
    """
    if not _slots.acquire(blocking=False):
        raise TooManyReportsError(seconds=RETRY_SECONDS)
    try:
        return _made_by_child(job)
    finally:
        _slots.release()


def _made_by_child(job: ReportJob | TableJob) -> bytes:
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "demetra_dash.reporting.child"],
            input=pickle.dumps(job),
            stdout=subprocess.PIPE,
            timeout=DEADLINE_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        seconds = DEADLINE_SECONDS
        reason = Text(en=f"it took more than {seconds} s", ru=f"прошло больше {seconds} с")
        raise ReportFailedError(reason=reason) from error
    except subprocess.CalledProcessError as error:
        code = error.returncode
        raise ReportFailedError(reason=Text(en=f"exit code {code}", ru=f"код {code}")) from error
    return child.stdout
