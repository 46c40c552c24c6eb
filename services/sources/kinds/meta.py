"""Meta (Facebook, Instagram): daily rows by campaign, by the insights of an ad account in the Graph API.

The access token is sent as a header; addresses of further pages, which contain it, are not followed. Deleted
and archived campaigns are asked for as well. Periods that are too large for one answer are asked for in
halves; a single day is prepared by Meta in the background.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.sources.calls import Values, bearer_credentials
from services.sources.kind import Option
from services.sources.platforms.answers import (
    UnreadableError,
    amount,
    body_of,
    count,
    day,
    items,
    name,
    part,
    text,
)
from services.sources.platforms.days import halves
from services.sources.platforms.declaring import account_option, credential_option, platform_kind
from services.sources.platforms.failures import PlatformLargeError
from services.sources.platforms.options import not_digits
from services.sources.platforms.session import Session
from services.sources.platforms.spec import Account, Meaning, Period, Platform, Refusal, Row
from services.sources.web import Answer
from services.text import Text

VERSION = "v26.0"
EVERY = timedelta(minutes=15)
"""Meta renews its insights about as often."""

POLL_SECONDS = 5.0
"""The pause between questions whether a report that Meta prepares is ready."""

PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
"""Types of actions that are purchases: over all places, and older names for the same."""

_PAGE_ROWS = 500
_FIELDS = "campaign_id,campaign_name,impressions,inline_link_clicks,spend,actions,action_values"
_STATES = ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"]
_MINUTE = 60.0
_CODES: Mapping[Meaning, frozenset[int]] = {
    "token": frozenset({102, 190, 2500}),
    "quota": frozenset({4, 17, 32, 341, 368, 613}),
    "access": frozenset({3, 10, 803}),
    "server": frozenset({-2, -1, 1, 2}),
    "version": frozenset({12, 2635}),
}
_LARGE = {(1, 99), (2, 1504038), (100, 1487534), (100, 1504018)}
_TOO_MUCH = "reduce the amount of data"  # the message of an error that has no code of its own
_NO_OBJECT = (100, 33)
_READY = "Job Completed"
_FAILED = {"Job Failed", "Job Skipped"}
_RENEW = Text(
    en="Create a new token of a system user with the permission ads_read in Meta Business settings, and set "
    "it where “access_token” reads it.",
    ru="Создайте новый токен системного пользователя с правом ads_read в настройках Meta Business и запишите "
    "его туда, откуда читается «access_token».",
)
_GRANT = Text(
    en="Assign the ad account to the system user in Meta Business settings, give the token the permission "
    "ads_read, and check “account_id”.",
    ru="Назначьте рекламный аккаунт системному пользователю в настройках Meta Business, дайте токену право "
    "ads_read и проверьте «account_id».",
)


def _headers(session: Session) -> Values:
    return {"Authorization": bearer_credentials(session.option("access_token"))}


def _account(session: Session) -> Account:
    params = {"fields": "account_id,currency,timezone_name"}
    found = session.ask("GET", _address(session), params=params).json()
    return Account(text(found, "account_id"), text(found, "currency"), text(found, "timezone_name"))


def _rows(session: Session, period: Period) -> Iterator[Row]:
    try:
        found = list(_pages(session, _address(session, "/insights"), _query(period)))
    except PlatformLargeError:
        parts = halves(period)
        found = []
        for one in parts if len(parts) > 1 else ():
            yield from _rows(session, one)
        if len(parts) == 1:
            found = list(_prepared(session, period))
    yield from (_row(session, one) for one in found)


def _prepared(session: Session, period: Period) -> Iterator[object]:
    """Yield the data of a report that Meta prepares in the background."""
    started = session.ask("POST", _address(session, "/insights"), params=_query(period)).json()
    report = session.address(f"{VERSION}/{text(started, 'report_run_id')}")
    session.ask("GET", report, params={"fields": "async_status,async_percent_completion"})
    yield from _pages(session, f"{report}/insights", {"limit": str(_PAGE_ROWS)})


def _pages(session: Session, url: str, params: Mapping[str, str]) -> Iterator[object]:
    """Yield the data of all pages, each of which is asked for by the cursor that ends the one before."""
    cursors: set[str] = set()
    more: Mapping[str, str] = {}
    while True:
        body = session.ask("GET", url, params={**params, **more}).json()
        yield from items(body, "data")
        if part(body, "paging", "next") is None:
            return
        after = text(body, "paging", "cursors", "after")
        if after in cursors:
            raise UnreadableError("paging.cursors.after")
        cursors.add(after)
        more = {"after": after}


def _address(session: Session, edge: str = "") -> str:
    number = session.option("account_id").removeprefix("act_").replace("-", "")
    return session.address(f"{VERSION}/act_{number}{edge}")


def _query(period: Period) -> Mapping[str, str]:
    states = {"field": "campaign.effective_status", "operator": "IN", "value": _STATES}
    return {
        "level": "campaign",
        "time_increment": "1",
        "time_range": json.dumps({"since": str(period.first), "until": str(period.last)}),
        "fields": _FIELDS,
        "filtering": json.dumps([states]),
        "limit": str(_PAGE_ROWS),
    }


def _row(session: Session, found: object) -> Row:
    actions = session.fetch.source.options.get("actions") or PURCHASES
    return Row(
        day=day(found, "date_start"),
        campaign_id=text(found, "campaign_id"),
        campaign=name(found, "campaign_name"),
        impressions=count(found, "impressions"),
        clicks=count(found, "inline_link_clicks"),
        cost=amount(found, "spend") or Decimal(0),
        conversions=_first_of(items(found, "actions"), actions) or Decimal(0),
        revenue=_first_of(items(found, "action_values"), actions),
    )


def _first_of(found: Sequence[object], types: Sequence[str]) -> Decimal | None:
    """Return the value of the first type of action that a row has."""
    values = {text(one, "action_type"): amount(one, "value") for one in found}
    return next((values[one] for one in types if values.get(one) is not None), None)


def _refusal_of(answer: Answer) -> Refusal | None:
    body = body_of(answer)
    if answer.status < 400:
        return _unready(part(body, "async_status"))
    number, detail = part(body, "error", "code"), part(body, "error", "error_subcode")
    if not isinstance(number, int):
        return None
    sub = detail if isinstance(detail, int) else None
    reason = f"code {number}" if sub is None else f"code {number}, subcode {sub}"
    meaning = _meaning(number, sub)
    if _TOO_MUCH in str(part(body, "error", "message")):
        meaning = "large"
    if meaning == "request" and part(body, "error", "is_transient") is True:
        meaning = "server"
    return Refusal(meaning, reason, answer.retry_after or _regained(answer))


def _meaning(number: int, sub: int | None) -> Meaning:
    if (number, sub) in _LARGE:
        return "large"
    if (number, sub) == _NO_OBJECT or 200 <= number < 300:
        return "access"
    if 80000 <= number < 80100:
        return "quota"
    return next((meaning for meaning, numbers in _CODES.items() if number in numbers), "request")


def _unready(status: object) -> Refusal | None:
    """Return why a report of the background cannot be read, None for a ready one and for other answers."""
    if status is None or status == _READY:
        return None
    if status in _FAILED:
        return Refusal("server", str(status))
    return Refusal("pending", "", POLL_SECONDS)


def _regained(answer: Answer) -> float | None:
    """Return the seconds after which calls are accepted again, by the header about limits."""
    try:
        usage = json.loads(answer.headers.get("X-Business-Use-Case-Usage", ""))
    except ValueError:
        return None
    entries = [one for found in usage.values() for one in found] if isinstance(usage, dict) else []
    minutes = [part(one, "estimated_time_to_regain_access") for one in entries]
    longest = max((one for one in minutes if isinstance(one, int)), default=0)
    return longest * _MINUTE or None


def _not_an_account(value: Any) -> str | None:
    is_right = isinstance(value, str) and not_digits(value.removeprefix("act_")) is None
    return None if is_right else 'an ad account in quotes, such as "act_1234567890"'


PLATFORM = Platform(
    name="Meta",
    version=VERSION,
    account_option="account_id",
    renew=_RENEW,
    grant=_GRANT,
    headers=_headers,
    account=_account,
    rows=_rows,
    refusal_of=_refusal_of,
)
KIND = platform_kind(
    "meta",
    PLATFORM,
    (
        account_option(PLATFORM, 'ad account to read, such as "act_1234567890"', _not_an_account),
        credential_option("access_token", "token of a system user with the permission ads_read"),
        Option(
            "actions",
            "list",
            "types of actions that are conversions, of which the first one counts that a row has; unset: "
            "purchases",
        ),
    ),
    base_url="https://graph.facebook.com",
    every=EVERY,
)
