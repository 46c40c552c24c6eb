"""What an upload is told: buttons on the page, options in the terminal, platforms by their names."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from callbacks.page_options import from_request
from demetra_dash.app import page_setup
from demetra_dash.settings import read_settings
from services.intake import import_file
from services.intake.failures import CampaignFileError
from services.snapshots import store
from services.sync.run import run_now
from services.text import LANGS, Text
from tests.api.clients import client_on
from tests.api.test_imports import PATH, client, home
from tests.options import sync_options

__all__ = ["client", "home"]

OPTIONS = re.compile(r"--[a-z]|demetra [a-z]|DEMETRA_")
DAYS = range(1, 13)
GOOGLE = "Day,Campaign,Campaign state,Impr.,Clicks,Avg. CPC,Cost\n"


def table(header: str, line: str, days: Any = DAYS) -> bytes:
    return (header + "".join(line.format(f"{day:02}", day) for day in days)).encode()


FILES = {
    "columns_guessed": table(
        "date,impressions,ad clicks,Gesamtkosten Werbung\n", "2026-09-{0},{1}00,{1}0,{1}.50\n"
    ),
    "column_chosen": table(
        "date,impressions,clicks,leads,purchases,cost\n", "2026-09-{0},{1}00,{1}0,3,{1},{1}.50\n"
    ),
    "results_untyped": table("date,clicks,results,cost\n", "2026-09-{0},{1}0,{1},{1}.50\n"),
    "results_mixed": table(
        "date,campaign,clicks,results,result type,cost\n",
        "2026-09-{0},A,{1}0,{1},Purchases,{1}.50\n2026-09-{0},B,{1}0,{1},Leads,{1}.50\n",
    ),
    "results_no_conversions": table(
        "date,clicks,results,result type,cost\n", "2026-09-{0},{1}0,{1},Reach,{1}.50\n"
    ),
    "grain_by_steps": table("date,clicks,cost\n", "2026-{0}-01,{1}0,{1}.50\n", range(1, 9)),
    "channel_from_name": table(GOOGLE, "2026-09-{0},Brand,Enabled,{1}00,{1}0,0.15,{1}.50\n"),
    "columns_missing": table("Wann,clicks,Aufwand\n", "2026-09-{0},{1}0,{1}.50\n"),
}


def sentences(value: Any) -> Iterator[str]:
    """Yield all texts in JSON values, but those of the file."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in {"file", "headings", "columns", "preview", "decisions"}:
                yield from sentences(one)
    elif isinstance(value, list):
        for one in value:
            yield from sentences(one)
    elif isinstance(value, str):
        yield value


def post(client: FlaskClient, content: bytes, lang: str, **fields: str) -> Any:
    parts = {"file": (io.BytesIO(content), "report.csv"), **fields}
    headers = {"Accept-Language": lang}
    return client.post(PATH, data=parts, content_type="multipart/form-data", headers=headers)


def told(engine: sa.Engine, folder: Path, code: str, *, on_page: bool) -> list[Text]:
    """Return the sentence of the error or the remark of this code, from a preview."""
    path = folder / "report.csv"
    path.write_bytes(FILES[code])
    with engine.connect() as connection:
        try:
            report = import_file(connection, path, dry_run=True, on_page=on_page)
        except CampaignFileError as error:
            return [error.page_text if on_page else error.text] if error.code == code else []
    assert report.on_page == on_page
    return [one.words(on_page=on_page) for one in report.remarks if one.code == code]


@pytest.mark.parametrize("code", FILES)
def test_the_page_is_told_what_it_offers_and_the_terminal_its_options(
    engine: sa.Engine, tmp_path: Path, code: str
) -> None:
    page, terminal = (told(engine, tmp_path, code, on_page=one) for one in (True, False))

    assert len(page) == len(terminal) == 1
    for lang in LANGS:
        assert OPTIONS.search(terminal[0][lang])
        assert not OPTIONS.search(page[0][lang])
        assert "{" not in page[0][lang] + terminal[0][lang]


