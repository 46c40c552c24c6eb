"""What the page weighs on its way to a browser."""

from __future__ import annotations

from tests.benchmarks.installation import answers, installation, until
from tests.benchmarks.weighing import lines, recording_browser
from tests.browser.test_page import pytestmark  # noqa: F401


def test_the_page_weighs_no_more_than_it_may() -> None:
    with installation() as built, built.part("demetra_dash", "web"), recording_browser() as driver:
        until(lambda: answers(built.address + "/readyz"))

        measured = list(lines(driver, built.address))

    assert [line for line in measured if not line.is_reached] == []
    assert len(measured) == 3
