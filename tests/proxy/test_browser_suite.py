"""Everything that the browser tests demand, once more on every route through a proxy."""

from __future__ import annotations

from tests.browser.test_page import *  # noqa: F403
