"""The HTML page that a browser shows if the request for the page is refused: one sentence."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from services.text import Lang, Text

_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Demetra</title>
    <style>
      body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem; }}
    </style>
  </head>
  <body>
    <h1>Demetra</h1>
    <p>{words}</p>
  </body>
</html>
"""


def refusal_page(words: Text, lang: Lang) -> Response:
    """Return the sentence as an HTML page."""
    return Response(
        _PAGE.format(lang=lang, words=escape(words[lang])), content_type="text/html; charset=utf-8"
    )
