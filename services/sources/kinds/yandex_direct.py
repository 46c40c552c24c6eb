"""Yandex Direct: daily rows by campaign, by the Reports service.

A large report is prepared in the background: the same request is repeated until it is there, also by the next
fetches. Statistics are by Moscow time.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from decimal import Decimal

from services.sources.calls import Values, bearer_credentials
from services.sources.kind import Option
from services.sources.platforms.answers import (
    UnreadableError,
    amount,
    body_of,
    code,
    count,
    day,
    name,
    part,
    text,
)
from services.sources.platforms.declaring import credential_option, platform_kind
from services.sources.platforms.session import Session
from services.sources.platforms.spec import Account, Meaning, Period, Platform, Refusal, Row
from services.sources.web import Answer
from services.text import Text

VERSION = "v501"
EVERY = timedelta(hours=1)
"""A report of the same hour has the same name, see `_report`."""
TIME_ZONE = "Europe/Moscow"

_FIELDS = ("Date", "CampaignId", "CampaignName", "Impressions", "Clicks", "Cost", "Conversions", "Revenue")
_PENDING = {201, 202}
_RETRY_SECONDS = 30.0
_CODES: Mapping[Meaning, frozenset[int]] = {
    "token": frozenset({53}),
    "access": frozenset({54, 58, 513}),
    "quota": frozenset({56, 152, 506, 9000}),
    "server": frozenset({52, 1000, 1001, 1002, 1020}),
}
_RENEW = Text(
    en="Get a new OAuth token of the application for the user of this account, and set it where “token” "
    "reads it. A token lasts one year.",
    ru="Получите новый OAuth-токен приложения для пользователя этого аккаунта и запишите его туда, откуда "
    "читается «token». Токен действует год.",
)
_GRANT = Text(
    en="Check “login”, the user's rights in Yandex Direct, and that the application's request for access to "
    "the API is approved.",
    ru="Проверьте «login», права пользователя в Яндекс Директе и что заявка приложения на доступ к API "
    "одобрена.",
)


def _headers(session: Session) -> Values:
    login = session.option("login")
    return {
        "Authorization": bearer_credentials(session.option("token")),
        "Accept-Language": "en",
        **({"Client-Login": login} if login else {}),
    }


def _account(session: Session) -> Account:
    request = {"method": "get", "params": {"FieldNames": ["Login", "Currency"]}}
    answer = session.ask("POST", _address(session, "clients"), body=request).json()
    found = part(answer, "result", "Clients", 0)
    return Account(text(found, "Login"), text(found, "Currency"), TIME_ZONE)


def _rows(session: Session, period: Period) -> Iterator[Row]:
    headers = {
        "processingMode": "auto",
        "returnMoneyInMicros": "false",
        "skipReportHeader": "true",
        "skipReportSummary": "true",
    }
    answer = session.ask(
        "POST", _address(session, "reports"), headers=headers, body={"params": _report(session, period)}
    )
    table = csv.DictReader(_lines(answer), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
    if tuple(table.fieldnames or ()) != _FIELDS:
        raise UnreadableError("FieldNames")
    yield from (_row(found) for found in table)


def _report(session: Session, period: Period) -> Mapping[str, object]:
    """Return the description of a report.

    A report that waits in the queue is found again by its name. The hour in it keeps a report of the morning,
    which is stored for some hours, from being taken for that of the evening.
    """
    vat = "YES" if session.fetch.source.options.get("vat") else "NO"
    hour = f"{session.fetch.now.astimezone(UTC):%Y-%m-%d %H}"
    return {
        "SelectionCriteria": {"DateFrom": str(period.first), "DateTo": str(period.last)},
        "FieldNames": list(_FIELDS),
        "ReportName": f"demetra {period.first} {period.last} vat {vat} of {hour}",
        "ReportType": "CAMPAIGN_PERFORMANCE_REPORT",
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": vat,
    }


def _lines(answer: Answer) -> Iterator[str]:
    try:
        yield from answer.content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise UnreadableError("encoding") from None


def _row(found: Mapping[str, str | None]) -> Row:
    return Row(
        day=day(found, "Date"),
        campaign_id=text(found, "CampaignId"),
        campaign=name(found, "CampaignName"),
        impressions=count(found, "Impressions"),
        clicks=count(found, "Clicks"),
        cost=amount(found, "Cost") or Decimal(0),
        conversions=amount(found, "Conversions"),
        revenue=amount(found, "Revenue"),
    )


def _address(session: Session, service: str) -> str:
    return session.address(f"json/{VERSION}/{service}")


def _refusal_of(answer: Answer) -> Refusal | None:
    if answer.status in _PENDING:
        seconds = amount(answer.headers.get("retryIn"))
        return Refusal("pending", "", _RETRY_SECONDS if seconds is None else float(seconds))
    number = code(body_of(answer), "error", "error_code")
    if not number.isdecimal():
        return None
    known = (meaning for meaning, numbers in _CODES.items() if int(number) in numbers)
    return Refusal(next(known, "request"), f"error {number}", answer.retry_after)


PLATFORM = Platform(
    name="Yandex Direct",
    version=VERSION,
    account_option="login",
    renew=_RENEW,
    grant=_GRANT,
    headers=_headers,
    account=_account,
    rows=_rows,
    refusal_of=_refusal_of,
)
KIND = platform_kind(
    "yandex_direct",
    PLATFORM,
    (
        credential_option("token", "OAuth token of an application that may use the API"),
        Option("login", "text", "login of the client, for the token of an agency"),
        Option("vat", "flag", "whether costs include VAT", default=False),
    ),
    base_url="https://api.direct.yandex.com",
    every=EVERY,
)
