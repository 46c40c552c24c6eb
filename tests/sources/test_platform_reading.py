"""What the readers of advertising platforms ask for: days, pages, tokens, and how they repeat requests."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.sources.declaring import parse_sources
from services.sources.failures import SourceError, SourcesFileError
from services.sources.kinds import kind_of
from tests.sources.platform_accounts import LAST, Account, Figures
from tests.sources.platform_servers import (
    TOKEN,
    Reply,
    Request,
    Running,
    Server,
    google_error,
    meta_error,
    serving,
    tiktok_error,
    yandex_error,
)
from tests.sources.platform_sources import SERVERS, TYPES, Reader

ROOT = Path(__file__).parents[2]
REPORTS = {
    "google_ads": "searchStream",
    "meta": "insights",
    "tiktok": "report/integrated",
    "yandex_direct": "reports",
}
BUSY = {
    "google_ads": lambda pause: google_error(
        *(429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED"),
        {"quotaErrorDetails": {"retryDelay": f"{pause}s"}},
    ),
    "meta": lambda pause: meta_error(17, 2446079, headers={"Retry-After": str(pause)}),
    "tiktok": lambda pause: tiktok_error(40100, headers={"Retry-After": str(pause)}),
    "yandex_direct": lambda pause: yandex_error(56, 400, {"Retry-After": str(pause)}),
}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.sources.platforms.session.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("services.sources.kinds.meta.POLL_SECONDS", 0.01)


def _figures(day: date, campaign: str = "1", cost: str = "10.00", **values: Any) -> Figures:
    plain = Figures(day, campaign, f"Campaign {campaign}", 1000, 50, Decimal(cost), Decimal(2), Decimal("30"))
    return replace(plain, **values)


def _account(days: int = 3, *campaigns: str) -> Account:
    """Return an account whose campaigns had figures on each of the last days."""
    rows = [
        _figures(LAST - timedelta(days=back), campaign)
        for back in range(days)
        for campaign in campaigns or ("1", "2")
    ]
    return Account("1234567890", "EUR", "Europe/Berlin", rows)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., tuple[Reader, Server]]]:
    """Start a platform with an account; give a reader of it, and the platform."""
    servers = []

    def start(kind: str, account: Account | None = None, **values: Any) -> tuple[Reader, Server]:
        server = SERVERS[kind](_account() if account is None else account)
        context = serving(server)
        servers.append(context)
        return Reader(kind, server.account, tmp_path / "files", context.__enter__(), **values), server

    yield start
    for context in servers:
        context.__exit__(None, None, None)


Start = Callable[..., tuple[Reader, Any]]


def _table(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def _month(key: str) -> str:
    return key.split()[1]


def _reports(running: Running, kind: str) -> list[Request]:
    return [one for one in running.asked if REPORTS[kind] in one.path]


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_beta_and_needs_its_credentials(kind: str) -> None:
    found = kind_of(kind)
    options = {option.name: option for option in found.options}

    assert (found.name, found.is_beta) == (kind, True)
    assert options["days"].default == 28
    assert options["mode"].default == "replace"
    assert any(option.is_required and "token" in name for name, option in options.items())


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", ["since", "days", "base_url", "mode", "grain"])
def test_an_unusable_option_is_told_what_it_must_be(kind: str, name: str) -> None:
    check = {option.name: option for option in kind_of(kind).options}[name].check
    good = {"since": "2026-01-31", "days": 7, "base_url": "https://x", "mode": "append", "grain": "day"}

    assert check is not None
    assert check(good[name]) is None
    assert all(check(bad) for bad in ("31.01.2026", "ftp://x", "ask", 0, 401, 7.5, None))


def test_the_documented_examples_are_declared_with_the_defaults_of_rows_of_a_platform() -> None:
    document = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    content = "\n".join(re.findall(r"```toml\n(.*?)```", document, re.DOTALL))
    environment = dict.fromkeys(re.findall(r"\$\{(\w+)\}", content), TOKEN)

    found = parse_sources(Path("sources.toml"), content.encode(), environment)

    assert tuple(source.type for source in found) == TYPES
    assert {(source.mode, source.grain) for source in found} == {("replace", "day")}
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("kind", TYPES)
def test_a_credential_that_is_written_literally_is_refused(kind: str) -> None:
    required = [option.name for option in kind_of(kind).options if option.is_required]
    lines = [f'{name} = "{TOKEN if "token" in name or "secret" in name else "123"}"' for name in required]
    content = "\n".join(["[[source]]", 'name = "one"', f'type = "{kind}"', *lines])

    with pytest.raises(SourcesFileError) as raised:
        parse_sources(Path("sources.toml"), content.encode(), {})

    assert "is a credential" in raised.value.text.en
    assert TOKEN not in raised.value.text.en


@pytest.mark.parametrize("kind", TYPES)
def test_a_campaign_without_a_name_is_read(kind: str, started: Start) -> None:
    account = Account("1234567890", "EUR", "UTC", [_figures(LAST, campaign="7")])
    account.rows = [replace(row, campaign="") for row in account.rows]
    reader, _ = started(kind, account)

    assert _table(next(iter(reader.files().values())))[0]["Campaign"] == ""


@pytest.mark.parametrize("kind", TYPES)
def test_the_file_names_account_currency_and_zone(kind: str, started: Start) -> None:
    reader, _ = started(kind, channel="Search Brand")

    (key, content), *others = reader.files().items()
    first = _table(content)[0]

    assert (key, others) == ("1234567890 2026-11", [])
    assert first["Channel"] == "Search Brand"
    assert (first["Currency"], first["Campaign ID"], first["Campaign"]) == ("EUR", "1", "Campaign 1")
    assert first["Time zone"] == ("Europe/Moscow" if kind == "yandex_direct" else "Europe/Berlin")


@pytest.mark.parametrize("kind", TYPES)
def test_a_first_fetch_reads_from_since_and_later_ones_the_last_months(kind: str, started: Start) -> None:
    days = [date(2026, 3, 10), date(2026, 5, 20), date(2026, 10, 30), LAST]
    account = Account("1234567890", "EUR", "UTC", [_figures(day) for day in days])
    reader, _ = started(kind, account, options={"since": "2026-02-15"})

    first = reader.files()
    reader.running.asked.clear()
    again = reader.files()

    assert [_month(key) for key in first] == ["2026-03", "2026-05", "2026-10", "2026-11"]
    assert again == {}
    assert len(_reports(reader.running, kind)) - (kind == "google_ads") == 1


@pytest.mark.parametrize("kind", TYPES)
def test_a_load_that_was_broken_off_goes_on_where_it_was(kind: str, started: Start) -> None:
    days = [date(2026, month, 5) for month in range(6, 12)]
    account = Account("1234567890", "EUR", "UTC", [_figures(day) for day in days])
    reader, _ = started(kind, account, options={"since": "2026-06-01"})
    wanted = reader.fetch()
    for file in kind_of(kind).read(wanted):
        reader.seen[file.key] = file.version
        if _month(file.key) == "2026-08":
            break

    rest = reader.files()

    assert [_month(key) for key in rest] == ["2026-09", "2026-10", "2026-11"]


@pytest.mark.parametrize("kind", ["google_ads", "meta", "yandex_direct"])
def test_an_account_that_was_paused_long_ago_is_asked_for_few_periods(kind: str, started: Start) -> None:
    account = Account("1234567890", "EUR", "UTC", [_figures(date(2026, 2, 5))])
    reader, server = started(kind, account, options={"since": "2026-02-01"})
    reader.files()
    reader.running.asked.clear()

    assert reader.files() == {}
    assert len(_reports(reader.running, kind)) - (kind == "google_ads") == 3
    server.account.rows.append(_figures(date(2026, 7, 7)))
    assert list(reader.files()) == ["1234567890 2026-07 since 2026-02-01"]


@pytest.mark.parametrize("kind", TYPES)
def test_an_earlier_since_is_read_from_there_also_after_a_break(kind: str, started: Start) -> None:
    account = Account("1234567890", "EUR", "UTC", [_figures(date(2026, month, 5)) for month in range(6, 12)])
    reader, _ = started(kind, account, options={"since": "2026-10-01"})
    reader.files()
    reader.options = {"since": "2026-06-01"}
    for file in kind_of(kind).read(reader.fetch()):
        reader.seen[file.key] = file.version
        break

    rest = reader.files()

    assert [_month(key) for key in rest] == ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]
    assert reader.files() == {}


@pytest.mark.parametrize("kind", ["google_ads", "meta", "tiktok"])
def test_the_last_day_is_yesterday_by_the_calendar_of_the_account(kind: str, started: Start) -> None:
    account = replace(_account(1), zone="Asia/Tokyo")
    account.rows = [_figures(date(2026, 11, day)) for day in (28, 29, 30)]
    reader, _ = started(kind, account, now=datetime(2026, 11, 29, 16, 0, tzinfo=UTC))

    found = _table(next(iter(reader.files().values())))

    assert [row["Date"] for row in found] == ["2026-11-28", "2026-11-29"]


@pytest.mark.parametrize("kind", TYPES)
def test_a_campaign_that_has_vanished_loses_its_rows(
    kind: str, started: Start, connection: sa.Connection
) -> None:
    reader, server = started(kind)
    reader.load(connection)

    server.account.rows = [row for row in server.account.rows if row.campaign_id == "1"]
    reader.load(connection)

    stored = connection.execute(sa.text("SELECT campaign_id, count(*) FROM campaigns GROUP BY 1")).all()
    assert [tuple(row) for row in stored] == [("1", 3)]


@pytest.mark.parametrize("kind", TYPES)
def test_figures_withdrawn_at_the_edge_become_zeros_and_stay_so(
    kind: str, started: Start, connection: sa.Connection
) -> None:
    reader, server = started(kind, _account(3, "1"))
    reader.load(connection)

    server.account.rows = [_figures(LAST - timedelta(days=1))]
    reader.load(connection)

    stored = connection.execute(sa.text("SELECT date, cost, clicks FROM campaigns ORDER BY date")).all()
    assert [(row.cost, row.clicks) for row in stored] == [(0, 0), (Decimal("10"), 50), (0, 0)]
    assert reader.load(connection) == []


@pytest.mark.parametrize("kind", TYPES)
def test_an_answer_without_rows_changes_nothing(kind: str, started: Start, connection: sa.Connection) -> None:
    reader, server = started(kind)
    reader.load(connection)

    server.account.rows = []

    assert reader.load(connection) == []
    assert connection.execute(sa.text("SELECT count(*) FROM campaigns")).scalar_one() == 6


@pytest.mark.parametrize("kind", ["meta", "tiktok", "yandex_direct"])
def test_revenue_that_no_row_has_is_not_recorded(
    kind: str, started: Start, connection: sa.Connection
) -> None:
    account = _account(2)
    account.rows = [replace(row, revenue=None) for row in account.rows]
    reader, _ = started(kind, account)

    reader.load(connection)

    stored = connection.execute(sa.text("SELECT count(revenue), sum(conversions) FROM campaigns")).one()
    assert tuple(stored) == (0, 8)


@pytest.mark.parametrize("kind", TYPES)
def test_a_busy_platform_is_asked_again_within_the_deadline(kind: str, started: Start) -> None:
    reader, _ = started(kind)
    busy = [BUSY[kind](0), Reply(503, "<html>"), BUSY[kind](0)]

    def reply(request: Request) -> Reply | None:
        return busy.pop() if busy and REPORTS[kind] in request.path else None

    reader.running.first = [reply]

    assert len(reader.files()) == 1
    assert busy == []


@pytest.mark.parametrize("kind", TYPES)
def test_a_pause_beyond_the_deadline_is_left_to_the_next_sync(kind: str, started: Start) -> None:
    reader, _ = started(kind)
    reader.running.first = [lambda request: BUSY[kind](900) if REPORTS[kind] in request.path else None]

    with pytest.raises(SourceError) as raised:
        reader.files()

    assert (raised.value.code, raised.value.retry_after) == ("platform_quota", 900)
    assert len(_reports(reader.running, kind)) == 1


def test_google_gives_a_new_token_for_each_fetch_and_gets_the_headers_of_a_manager(started: Start) -> None:
    options = {"login_customer_id": "111-222-3333", "developer_token": "dev"}
    reader, _ = started("google_ads", options=options)
    reader.files()
    reader.files()

    assert reader.running.paths().count("/token") == 2
    sent = [one.headers for one in _reports(reader.running, "google_ads")]
    assert {one["login-customer-id"] for one in sent} == {"1112223333"}
    assert {one["developer-token"] for one in sent} == {"dev"}


def test_google_needs_no_developer_token(started: Start) -> None:
    reader, _ = started("google_ads")
    reader.files()

    sent = [set(one.headers) for one in _reports(reader.running, "google_ads")]
    assert not any(one & {"developer-token", "login-customer-id"} for one in sent)


def test_google_may_break_its_stream_off_with_an_error(started: Start) -> None:
    reader, _ = started("google_ads")
    error = google_error(429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED").body
    broken = Reply(200, [{"results": []}, *error])
    reader.running.first = [
        lambda request: broken if "FROM campaign " in request.body else None,
    ]

    with pytest.raises(SourceError) as raised:
        reader.files()

    assert raised.value.code == "platform_quota"


def test_micros_are_exact(started: Start) -> None:
    reader, _ = started("google_ads", Account("1", "EUR", "UTC", [_figures(LAST, cost="0.000001")]))

    assert _table(reader.files()["1 2026-11"])[0]["Cost"] == "0.000001"


def test_meta_pages_by_cursor_on_its_own_host_and_never_sends_the_token_in_an_address(started: Start) -> None:
    reader, _ = started("meta", replace(_account(4), page_rows=3))
    found = _table(next(iter(reader.files().values())))

    pages = _reports(reader.running, "meta")
    assert len(found) == 8
    assert [one.params.get("after") for one in pages] == [None, "c3", "c6"]
    assert not any(TOKEN in str(one.params) for one in reader.running.asked)


def test_meta_does_not_turn_in_circles(started: Start) -> None:
    reader, _ = started("meta")
    page = {"data": [], "paging": {"next": "https://x", "cursors": {"after": "same"}}}
    reader.running.first = [lambda request: Reply(200, page) if "insights" in request.path else None]

    with pytest.raises(SourceError) as raised:
        reader.files()

    assert raised.value.code == "source_answer"


def test_meta_is_asked_for_less_when_a_period_is_too_large(started: Start) -> None:
    reader, server = started("meta", _account(20))
    server.most_days = 8

    found = _table(next(iter(reader.files().values())))

    assert len(found) == 40
    assert (
        max(
            int(period["until"][8:]) - int(period["since"][8:])
            for period in (json.loads(one.params["time_range"]) for one in _reports(reader.running, "meta"))
        )
        == 28
    )


def test_meta_prepares_a_single_day_in_the_background(started: Start) -> None:
    account = Account("1234567890", "EUR", "UTC", [_figures(date(2026, 11, 1), name) for name in "1234567"])
    reader, server = started("meta", replace(account, page_rows=2), now=datetime(2026, 11, 2, 9, tzinfo=UTC))
    reader.options = {"days": 1}
    server.most_days = 0

    found = _table(next(iter(reader.files().values())))

    assert len(found) == 7
    assert [one.method for one in _reports(reader.running, "meta")].count("POST") == 1
    assert reader.running.paths().count("/v26.0/6023920149050") == 3


def test_meta_reports_of_the_background_may_fail(started: Start) -> None:
    reader, server = started("meta", now=datetime(2026, 11, 2, 9, tzinfo=UTC), options={"days": 1})
    server.most_days = 0
    failed = Reply(200, {"id": "6023920149050", "async_status": "Job Failed"})
    reader.running.first = [lambda request: failed if request.path.endswith("9050") else None]

    with pytest.raises(SourceError) as raised:
        reader.files()

    assert raised.value.code == "source_server"


def test_meta_tells_by_its_header_when_calls_are_accepted_again(started: Start) -> None:
    reader, _ = started("meta")
    usage = {"1234567890": [{"type": "ads_insights", "estimated_time_to_regain_access": 55}]}
    busy = meta_error(80000, headers={"X-Business-Use-Case-Usage": json.dumps(usage)})
    reader.running.first = [lambda request: busy if "insights" in request.path else None]

    with pytest.raises(SourceError) as raised:
        reader.files()

    assert raised.value.retry_after == 55 * 60


def test_meta_counts_the_declared_actions(started: Start) -> None:
    reader, server = started("meta", _account(1, "1"))
    server.purchase = "lead"
    reader.options = {"actions": ("lead",)}

    row = _table(next(iter(reader.files().values())))[0]

    assert (Decimal(row["Conversions"]), Decimal(row["Revenue"])) == (Decimal(2), Decimal(30))


def test_tiktok_reads_a_month_of_31_days_in_two_requests(started: Start) -> None:
    rows = [_figures(date(2026, 10, day)) for day in range(1, 32)]
    account = Account("1234567890", "EUR", "UTC", rows)
    reader, _ = started("tiktok", account, now=datetime(2026, 11, 1, 9, tzinfo=UTC))

    assert len(_table(reader.files()["1234567890 2026-10"])) == 31
    asked = [one.params for one in _reports(reader.running, "tiktok")]
    assert [(one["start_date"], one["end_date"]) for one in asked] == [
        ("2026-10-01", "2026-10-30"),
        ("2026-10-31", "2026-10-31"),
    ]


def test_yandex_is_asked_again_while_it_prepares_a_report(started: Start) -> None:
    reader, server = started("yandex_direct", seconds=30)
    server.queue = 2

    assert len(reader.files()) == 1
    names = {
        json.loads(one.body)["params"]["ReportName"] for one in _reports(reader.running, "yandex_direct")
    }
    assert (len(names), list(server.reports.values())) == (1, [3])


def test_yandex_reports_that_take_longer_are_found_by_the_next_fetch(started: Start) -> None:
    reader, server = started("yandex_direct", seconds=0.8)
    server.queue = 1

    with pytest.raises(SourceError) as raised:
        reader.files()

    assert (raised.value.code, raised.value.retry_after) == ("platform_pending", 1)
    reader.seconds = 20
    assert len(reader.files()) == 1


def test_yandex_costs_have_vat_only_where_it_is_declared(started: Start) -> None:
    reader, _ = started("yandex_direct")
    reader.files()
    reader.options = {"vat": True, "login": "client-login"}
    reader.files()

    asked = _reports(reader.running, "yandex_direct")
    assert [json.loads(one.body)["params"]["IncludeVAT"] for one in asked] == ["NO", "YES"]
    assert [one.headers.get("client-login") for one in asked] == [None, "client-login"]
