"""Campaign files through a proxy: the prefix, its limit for bodies, a web process that is killed."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
import sqlalchemy as sa

from layouts import data_view, ids
from services.database.tables import campaigns
from tests.browser.test_page import pytestmark  # noqa: F401
from tests.browser.views import wait_for_overview
from tests.processes.waiting import until
from tests.proxy.processes import HOST
from tests.proxy.routes import ProxiedPage, Route

BOUNDARY = "a-boundary"
HEADER = "Date,Campaign,Impressions,Clicks,Conversions,Cost,Revenue\n"
# Large for a proxy, which counts bytes, and not for those who read it.
ROWS = [f"2026-{1 + n % 9:02}-{1 + n % 28:02},Campaign {n:0>90},1000,30,3,12.50,90\n" for n in range(16_000)]
LARGE, SMALL = HEADER + "".join(ROWS), HEADER + "".join(ROWS[:50])


def body(content: str) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="Meta.csv"\r\n\r\n'
    return (head + content + f"\r\n--{BOUNDARY}--\r\n").encode()


def post(route: Route, content: bytes, query: str = "") -> tuple[int, bytes]:
    """Return the status and the body of the answer to an upload."""
    headers = {
        "Host": f"{HOST}:{route.port}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    with closing(HTTPConnection(HOST, route.port, timeout=120)) as connection:
        connection.request("POST", f"{route.kind.prefix}api/imports{query}", content, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def uploads(route: Route) -> list[Path]:
    return [path for path in route.folder.rglob("uploads/*") if path.is_dir()]


def test_a_large_file_passes_where_the_proxy_lets_it(module_route: Route, emptied: sa.Engine) -> None:
    module_route.open(extra="client_max_body_size 200m;")

    status, answer = post(module_route, body(LARGE), "?dry_run=1")

    assert status == 200
    assert b'"rows_read":16000' in answer
    assert uploads(module_route) == []
    with emptied.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(campaigns)).scalar_one() == 0


@pytest.fixture
def taking_files(module_route: Route) -> None:
    if module_route.kind.is_framed:
        pytest.skip("an embedded page takes no files")


@pytest.mark.usefixtures("taking_files")
def test_the_page_says_that_a_proxy_refuses_the_file(page: ProxiedPage, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_text(LARGE)
    wait_for_overview(page)  # whole, since it could not load its parts while the proxy restarts
    page.route.open(extra="client_max_body_size 1m;")
    page.click(f"#{ids.DATA}")
    page.browser.wait_for_element(".data-dialog[open]")

    page.browser.find_element(".data-file").send_keys(str(file))

    page.wait(lambda: page.run_js("return document.querySelector('.data-card .is-bad')?.textContent"))
    said = page.run_js("return document.querySelector('.data-card .is-bad').textContent")
    assert said in {data_view.WORDS["proxyTooLarge"].en, data_view.WORDS["offline"].en}


def test_a_web_process_that_is_killed_leaves_nothing_once_it_is_back(
    module_route: Route, emptied: sa.Engine
) -> None:
    module_route.open(extra="client_max_body_size 200m; proxy_request_buffering off;")
    content = body(LARGE)
    connection = HTTPConnection(HOST, module_route.port, timeout=60)
    connection.putrequest("POST", f"{module_route.kind.prefix}api/imports")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("Content-Length", str(len(content)))
    connection.endheaders()
    connection.send(content[: len(content) // 2])
    until(lambda: uploads(module_route) != [])

    assert module_route.web is not None
    module_route.web.kill()
    connection.close()
    left = uploads(module_route)
    module_route.deploy()
    until(lambda: uploads(module_route) == [])

    assert len(left) == 1
    until(lambda: post(module_route, body(SMALL))[0] == 200)
