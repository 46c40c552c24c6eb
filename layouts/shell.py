"""The page's header as plain HTML, shown until the scripts have built the page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Any

from dash.development.base_component import Component

from layouts.page import top
from services.text import Lang

_LEFT_OUT = frozenset({"children", "id", "n_clicks"})  # ids are unique, and the page itself has them


@cache
def shell(lang: Lang) -> str:
    """Return the HTML. It has no function, so screen readers and the keyboard skip it."""
    return f'<div class="page shell" aria-hidden="true" inert>{as_html(top(lang))}</div>'


def as_html(part: Any) -> str:
    """Return the HTML of a component of `dash.html`, of a text, or of a list of these."""
    if part is None:
        return ""
    if isinstance(part, list):
        return "".join(map(as_html, part))
    if not isinstance(part, Component):
        return escape(str(part))
    values = part.to_plotly_json()  # type: ignore[no-untyped-call]
    assert values["namespace"] == "dash_html_components", values
    tag = values["type"].lower()
    return f"<{tag}{''.join(_attributes(values['props']))}>{as_html(values['props'].get('children'))}</{tag}>"


def _attributes(props: dict[str, Any]) -> Iterator[str]:
    for name, value in props.items():
        if name not in _LEFT_OUT:
            yield f' {"class" if name == "className" else name}="{escape(str(value))}"'
