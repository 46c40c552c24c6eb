"""Which files a browser may keep for good."""

from __future__ import annotations

from collections import Counter

import pytest

from demetra_dash import compression
from demetra_dash.keeping import FOR_GOOD
from tests.api.test_compression import UNPACK
from tests.callbacks.test_page import client_of


def test_only_the_version_that_an_address_names_is_kept_for_good(without_database):
    client = client_of(without_database)
    page = client.get("/").text
    css = next(part for part in page.split('"') if "20_page.css" in part)
    bundle = next(part for part in page.split('"') if "dash_renderer" in part)
    plain = css.partition("?")[0]

    def kept(address):
        with client.get(address) as answer:
            assert answer.status_code == 200
            return answer.headers["Cache-Control"]

    assert kept(css) == kept(bundle) == FOR_GOOD
    assert "immutable" not in kept(plain) + kept(plain + "?m=1.0")
    assert "no-cache" in kept(plain)


@pytest.mark.parametrize("name", UNPACK)
def test_what_is_kept_for_good_is_compressed_once(without_database, monkeypatch, name):
    times = Counter()
    compressed = compression._ALGORITHMS[name]

    def counted(content: bytes) -> bytes:
        times[len(content)] += 1
        return compressed(content)

    monkeypatch.setitem(compression._ALGORITHMS, name, counted)
    client = client_of(without_database)
    css = next(part for part in client.get("/").text.split('"') if "00_bootstrap" in part)

    def ask(**headers: str) -> tuple[int, bytes, dict[str, str]]:
        with client.get(css, headers={k.replace("_", "-"): v for k, v in headers.items()}) as answer:
            return answer.status_code, answer.data, dict(answer.headers)

    _, plain, _ = ask()
    answers = [ask(Accept_Encoding=name) for _ in range(3)]

    for _, packed, headers in answers:
        assert headers["Content-Encoding"] == name
        assert UNPACK[name](packed) == plain
        assert "Accept-Encoding" in headers["Vary"]
    assert times == {len(plain): 1}
    (mark,) = {headers["ETag"] for _, _, headers in answers}
    assert ask(Accept_Encoding=name, If_None_Match=mark)[0] == 304


def test_browsers_get_no_polyfill_but_what_dash_needs_of_it(without_database):
    page = client_of(without_database).get("/").text

    assert "polyfill" not in page
    assert page.index("00_regenerator-runtime.min.js") < page.index("dash_renderer")
