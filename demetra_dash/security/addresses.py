"""Addresses that no part of the application could read: refused before any of them tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class UnreadableAddressError(InvalidInputError):
    """The query of the address is not written in UTF-8."""

    code = "unreadable_address"
    words = Text(
        en="The address of this request is not written in UTF-8. Write other characters as %XX.",
        ru="Адрес запроса записан не в UTF-8. Запишите остальные символы как %XX.",
    )


def check_query(environ: WSGIEnvironment) -> None:
    """Raise `UnreadableAddressError` for a query that is no UTF-8, and leave it out of the request."""
    try:
        environ.get("QUERY_STRING", "").encode("latin1").decode()
    except UnicodeError as error:
        environ["QUERY_STRING"] = ""
        raise UnreadableAddressError from error
