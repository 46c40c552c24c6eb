"""Comparison of headings without case, accents, punctuation, currency, attribution window, words on VAT."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from services.intake.heading_currency import without_currency
from services.intake.heading_unit import ONE, without_unit

_MARKS = re.compile(r"[\u0300-\u036f]")
_NO_WORD = re.compile(r"[\W_]+")
_VAT = re.compile(
    r"[\s_,(]*(?:(?:incl|excl|with|without|inkl|exkl|ohne|mit|hors|с|без)\.?[\s_]*)(?:vat|tax|mwst|ust|taxes?|ндс)\.?\)?"
    r"|[\s_,(]+(?:ttc|ht)\)?$",
    re.IGNORECASE,
)
_UNIT = "days?|d|tage?n?|jours?|dias?|días?|giorni|giorno|dni|dagen|gün|дн(?:ей|я|ь)?\\.?|日間?"
_WINDOW = re.compile(
    rf"[\s_,(\[–-]*(?<![0-9])(?P<days>[0-9]{{1,2}})[\s_-]?(?:{_UNIT})(?![^\W\d_])"
    r"(?:[\s_-]*(?:after[\s_]+)?(?:post[\s_-]?)?(?:click(?:ing)?|view(?:ing)?|engagement)\b)?[)\]]*",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"^\s*(?:total\s+)?(?:#\s*(?:of\s+)?|(?:number|no\.?|num\.?|count|amount)\s+of\s+|anzahl\s+(?:der\s+)?|nombre\s+(?:de\s+|d['’])"
    r"|n[uú]mero\s+d[eio]\s+|liczba\s+|aantal\s+|количество\s+|число\s+|кол-во\s+)(?=\w)",
    re.IGNORECASE,
)
_NAMESPACE = re.compile(r"^\s*(?:metrics|segments)\.(?=\w)", re.IGNORECASE)  # of the API of Google Ads
NO_WINDOW = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a heading: its key, and what was left out to get it."""

    key: str
    currency: str | None = None
    window: int = NO_WINDOW
    """The attribution window in days; 0 if the heading names none."""
    is_money: bool = False
    """True if a currency or a word on VAT was left out, so only amounts of money can be meant."""
    is_count: bool = False
    """True if a word such as “number of” was left out."""
    unit: Decimal = ONE
    """The unit that was left out, such as 1000 for thousands."""


@lru_cache(maxsize=20_000)
def key(heading: str) -> str:
    """Return a heading without case, accents, spaces and punctuation, for comparisons only."""
    text = unicodedata.normalize("NFKC", heading).casefold().replace("ı", "i").replace("ł", "l")
    return _NO_WORD.sub("", _MARKS.sub("", unicodedata.normalize("NFKD", text)))


def readings(heading: str) -> Iterator[Reading]:
    """Yield the ways to read a heading, as written first."""
    yield Reading(key(heading))
    bare = _NAMESPACE.sub("", unicodedata.normalize("NFKC", heading))
    yield from _read(bare)
    whole, unit = without_unit(bare)
    if unit != ONE:
        yield from (replace(one, unit=unit) for one in _read(whole))


def _read(bare: str) -> Iterator[Reading]:
    for text, window in _shorter(bare):
        yield from _with_money(text, window, is_count=False)
        counted = _COUNT.sub("", text, count=1)
        if counted != text:
            yield from _with_money(counted, window, is_count=True)


def _shorter(text: str) -> Iterator[tuple[str, int]]:
    yield text, NO_WINDOW
    found = _WINDOW.search(text)
    if found is not None:
        rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
        if rest:
            yield rest, int(found["days"])


def _with_money(text: str, window: int, *, is_count: bool) -> Iterator[Reading]:
    yield Reading(key(text), window=window, is_count=is_count)
    taxless = _VAT.sub("", text)
    bare, currency = without_currency(taxless)
    bare = _VAT.sub("", bare)
    if bare != text:
        yield Reading(key(bare), currency, window, is_money=True, is_count=is_count)
