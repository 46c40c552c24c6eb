"""Routes that divide the figures of a period: by campaign, by channel, by audience, device and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from demetra_dash import reporting
from demetra_dash.api.csv_export import csv_bytes, excel_bytes
from demetra_dash.api.encoding import json_bytes
from demetra_dash.api.parameters import (
    BY,
    CAMPAIGN,
    DIMENSION,
    EXCEL,
    LANG,
    OFFSET,
    ORDER,
    ROWS,
    RUN,
    SEARCH,
    SORT,
    TRENDS,
    VALUE,
    InvalidParameterError,
)
from demetra_dash.api.responses import DimensionsAnswer, PricedBreakdown
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.selecting import PARAMETERS as SELECTING
from demetra_dash.api.selecting import address_of, selection_of
from demetra_dash.api.snapshots import save_as, snapshot_answer, snapshot_json_answer
from services.reports.breakdown_table import COLUMNS, breakdown_table, column_values
from services.reports.making import MEDIA_TYPES, TableJob
from services.text import Text
from services.views import BreakdownQuestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from demetra_dash.api.parameters import AskedRun
    from demetra_dash.api.routes import Api
    from services.text import Lang
    from services.views import Breakdown

MOST_IN_A_FILE = 100_000
_CSV = "text/csv; charset=utf-8"


def breakdown(api: Api, run: AskedRun, **asked: Any) -> Response:
    """Return the figures of a period, divided."""
    question = _question(asked)
    currency = _currency(api)
    return _answer(
        api, run, question, "json", lambda found: json_bytes(PricedBreakdown(found, currency)), currency
    )


def breakdown_csv(api: Api, run: AskedRun, excel: bool, lang: Lang | None, **asked: Any) -> Response:
    """Return all rows of a breakdown as CSV, without trends."""
    if excel:
        return _breakdown_for_excel(api, run, lang or api.settings.locale, asked)
    answer = _answer(api, run, _question(asked), "csv", _csv)
    return save_as(answer, "demetra-breakdown.csv")


def _breakdown_for_excel(api: Api, run: AskedRun, lang: Lang, asked: dict[str, Any]) -> Response:
    currency = _currency(api)

    def make(found: Breakdown) -> bytes:
        return excel_bytes(breakdown_table(found, lang), currency, lang)

    answer = _answer(api, run, _question(asked), "csv", make, f"{lang}&{currency}")
    answer.headers["Content-Language"] = lang
    return save_as(answer, "demetra-breakdown.csv")


def breakdown_xlsx(api: Api, run: AskedRun, lang: str | None, **asked: Any) -> Response:
    """Return all rows of a breakdown as a workbook."""
    spoken, currency = cast("Lang", lang or api.settings.locale), _currency(api)

    def make(found: Breakdown) -> bytes:
        return reporting.file_of(TableJob(breakdown_table(found, spoken), currency))

    answer = _answer(api, run, _question(asked), "xlsx", make, f"{spoken}&{currency}")
    answer.headers["Content-Language"] = spoken
    return save_as(answer, "demetra-breakdown.xlsx")


def dimensions(api: Api, run: AskedRun) -> Response:
    """Return what the figures of a snapshot can be divided by."""
    return snapshot_json_answer(
        api, run, "dimensions", lambda of: DimensionsAnswer(of, api.analytics.dimensions(of))
    )


def _answer(
    api: Api,
    run: AskedRun,
    question: BreakdownQuestion,
    kind: str,
    make: Callable[[Breakdown], bytes],
    further: str = "",
) -> Response:
    media_type = {"json": "application/json", "csv": _CSV, "xlsx": MEDIA_TYPES["xlsx"]}[kind]
    selection = address_of(question.selection)
    address = f"breakdown.{kind}?{selection}&{question!r}&{further}"
    return snapshot_answer(
        api, run, address, media_type, lambda run_id: make(api.analytics.breakdown(question, run_id))
    )


def _question(asked: dict[str, Any]) -> BreakdownQuestion:
    """Return the question of parsed parameters; raises `InvalidParameterError`.

    That of a file has neither a page nor trends.
    """
    if (asked["dimension"] is None) != (asked["value"] is None):
        name = "value" if asked["value"] is None else "dimension"
        allowed = Text(
            en="given too: dimension names an attribute, and value one of its values",
            ru="тоже указан: dimension — признак, value — одно из его значений",
        )
        raise InvalidParameterError(parameter=name, value="", allowed=allowed)
    figure, by_change = asked["sort"]
    return BreakdownQuestion(
        by=asked["by"],
        selection=selection_of(asked),
        **{name: asked[name] for name in ("campaign", "dimension", "value", "search")},
        sort=figure,
        by_change=by_change,
        ascending=asked["order"],
        offset=asked.get("offset", 0),
        limit=asked.get("limit", MOST_IN_A_FILE),
        has_trends=asked.get("trends", False),
    )


def _csv(found: Breakdown) -> bytes:
    columns = [column.name for column in COLUMNS]
    return csv_bytes(columns, (dict(zip(columns, row, strict=True)) for row in column_values(found)))


def _currency(api: Api) -> str:
    return api.analytics.currency or api.settings.currency


_ASKING = (RUN, BY, *SELECTING, CAMPAIGN, DIMENSION, VALUE, SORT, ORDER, SEARCH)
_PROBLEMS = (400, 404, 409, 422, 503)

ROUTES = (
    Route(
        "GET",
        "/api/breakdown",
        breakdown,
        summary="The figures of a period by campaign, channel, audience, device ..., page by page, compared.",
        answers=(Answer("The rows, and all others together.", PricedBreakdown),),
        parameters=(*_ASKING, ROWS, OFFSET, TRENDS),
        problems=_PROBLEMS,
    ),
    Route(
        "GET",
        "/api/breakdown.csv",
        breakdown_csv,
        summary="All rows of a breakdown as CSV.",
        answers=(Answer("The rows, with a heading.", "text", "text/csv"),),
        parameters=(*_ASKING, EXCEL, LANG),
        problems=_PROBLEMS,
    ),
    Route(
        "GET",
        "/api/breakdown.xlsx",
        breakdown_xlsx,
        summary="All rows of a breakdown as a workbook.",
        answers=(Answer("A workbook with typed numbers.", "bytes", MEDIA_TYPES["xlsx"]),),
        parameters=(*_ASKING, LANG),
        problems=(*_PROBLEMS, 429),
    ),
    Route(
        "GET",
        "/api/dimensions",
        dimensions,
        summary="What the figures of a run can be divided by.",
        answers=(Answer("The dimensions.", DimensionsAnswer),),
        parameters=(RUN,),
        problems=(400, 404, 503),
    ),
)
