"""Guesses at headings that no layout has, by the words in them, in several languages.

A guess is made only for a figure that no other column tells, and only if one column has its words. The report
says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from services.intake.headings import key

_PURCHASE = (
    "purchas|kauf|kaufe|achat|compra|acquist|zakup|покупк|satinal|alisveris|aankop|購入|bestellung|commande|pedido|ordini|"
    "zamowien|заказ|siparis|注文"
)
_CONVERSION = "^conv$|conv$|^convv|conversion|conversi|konversi|konwersj|конверси|donusum|コンバージョン"
_VALUE = "value|wert|valeur|valor|valore|wartosc|ценност|сумм|deger|waarde|umsatz|値|額"
_DATE = (
    r"^(?:date|datum|fecha|data|tag|jour|dia|giorno|dzien|день|дата|gun|tarih|dag|日付|日|day)(?![a-z]{4})"
)
_IMPRESSION = (
    "impression|impresi|impresio|impressoes|einblendung|wyswietl|показ|gosterim|vertoning|weergave|"
    "インプレッション|表示回数"
)
_REVENUE = (
    "revenue|umsatz|erlos|chiffredaffaires|revenu|ingreso|receita|faturamento|ricav|fatturato|przychod|выручк|"
    "доход|gelir|ciro|omzet|売上|収益"
)
_COST = (
    "cost|spend|spent|kosten|ausgaben|ausgegeben|cout|depens|coste|costo|gasto|gastad|inversion|custo|"
    "investimento|spesa|speso|koszt|wydatk|wydan|расход|затрат|потрач|списано|harcama|harcanan|maliyet|uitgave|"
    "besteed|besteding|費用|消化金額|利用金額|支出|広告費"
)
_WORDS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "date": re.compile(_DATE),
        "campaign_id": re.compile("campaign|kampagne|campagn|campan|kampani|кампани|kampanya|キャンペーン"),
        "impressions": re.compile(_IMPRESSION),
        "clicks": re.compile("click|klick|clics|clicsur|^clic|clique|klikn|клик|tiklama|klikken|クリック"),
        "revenue": re.compile(
            f"{_REVENUE}|(?:{_CONVERSION}|{_PURCHASE}).*(?:{_VALUE})|(?:{_VALUE}).*(?:{_CONVERSION}|{_PURCHASE})"
        ),
        "conversions": re.compile(f"{_CONVERSION}|{_PURCHASE}"),
        "cost": re.compile(_COST),
    }
)
_OTHER_FIGURE = re.compile(
    r"cp[acmvlio]\b|ctr|cvr|roas|roi|acos|rate|quote|taux|tasa|taxa|tasso|wskaznik|wspolczynnik|доля|коэф|oran|"
    r"percent|prozent|ratio|unique|unica|eindeutig|video|view.?through|budget|бюджет|limit|status|статус|reach|"
    r"reichweite|охват|率|単価|平均",
    re.IGNORECASE,
)
_NO_FIGURE = re.compile(
    r"(?:^|[\s_-])(?:action|type|typ|tipo|category|kategorie|window|lag|goal|goods|currency|time|device|tracking|setting|"
    r"page|url|event|group|gruppe|groupe|grupo|start|end|objective|labels?|source|тип|группа|цель|страница)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:^|[\s_-])(?:id|name|nom|nombre|nome|nazwa|название|номер)(?:[\s_-]|$)", re.IGNORECASE)
_PRICE = re.compile(
    r"(?:^|[\s_./(-])(?:per|pro|je|par|por|za|na|за|başına|avg|average|durchschn\w*|moy\w*|medi[oa]|média?|śr|gem|ort|ср\w*)"
    r"(?:[\s_./)-]|$)|/|%",
    re.IGNORECASE,
)


_FIGURES = frozenset({"impressions", "clicks", "conversions", "cost", "revenue"})
_COUNT = re.compile(r"nombre\s+(?:de\s|d['’])", re.IGNORECASE)


def guesses(names: Sequence[str], free: Sequence[int], missing: Sequence[str]) -> dict[str, int]:
    """Return the position of a column for missing fields, from the `free` columns of a header.

    A field with several columns that may be it gets none.
    """
    found: dict[str, list[int]] = {}
    for at in free:
        name = _guess(names[at])
        if name is not None:
            found.setdefault(name, []).append(at)
    return {name: found[name][0] for name in missing if len(found.get(name, ())) == 1}


def _guess(heading: str) -> str | None:
    """Return the field that the words of a heading name; revenue comes before conversions and cost."""
    plain = key(heading)
    if not plain or any(words.search(heading) for words in (_OTHER_FIGURE, _NO_FIGURE, _PRICE)):
        return None
    found = next((name for name, words in _WORDS.items() if words.search(plain)), None)
    return None if found in _FIGURES and _NAME.search(heading) and not _COUNT.match(heading) else found
