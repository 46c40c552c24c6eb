"""A platform as its reader declares it: account, rows of a period, meaning of refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from services.sources.calls import Values
from services.sources.web import Answer
from services.text import Text

if TYPE_CHECKING:
    from services.sources.platforms.session import Session

MOST_DAYS = 366

Meaning = Literal["token", "access", "quota", "large", "request", "version", "pending", "server"]
"""What a refusal means: bad credentials, no right to the account, a limit of requests, too many rows at once,
a wrong request, a version that was switched off, a report that is not ready, a fault of the platform."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Account:
    """An advertising account: its id on the platform, ISO code of its currency, name of its time zone."""

    id: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Row:
    """One day of one campaign. Amounts are in the currency of the account; None is not recorded."""

    day: date
    campaign_id: str
    campaign: str
    impressions: int
    clicks: int
    cost: Decimal
    conversions: Decimal | None
    revenue: Decimal | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the platform answered instead of data.

    `reason` is its code, never its text, which may repeat a credential. `retry_after` are the seconds that it
    asks to be left alone.
    """

    meaning: Meaning
    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """What differs between the platforms.

    `name` is shown, and is the channel of the rows unless the source declares one. `headers` returns what
    each request of a fetch is sent with, credentials included; it may itself ask for a token. `rows` returns
    the rows of a period of at most `most_days` days. `refusal_of` returns the refusal that an answer of any
    status is, None where it is none or only its status tells. `account_option` names the option with the
    account. `renew` and `grant` tell the admin how to renew the credentials, and how to give them the right
    to read.
    """

    name: str
    version: str
    account_option: str
    renew: Text
    grant: Text
    headers: Callable[[Session], Values]
    account: Callable[[Session], Account]
    rows: Callable[[Session, Period], Iterable[Row]]
    refusal_of: Callable[[Answer], Refusal | None]
    most_days: int = MOST_DAYS
