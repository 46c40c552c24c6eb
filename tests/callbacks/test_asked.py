from __future__ import annotations

from typing import Any

import pytest

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics


@pytest.fixture
def client(published: Analytics) -> Any:
    return build(published, Settings()).server.test_client()


def text(client: Any, address: str) -> Any:
    return client.get(address).get_data(as_text=True)


def test_the_address_chooses_the_language_of_the_whole_page(client: Any) -> None:
    assert '<html lang="ru">' in text(client, "/?lang=ru")
    assert "Обновить" in client.get("/_dash-layout?lang=ru").get_json()["props"]["children"].__repr__()
    assert '<html lang="en">' in text(client, "/")


def test_the_address_opens_the_tab(client: Any) -> None:
    def page(query: str) -> Any:
        return client.get(f"/_dash-layout{query}").get_data(as_text=True)

    assert '"active_tab":"dashboards"' in page("?tab=ml")
    assert '"active_tab":"overview"' in page("")
    assert page("?tab=ml") != page("?tab=overview")


@pytest.mark.parametrize("value", ["de", "<script>alert(1)</script>", "ru%00", "", "EN"])
def test_what_nobody_knows_counts_as_not_given(client: Any, value: str) -> None:
    for address in (f"/?lang={value}&tab={value}&theme={value}", f"/_dash-layout?lang={value}&tab={value}"):
        answer = client.get(address)

        assert answer.status_code == 200
        assert "alert(1)" not in answer.get_data(as_text=True)
    assert '<html lang="en">' in text(client, f"/?lang={value}")
