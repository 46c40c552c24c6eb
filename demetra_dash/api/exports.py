"""The route that exports campaign days as CSV.

The file is complete before its first byte is sent. If the database failed in between, the web server would
end the answer as if it were whole, and a client would take a part for all rows.
"""

from __future__ import annotations

import codecs
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from typing import IO, TYPE_CHECKING, cast

from flask import Response

from demetra_dash.api.csv_export import csv_lines
from demetra_dash.api.parameters import EXCEL, FROM, LANG, ONE_CHANNEL, TO, check_order
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.snapshots import save_as
from services.errors import UnavailableError
from services.intake.export import COLUMNS, NUMBERS, TEXTS
from services.text import Lang, Text

if TYPE_CHECKING:
    from demetra_dash.api.routes import Api
    from demetra_dash.settings import Settings
    from services.intake.export import Block

MOST_AT_ONCE = 2  # each holds a connection of the pool while the database is read
SENT_BYTES = 65_536
IN_MEMORY_BYTES = 8_000_000  # a larger file is written to the disk
_TYPE = "text/csv; charset=utf-8"
_free = threading.BoundedSemaphore(MOST_AT_ONCE)


class ExportsBusyError(UnavailableError):
    """This process makes as many exports as it may."""

    code = "exports_busy"
    words = Text(
        en="Other exports are being made right now. Try again in a few seconds.",
        ru="Сейчас готовятся другие выгрузки. Повторите через несколько секунд.",
    )


class ExportStorageError(UnavailableError):
    """The file of an export cannot be written."""

    code = "export_storage"
    words = Text(
        en="There is no room for the export ({reason}). Choose a shorter period, or make room on this disk: "
        "{folder}.",
        ru="Для выгрузки нет места ({reason}). Выберите период короче или освободите место на диске: "
        "{folder}.",
    )


def campaign_days(
    api: Api, channel: str | None, excel: bool, lang: Lang | None, **period: date | None
) -> Response:
    """Return the campaign days of a period as CSV."""
    notation = (lang or api.settings.locale) if excel else None
    first, last = period["from"], period["to"]
    check_order(first, last)
    with _place(), closing(api.analytics.campaign_days(first, last, channel)) as blocks:
        file = _written(blocks, api.settings, notation)
    response = _sent(file)
    response.headers["Cache-Control"] = "no-store"
    name = "-".join(["demetra-campaign-days", *(str(day) for day in (first, last) if day is not None)])
    return save_as(response, f"{name}.csv")


@contextmanager
def _place() -> Iterator[None]:
    """Hold one of the places; raise `ExportsBusyError` without a free one."""
    if not _free.acquire(blocking=False):
        raise ExportsBusyError
    try:
        yield
    finally:
        _free.release()


def _written(blocks: Iterator[Block], settings: Settings, notation: Lang | None) -> IO[bytes]:
    """Return an open temporary file without a name that has the rows; raise `ExportStorageError`."""
    home = settings.home.expanduser()
    folder = str(home) if home.is_dir() else tempfile.gettempdir()
    with ExitStack() as on_failure:
        try:
            file = on_failure.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, dir=folder))
            file.write(codecs.BOM_UTF8 + csv_lines([COLUMNS], (), (), notation))
            for block in blocks:
                file.write(csv_lines(block, TEXTS, NUMBERS, notation))
            file.flush()
        except OSError as error:
            raise ExportStorageError(reason=error.strerror or error, folder=folder) from error
        on_failure.pop_all()
    return cast("IO[bytes]", file)


def _sent(file: IO[bytes]) -> Response:
    """Return a file as an answer: a small one as it is, a large one in parts. The file is closed with it."""
    size = file.tell()
    file.seek(0)
    if size <= IN_MEMORY_BYTES:
        with file:
            return Response(file.read(), content_type=_TYPE)
    response = Response(_parts(file), content_type=_TYPE)
    response.content_length = size
    response.call_on_close(file.close)
    return response


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(SENT_BYTES):
            yield part


ROUTES = (
    Route(
        "GET",
        "/api/export/campaign-days.csv",
        campaign_days,
        summary="The campaign days of a period as CSV: a row for each account, channel, campaign and day.",
        answers=(Answer("The rows, with a heading; see docs/warehouse.md.", "text", "text/csv"),),
        parameters=(FROM, TO, ONE_CHANNEL, EXCEL, LANG),
        problems=(400, 503),
    ),
)
