"""Validation of values from the page: a value that a client forged is refused before a callback runs.

Each input and state of a callback on the server has a rule here, by its full name or by its property.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from layouts import ids, slides
from services.views import THEMES

LARGEST_RUN_ID = 2**63 - 1
LONGEST_TEXT = 200

Rule = Callable[[object], bool]


def is_run_id(value: object) -> bool:
    """Tell whether a value can be a run id. True and 1.0 cannot."""
    return type(value) is int and 1 <= value <= LARGEST_RUN_ID


def is_view(value: object) -> bool:
    """Tell whether a value has the texts of period, comparison and channel; any address may have these."""
    if not isinstance(value, dict) or set(value) != {"period", "compare", "channel"}:
        return False
    return all(map(is_text, value.values()))


def is_search(value: object) -> bool:
    """Tell whether a value has what is searched for among campaigns, and their order."""
    if not isinstance(value, dict) or set(value) != {"search", "order"}:
        return False
    return all(map(is_text, value.values()))


def is_count(value: object) -> bool:
    """Tell whether a value is a finite number, as JavaScript counters are."""
    return type(value) is int or (type(value) is float and math.isfinite(value))


def is_text(value: object) -> bool:
    """Tell whether a value is a short text."""
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def is_shown(value: object) -> bool:
    """Tell whether a value says what the large view shows: the slug of a dashboard, a run id and a theme."""
    if not isinstance(value, dict) or set(value) != {"slug", "run", "theme"}:
        return False
    return is_text(value["slug"]) and is_run_id(value["run"]) and is_theme(value["theme"])


def is_theme(value: object) -> bool:
    """Tell whether a value is the name of a theme."""
    return isinstance(value, str) and value in THEMES


RULES: dict[str, Rule] = {
    f"{ids.TICK}.data": is_count,
    f"{ids.WORDS_ASKED}.data": is_count,
    f"{ids.SNAPSHOT}.data": is_run_id,
    f"{ids.FIGURES}.data": is_run_id,
    f"{ids.CARDS}.data": is_run_id,
    **{f"{ids.slides_run(deck)}.data": is_run_id for deck in slides.DECKS},
    f"{ids.LARGE_SHOWN}.data": is_shown,
    f"{ids.PICTURE_THEME}.data": is_theme,
    f"{ids.VERSION}.data": is_text,
    f"{ids.VIEW}.data": is_view,
    f"{ids.CAMPAIGNS_ASKED}.data": is_search,
}
RULES_BY_PROPERTY: dict[str, Rule] = {
    "n_clicks": is_count,
    "n_intervals": is_count,
    "is_open": lambda value: isinstance(value, bool),
    "active_tab": is_text,
}
NEVER_EMPTY = (f"{ids.VIEW}.data", f"{ids.CAMPAIGNS_ASKED}.data")


def rule_of(component_id: str, component_property: str) -> Rule | None:
    """Return the rule for the values of an input or state; None if there is none."""
    name = f"{component_id}.{component_property}"
    return RULES.get(name) or RULES_BY_PROPERTY.get(component_property)


def is_accepted(component_id: str, component_property: str, value: object) -> bool:
    """Tell whether a page may send this value; None is a value that is not set yet."""
    if value is None:
        return f"{component_id}.{component_property}" not in NEVER_EMPTY
    rule = rule_of(component_id, component_property)
    return rule is None or rule(value)
