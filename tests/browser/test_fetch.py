"""The one wrapper around fetch, and its steps, in whichever order their files are loaded."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations
from typing import Any

import pytest

from demetra_dash.app import ASSETS
from tests.browser.test_page import pytestmark as pytestmark
from tests.proxy.browser import LocalBrowser

FILES = ("fetch.js", "connection.js", "asked.js", "link.js")
FIRST, SECOND = "1.0.600.first", "1.0.600.second"

# In place of the network: the first question is lost, the link is renewed, everything else is answered.
_NETWORK = """
window.calls = [];
window.replaced = 0;
const inTime = window.setTimeout.bind(window);
window.setTimeout = (act, pause, ...more) => inTime(act, pause / 50, ...more);
let current = async (resource, options) => {
  const headers = Object.fromEntries(new Headers(options?.headers).entries());
  window.calls.push({address: String(resource), headers, redirect: options?.redirect ?? null});
  const isRenewal = String(resource).includes('renewals');
  if (!isRenewal && window.calls.length === 1) throw new TypeError('no network');
  return new Response(JSON.stringify(isRenewal ? {link: arguments[0]} : {answer: 42}),
    {headers: {'content-type': 'application/json'}});
};
Object.defineProperty(window, 'fetch', {
  get: () => current, set: other => { current = other; window.replaced += 1; }, configurable: true});
"""
_ASK = """
const done = arguments[0];
const body = JSON.stringify({output: 'a.b', inputs: [{id: 'a', property: 'b', value: 1}]});
const asked = fetch('/_dash-update-component', {method: 'POST', body, headers: {Own: 'kept'}});
document.dispatchEvent(new Event('visibilitychange'));
asked.then(response => response.json())
  .then(() => fetch('https://elsewhere.invalid/figures'))
  .then(() => done({calls: window.calls, replaced: window.replaced}), error => done(String(error)));
"""


class _BlankPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>blank</title>")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def blank_page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _BlankPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_each_attempt_has_language_tab_and_the_link_of_its_moment(
    browser: LocalBrowser, blank_page: str
) -> None:
    sources = {name: (ASSETS / name).read_text(encoding="utf-8") for name in FILES}
    browser.driver.set_script_timeout(20)

    seen = []
    for order in permutations(FILES):
        browser.driver.get(f"{blank_page}?lang=ru&tab=ml&theme=dark&link={FIRST}")
        browser.driver.execute_script(_NETWORK, SECOND)
        for name in order:
            browser.driver.execute_script(sources[name])
        seen.append(browser.driver.execute_async_script(_ASK))

    first, renewal, again, elsewhere = seen[0]["calls"]
    assert [result for result in seen if result != seen[0]] == []
    assert seen[0]["replaced"] == 1
    for attempt, link in ((first, FIRST), (again, SECOND)):
        assert attempt["address"] == "/_dash-update-component?lang=ru&tab=ml"
        assert attempt["headers"] == {"demetra-link": link, "own": "kept"}
        assert attempt["redirect"] == "manual"
    assert renewal["address"] == "/api/embed/renewals"
    assert elsewhere == {"address": "https://elsewhere.invalid/figures", "headers": {}, "redirect": None}


def test_fetch_is_replaced_in_one_file_and_every_step_has_its_place() -> None:
    own = [file for file in ASSETS.rglob("*.js") if ".min." not in file.name]
    texts = {file.name: file.read_text(encoding="utf-8") for file in own}
    replaces = re.compile(
        r"(?:window|self|globalThis)(?:\.fetch|\[['\"]fetch['\"]\])\s*=[^=]|['\"]fetch['\"],\s*\{"
    )
    steps = re.compile(r"demetraFetch\.(\w+) =")

    order = re.search(r"const ORDER = \[(.*?)\];", texts["fetch.js"], flags=re.DOTALL)
    assert order
    assert [name for name, text in texts.items() if replaces.search(text)] == ["fetch.js"]
    assert {f"{step}.js": name for name, text in texts.items() for step in steps.findall(text)} == {
        f"{step}.js": f"{step}.js" for step in re.findall(r'"(\w+)"', order[1])
    }
