"""Recognition of the columns of a campaign file by their names in exports.

Names are compared without case, spaces, punctuation, currency and words on VAT. If two columns match the same
field, the earlier alias in `ALIASES` wins, and the other column is kept as an attribute.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from services.text import tidy

Measure = Literal["impressions", "clicks", "conversions", "cost", "revenue"]
Ratio = Literal["ctr", "conversion_rate", "roi", "roas", "cpa", "cost_per_conversion", "cpc", "cpm"]
Field = Literal["date", "channel", "campaign_id"] | Measure | Ratio

MEASURES: tuple[Measure, ...] = get_args(Measure)
COUNTS: frozenset[str] = frozenset({"impressions", "clicks"})
RATIOS: tuple[Ratio, ...] = get_args(Ratio)

ALIASES: Mapping[Field, tuple[str, ...]] = MappingProxyType(
    {
        "date": (
            *("date", "day", "dateday", "dates", "reportdate", "campaigndate", "startdate", "datestart"),
            *("reportingstarts", "datetime", "timestamp", "дата", "день", "датаначала"),
        ),
        "channel": (
            *("channel", "channelused", "channelname", "marketingchannel", "platform", "adplatform"),
            *("source", "utmsource", "trafficsource", "publisher", "network"),
            *("канал", "площадка", "платформа", "источник", "источниктрафика"),
            *("рекламнаяплощадка", "рекламнаясистема", "рекламныйкабинет"),
        ),
        "campaign_id": (
            *("campaignid", "idcampaign", "campaign", "campaignname", "utmcampaign"),
            *("idкампании", "номеркампании", "кампания", "названиекампании"),
        ),
        "impressions": (
            *("impressions", "impression", "impr", "impressionscount", "totalimpressions", "reach"),
            *("показы", "показов", "охват"),
        ),
        "clicks": (
            *("clicks", "click", "linkclicks", "totalclicks", "clicksall", "clicksnumber"),
            *("клики", "кликов", "переходы"),
        ),
        "conversions": (
            *("conversions", "conv", "totalconversions", "allconv", "allconversions", "results", "purchases"),
            *("leads", "конверсии", "конверсий", "покупки", "результаты", "заявки", "лиды"),
        ),
        "cost": (
            *("cost", "costs", "spend", "spent", "amountspent", "adspend", "totalcost", "totalspend"),
            *("mediacost", "acquisitioncost", "расход", "расходы", "затраты", "потрачено", "стоимость"),
            *("расходвсего", "расходывсего", "всегорасходов", "всегопотрачено"),
        ),
        "revenue": (
            *(
                "revenue",
                "revenues",
                "attributedrevenue",
                "totalrevenue",
                "conversionsvalue",
                "conversionvalue",
            ),
            *("convvalue", "totalconvvalue", "allconvvalue", "purchasevalue", "purchasesvalue"),
            *(
                "purchasesconversionvalue",
                "purchaseconversionvalue",
                "доход",
                "доходы",
                "выручка",
                "ценностьконверсий",
            ),
        ),
        "ctr": ("ctr", "clickthroughrate", "ctrall", "ctrlinkclickthroughrate"),
        "conversion_rate": (
            *("conversionrate", "convrate", "cvr", "cr", "конверсия", "коэффициентконверсии"),
        ),
        "roi": ("roi", "returnoninvestment"),
        "roas": ("roas", "returnonadspend", "purchaseroas", "purchaseroasreturnonadspend", "convvaluecost"),
        "cpa": ("cpa",),
        "cost_per_conversion": (
            *("costperconversion", "costperacquisition", "costperresult", "costperpurchase", "costconv"),
            *("ценаконверсии", "ценацели"),
        ),
        "cpc": (
            *("cpc", "avgcpc", "averagecpc", "costperclick", "cpccostperlinkclick", "cpcall"),
            *("ценаклика", "средняяценаклика"),
        ),
        "cpm": ("cpm", "avgcpm", "averagecpm", "costper1000impressions", "cpmcostper1000impressions"),
    }
)
"""Names by field, preferred first, without case, spaces and punctuation."""

ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "targetaudience": "audience",
        "customersegment": "segment",
        "location": "region",
        "campaigngoal": "goal",
        "devicetype": "device",
        "аудитория": "audience",
        "сегмент": "segment",
        "регион": "region",
        "цель": "goal",
        "устройство": "device",
        "типустройства": "device",
    }
)
"""Names in files of the attributes that have a fixed name in Demetra."""

REJECTS_COLUMNS = ("line", "reason")
"""Columns that a rejects file adds on the left; the import of a corrected one ignores them."""

_LONGEST_NAME = 200  # longer cells are cut, since each of the first lines is tried as the header
_CURRENCY = re.compile(
    r"(?:(?:_in)?_(?:usd|eur|rub|gbp|chf|pln|kzt|uah|руб|р)|_(?:incl|excl|with|without)_vat|_(?:с|без)_ндс)+$"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The recognised columns of a file: positions by field, and positions by attribute name."""

    header: tuple[str, ...]
    fields: Mapping[Field, int]
    attributes: Mapping[str, int]

    @property
    def is_of_rejects(self) -> bool:
        """True for a corrected rejects file."""
        return bool(_of_a_rejects_file(self.header))

    def name(self, field: Field) -> str:
        """Return the name of the field's column in the file."""
        return self.header[self.fields[field]]


