"""The route of reports to hand out: workbook, slides, document."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from demetra_dash import reporting
from demetra_dash.api.parameters import DAYS, LANG, RUN
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.snapshots import save_as, snapshot_answer
from services.errors import NotFoundError
from services.reports.making import FILE_KINDS, MEDIA_TYPES, FileKind
from services.text import Text

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api
    from services.text import Lang


class UnknownReportError(NotFoundError):
    """There is no report of this kind."""

    code = "unknown_report"
    words = Text(
        en="There are no reports of the kind “{kind}”, only of these: {known}.",
        ru="Отчётов вида «{kind}» нет, есть: {known}.",
    )


def report(api: Api, kind: str, run: int | None, days: int | None, lang: str | None) -> Response:
    """Return a report of one run: figures of the last `days` days, the dashboards, plan, recommendations."""
    if kind not in FILE_KINDS:
        raise UnknownReportError(kind=kind[:20], known=", ".join(FILE_KINDS))
    of_kind: FileKind = kind
    spoken = cast("Lang", lang or api.settings.locale)

    def make(run_id: int) -> bytes:
        content = reporting.content_of(api.analytics, api.settings, run_id=run_id, days=days, lang=spoken)
        return reporting.file_of(content, of_kind, api.settings)

    address = f"report.{kind}?days={days}&lang={spoken}&currency={api.settings.currency}"
    answer = snapshot_answer(api, run, address, MEDIA_TYPES[of_kind], make)
    answer.headers["Content-Language"] = spoken
    return save_as(answer, f"demetra-report.{kind}")


ROUTES = (
    Route(
        "GET",
        "/api/report.<kind>",
        report,
        summary="A report to hand out: figures, dashboards, plan, recommendations with evidence, method.",
        answers=(
            Answer(
                "A workbook: typed numbers, one sheet for each table, the plan with formulas.",
                "bytes",
                MEDIA_TYPES["xlsx"],
            ),
            Answer("Slides: charts and tables that can be edited.", "bytes", MEDIA_TYPES["pptx"]),
            Answer("A document, tagged for accessibility.", "bytes", MEDIA_TYPES["pdf"]),
        ),
        parameters=(RUN, DAYS, LANG),
        problems=(400, 404, 429, 503),
    ),
)
