from __future__ import annotations

from typing import Any

import pytest
from dash import no_update

from callbacks.wiring import asked_run, complete, outputs, with_run
from layouts import ids


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


_OTHER_NAMES: list[object] = ["other", None, 1, [ids.CARDS], {}]
_NO_RUNS: list[object] = [None, True, 3.0, "3", [3], {}]
_NO_REQUESTS: list[object] = [
    *(None, [], "", {}, {"inputs": None}, {"inputs": {}}, {"inputs": [None, 1, "x", [], {}]}),
    *({"inputs": [{"id": name, "value": 3}]} for name in _OTHER_NAMES),
    *({"inputs": [{"id": ids.CARDS, "value": value}]} for value in _NO_RUNS),
]


@pytest.mark.parametrize("request_", _NO_REQUESTS)
def test_anything_but_a_request_about_a_run_names_none(request_: object) -> None:
    assert asked_run(request_) is None


@pytest.mark.parametrize("store", [ids.CARDS, ids.FIGURES])
def test_a_request_about_another_run_differs_in_the_run_alone(store: str) -> None:
    period = {"id": ids.VIEW, "property": "data", "value": {"period": "3"}}
    asked: dict[str, Any] = {
        "output": "x",
        "inputs": [period, {"id": store, "property": "data", "value": 3}],
        "state": [3],
    }

    other = with_run(asked, 4)

    assert (asked_run(asked), asked_run(other)) == (3, 4)
    assert with_run(other, 3) == asked
    assert other["inputs"][0] == period
