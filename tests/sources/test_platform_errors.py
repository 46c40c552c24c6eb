"""Error answers of the platforms: the sentence of each, and no credential in any of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from services.sources.failures import SourceError
from tests.sources.platform_accounts import generated
from tests.sources.platform_servers import (
    CLIENT_SECRET,
    REFRESH,
    TOKEN,
    Reply,
    Request,
    google_error,
    meta_error,
    serving,
    tiktok_error,
    yandex_error,
)
from tests.sources.platform_sources import SERVERS, TYPES, Reader

HTML = f"<html>Something about {TOKEN}</html>"
TODO = {
    "google_ads": ("refresh_token", "login_customer_id"),
    "meta": ("access_token", "account_id"),
    "tiktok": ("access_token", "advertiser_id"),
    "yandex_direct": ("token", "login"),
}


class Case(NamedTuple):
    """A reply to requests of a path, the code of the error that it is, and what its sentence names."""

    kind: str
    reply: Reply
    code: str
    named: str = ""
    path: str = ""


def _google(code: str, status: int, name: str, family: str = "", error: str = "") -> Case:
    return Case("google_ads", google_error(status, name, family, error), code, error or name, "searchStream")


def _google_token(code: str, status: int, error: str) -> Case:
    body = {"error": error, "error_description": f"Bad {REFRESH}"}
    return Case("google_ads", Reply(status, body), code, error, "/token")


def _google_row(**parts: object) -> Case:
    row = {
        "campaign": {"id": "1", "name": "A"},
        "segments": {"date": "2026-11-20"},
        "metrics": {"costMicros": "1"},
    }
    customer = {"id": "1", "currencyCode": "EUR", "timeZone": "UTC"}
    body = [{"results": [{**row, "customer": customer, **parts}]}]
    return Case("google_ads", Reply(200, body), "source_answer", "Google Ads", "searchStream")


def _meta(code: str, number: int, sub: int | None = None, **more: object) -> Case:
    return Case("meta", meta_error(number, sub, **more), code, str(number), "insights")  # type: ignore[arg-type]


def _tiktok(code: str, number: int) -> Case:
    return Case("tiktok", tiktok_error(number), code, str(number), "report")


def _tiktok_data(data: object) -> Case:
    body = {"code": 0, "message": "OK", "data": data}
    return Case("tiktok", Reply(200, body), "source_answer", "TikTok", "report")


def _yandex(code: str, number: int, status: int = 400) -> Case:
    return Case("yandex_direct", yandex_error(number, status), code, str(number), "reports")


def _http(kind: str, path: str) -> list[Case]:
    """Return replies that any server or proxy may give."""
    return [
        Case(kind, Reply(500, HTML), "source_server", "HTTP 500", path),
        Case(kind, Reply(502, HTML), "source_server", "HTTP 502", path),
        Case(kind, Reply(403, HTML), "source_denied", "HTTP 403", path),
        Case(kind, Reply(429, HTML, {"Retry-After": "900"}), "source_busy", "HTTP 429", path),
        Case(kind, Reply(200, "{"), "source_answer", "", path),
    ]


CASES = (
    _google_token("platform_token", 400, "invalid_grant"),
    _google_token("platform_token", 401, "invalid_client"),
    _google_token("platform_token", 401, "unauthorized_client"),
    _google_token("source_server", 500, "internal_failure"),
    Case("google_ads", Reply(200, {"expires_in": 3599}), "source_answer", "access_token", "/token"),
    _google("platform_token", 401, "UNAUTHENTICATED", "authenticationError", "OAUTH_TOKEN_EXPIRED"),
    _google("platform_token", 401, "UNAUTHENTICATED", "authenticationError", "OAUTH_TOKEN_REVOKED"),
    _google("platform_token", 401, "UNAUTHENTICATED"),
    _google("platform_access", 401, "UNAUTHENTICATED", "authenticationError", "NOT_ADS_USER"),
    _google("platform_access", 401, "UNAUTHENTICATED", "authenticationError", "CUSTOMER_NOT_FOUND"),
    _google("platform_access", 403, "PERMISSION_DENIED", "authorizationError", "USER_PERMISSION_DENIED"),
    _google("platform_access", 403, "PERMISSION_DENIED", "authorizationError", "CUSTOMER_NOT_ENABLED"),
    _google(
        "platform_access",
        *(403, "PERMISSION_DENIED", "authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"),
    ),
    _google("platform_access", 403, "PERMISSION_DENIED"),
    _google("platform_quota", 429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED"),
    _google("platform_quota", 429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED"),
    _google("platform_quota", 429, "RESOURCE_EXHAUSTED"),
    _google("platform_request", 400, "INVALID_ARGUMENT", "queryError", "UNRECOGNIZED_FIELD"),
    _google("platform_version", 400, "INVALID_ARGUMENT", "requestError", "UNSUPPORTED_VERSION"),
    Case("google_ads", Reply(404, HTML), "platform_version", "v26", "searchStream"),
    _google("source_server", 500, "INTERNAL", "internalError", "INTERNAL_ERROR"),
    _google("source_server", 503, "UNAVAILABLE"),
    _google_row(campaign={"name": "A"}),
    _google_row(metrics={"costMicros": f"x{TOKEN}"}),
    _google_row(metrics={"impressions": "1.5"}),
    _google_row(segments={"date": "2025-01-01"}),
    *_http("google_ads", "searchStream"),
    _meta("platform_token", 190, 463),
    _meta("platform_token", 190, 460),
    _meta("platform_token", 190),
    _meta("platform_token", 102),
    _meta("platform_access", 10),
    _meta("platform_access", 200),
    _meta("platform_access", 294),
    _meta("platform_access", 803),
    _meta("platform_access", 100, 33),
    _meta("platform_quota", 4, 1504022),
    _meta("platform_quota", 17, 2446079),
    _meta("platform_quota", 32),
    _meta("platform_quota", 613),
    _meta("platform_quota", 80000),
    _meta("platform_quota", 80004),
    _meta("platform_quota", 368),
    _meta("platform_large", 1, 99),
    _meta("platform_large", 100, 1504018),
    _meta("platform_large", 1, message="Please reduce the amount of data you're asking for, then retry"),
    _meta("platform_request", 100),
    _meta("platform_request", 3018),
    _meta("platform_version", 2635),
    _meta("source_server", 1),
    _meta("source_server", 2),
    _meta("source_server", 100, is_transient=True),
    Case("meta", Reply(200, {"data": [{"campaign_id": "1"}]}), "source_answer", "date_start", "insights"),
    Case("meta", Reply(200, {"data": {}}), "source_answer", "data", "insights"),
    *_http("meta", "insights"),
    _tiktok("platform_token", 40102),
    _tiktok("platform_token", 40104),
    _tiktok("platform_token", 40105),
    _tiktok("platform_access", 40001),
    _tiktok("platform_quota", 40100),
    _tiktok("platform_quota", 40016),
    _tiktok("platform_quota", 40133),
    _tiktok("platform_request", 40002),
    _tiktok("platform_request", 40007),
    _tiktok("platform_version", 40006),
    _tiktok("source_server", 50000),
    _tiktok("source_server", 50002),
    _tiktok("source_server", 51010),
    _tiktok_data({"list": [{}], "page_info": {"total_number": 1, "total_page": 1}}),
    _tiktok_data({"list": [], "page_info": {"total_number": 3, "total_page": 1}})._replace(
        code="source_server", named="total_number"
    ),
    _tiktok_data({"list": "none"}),
    *_http("tiktok", "report"),
    _yandex("platform_token", 53),
    _yandex("platform_token", 53, 200),
    _yandex("platform_access", 54),
    _yandex("platform_access", 58),
    _yandex("platform_access", 513),
    _yandex("platform_quota", 56),
    _yandex("platform_quota", 152),
    _yandex("platform_quota", 506),
    _yandex("platform_quota", 9000),
    _yandex("platform_request", 8000),
    _yandex("platform_request", 4000),
    _yandex("source_server", 52),
    _yandex("source_server", 1000),
    _yandex("source_server", 1001),
    _yandex("source_server", 1002),
    Case("yandex_direct", Reply(201, "", {"retryIn": "3600"}), "platform_pending", "", "reports"),
    Case("yandex_direct", Reply(200, "Date\tCost\n"), "source_answer", "FieldNames", "reports"),
    *_http("yandex_direct", "reports")[:4],
    Case("yandex_direct", Reply(200, ""), "source_answer", "FieldNames", "reports"),
)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.sources.platforms.session.PAUSE_SECONDS", 0.001)


def _on(path: str, reply: Reply) -> Callable[[Request], Reply | None]:
    return lambda request: reply if path in request.path else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.code}-{case.named}")
def test_an_error_answer_is_told_with_what_to_do_and_without_a_credential(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with serving(SERVERS[case.kind](generated(1, "EUR"))) as running:
        running.first = [_on(case.path, case.reply)]
        reader = Reader(case.kind, generated(1, "EUR"), tmp_path / "files", running)
        with pytest.raises(SourceError) as raised:
            reader.files()
        told = [repr(reader.fetch()), caplog.text]

    error = raised.value
    assert (error.code, case.named in error.text.en, case.named in error.text.ru) == (case.code, True, True)
    if case.code in {"platform_token", "platform_access"}:
        assert TODO[case.kind][case.code == "platform_access"] in error.text.en
    told += [str(error), repr(error), error.text.en, error.text.ru, repr(error.values)]
    told += traceback.format_exception(error)
    assert not [one for one in told for secret in (TOKEN, REFRESH, CLIENT_SECRET) if secret in one]


def test_each_platform_has_at_least_twenty_error_answers() -> None:
    assert all(sum(case.kind == kind for case in CASES) >= 20 for kind in TYPES)
