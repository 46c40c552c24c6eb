"""Words that exports write in rows of totals, in the languages of the platforms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

_WORDS = """
total, totals, grand total, sub total, subtotal, subtotals, sum, overall, all, total general
gesamt, gesamtsumme, gesamtergebnis, zwischensumme, summe, insgesamt, ergebnis, teilergebnis
total général, total generale, sous total, somme, ensemble, suma, suma total, totales, totale, totali, totais
totale complessivo, totale generale, subtotale, total geral, totaal, eindtotaal, subtotaal
razem, ogółem, łącznie, suma końcowa, suma całkowita, suma częściowa
toplam, genel toplam, ara toplam, celkem, celkový součet, mezisoučet, spolu, összesen, végösszeg, részösszeg
summa, totalt, totalsumma, delsumma, i alt, ialt, samlet, sammenlagt, yhteensä, summa yhteensä
kokku, kopā, iš viso, ukupno, skupaj, total general, σύνολο, γενικό σύνολο, общо
итого, итог, итоги, всего, общий итог, общая сумма, промежуточный итог, сумма, все, разом, усього, всього
合計, 総計, 小計, 总计, 合计, 小计, 總計, 合計值, 합계, 총계, 소계
รวม, รวมทั้งหมด, tổng, tổng cộng, jumlah, jumlah total
المجموع, الإجمالي, סהכ, סה״כ, कुल, कुल योग
all campaigns, all channels, all accounts, all rows, account total, campaign total, report total, page total
все кампании, все каналы, alle kampagnen, alle kanäle, toutes les campagnes, todas las campañas
"""
_WHOLE = frozenset(word.strip() for line in _WORDS.strip().splitlines() for word in line.split(","))
_STEMS = tuple(one for one in _WHOLE if not any(other in one for other in _WHOLE - {one}))
_PART = "|".join(sorted(map(re.escape, _WHOLE), key=len, reverse=True))
_AT_START = re.compile(rf"(?:{_PART})(?![^\W_])(?P<rest>.*)")
_AT_END = re.compile(rf"(?P<rest>.*)(?<![^\W_])(?:{_PART})")
_MARKS = re.compile(r"[\s:*()\[\]<>=Σ∑.,;|_–—-]+")
_NOTHING = frozenset({"", "null", "none", "nan", "n a", "n/a", "#n/a", "blank", "empty", "пусто", "leer"})
LONGEST = 120
"""Longer cells name no total."""

_LONGEST_NOTHING = 12

Kind = Literal["whole", "part", "empty"]


@dataclass(frozen=True, slots=True)
class TotalName:
    """A cell that can name a total: as a whole, in a part of it (with the `rest`), or by being empty."""

    kind: Kind
    rest: str = ""


def total_name(text: str) -> TotalName | None:
    """Return how a cell can name a total; None for all other names."""
    if len(text) > LONGEST:
        return None
    words = folded(text)
    if words in _NOTHING:
        return TotalName("empty")
    if words in _WHOLE:
        return TotalName("whole")
    found = _AT_START.fullmatch(words) or _AT_END.fullmatch(words)
    return None if found is None else TotalName("part", found["rest"].strip())


def total_names(texts: Collection[str]) -> dict[str, TotalName]:
    """Return those texts that can name a total; for many texts, since most of them have no such word."""
    joined = unicodedata.normalize("NFKC", "\n".join(text[:LONGEST] for text in texts)).casefold()
    if any(stem in joined for stem in _STEMS):
        return {text: name for text in texts if (name := total_name(text)) is not None}
    return {
        text: TotalName("empty")
        for text in texts
        if len(text) < _LONGEST_NOTHING and folded(text) in _NOTHING
    }


def folded(text: str) -> str:
    """Return a name without case, punctuation and repeated spaces, for comparisons."""
    return _MARKS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
