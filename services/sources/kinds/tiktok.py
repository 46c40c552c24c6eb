"""TikTok: daily rows by campaign, by the report `report/integrated/get/` of an advertiser account.

Errors come with HTTP status 200 and a code. Deleted campaigns are asked for as well. A request covers at
most 30 days.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count as numbers_from

from services.sources.calls import Values
from services.sources.kind import Option, Secret
from services.sources.platforms.answers import (
    amount,
    body_of,
    count,
    day,
    items,
    name,
    part,
    text,
)
from services.sources.platforms.declaring import account_option, credential_option, platform_kind
from services.sources.platforms.session import Session
from services.sources.platforms.spec import Account, Meaning, Period, Platform, Refusal, Row
from services.sources.web import Answer
from services.text import Text

VERSION = "v1.3"
EVERY = timedelta(minutes=15)
"""Four readings an hour are far below the limits of requests."""
REVENUE = "total_complete_payment_rate"
"""The metric of the value of all purchases on websites, in spite of its name."""

_PAGE_ROWS = 1000
_MOST_DAYS = 30
_METRICS = ("campaign_name", "spend", "impressions", "clicks", "conversion")
_ALL_STATES = [{"field_name": "campaign_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]
_NO_ROUTE = 40006
_NO_PERMISSION = 40001
_TOO_OFTEN = {40016, 40100, 40133}
_RENEW = Text(
    en="Authorize the app again in TikTok API for Business, and set the new token where “access_token” reads "
    "it.",
    ru="Заново авторизуйте приложение в TikTok API for Business и запишите новый токен туда, откуда читается "
    "«access_token».",
)
_GRANT = Text(
    en="Authorize the app for this advertiser account with the permission to read reports, and check "
    "“advertiser_id”.",
    ru="Авторизуйте приложение для этого рекламного аккаунта с правом чтения отчётов и проверьте "
    "«advertiser_id».",
)


def _headers(session: Session) -> Values:
    return {"Access-Token": Secret(session.option("access_token"))}


def _account(session: Session) -> Account:
    params = {
        "advertiser_ids": json.dumps([session.option("advertiser_id")]),
        "fields": json.dumps(["advertiser_id", "currency", "timezone", "display_timezone"]),
    }
    answer = session.ask("GET", _address(session, "advertiser/info/"), params=params).json()
    found = part(answer, "data", "list", 0)
    zone = part(found, "display_timezone") or part(found, "timezone")
    return Account(text(found, "advertiser_id"), text(found, "currency"), text(zone))


def _rows(session: Session, period: Period) -> Iterator[Row]:
    """Yield the rows of all pages; their number must be the promised one."""
    rows = 0
    for page in numbers_from(1):
        data = part(_page(session, period, page), "data")
        for found in items(data, "list"):
            rows += 1
            yield _row(session, found)
        if page >= count(data, "page_info", "total_page"):
            break
    if rows != count(data, "page_info", "total_number"):  # the report has changed between two pages
        raise session.refused(Refusal("server", "page_info.total_number"))


def _page(session: Session, period: Period, page: int) -> object:
    params = {
        "advertiser_id": session.option("advertiser_id"),
        "service_type": "AUCTION",
        "report_type": "BASIC",
        "data_level": "AUCTION_CAMPAIGN",
        "dimensions": json.dumps(["campaign_id", "stat_time_day"]),
        "metrics": json.dumps([*_METRICS, session.option("revenue")]),
        "filtering": json.dumps(_ALL_STATES),
        "start_date": str(period.first),
        "end_date": str(period.last),
        "page": str(page),
        "page_size": str(_PAGE_ROWS),
    }
    found: object = session.ask("GET", _address(session, "report/integrated/get/"), params=params).json()
    return found


def _row(session: Session, found: object) -> Row:
    metrics = part(found, "metrics")
    return Row(
        day=day(found, "dimensions", "stat_time_day"),
        campaign_id=text(found, "dimensions", "campaign_id"),
        campaign=name(metrics, "campaign_name"),
        impressions=count(metrics, "impressions"),
        clicks=count(metrics, "clicks"),
        cost=amount(metrics, "spend") or Decimal(0),
        conversions=amount(metrics, "conversion") or Decimal(0),
        revenue=amount(metrics, session.option("revenue")),
    )


def _address(session: Session, path: str) -> str:
    return session.address(f"open_api/{VERSION}/{path}")


def _refusal_of(answer: Answer) -> Refusal | None:
    number = part(body_of(answer), "code")
    if not isinstance(number, int) or number == 0:
        return None
    return Refusal(_meaning(number), f"code {number}", answer.retry_after)


def _meaning(number: int) -> Meaning:
    if number in _TOO_OFTEN:
        return "quota"
    if number == _NO_PERMISSION:
        return "access"
    if number == _NO_ROUTE:
        return "version"
    if 40100 <= number < 40200:
        return "token"
    return "server" if 50000 <= number < 60000 else "request"


PLATFORM = Platform(
    name="TikTok",
    version=VERSION,
    account_option="advertiser_id",
    renew=_RENEW,
    grant=_GRANT,
    headers=_headers,
    account=_account,
    rows=_rows,
    refusal_of=_refusal_of,
    most_days=_MOST_DAYS,
)
KIND = platform_kind(
    "tiktok",
    PLATFORM,
    (
        account_option(PLATFORM, 'advertiser account to read, such as "7123456789012345678"'),
        credential_option("access_token", "long-term access token of an app that may read reports"),
        Option(
            "revenue",
            "text",
            "metric that is the revenue: `total_complete_payment_rate` is the value of purchases on "
            "websites, `total_purchase_value` that of purchases in apps",
            default=REVENUE,
        ),
    ),
    base_url="https://business-api.tiktok.com",
    every=EVERY,
)
