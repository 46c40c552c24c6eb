"""A web process that has answered nothing yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from dash import Dash

from demetra_dash.app import build
from demetra_dash.settings import Settings
from tests.api.clients import down


def test_it_serves_the_scripts_of_a_page_from_another_process_to_all_who_ask_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = build(down(), Settings()).server.test_client().get("/").text
    scripts = re.findall(r'src="(/_dash-component-suites/[^"]+)"', page)
    walk: Callable[[Dash], None] = Dash._walk_assets_directory

    def slow_walk(app: Dash) -> None:
        sleep(0.2)
        walk(app)

    monkeypatch.setattr(Dash, "_walk_assets_directory", slow_walk)

    fresh = build(down(), Settings()).server
    with ThreadPoolExecutor(len(scripts)) as browser:
        answers = browser.map(lambda script: fresh.test_client().get(script).status_code, scripts)

    assert len(scripts) > 3
    assert set(answers) == {200}
