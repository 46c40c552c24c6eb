"""The route of reports to hand out: workbook, slides, document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from demetra_dash import reporting
from demetra_dash.api.parameters import LANG, RUN
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.selecting import PERIOD_PARAMETERS, address_of, selection_of
from demetra_dash.api.snapshots import NOT_KEPT, answer_of, pick, save_as
from services.errors import NotFoundError
from services.reports.making import FILE_KINDS, MEDIA_TYPES, FileKind, ReportJob
from services.text import Text
from services.views import Variant

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.parameters import AskedRun
    from demetra_dash.api.routes import Api
    from services.text import Lang


class UnknownReportError(NotFoundError):
    """There is no report of this kind."""

    code = "unknown_report"
    words = Text(
        en="There are no reports of the kind “{kind}”, only of these: {known}.",
        ru="Отчётов вида «{kind}» нет, есть: {known}.",
    )


def report(api: Api, kind: str, run: AskedRun, lang: str | None, **selected: Any) -> Response:
    """Return a report of one run: figures of a period, the dashboards, plan, recommendations."""
    if kind not in FILE_KINDS:
        raise UnknownReportError(kind=kind[:20], known=", ".join(FILE_KINDS))
    of_kind: FileKind = kind
    spoken = cast("Lang", lang or api.settings.locale)
    selection = selection_of(selected)

    def make(run_id: int) -> bytes:
        content = reporting.content_of(
            api.analytics, api.settings, run_id=run_id, selection=selection, lang=spoken
        )
        return reporting.file_of(ReportJob(content, of_kind, api.settings.pptx_template))

    snapshot = pick(api, run)
    is_final = api.analytics.has_charts(snapshot.run_id, Variant(spoken))
    parts = f"{address_of(selection)}&lang={spoken}&currency={api.settings.currency}&final={is_final:d}"
    address = f"report.{kind}?{parts}"
    is_fixed = isinstance(run, int)
    answer = answer_of(api, snapshot, address, MEDIA_TYPES[of_kind], make, is_fixed=is_fixed)
    answer.headers["Content-Language"] = spoken
    if not is_final:  # its pictures are in the other language until a run has drawn them
        answer.headers["Cache-Control"] = NOT_KEPT
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
        parameters=(RUN, *PERIOD_PARAMETERS, LANG),
        problems=(400, 404, 429, 503),
    ),
)
