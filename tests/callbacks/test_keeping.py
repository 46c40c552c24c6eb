"""Which files a browser may keep for good."""

from __future__ import annotations

from collections import Counter

import pytest

from demetra_dash import compression
from demetra_dash.static_caching import IMMUTABLE
from services.analytics import Analytics
from tests.api.test_compression import UNPACK
from tests.callbacks.test_page import client_of


def test_only_the_version_that_an_address_names_is_kept_for_good(without_database: Analytics) -> None:
    client = client_of(without_database)
    page = client.get("/").text
    css = next(part for part in page.split('"') if "20_page.css" in part)
    bundle = next(part for part in page.split('"') if "dash_renderer" in part)
    plain = css.partition("?")[0]

    def kept(address: str) -> str:
        with client.get(address) as answer:
            assert answer.status_code == 200
            return answer.headers["Cache-Control"]

    assert kept(css) == kept(bundle) == IMMUTABLE
    assert "immutable" not in kept(plain) + kept(plain + "?m=1.0")
    assert "no-cache" in kept(plain)


@pytest.mark.parametrize("name", UNPACK)
def test_what_is_kept_for_good_is_compressed_once(
    without_database: Analytics, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    times: Counter[int] = Counter()
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


@pytest.mark.parametrize("accepted", ["identity", "gzip", "br"])
@pytest.mark.parametrize("path", ["/assets/vendor/plotly.min.js", "/assets/fonts/inter-regular-latin.woff2"])
def test_a_file_is_answered_whole_so_that_slow_readers_keep_no_thread(
    without_database: Analytics, path: str, accepted: str
) -> None:
    with client_of(without_database).get(path, headers={"Accept-Encoding": accepted}) as answer:
        assert answer.status_code == 200
        assert len(list(answer.iter_encoded())) == 1
        used = answer.headers.get("Content-Encoding")
    assert used == (accepted if path.endswith(".js") and accepted != "identity" else None)


def test_what_the_api_says_of_a_run_is_not_kept_for_good_by_the_server(
    published: Analytics, run_id: int
) -> None:
    client = client_of(published)
    kept = next(
        function
        for functions in client.application.after_request_funcs.values()
        for function in functions
        if isinstance(function, compression._Once)
    )

    answer = client.get(
        f"/api/ml-dashboard/roi-forecast/data?run={run_id}", headers={"Accept-Encoding": "br"}
    )

    assert "immutable" in answer.headers["Cache-Control"]
    assert kept._kept.size == 0


def test_browsers_get_no_polyfill_but_what_dash_needs_of_it(without_database: Analytics) -> None:
    page = client_of(without_database).get("/").text

    assert "polyfill" not in page
    assert page.index("00_regenerator-runtime.min.js") < page.index("dash_renderer")