@pytest.mark.parametrize(("code", "lang"), [("grain_by_steps", "en"), ("columns_missing", "ru")])
def test_an_upload_is_told_what_the_page_offers(client: FlaskClient, code: str, lang: str) -> None:
    answer = post(client, FILES[code], lang, dry_run="1").get_json()

    assert [text for text in sentences(answer) if OPTIONS.search(text)] == []


@pytest.mark.parametrize("lang", LANGS)
def test_a_doubt_names_platforms_and_the_choices_of_the_page(client: FlaskClient, lang: str) -> None:
    line = "2026-09-{0},Brand,Enabled,{1}00,{1}0,0.15,{1}.50\n"
    other = "2026-09-{0},Brand,Enabled,9{1}00,5{1}0,0.15,7{1}.25\n"
    assert post(client, table(GOOGLE, line), lang, channel="Search").status_code == 200

    refused = post(client, table(GOOGLE, other), lang, channel="Search")

    assert refused.status_code == 409
    text = " ".join(sentences(refused.get_json()))
    assert "Google Ads" in refused.get_json()["detail"]
    assert "google_ads" not in refused.get_json()["doubts"][0]["text"]
    assert not OPTIONS.search(text)


def test_a_platform_may_be_given_as_the_source_by_its_name(client: FlaskClient) -> None:
    line = "2026-09-{0},Brand,Enabled,{1}00,{1}0,0.15,{1}.50\n"
    post(client, table(GOOGLE, line), "en")

    answer = post(client, table(GOOGLE, line), "en", source="google ads")

    report = answer.get_json()["files"][0]
    assert (report["source"], report["rows_unchanged"]) == ("google_ads", 12)


def test_the_history_has_the_names_of_platforms(client: FlaskClient) -> None:
    post(client, table(GOOGLE, "2026-09-{0},Brand,Enabled,{1}00,{1}0,0.15,{1}.50\n"), "en")
    post(
        client,
        table("date,clicks,cost\n", "2026-08-{0},{1}0,{1}.50\n"),
        "en",
        channel="Other",
        source="North",
    )

    found = client.get(PATH).get_json()["imports"]

    assert [(one["layout"], one["layout_name"], one["source_name"]) for one in found] == [
        ("file", None, "North"),
        ("google_ads", "Google Ads", "Google Ads"),
    ]


@pytest.mark.parametrize(("grain", "found", "days"), [("day", "day", 8), ("auto", "month", 243)])
def test_the_user_says_what_a_row_is(client: FlaskClient, grain: str, found: str, days: int) -> None:
    report = post(client, FILES["grain_by_steps"], "en", grain=grain, dry_run="1").get_json()["files"][0]

    assert (report["rows_imported"], report["grain"]) == (days, found)


def test_what_a_row_can_be_is_named(client: FlaskClient) -> None:
    answer = post(client, FILES["grain_by_steps"], "en", grain="year")

    assert (answer.status_code, answer.get_json()["parameter"]) == (400, "grain")


def test_amounts_have_the_currency_of_the_file(engine: sa.Engine, home: Path) -> None:
    client = client_on(engine, home=home)
    content = table("date,clicks,Cost (USD)\n", "2026-09-{0},{1}0,{1}.50\n")

    report = post(client, content, "en").get_json()["files"][0]
    run_now(engine, sync_options(home), trigger="test", requested_by=None)

    assert report["currency"] == "USD"
    assert client.get("/api/overview").get_json()["currency"] == "USD"
    assert "currency" not in client.get("/api/track-record").get_json()["backtest"]
    with engine.connect() as connection:
        assert store.find(connection).currency == "USD"


def test_the_page_labels_amounts_in_the_currency_of_the_data() -> None:
    setup = page_setup(read_settings())

    assert from_request(setup).reader.currency == "EUR"
    assert from_request(setup, "USD").reader.currency == "USD"
    assert from_request(setup, None).reader.currency == "EUR"
