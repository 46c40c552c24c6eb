from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dash import dcc, html

from layouts import (
    advice,
    channel_page,
    dashboard,
    decision,
    empty,
    ids,
    kpis,
    notices,
    overview,
    page,
    sync_bar,
    track_record,
    view_bar,
)
from layouts.index import index, without_versions
from layouts.shell import as_html
from tests.layouts.values import NOW, RUSSIAN, SETUP, components, run, status, words

SKELETON = page.page(SETUP)
KEPT_IN_RUSSIAN = {*("PPTX", "PDF", "XLSX"), "Demetra", "ROI", "CTR", "PNG", "CSV", "Excel", "ML"} | {
    "demetra",
    "import",
    "demo",
    "run",
    "worker",
}
BY_ID = {c.id: c for c in components(SKELETON) if hasattr(c, "id")}


def test_every_name_is_given_once() -> None:
    names = Counter(c.id for c in components(SKELETON) if hasattr(c, "id"))

    assert [name for name, count in names.items() if count > 1] == []


def test_every_leaf_is_on_the_page() -> None:
    leaves = (
        *kpis.LEAVES,
        *notices.LEAVES,
        *sync_bar.LEAVES,
        *empty.LEAVES,
        *advice.LEAVES,
        *overview.FIGURE_LEAVES,
        *decision.LEAVES,
        *channel_page.LEAVES,
        *view_bar.CHANNEL_LEAVES,
        *overview.CHART_LEAVES,
        *overview.TABLE_LEAVES,
        *dashboard.leaves("roi-forecast"),
        *track_record.LEAVES,
    )

    for leaf in leaves:
        name, _, leaf_property = leaf.rpartition(".")
        known = getattr(BY_ID[name], "available_properties", ())
        assert leaf_property in known or leaf_property.startswith(("aria-", "data-")), leaf


def test_the_skeleton_holds_no_data() -> None:
    tables: list[Any] = [c for c in components(SKELETON) if type(c).__name__ == "DataTable"]
    graphs: list[Any] = [c for c in components(SKELETON) if isinstance(c, dcc.Graph)]

    assert len(tables) == 2
    assert all(table.data == [] for table in tables)
    assert len(graphs) == 2
    assert all(graph.figure["data"] == [] for graph in graphs)


def test_the_page_asks_for_a_run_in_the_interval_of_the_setting() -> None:
    assert getattr(BY_ID[ids.RENEWAL], "interval", None) == 1_800_000


def test_the_page_speaks_russian_throughout() -> None:
    written = words(page.page(replace(SETUP, reader=RUSSIAN)))

    foreign = set(re.findall(r"[A-Za-z]{2,}", written))
    assert foreign - KEPT_IN_RUSSIAN == set()


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "has-figures"),
        ({"snapshot": None}, "has-campaigns"),
        ({"snapshot": None, "has_campaigns": False}, "has-nothing"),
    ],
)
def test_the_page_shows_figures_or_how_to_get_some(
    values: dict[str, None] | dict[str, bool | None], state: str
) -> None:
    assert empty.draw(status(**values)) == {f"{ids.PAGE}.className": f"page {state}"}


@pytest.mark.parametrize(("seconds", "is_pale"), [(4.9, True), (5, False)])
def test_pictures_are_pale_only_as_long_as_a_sync_usually_takes(seconds: float, is_pale: bool) -> None:
    active = run(42, "running", requested_at=NOW - timedelta(seconds=seconds), finished_at=None)

    classes = empty.draw(status(active=active))[f"{ids.PAGE}.className"].split()

    assert ("is-renewing" in classes) is is_pale


def test_an_empty_page_names_both_ways_to_get_data_in() -> None:
    assert "demetra import FILE" in words(SKELETON)
    assert "demetra demo" in words(SKELETON)


def test_the_html_around_the_page_says_its_language_and_sets_the_theme_first() -> None:
    html = index("ru", lambda path: f"/bi/assets/{path}", "/bi/")

    assert '<html lang="ru">' in html
    assert html.index("/bi/assets/head/theme.js") < html.index("{%css%}")
    for part in ("metas", "title", "css", "app_entry", "config", "scripts", "renderer"):
        assert f"{{%{part}%}}" in html


def test_no_version_of_the_server_is_in_the_page() -> None:
    config = '<script id="_dash-config" type="application/json">{"python_version": "3", "ui": "<b"}</script>'

    kept = without_versions(config)

    assert "python_version" not in kept
    assert kept.startswith('<script id="_dash-config" type="application/json">{')
    assert json.loads(kept.partition(">")[2].rpartition("<")[0]) == {"ui": "<b"}
    assert "<b" not in kept


def test_the_top_stands_there_before_any_script_and_is_no_second_page() -> None:
    whole = index("ru", str, "/")

    shell = whole[whole.index('<div class="page shell"') : whole.index("<footer>")]
    assert "Demetra" in shell
    assert "Обновить" in shell
    assert " id=" not in shell
    assert whole.index("{%app_entry%}") < whole.index(shell)


def test_only_plain_html_can_stand_there() -> None:
    parts = [html.B("<&>", className="x", id="y", title='"'), None, 5]

    assert as_html(parts) == '<b class="x" title="&quot;">&lt;&amp;&gt;</b>5'
    with pytest.raises(AssertionError):
        as_html(dcc.Store(id="z"))
