"""What an intranet does to a page, one misfortune at a time.

Each time the page keeps its last pictures, says in one line what is wrong, and comes back without
being reloaded.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest
import sqlalchemy as sa

from layouts import ids
from layouts.notices import OF_THE_CONNECTION
from services.analytics import Analytics
from tests.browser.page import SLUGS
from tests.browser.test_page import dashboards, import_more, pytestmark  # noqa: F401
from tests.browser.working import INTERVAL_SECONDS, add_three_channels
from tests.growing.machines import program
from tests.proxy.bad_line import CUTS, BadLine, Cut, bad_line
from tests.proxy.processes import HOST
from tests.proxy.routes import KINDS, ProxiedPage, Route, route

NOTICES = [id_ for id_, _ in OF_THE_CONNECTION.values()]
ELSEWHERE = "http://sso.example.com/login"


@pytest.fixture(scope="module")
def module_route(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Route]:
    program("nginx")
    with route(KINDS[1], module_url, tmp_path_factory.mktemp("hostile")) as made:
        yield made


def shown_notices(page: ProxiedPage) -> list[str]:
    return [name for name in NOTICES if page.is_notice_shown(name)]


def wait_for_notice(page: ProxiedPage, name: str) -> None:
    page.wait(lambda: shown_notices(page) == [name])


def ask_for_run(page: ProxiedPage) -> None:
    Analytics(page.engine, INTERVAL_SECONDS).request_sync("api", redraw=True)


def can_press_sync(page: ProxiedPage) -> bool:
    return "is-idle" in page.classes(ids.SYNC_BAR) and page.browser.find_element(f"#{ids.SYNC}").is_enabled()


def mark(page: ProxiedPage) -> None:
    """Leave a mark that a reload would wipe out."""
    page.run_js("window.wasNeverReloaded = true")


def is_marked(page: ProxiedPage) -> bool:
    return bool(page.run_js("return window.wasNeverReloaded === true"))


def go_by(line: BadLine, page: ProxiedPage) -> set[str]:
    """Open the page by way of `line`; return the run that it shows."""
    page.browser.driver.get(page.route.url.replace(str(page.route.port), str(line.port)))
    run = page.wait_for_cards()
    page.choose_tab(1)
    return run


@contextmanager
def misfortune(page: ProxiedPage, notice: str) -> Iterator[None]:
    """Inside, the page must show `notice` and keep its pictures; afterwards it must follow again."""
    mark(page)
    run, pictures = page.runs(), page.pictures()
    yield
    wait_for_notice(page, notice)
    assert (page.runs(), page.pictures()) == (run, pictures)
    assert len(pictures) == len(SLUGS)


def assert_recovers(page: ProxiedPage, run: set[str]) -> None:
    page.wait(lambda: shown_notices(page) == [])
    page.wait_for_cards(other_than=run)
    page.wait(lambda: can_press_sync(page))
    assert is_marked(page)


def test_a_proxy_that_is_restarted_is_told_and_waited_for(dashboards: ProxiedPage) -> None:  # noqa: F811
    run = dashboards.runs()

    with misfortune(dashboards, ids.NOTICE_OFFLINE):
        dashboards.route.close()
        ask_for_run(dashboards)
    dashboards.route.open()

    assert_recovers(dashboards, run)


def test_a_web_process_that_is_gone_behind_the_proxy_is_the_same(dashboards: ProxiedPage) -> None:  # noqa: F811
    run = dashboards.runs()

    with misfortune(dashboards, ids.NOTICE_OFFLINE):
        dashboards.route.open(extra="return 502;")
        ask_for_run(dashboards)
    dashboards.route.open()

    assert_recovers(dashboards, run)


@pytest.mark.parametrize("sign_in", ['200 "<h1>Sign in</h1>"', f"302 {ELSEWHERE}", "401", "403"])
def test_a_sign_in_page_in_place_of_an_answer_is_told(dashboards: ProxiedPage, sign_in: str) -> None:  # noqa: F811
    run = dashboards.runs()

    with misfortune(dashboards, ids.NOTICE_EXPIRED):
        dashboards.route.open(extra=f"return {sign_in};")
        dashboards.click(f"#{ids.SYNC}")
    dashboards.wait(lambda: can_press_sync(dashboards))
    dashboards.route.open()
    import_more(dashboards)
    dashboards.click(f"#{ids.SYNC}")

    assert_recovers(dashboards, run)


@pytest.mark.parametrize("cut", CUTS)
def test_answers_that_are_cut_off_are_told_and_asked_for_again(
    dashboards: ProxiedPage,  # noqa: F811
    cut: Cut,
) -> None:
    with bad_line(dashboards.route.port) as line:
        run = go_by(line, dashboards)

        import_more(dashboards)
        with misfortune(dashboards, ids.NOTICE_CUT):
            line.cut = cut
            dashboards.click(f"#{ids.SYNC}")
        line.cut = None

        ask_for_run(dashboards)
        assert_recovers(dashboards, run)


def test_when_only_long_answers_are_cut_off_the_notice_stays_until_they_arrive(
    dashboards: ProxiedPage,  # noqa: F811
) -> None:
    with bad_line(dashboards.route.port) as line:
        run = go_by(line, dashboards)
        line.longest = 20_000

        with misfortune(dashboards, ids.NOTICE_CUT):
            line.cut = "within the body"
            ask_for_run(dashboards)
        before = line.passed
        dashboards.wait(lambda: line.passed >= before + 2)
        assert shown_notices(dashboards) == [ids.NOTICE_CUT]
        line.cut = None

        assert_recovers(dashboards, run)


def test_a_server_that_hangs_is_told(dashboards: ProxiedPage) -> None:  # noqa: F811
    run = dashboards.runs()
    dashboards.run_js("window.demetraConnection.patienceMs = 1500")

    with misfortune(dashboards, ids.NOTICE_OFFLINE):
        os.killpg(_pid_of_web(dashboards), signal.SIGSTOP)
    os.killpg(_pid_of_web(dashboards), signal.SIGCONT)

    ask_for_run(dashboards)
    assert_recovers(dashboards, run)


def test_an_idle_time_out_of_one_second_does_not_touch_the_page(dashboards: ProxiedPage) -> None:  # noqa: F811
    run = dashboards.runs()
    dashboards.route.open(extra="proxy_read_timeout 1s; proxy_send_timeout 1s; keepalive_timeout 1s;")
    dashboards.wait(lambda: shown_notices(dashboards) == [])

    import_more(dashboards)
    dashboards.click(f"#{ids.SYNC}")

    assert_recovers_quietly(dashboards, run)


def test_a_proxy_that_buffers_everything_does_not_touch_the_page(dashboards: ProxiedPage) -> None:  # noqa: F811
    run = dashboards.runs()
    dashboards.route.open(extra="proxy_request_buffering on; proxy_buffering on; proxy_buffers 4 4k;")
    dashboards.wait(lambda: shown_notices(dashboards) == [])

    import_more(dashboards)
    dashboards.click(f"#{ids.SYNC}")

    assert_recovers_quietly(dashboards, run)


def test_the_page_needs_no_web_socket(dashboards: ProxiedPage) -> None:  # noqa: F811
    run = dashboards.runs()
    dashboards.route.open(extra="if ($http_upgrade) { return 403; }")
    dashboards.reload()
    dashboards.wait_for_cards()

    import_more(dashboards)
    dashboards.click(f"#{ids.SYNC}")

    assert_recovers_quietly(dashboards, run)
    assert [a for a in dashboards.browser.requests() if a.startswith("ws")] == []


def _pid_of_web(page: ProxiedPage) -> int:
    assert page.route.web is not None
    return page.route.web.process.pid


def assert_recovers_quietly(page: ProxiedPage, run: set[str]) -> None:
    page.wait_for_cards(other_than=run)
    assert shown_notices(page) == []


def test_a_page_whose_skeleton_does_not_come_says_so_and_comes_up_by_itself(page: ProxiedPage) -> None:
    page.route.open(extra='if ($uri ~ "_dash-layout$") { return 502; }')
    page.reload()
    page.wait(lambda: "cannot be reached" in page.text(ids.NOTICE_EARLY))
    mark(page)
    page.route.open()

    page.wait_for_cards()

    assert is_marked(page)
    assert "is-hidden" in page.classes(ids.NOTICE_EARLY)


def test_a_redeploy_under_an_open_page_is_told_and_the_page_still_works(dashboards: ProxiedPage) -> None:  # noqa: F811
    run, pictures = dashboards.runs(), dashboards.pictures()
    mark(dashboards)

    dashboards.route.deploy("tests.proxy.next_version")
    dashboards.wait(lambda: dashboards.is_notice_shown(ids.NOTICE_VERSION))
    assert (dashboards.runs(), dashboards.pictures()) == (run, pictures)

    ask_for_run(dashboards)
    assert_recovers(dashboards, run)


@pytest.mark.slow
def test_a_proxy_that_gives_up_after_thirty_seconds_still_gets_an_answer_to_a_long_wait(
    module_route: Route, emptied: sa.Engine
) -> None:
    add_three_channels(emptied)  # and no worker: the run stays queued
    module_route.open(extra="proxy_read_timeout 30s;")
    connection = HTTPConnection(HOST, module_route.port, timeout=90)

    connection.request("POST", f"{module_route.kind.prefix}api/sync/run-now?wait=60")
    answer = connection.getresponse()

    assert answer.status == 202
    assert json.load(answer)["state"] == "queued"
