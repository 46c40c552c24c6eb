"""Validation of the request address: a query that is not UTF-8 is refused before it is parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class UnreadableAddressError(InvalidInputError):
    """The query of the address is not valid UTF-8."""

    code = "unreadable_address"
    words = Text(
        en="The address of this request is not written in UTF-8. Write other characters as %XX.",
        ru="Адрес запроса записан не в UTF-8. Запишите остальные символы как %XX.",
    )


def check_query(environ: WSGIEnvironment) -> None:
    """Raise `UnreadableAddressError` if the query is not UTF-8, and remove it from `environ`."""
    try:
        environ.get("QUERY_STRING", "").encode("latin1").decode()
    except UnicodeError as error:
        environ["QUERY_STRING"] = ""
        raise UnreadableAddressError from error
