"""Errors as notices: our own errors with their text, all others as unexpected."""

from __future__ import annotations

import logging

from dash import set_props

from layouts import ids, notices
from services.errors import DemetraError
from services.text import Lang, Text

log = logging.getLogger(__name__)


def show(error: Exception, lang: Lang) -> None:
    """Open the notice for an exception of a callback; log the exception if it is a bug.

    Used as `Dash(on_error=...)`. Returns None, so the page keeps what it shows.
    """
    set_props(ids.NOTICE_ERROR_TEXT, {"children": words(error)[lang]})
    set_props(ids.NOTICE_ERROR, {"is_open": True})


def words(error: Exception) -> Text:
    """Return the sentence for an exception."""
    if isinstance(error, DemetraError):
        return error.text
    log.error("A callback failed.", exc_info=error)
    return notices.UNEXPECTED
