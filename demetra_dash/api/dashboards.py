"""Routes of the dashboards: chart, rows, and age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demetra_dash.api.csv_export import csv_bytes, excel_bytes
from demetra_dash.api.encoding import json_bytes
from demetra_dash.api.parameters import DOWNLOAD, EXCEL, FORMAT, LANG, RUN, THEME
from demetra_dash.api.responses import DashboardState
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.api.snapshots import NOT_KEPT, answer_of, pick, save_as, snapshot_answer
from services.dashboards import DASHBOARDS, by_slug
from services.reports.content import dashboard_table
from services.views import Variant

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.parameters import AskedRun
    from demetra_dash.api.routes import Api
    from services.text import Lang
    from services.views import DashboardSize, SyncStatus, Theme


THEME_HEADER = "Demetra-Theme"
CSV = "text/csv; charset=utf-8"


def chart(api: Api, slug: str, run: AskedRun, lang: Lang | None, theme: Theme, download: bool) -> Response:
    """Return the chart of one dashboard as PNG, in the nearest variant that the run has."""
    snapshot = pick(api, run)
    wanted = Variant(lang or api.settings.locale, theme)
    found = api.analytics.chart(slug, snapshot.run_id, wanted)
    drawn = found.variant
    address = f"{slug}.{drawn.lang}.{drawn.theme}.png"
    answer = answer_of(
        api, snapshot, address, "image/png", lambda _: found.png, is_fixed=isinstance(run, int)
    )
    answer.headers["Content-Language"] = drawn.lang
    answer.headers[THEME_HEADER] = drawn.theme
    if drawn != wanted:  # it is being drawn, unless the run is an older one
        answer.headers["Cache-Control"] = NOT_KEPT
    return save_as(answer, f"demetra-{slug}.png") if download else answer


def data(
    api: Api,
    slug: str,
    run: AskedRun,
    format: str,  # noqa: A002 - the name of the parameter
    excel: bool,
    lang: Lang | None,
    download: bool,
) -> Response:
    """Return the rows of one dashboard as JSON, as CSV, or as CSV for Excel in the notation of a language."""
    by_slug(slug)
    if excel:
        return _for_excel(api, slug, run, lang or api.settings.locale)
    media_type, make = {"json": ("application/json", _json), "csv": (CSV, _csv)}[format]
    answer = snapshot_answer(api, run, f"{slug}.{format}", media_type, lambda run_id: make(api, slug, run_id))
    return save_as(answer, f"demetra-{slug}.{format}") if download or format == "csv" else answer


def _for_excel(api: Api, slug: str, run: AskedRun, lang: Lang) -> Response:
    def make(run_id: int) -> bytes:
        table = dashboard_table(api.analytics.dashboard(slug, run_id), lang)
        return excel_bytes(table, api.analytics.currency_of(run_id) or api.settings.currency, lang)

    answer = snapshot_answer(api, run, f"{slug}.{lang}.excel.csv", CSV, make)
    answer.headers["Content-Language"] = lang
    return save_as(answer, f"demetra-{slug}.csv")


def dashboard_status(api: Api) -> Response:
    """Return for each dashboard which run it shows, and the age of that snapshot."""
    status = api.analytics.status()
    published = api.analytics.sizes(status.snapshot.run_id) if status.snapshot else {}
    return json_answer({spec.slug: _state(status, published.get(spec.slug)) for spec in DASHBOARDS})


def _json(api: Api, slug: str, run_id: int) -> bytes:
    return json_bytes(api.analytics.dashboard(slug, run_id))


def _csv(api: Api, slug: str, run_id: int) -> bytes:
    columns = [column.name for column in by_slug(slug).table.c]
    return csv_bytes(columns, api.analytics.dashboard(slug, run_id).rows)


def _state(status: SyncStatus, size: DashboardSize | None) -> DashboardState:
    if status.snapshot is None or size is None:
        return DashboardState(
            run_id=None, created_at=None, rows=0, chart_sha256=None, age_seconds=None, stale=True
        )
    return DashboardState(
        run_id=status.snapshot.run_id,
        created_at=status.snapshot.created_at,
        rows=size.rows,
        chart_sha256=size.chart_sha256,
        age_seconds=status.age_seconds,
        stale=status.is_stale,
    )


ROUTES = (
    Route(
        "GET",
        "/api/ml-dashboard/<slug>/chart",
        chart,
        summary="The picture of one dashboard.",
        answers=(Answer("The picture.", "bytes", "image/png"),),
        parameters=(RUN, LANG, THEME, DOWNLOAD),
        problems=(400, 404, 503),
    ),
    Route(
        "GET",
        "/api/ml-dashboard/<slug>/data",
        data,
        summary="The rows of one dashboard.",
        answers=(
            Answer("The rows.", "rows"),
            Answer("The rows for a spreadsheet, with a heading.", "text", "text/csv"),
        ),
        parameters=(RUN, FORMAT, EXCEL, LANG, DOWNLOAD),
        problems=(400, 404, 503),
    ),
    Route(
        "GET",
        "/api/ml-dashboard/status",
        dashboard_status,
        summary="What each dashboard shows, and how old that is.",
        answers=(Answer("The state of each dashboard, by its slug.", dict[str, DashboardState]),),
        problems=(503,),
        is_remembered=True,
    ),
)
