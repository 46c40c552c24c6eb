"""Everything that the browser tests demand, once more on every route through a proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.test_page import *  # noqa: F403
from tests.growing.machines import program
from tests.proxy.routes import KINDS, Route, route

# Where the prefix is not stripped, test_hostile_networks.py does much of it in worse conditions,
# and test_path_prefix.py looks at every address on every route; this suite on it is for `make proxy`.
ROUTES = [pytest.param(kind, marks=[pytest.mark.slow] if kind == KINDS[1] else []) for kind in KINDS]


@pytest.fixture(scope="module", params=ROUTES, ids=lambda kind: kind.name)
def module_route(
    request: pytest.FixtureRequest, module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Route]:
    program("nginx")
    with route(request.param, module_url, tmp_path_factory.mktemp(request.param.name)) as made:
        yield made
