"""Currencies in headings, such as `Amount spent (AUD)`, `Cost, €` or `Spend US$`."""

from __future__ import annotations

import re

from services.intake.currencies import CODES, SIGNS, readings

_WORDS = frozenset(
    {"ALL", "TOP", "TRY", "CUP", "MOP", "SOS", "PEN", "BAM", "BOB", "MAD", "COP", "GEL", "RON"}
)
_SIGNS = {sign.rstrip(".").casefold(): sign for sign in SIGNS if sign != "R"}
_SIGN = "|".join(sorted({re.escape(sign.rstrip(".")) for sign in _SIGNS.values()}, key=len, reverse=True))
_TOKEN = rf"(?P<token>(?i:{_SIGN})\.?|[A-Za-z]{{3}})"
_BEFORE = r"(?:[\s_,:/|–-]+(?:(?i:in|en|em|w|в)[\s_]+)?)"
_PLACES = (
    re.compile(rf"[\s_,]*[(\[{{]\s*(?:in\s+)?{_TOKEN}\s*[)\]}}]"),
    re.compile(rf"{_BEFORE}{_TOKEN}\s*$"),
    re.compile(r"(?<=\w)\s*(?P<token>[$€£¥₹₽₴₸₺₩₪฿])\s*$"),
    re.compile(rf"^\s*{_TOKEN}[\s_]+(?=\w)"),
)


def currency_of(written: str) -> str | None:
    """Return the code of a code or sign, such as EUR for “€”, “eur” and “EUR”; None if it is neither.

    A sign of several currencies, such as “$”, is returned as it is.
    """
    bare = written.strip().rstrip(".")
    if bare.upper() in CODES:
        # “Clicks (all)” has a word: a code that is also a word must be written in capitals.
        return bare.upper() if bare.upper() not in _WORDS or bare.isupper() else None
    sign = _SIGNS.get(bare.casefold())
    if sign is None:
        return None
    codes = readings(sign)
    return codes[0] if len(codes) == 1 else sign.rstrip(".")


def without_currency(heading: str) -> tuple[str, str | None]:
    """Return a heading without its currency, and the currency (see `currency_of`); None without one."""
    for place in _PLACES:
        for found in place.finditer(heading):
            currency = currency_of(found["token"])
            rest = f"{heading[: found.start()]} {heading[found.end() :]}".strip()
            if currency is not None and rest:
                return rest, currency
    return heading, None
