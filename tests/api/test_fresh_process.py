"""A process that has served no page yet, beside one that has."""

from __future__ import annotations

import re

from demetra_dash.app import build
from demetra_dash.settings import Settings
from tests.api.clients import down


def test_a_process_serves_the_scripts_of_a_page_that_another_one_has_made():
    page = build(down(), Settings()).server.test_client().get("/").text
    scripts = re.findall(r'src="(/_dash-component-suites/[^"]+)"', page)

    fresh = build(down(), Settings()).server.test_client()

    assert len(scripts) > 3
    assert {fresh.get(script).status_code for script in scripts} == {200}