def recognise(header: Sequence[str]) -> Columns:
    """Return the columns recognised by their names."""
    names = tuple(tidy(name[:_LONGEST_NAME]) for name in header)
    fields = _fields(names)
    taken = set(fields.values()) | _of_a_rejects_file(names) | _ratios(names)
    attributes = _attributes({at: name for at, name in enumerate(names) if at not in taken}, names)
    return Columns(names, MappingProxyType(fields), MappingProxyType(attributes))


def is_in_percent(name: str) -> bool:
    """Return whether a column's name marks its values as percentages."""
    return "%" in name or "percent" in name.casefold()


def _fields(names: Sequence[str]) -> dict[Field, int]:
    positions: dict[str, int] = {}
    for at, name in enumerate(names):
        positions.setdefault(_key(name), at)
    found: dict[Field, int] = {}
    for field, aliases in ALIASES.items():
        best = next((alias for alias in aliases if alias in positions), None)
        if best is not None:
            found[field] = positions[best]
    return found


def _ratios(names: Sequence[str]) -> set[int]:
    """Return the positions of all ratios: they are derived from counts, so they are no attributes."""
    known = {alias for ratio in RATIOS for alias in ALIASES[ratio]}
    return {at for at, name in enumerate(names) if _key(name) in known}


def _of_a_rejects_file(names: Sequence[str]) -> set[int]:
    return {0, 1} if tuple(names[:2]) == REJECTS_COLUMNS else set()


def _snake(name: str) -> str:
    split = re.sub(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])", "_", name)
    return re.sub(r"[\W_]+", "_", split.casefold()).strip("_")


def _key(name: str) -> str:
    return _CURRENCY.sub("", re.sub(r"[\W_]+", "_", name.casefold()).strip("_")).replace("_", "")


def _attributes(others: Mapping[int, str], names: Sequence[str]) -> dict[str, int]:
    """Return positions by attribute name for the columns that are no field, with unique names."""
    own_names = {_snake(name) for name in names}
    numbers: dict[str, int] = {}
    attributes: dict[str, int] = {}
    for at, name in others.items():
        wanted = _attribute(name, at, own_names)
        free, number = wanted, numbers.get(wanted, 1)
        while free in attributes:
            number += 1
            free = f"{wanted}_{number}"
        numbers[wanted] = number
        attributes[free] = at
    return attributes


def _attribute(name: str, at: int, own_names: Collection[str]) -> str:
    shared = ATTRIBUTES.get(_key(name))
    if shared is not None and shared not in own_names:
        return shared
    return _snake(name) or f"column_{at + 1}"
