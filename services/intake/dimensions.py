"""Which columns tell rows apart (dimensions) and which change with the days (details), by their words.

A campaign's status, budget or reach is another one tomorrow, so a file that is exported again would not
match its earlier rows if such columns were part of their identity. Headings without a known word are decided
by their cells.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Kind = Literal["dimension", "detail"]

_CHANGING = frozenset(
    """
    status delivery budget bid bids bidding strategy updated update modified edited sync synced
    refreshed timestamp time hour hours week weekday month quarter year frequency reach rate rates
    ratio ranking share percent avg average cost costs cpc cpm ctr cpa cpv cpi cpl cpp ecpm ecpc
    views plays sessions users visits visitors engagements interactions likes shares comments
    reactions saves follows attribution ends starts position revenue sales orders units clicks
    impressions conversions conv purchases leads installs downloads value roas roi acos spend spent
    amount balance limit cap carts checkouts статус доставка бюджет ставка ставки стратегия
    обновлено обновление частота охват доля рейтинг цена расход показы клики конверсии доход
    просмотры отказы глубина позиция время час неделя месяц год
    """.split()  # noqa: SIM905 - a list would be ten times as long
)
_LASTING = frozenset(
    """
    campaign adset adgroup group ad ads creative audience segment device region country city state
    location geo market placement network age gender sex keyword query term objective goal type
    format language lang category product brand site url page id name code label labels tag sku asin
    account advertiser customer client team department os browser channel medium source platform
    domain property campaigns title theme кампания группа объявление аудитория сегмент устройство
    регион страна город площадка возраст пол ключевое запрос цель тип формат язык категория товар
    бренд аккаунт
    """.split()  # noqa: SIM905 - a list would be ten times as long
)
_CHANGING_PARTS = re.compile(
    r"status|statut|budget|бюджет|статус|ставк|стратег|частот|gebot|enchere|presupuesto|orcamento|butce|frequen|"
    r"frecuenc|reichweite|quality_?(?:score|ranking)|optimi[sz]ation_score|impr_?share|zuletzt|last_(?:sync|update|edit)"
)


def kind_by_words(snake: str) -> Kind | None:
    """Return what the words of a heading in snake case say; None if they say nothing."""
    plain = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", snake))
    words = set(snake.split("_")) | set(plain.split("_"))
    if words & _CHANGING or _CHANGING_PARTS.search(plain):
        return "detail"
    return "dimension" if words & _LASTING else None
