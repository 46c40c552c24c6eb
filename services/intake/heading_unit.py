"""Units in headings, such as "Cost (in thousands)", "Revenue, k€", "spend_cents" or "Расход, тыс. руб."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from services.intake.currencies import CODES, SIGNS

ONE = Decimal(1)
MICRO = Decimal("0.000001")
CENT = Decimal("0.01")
_THOUSAND = Decimal(1000)
_MILLION = Decimal(1_000_000)

_WORDS: Mapping[Decimal, str] = {
    MICRO: "micro micros микро",
    CENT: "cent cents ct cts minor pence kopeck kopecks копейки копейках копеек коп grosz groszy öre øre",
    _THOUSAND: "thousand thousands k 000 000s tsd tausend тыс тысяч тысячах tys milliers miles migliaia 千",
    Decimal(10_000): "万 萬",
    Decimal(100_000): "lakh lakhs lac lacs",
    _MILLION: "million millions mio mln mn млн миллионов миллионах millionen 百万",
    Decimal(10_000_000): "crore crores",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_FUSED = {"k": _THOUSAND, "t": _THOUSAND, "m": _MILLION}
"""Letters before a currency, as in k€, TEUR and M€."""

_MONEY = frozenset(
    {
        *(code.casefold() for code in CODES),
        *(sign.rstrip(".").casefold() for sign in SIGNS),
        *(["euro", "euros", "dollars", "dollar", "рублей", "рублях", "yen", "currency"]),
    }
)
_FILLERS = frozenset(["in", "en", "em", "w", "в", "als", "of", "units", "unit"])
_TOKEN = re.compile(r"[^\W\d_]+|(?<![0-9])000s?(?![0-9])|[$€£¥₽₴₺₹₩]|[0-9]+")
_EASTERN = re.compile(r"百万|[千万萬](?=[円元])|[円元]")
_PRICE = re.compile(
    r"(?:^|[\s_(/])(?:per|pro|je|par|por|za|na|за|на|e?cpm|tkp|mille)(?=[\s_)/]|$)|/|%", re.IGNORECASE
)
_TAILS = (
    re.compile(r"[(\[（]([^()\[\]（）]{1,30})[)\]）]\s*$"),
    re.compile(r"[,:;|–—]([^,:;|–—]{1,30})$"),
    *(re.compile(rf"[\s_]((?:[^\s_]+[\s_]+){{{words}}}[^\s_]+)\s*$") for words in (3, 2, 1, 0)),
)
_LONGEST = 120


@lru_cache(maxsize=20_000)
def without_unit(heading: str) -> tuple[str, Decimal]:
    """Return a heading without its unit, and the unit: 1000 for thousands, 0.01 for cents; 1 without one.

    A currency beside the unit stays. A price per thousand has no such unit.
    """
    if len(heading) > _LONGEST or _PRICE.search(heading):
        return heading, ONE
    for tail in _TAILS:
        found = tail.search(heading)
        unit = None if found is None else _unit(found[1])
        if found is not None and unit is not None:
            amount, currency = unit
            return f"{heading[: found.start()].strip()} {currency}".strip(), amount
    return heading, ONE


def _unit(tail: str) -> tuple[Decimal, str] | None:
    """Return the unit and the currency that a text names; None if it has other words, or no unit."""
    units: list[Decimal] = []
    currency = ""
    for word, written in _tokens(tail):
        if word in _UNITS:
            units.append(_UNITS[word])
        elif word in _MONEY:
            currency = f"({written})"
        elif word[:1] in _FUSED and word[1:] in _MONEY:
            units.append(_FUSED[word[0]])
            currency = f"({written[1:]})"
        elif word not in _FILLERS:
            return None
    return (units[0], currency) if len(units) == 1 else None


def _tokens(tail: str) -> Iterator[tuple[str, str]]:
    """Yield the words and signs of a text, in small letters and as written."""
    spaced = _EASTERN.sub(lambda found: f" {found[0]} ", tail)
    words = _TOKEN.findall(spaced)
    at = 0
    while at < len(words):
        written = words[at]
        if written.casefold() in {"k", "t", "m"} and words[at + 1 : at + 2] and not words[at + 1].isalnum():
            written += words[at + 1]
            at += 1
        yield written.casefold(), written
        at += 1
