"""Parsing of settings. A reader's docstring is the text of the error message: what the value must be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from services.database.address import check_address
from services.text import LANGS, Lang
from services.worth import PerChannel

_MOST_MONEY = 1e9  # for one conversion

_COUNTRY = re.compile("[A-Z]{2}(-[A-Z0-9]{1,4})?")


def number(low: float, high: float, *, above: bool = False) -> Callable[[str], float]:
    """Return a reader of numbers from `low` to `high`, without `low` itself if `above`."""

    def read(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or not low <= value <= high or (above and value == low):
            raise ValueError
        return value

    read.__doc__ = (
        f"a number above {low:g}, up to {high:g}" if above else f"a number from {low:g} to {high:g}"
    )
    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    read.__doc__ = f"a whole number from {low} to {high}"
    return read


def lang(text: str) -> Lang:
    """one of: en, ru"""
    if text not in LANGS:
        raise ValueError
    return text


def flag(text: str) -> bool:
    """1 or 0"""
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]


def amount(text: str) -> Decimal:
    """an amount of 0 or more, such as 50000 or 1234.50"""
    value = Decimal(text)
    if not value.is_finite() or value < 0:
        raise ValueError
    return value.quantize(Decimal("0.01"))


def margin(text: str) -> PerChannel:
    """a margin above 0, up to 1 (35 % is 0.35), other ones by channel: 0.35; Google Ads=0.5; Telegram=0.2"""
    found = _per_channel(text, most=1.0)
    return found if found.usual is not None else PerChannel(1.0, found.own)


def value_of_conversion(text: str) -> PerChannel:
    """an amount above 0 that a conversion is worth, such as 120, other ones by channel: 120; Telegram=80"""
    return _per_channel(text, most=_MOST_MONEY)


def money_above_nothing(text: str) -> float:
    """an amount above 0, such as 40"""
    return number(0, _MOST_MONEY, above=True)(text)


def _per_channel(text: str, most: float) -> PerChannel:
    """Return the numbers of `0.35; Google Ads=0.5`, each above 0 and up to `most`, one for each channel."""
    usual, own = None, {}
    for part in filter(None, map(str.strip, text.split(";"))):
        channel, _, digits = (one.strip() for one in part.rpartition("="))
        value = number(0, most, above=True)(digits)
        if channel.casefold() in own or (not channel and usual is not None):
            raise ValueError
        if channel:
            own[channel.casefold()] = (channel, value)
        else:
            usual = value
    if usual is None and not own:
        raise ValueError
    return PerChannel(usual, tuple(own.values()))


def prefix(text: str) -> str:
    """a path that begins and ends with a slash, such as /marketing/roi/ (not /api/, /assets/, /_...)"""
    if not (text.startswith("/") and text.endswith("/")) or "//" in text or set(text) & set(" ?#\\"):
        raise ValueError
    if text.startswith(("/api/", "/assets/", "/_")):
        raise ValueError
    return text


def zone(text: str) -> str:
    """a time zone of the IANA list, such as Europe/Berlin"""
    return ZoneInfo(text).key


def currency(text: str) -> str:
    """a currency of at most 8 characters, such as EUR"""
    if not 1 <= len(text) <= 8:
        raise ValueError
    return text


def words(text: str) -> str:
    """words without line breaks or semicolons"""
    if set(text) & set("\r\n;"):
        raise ValueError
    return text


def country(text: str) -> str:
    """the code of a country, such as DE, or of a region of it, such as DE-BY"""
    if not _COUNTRY.fullmatch(text):
        raise ValueError
    import holidays  # slow, and only needed where a country is set

    code, _, region = text.partition("-")
    regions = holidays.list_supported_countries().get(code)
    if regions is None or (region and region not in regions):
        raise ValueError
    return text


def names(text: str) -> tuple[str, ...]:
    """names separated by commas, such as Acme, Акме"""
    found = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not found:
        raise ValueError
    return found


def rules(text: str) -> tuple[tuple[str, bool], ...]:
    """channels with yes or no, separated by semicolons, such as Search=yes; Brand video=no"""
    pairs = [part.rpartition("=") for part in text.split(";") if part.strip()]
    if not pairs or not all(channel.strip() for channel, _, _ in pairs):
        raise ValueError
    return tuple((channel.strip(), flag(answer.strip())) for channel, _, answer in pairs)


def redis(text: str) -> str:
    """an address like redis://host:6379/0 (or rediss://, unix://)"""
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError
    urlsplit(text).port  # noqa: B018 - raises if the port is no number; the client raises only later
    return text


def smtp(text: str) -> str:
    """an address like smtp://name:password@host:587 (or smtps://; smtp-plain:// has no password)"""
    address = urlsplit(text)
    address.port  # noqa: B018 - raises if the port is no number
    is_known = address.scheme in {"smtp", "smtps", "smtp-plain"} and address.hostname
    if not is_known or (address.scheme == "smtp-plain" and address.username):
        raise ValueError
    return text


def mail(text: str) -> str:
    """a mail address like demetra@example.com"""
    name, _, domain = text.partition("@")
    if not name or not domain or "@" in domain or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError
    return text


def dask(text: str) -> str:
    """an address like tcp://host:8786 (or tls://)"""
    if not text.startswith(("tcp://", "tls://")):
        raise ValueError
    return text


def path(text: str) -> Path:
    """a path; “~” needs a user who has a home folder"""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError from error


def postgres(text: str) -> str:
    """an address like postgresql://user:password@host:5432/name"""
    check_address(text)
    return text
