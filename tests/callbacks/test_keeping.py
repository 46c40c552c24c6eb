"""Which files a browser may keep for good."""

from __future__ import annotations

from demetra_dash.keeping import FOR_GOOD
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
