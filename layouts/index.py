"""The HTML document around the page, in place of Dash's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from layouts import ids
from layouts.notices import BEFORE_THE_PAGE
from layouts.shell import shell
from services.text import Lang, Text

TITLE = "Demetra"
DESCRIPTION = Text(
    en="What your advertising brought, what it will bring, and how to split the next budget.",
    ru="Что принесла реклама, что она принесёт и как разделить следующий бюджет.",
)
NO_SCRIPT = Text(
    en="This page needs JavaScript. The same figures as JSON: /api/openapi.json",
    ru="Для этой страницы нужен JavaScript. Те же данные в JSON: /api/openapi.json",
)
# Visible only if the styles that hide it were not loaded.
UNSTYLED = Text(
    en="The parts of this page did not arrive; they are under {prefix}. If the address of this page does not "
    "begin like that, DEMETRA_PATH_PREFIX and the path of the proxy disagree.",
    ru="Части этой страницы не загрузились; они находятся под {prefix}. Если адрес страницы начинается "
    "иначе, то DEMETRA_PATH_PREFIX и путь прокси не совпадают.",
)

_INDEX = """<!DOCTYPE html>
<html lang="{lang}">
  <head>
    {{%metas%}}
    <meta name="description" content="{description}">
    <meta name="color-scheme" content="light dark">
    <title>{{%title%}}</title>
    <link rel="icon" type="image/svg+xml" href="{icon}">
    <script src="{theme}"></script>
    {{%css%}}
  </head>
  <body>
    <noscript>{no_script}</noscript>
    <p class="if-unstyled">{unstyled}</p>
    <p id="{early}" class="notice is-warn is-hidden" role="status"{troubles}></p>
    {{%app_entry%}}
    {shell}
    <footer>
      {{%config%}}
      {{%scripts%}}
      {{%renderer%}}
    </footer>
  </body>
</html>"""

_SECRET_KEYS = ("dash_version", "python_version", "plotly_version", "ddk_version", "dash_version_url")


def index(lang: Lang, asset_url: Callable[[str], str], prefix: str) -> str:
    """Return the HTML of a page under `prefix`, with placeholders for the parts that Dash fills in.

    The theme's script comes first, so the other theme is never painted.
    """
    return _INDEX.format(
        lang=lang,
        shell=shell(lang),
        description=DESCRIPTION[lang],
        no_script=NO_SCRIPT[lang],
        unstyled=UNSTYLED.format(prefix=escape(prefix))[lang],
        early=ids.NOTICE_EARLY,
        troubles="".join(f' data-{name}="{text[lang]}"' for name, text in BEFORE_THE_PAGE.items()),
        icon=asset_url("favicon.svg"),
        theme=asset_url("head/theme.js"),
    )


def without_versions(config: str) -> str:
    """Return Dash's `_dash-config` element without the versions of the server's software."""
    before, _, rest = config.partition(">")
    values, _, after = rest.rpartition("<")
    kept = {key: value for key, value in json.loads(values).items() if key not in _SECRET_KEYS}
    safe = json.dumps(kept).replace("<", "\\u003c")
    return f"{before}>{safe}<{after}"
