from __future__ import annotations

import pytest
from dash import no_update

from callbacks.wiring import complete, outputs


def test_a_leaf_is_an_output_of_its_property() -> None:
    made = outputs(["progress.aria-valuenow"])

    assert made["progress.aria-valuenow"].component_id == "progress"
    assert made["progress.aria-valuenow"].component_property == "aria-valuenow"


def test_what_is_not_drawn_stays_as_it_is_on_the_page() -> None:
    assert complete(("a.children", "b.children"), {"a.children": "new"}) == {
        "a.children": "new",
        "b.children": no_update,
    }


def test_a_value_for_an_unknown_leaf_is_a_bug() -> None:
    with pytest.raises(KeyError, match=r"c\.children"):
        complete(("a.children",), {"c.children": "lost"})
