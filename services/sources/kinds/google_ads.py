"""Google Ads: daily rows by campaign, by a GAQL query over `googleAds:searchStream` (REST).

An OAuth refresh token gives an access token for each fetch. Removed campaigns are among the rows; days
without figures are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from services.sources.calls import Values, bearer_credentials, not_an_address
from services.sources.kind import Option, Secret
from services.sources.oauth import token_form
from services.sources.platforms.answers import (
    UnreadableError,
    amount,
    body_of,
    code,
    count,
    day,
    items,
    name,
    part,
    text,
)
from services.sources.platforms.declaring import account_option, credential_option, platform_kind
from services.sources.platforms.options import not_digits
from services.sources.platforms.session import Session
from services.sources.platforms.spec import Account, Meaning, Period, Platform, Refusal, Row
from services.sources.web import Answer
from services.text import Text

VERSION = "v26"
EVERY = timedelta(hours=1)
"""Google counts operations by Cloud project: 20 accounts, each read hourly, use 1,920 of 2,880 a day."""

_MICROS = Decimal(1_000_000)
_ACCOUNT = "SELECT customer.id, customer.currency_code, customer.time_zone FROM customer LIMIT 1"
_ROWS = (
    "SELECT campaign.id, campaign.name, segments.date, metrics.impressions, metrics.clicks, "
    "metrics.cost_micros, metrics.conversions, metrics.conversions_value "
    "FROM campaign WHERE segments.date BETWEEN '{first}' AND '{last}'"
)
_RENEW = Text(
    en="Create a new refresh token, set it where “refresh_token” reads it, and compare “client_id” and "
    "“client_secret” with the OAuth client in the Google Cloud console.",
    ru="Создайте новый refresh token, запишите его туда, откуда читается «refresh_token», и сверьте "
    "«client_id» и «client_secret» с клиентом OAuth в консоли Google Cloud.",
)
_GRANT = Text(
    en="Give the user of the refresh token access to this account, name the manager account in "
    "“login_customer_id” if there is one, and check the access level of the Google Cloud project.",
    ru="Дайте пользователю refresh token доступ к этому аккаунту, укажите управляющий аккаунт в "
    "«login_customer_id», если он есть, и проверьте уровень доступа проекта Google Cloud.",
)
_FAMILIES: dict[str, Meaning] = {
    "authenticationError": "token",
    "authorizationError": "access",
    "quotaError": "quota",
    "internalError": "server",
    "databaseError": "server",
}
_CODES: dict[str, Meaning] = {
    "NOT_ADS_USER": "access",
    "CUSTOMER_NOT_FOUND": "access",
    "CLIENT_CUSTOMER_ID_INVALID": "access",
    "ACCESS_PROHIBITED": "access",
    "TWO_STEP_VERIFICATION_NOT_ENROLLED": "access",
    "ADVANCED_PROTECTION_NOT_ENROLLED": "access",
    "UNSUPPORTED_VERSION": "version",
}
_STATUSES: dict[str, Meaning] = {
    "UNAUTHENTICATED": "token",
    "PERMISSION_DENIED": "access",
    "RESOURCE_EXHAUSTED": "quota",
    "INVALID_ARGUMENT": "request",
    "INTERNAL": "server",
    "UNAVAILABLE": "server",
    "DEADLINE_EXCEEDED": "server",
}


def _headers(session: Session) -> Values:
    """Return headers with an access token, which the refresh token gives for an hour."""
    answer = session.ask("POST", session.option("token_url"), form=token_form(session.fetch.source.options))
    optional = {
        "login-customer-id": session.option("login_customer_id").replace("-", ""),
        "developer-token": session.option("developer_token"),
    }
    return {
        "Authorization": bearer_credentials(text(body_of(answer), "access_token")),
        **{name: Secret(value) for name, value in optional.items() if value},
    }


def _account(session: Session) -> Account:
    found = next(_search(session, _ACCOUNT), None)
    parts = ("id", "currencyCode", "timeZone")
    return Account(*(text(found, "customer", one) for one in parts))


def _rows(session: Session, period: Period) -> Iterator[Row]:
    for found in _search(session, _ROWS.format(first=period.first, last=period.last)):
        yield Row(
            day=day(found, "segments", "date"),
            campaign_id=text(found, "campaign", "id"),
            campaign=name(found, "campaign", "name"),
            impressions=count(found, "metrics", "impressions"),
            clicks=count(found, "metrics", "clicks"),
            cost=(amount(found, "metrics", "costMicros") or Decimal(0)) / _MICROS,
            conversions=amount(found, "metrics", "conversions") or Decimal(0),
            revenue=amount(found, "metrics", "conversionsValue") or Decimal(0),
        )


def _search(session: Session, query: str) -> Iterator[object]:
    """Yield the rows of a query. The answer is a list of chunks, of which a later one may be an error."""
    customer = session.option("customer_id").replace("-", "")
    url = session.address(f"{VERSION}/customers/{customer}/googleAds:searchStream")
    for chunk in items(session.ask("POST", url, body={"query": query}).json()):
        if part(chunk, "error") is not None:
            refusal = _refusal(chunk, None)
            raise UnreadableError("error") if refusal is None else session.refused(refusal)
        yield from items(chunk, "results")


def _refusal_of(answer: Answer) -> Refusal | None:
    if answer.status < 400:
        return None
    body = body_of(answer)
    refusal = _refusal(part(body, 0) if isinstance(body, list) else body, answer.retry_after)
    if refusal is None and answer.status == 404:  # a version that is switched off answers with an HTML page
        return Refusal("version", "HTTP 404")
    return refusal


def _refusal(body: object, retry_after: float | None) -> Refusal | None:
    """Return what an error means: of the token server, a GoogleAdsFailure, or a status alone."""
    word = code(body, "error")
    if word:
        return Refusal("server" if word == "internal_failure" else "token", word)
    failure = _failure(body)
    delay = _seconds(part(failure, "details", "quotaErrorDetails", "retryDelay"))
    codes = part(failure, "errorCode")
    for family in codes if isinstance(codes, dict) else ():
        word = code(codes, family)
        return Refusal(
            _CODES.get(word) or _FAMILIES.get(family, "request"),
            word or family,
            retry_after if delay is None else delay,
        )
    status = code(body, "error", "status")
    meaning = _STATUSES.get(status)
    return None if meaning is None else Refusal(meaning, status, retry_after)


def _failure(body: object) -> object:
    """Return the first error of the GoogleAdsFailure in an error, None without one."""
    for detail in items(body, "error", "details"):
        for found in items(detail, "errors"):
            return found
    return None


def _seconds(duration: object) -> float | None:
    """Return the seconds of a duration such as "30s"."""
    seconds = amount(duration.removesuffix("s")) if isinstance(duration, str) else None
    return None if seconds is None else float(seconds)


PLATFORM = Platform(
    name="Google Ads",
    version=VERSION,
    account_option="customer_id",
    renew=_RENEW,
    grant=_GRANT,
    headers=_headers,
    account=_account,
    rows=_rows,
    refusal_of=_refusal_of,
)
KIND = platform_kind(
    "google_ads",
    PLATFORM,
    (
        account_option(PLATFORM, 'account to read, such as "123-456-7890"'),
        credential_option("client_id", "id of the OAuth client in Google Cloud"),
        credential_option("client_secret", "secret of the OAuth client"),
        credential_option("refresh_token", "refresh token of a user who may read the account"),
        Option(
            "login_customer_id",
            "text",
            "manager account through which the user has access",
            check=not_digits,
        ),
        Option(
            "developer_token",
            "text",
            "developer token, sent if it is given; since September 2026 Google goes by the Google Cloud "
            "project of the OAuth client instead",
        ),
        Option(
            "token_url",
            "text",
            "address that gives access tokens",
            default="https://oauth2.googleapis.com/token",
            check=not_an_address,
        ),
    ),
    base_url="https://googleads.googleapis.com",
    every=EVERY,
)
