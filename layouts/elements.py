"""Small HTML elements of several modules, and attributes that are no Python keywords."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component


def aria(**attributes: str) -> Any:
    """Return `aria-...` attributes, to be given to a component with `**`."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def data(**attributes: str) -> Any:
    """Return `data-...` attributes, to be given to a component with `**`."""
    return {f"data-{name}": value for name, value in attributes.items()}


def icon(name: str) -> Component:
    """Return an icon of `assets/10_tokens.css`, hidden from screen readers."""
    return html.Span(className=f"icon icon-{name}", **aria(hidden="true"))
