"""Currencies: the codes of ISO 4217, and the signs and words that exports write for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RUR RWF SAR SBD
SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
"""
CODES: frozenset[str] = frozenset(_CODES.split())
"""The codes of ISO 4217 in use, and those of exports from before the euro came to their countries."""

_SIGNS = """
USD,AUD,CAD,NZD,SGD,HKD,TWD,MXN,ARS,CLP,COP $
SEK,NOK,DKK,ISK kr kr. Kr Kr.
JPY,CNY ¥
USD US$ USD$
AUD A$ AU$
CAD C$ CA$
NZD NZ$
SGD S$ SG$
HKD HK$
TWD NT$
MXN MX$
BRL R$
EUR €
GBP £
JPY JP¥ 円
CNY CN¥ 元
RUB ₽ руб. руб р.
UAH ₴ грн грн.
KZT ₸ тг тг.
TRY ₺ TL
INR ₹ Rs. Rs
KRW ₩ 원
ILS ₪
VND ₫ đ
THB ฿
PHP ₱
NGN ₦
GEL ₾
PLN zł Zł zl
CZK Kč
HUF Ft
RON lei
BGN лв. лв
RSD din.
IDR Rp
MYR RM
CHF Fr. SFr. sFr.
ZAR R
"""


WITHOUT_CENTS = frozenset(
    """
    BIF CLP COP DJF GNF HUF IDR ISK JPY KMF KRW LAK PYG RWF UGX VND VUV XAF XOF XPF
    """.split()  # noqa: SIM905
)
"""Currencies whose amounts have no decimals, by ISO 4217 or in practice."""


def _signs(table: str) -> dict[str, tuple[str, ...]]:
    """Return the codes of each sign; a line has the codes, then the signs that can stand for them."""
    lines = (line.split() for line in table.strip().splitlines())
    return {sign: tuple(codes.split(",")) for codes, *signs in lines for sign in signs}


SIGNS: Mapping[str, tuple[str, ...]] = MappingProxyType(_signs(_SIGNS))
"""Signs and words for currencies, each with the codes that it can stand for, the likeliest first."""

_WRITTEN = sorted({*CODES, *SIGNS}, key=len, reverse=True)
PATTERN = "(?:" + "|".join(map(re.escape, _WRITTEN)) + ")"
"""A regular expression of every code and sign; the longest one is tried first."""


def readings(written: str) -> tuple[str, ...]:
    """Return the codes that a code, a sign or a word for a currency can stand for."""
    if written.upper() in CODES:
        return (written.upper(),)
    return SIGNS.get(written, ())


def common(written: Iterable[str]) -> frozenset[str]:
    """Return the codes that all of these codes and signs can stand for; nothing without any of them."""
    sets = [frozenset(readings(one)) for one in written]
    return frozenset.intersection(*sets) if sets else frozenset()
