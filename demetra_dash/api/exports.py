"""The route that exports campaign days as CSV, sent while they are read."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from flask import Response

from demetra_dash.api.csv_export import csv_lines
from demetra_dash.api.parameters import FROM, ONE_CHANNEL, TO, InvalidParameterError
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.snapshots import save_as
from services.errors import UnavailableError
from services.intake.export import COLUMNS
from services.text import Text

if TYPE_CHECKING:
    from demetra_dash.api.routes import Api
    from services.intake.export import Block

MOST_AT_ONCE = 2  # each holds a connection of the pool for as long as its client reads
_free = threading.BoundedSemaphore(MOST_AT_ONCE)


class ExportsBusyError(UnavailableError):
    """This process sends as many exports as it may."""

    code = "exports_busy"
    words = Text(
        en="Other exports are being sent right now. Try again in a few seconds.",
        ru="Сейчас отправляются другие выгрузки. Повторите через несколько секунд.",
    )


def campaign_days(api: Api, channel: str | None, **period: date | None) -> Response:
    """Return the campaign days of a period as CSV."""
    first, last = period["from"], period["to"]
    if first is not None and last is not None and first > last:
        allowed = Text(en=f"{first} or later", ru=f"{first} или позже")
        raise InvalidParameterError(parameter="to", value=str(last), allowed=allowed)
    lines = _lines(api.analytics.campaign_days(first, last, channel))
    # Until the first block is there, a failure is answered as a problem document.
    response = Response(chain([next(lines)], lines), content_type="text/csv; charset=utf-8")
    response.call_on_close(lines.close)
    response.headers["Cache-Control"] = "no-store"
    return save_as(
        response, f"{'-'.join(map(str, filter(None, ('demetra-campaign-days', first, last))))}.csv"
    )


def _lines(blocks: Generator[Block]) -> Generator[bytes]:
    """Yield the CSV in parts, the heading with the first rows; one of `MOST_AT_ONCE` generators at a time."""
    if not _free.acquire(blocking=False):
        raise ExportsBusyError
    try:
        with closing(blocks):
            yield csv_lines([COLUMNS], is_first=True) + csv_lines(next(blocks, ()))
            for block in blocks:
                yield csv_lines(block)
    finally:
        _free.release()


ROUTES = (
    Route(
        "GET",
        "/api/export/campaign-days.csv",
        campaign_days,
        summary="The campaign days of a period as CSV: a row for each account, channel, campaign and day.",
        answers=(Answer("The rows, with a heading; see docs/warehouse.md.", "text", "text/csv"),),
        parameters=(FROM, TO, ONE_CHANNEL),
        problems=(400, 503),
    ),
)
