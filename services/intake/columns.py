"""Recognition of the columns of a campaign file by their headings in exports.

Headings are compared without case, accents, spaces, punctuation, currency, attribution window and words on
VAT. If two columns match the same field, the earlier heading in the platform's layout or in `ALIASES` wins;
the other column is kept beside the row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Literal, cast, get_args

from services.intake.dimensions import kind_by_words
from services.intake.guessing import guesses
from services.intake.heading_currency import without_currency
from services.intake.heading_unit import MICRO, ONE, without_unit
from services.intake.headings import NO_WINDOW, Reading, key, readings
from services.intake.layouts import platform_of, shared_roles
from services.intake.layouts.platform import ROLES, Platform, Role
from services.text import Text, tidy

Measure = Literal["impressions", "clicks", "conversions", "cost", "revenue"]
Ratio = Literal["ctr", "conversion_rate", "roi", "roas", "cpa", "cost_per_conversion", "cpc", "cpm"]
Field = Literal["date", "channel", "campaign_id"] | Measure | Ratio

MEASURES: tuple[Measure, ...] = get_args(Measure)
MEASURE_NAMES: Mapping[Measure, Text] = MappingProxyType(
    {
        "impressions": Text(en="impressions", ru="показы"),
        "clicks": Text(en="clicks", ru="клики"),
        "conversions": Text(en="conversions", ru="конверсии"),
        "cost": Text(en="cost", ru="расход"),
        "revenue": Text(en="revenue", ru="выручка"),
    }
)
"""What the sentences of a report call each measure."""
COUNTS: frozenset[str] = frozenset({"impressions", "clicks"})
RATIOS: tuple[Ratio, ...] = get_args(Ratio)

ALIASES: Mapping[Field, tuple[str, ...]] = MappingProxyType(
    {
        "date": (
            *("date", "day", "dateday", "dates", "reportdate", "campaigndate", "startdate", "datestart"),
            *("reportingstarts", "datetime", "timestamp", "дата", "день", "датаначала"),
            *("week", "weekstart", "weekstarting", "weekstartdate", "weekof", "weekbeginning"),
            *("weekcommencing", "weekending", "weekenddate", "reportingweek", "isoweek", "woche"),
            *("kalenderwoche", "semaine", "semana", "settimana", "tydzien", "неделя", "hafta", "vecka", "週"),
            *("month", "monthstart", "yearmonth", "reportingmonth", "monat", "mois", "mes", "mese"),
            *("miesiac", "месяц", "ay", "maand", "manad", "月", "period", "periode", "период"),
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
            *("impressions", "impression", "impr", "impressionscount", "totalimpressions"),
            *("paidimpressions", "показы", "показов"),
        ),
        "clicks": (
            *("clicks", "click", "linkclicks", "totalclicks", "clicksall", "clicksnumber"),
            *("websiteclicks", "outboundclicks", "destinationclicks"),
            *("клики", "кликов", "переходы"),
        ),
        "conversions": (
            *(
                "conversions",
                "conv",
                "totalconversions",
                "allconv",
                "allconversions",
                "purchases",
                "purchase",
            ),
            *("websitepurchases", "totalpurchases", "orders", "totalorders", "leads"),
            *("конверсии", "конверсий", "покупки", "заказы", "заявки", "лиды"),
        ),
        "cost": (
            *(
                "cost",
                "costs",
                "spend",
                "spent",
                "amountspent",
                "adspend",
                "totalcost",
                "totalspend",
                "totalspent",
            ),
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
            *("totalpurchasevalue", "totalsales", "salesvalue", "ordervalue", "totalordervalue"),
            *("websitepurchasesconversionvalue", "websitepurchaseconversionvalue", "totalconversionvalue"),
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
            *("costperconversion", "costperacquisition", "costperpurchase", "costconv"),
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

OTHERS: Mapping[Role, tuple[str, ...]] = MappingProxyType(
    {
        "currency": ("currency", "currencycode", "accountcurrency", "валюта", "кодвалюты"),
        "account_id": ("accountid", "customerid", "adaccountid", "advertiserid", "idаккаунта"),
        "account_name": ("account", "accountname", "advertiser", "advertisername", "аккаунт"),
        "reach": ("reach", "uniquereach", "uniqueusers", "охват"),
        "result": ("results", "result", "результаты", "результат"),
        "result_type": ("resulttype", "resultindicator", "типрезультата", "индикаторрезультата"),
        "detail": ("costperresult", "costperresults"),
        "end": ("reportingends", "reportingend", "dateend", "datestop", "enddate", "periodend"),
    }
)
"""Names of columns that are no field, by role."""

REJECTS_COLUMNS = ("line", "reason")
"""Columns that a rejects file adds on the left; the import of a corrected one ignores them."""

WINDOWS = (NO_WINDOW, 7, 14, 28, 30, 1)
"""Attribution windows in days, preferred first; a heading without a window comes before all."""

_MONEY: frozenset[str] = frozenset({"cost", "revenue", "cpa", "cost_per_conversion", "cpc", "cpm"})
_COUNTED: frozenset[str] = frozenset({"impressions", "clicks", "conversions", "reach", "result"})
_ATTRIBUTED: frozenset[str] = frozenset(
    {"conversions", "revenue", "roas", "conversion_rate", "cost_per_conversion", "result"}
)
_MICROS = re.compile(r"micro|микро", re.IGNORECASE)
_FEWEST_FIELDS = 2  # a line with fewer known headings may be no header
_LONGEST_NAME = 200  # longer cells are cut, since each of the first lines is tried as the header


@dataclass(frozen=True, slots=True)
class Columns:
    """The recognised columns of a file: positions by field, by attribute name and by detail name.

    `roles` are the positions of further columns by role (`currency`, `account_id`, `result_type` ...), also
    of those that are attributes or details. `unsure` are the attributes that only the cells can tell from
    details. `currencies` are the codes in headings of money, or a sign of several currencies such as `$`.
    `windows` are the columns left out for a field, since they have another attribution window; `rivals` those
    left out since another heading comes before theirs.
    """

    header: tuple[str, ...]
    fields: Mapping[Field, int]
    attributes: Mapping[str, int]
    details: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    roles: Mapping[Role, int] = field(default_factory=lambda: MappingProxyType({}))
    unsure: frozenset[str] = frozenset()
    currencies: Mapping[Field, str] = field(default_factory=lambda: MappingProxyType({}))
    windows: Mapping[Field, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    rivals: Mapping[Field, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    guessed: frozenset[Field] = frozenset()
    """The fields whose headings are no known ones, by the words in them."""
    platform: Platform | None = None

    @property
    def is_of_rejects(self) -> bool:
        """True for a corrected rejects file."""
        return bool(_of_a_rejects_file(self.header))

    @property
    def layout_id(self) -> str:
        """The id of the platform's layout; `file` for a file of unknown origin."""
        return "file" if self.platform is None else self.platform.id

    @property
    def account(self) -> int | None:
        """The column of the account: its id, else its name."""
        return next((self.roles[role] for role in ("account_id", "account_name") if role in self.roles), None)

    def name(self, field: Field) -> str:
        """Return the name of the field's column in the file."""
        return self.header[self.fields[field]]

    def with_details(self, names: Collection[str]) -> Columns:
        """Return the columns with some unsure attributes as details, and all others as attributes."""
        moved = {name: at for name, at in self.attributes.items() if name in names}
        kept = {name: at for name, at in self.attributes.items() if name not in names}
        details = dict(sorted({**self.details, **moved}.items(), key=lambda one: one[1]))
        return replace(
            self,
            attributes=MappingProxyType(kept),
            details=MappingProxyType(details),
            unsure=frozenset(),
        )

    def with_field(self, name: Field, at: int) -> Columns:
        """Return the columns with another column for a field; the one before is kept beside the row."""
        fields = {one: place for one, place in self.fields.items() if one != name and place != at}
        attributes = {one: place for one, place in self.attributes.items() if place != at}
        details = {one: place for one, place in self.details.items() if place != at}
        currencies = {one: code for one, code in self.currencies.items() if one in fields}
        before = self.fields.get(name)
        if before is not None and before != at:
            free = _free(_snake(self.header[before]), {*attributes, *details})
            (attributes if name in {"channel", "campaign_id"} else details)[free] = before
        currency = without_currency(self.header[at])[1]
        if name in _MONEY and currency is not None:
            currencies[name] = currency
        return replace(
            self,
            fields=MappingProxyType({**fields, name: at}),
            attributes=MappingProxyType(attributes),
            details=MappingProxyType(details),
            unsure=self.unsure & set(attributes),
            currencies=MappingProxyType(currencies),
            guessed=self.guessed - {name},
            windows=MappingProxyType({one: rest for one, rest in self.windows.items() if one != name}),
            rivals=MappingProxyType({one: rest for one, rest in self.rivals.items() if one != name}),
        )


def recognise(header: Sequence[str], above: Iterable[str] = ()) -> Columns:
    """Return the columns recognised by their headings; `above` are the lines above the header."""
    names = tuple(tidy(name[:_LONGEST_NAME]) for name in header)
    platform = platform_of([key(name) for name in names], above)
    found = _found(names, platform)
    fields, windows = _fields(found)
    guessed = _guessed(names, found, fields)
    fields = {name: at for name in ALIASES for at in _place(name, fields, guessed)}
    taken = set(fields.values()) | _of_a_rejects_file(names)
    kinds = _kinds(names, found, taken)
    attributes, details, unsure = _further(kinds)
    return Columns(
        names,
        MappingProxyType(fields),
        MappingProxyType(attributes),
        MappingProxyType(details),
        MappingProxyType(_roles(found)),
        frozenset(unsure),
        MappingProxyType(_currencies(names, found, fields)),
        MappingProxyType({name: tuple(names[at] for at in others) for name, others in windows.items()}),
        MappingProxyType(_rivals(found, fields)),
        frozenset(guessed),
        platform,
    )


def unit_of(columns: Columns, name: Field) -> Decimal:
    """Return the unit that the heading of a field names, such as 1000 for thousands; 1 without one."""
    heading = columns.name(name)
    if name in _MONEY and _MICROS.search(heading):
        return MICRO
    unit = without_unit(heading)[1]
    return unit if name in _MONEY or (name in MEASURES and unit > ONE) else ONE


def is_in_percent(name: str) -> bool:
    """Return whether a column's name marks its values as percentages."""
    return "%" in name or "percent" in name.casefold()


@dataclass(frozen=True, slots=True)
class _Found:
    """What one heading means: its role, the rank of its alias (0 is preferred), and how it was read."""

    at: int
    role: Role
    rank: int
    reading: Reading


def _found(names: Sequence[str], platform: Platform | None) -> list[_Found]:
    meanings = _meanings(platform)
    return [one for at, name in enumerate(names) if (one := _meaning(at, name, meanings)) is not None]


def _meaning(at: int, name: str, meanings: Mapping[str, tuple[Role, int]]) -> _Found | None:
    best: _Found | None = None
    for reading in readings(name):
        role, rank = meanings.get(reading.key, ("", 0))
        if not role or not _is_allowed(reading, role):
            continue
        if best is None:
            best = _Found(at, role, rank, reading)
        elif role == best.role and reading.currency is not None and best.reading.currency is None:
            best = _Found(at, role, best.rank, reading)
    return best


def _is_allowed(reading: Reading, role: Role) -> bool:
    """Return whether what was left out of a heading can stand beside this role."""
    return (
        (not reading.is_money or role in _MONEY)
        and (not reading.is_count or role in _COUNTED)
        and (reading.unit == ONE or role in _MONEY or (reading.unit > ONE and role in _COUNTED))
        and (reading.window == NO_WINDOW or role in _ATTRIBUTED)
    )


@cache
def _meanings(platform: Platform | None) -> Mapping[str, tuple[Role, int]]:
    """Return role and rank by key: of the platform, else the common ones, else those of other platforms."""
    found: dict[str, tuple[Role, int]] = {}
    ranks: dict[Role, int] = {}
    own = {} if platform is None else platform.by_role
    for table in (own, ALIASES, OTHERS, shared_roles()):
        for role, keys in cast("Mapping[Role, tuple[str, ...]]", table).items():
            for one in keys:
                ranks[role] = ranks.get(role, -1) + 1
                found.setdefault(key(one), (role, ranks[role]))
    return found


def _fields(found: Sequence[_Found]) -> tuple[dict[Field, int], dict[Field, list[int]]]:
    """Return the column of each field, and the columns left out for their attribution window."""
    by_role: dict[Role, list[_Found]] = {}
    for one in found:
        if one.role in ALIASES:
            by_role.setdefault(one.role, []).append(one)
    best = {
        role: [one for one in ones if one.rank == min(o.rank for o in ones)] for role, ones in by_role.items()
    }
    windows = _windows(best)
    fields: dict[Field, int] = {}
    others: dict[Field, list[int]] = {}
    for role in ALIASES:
        if role in best:
            first = min(best[role], key=lambda one: (windows.index(one.reading.window), one.at))
            fields[role] = first.at
            rest = [one.at for one in best[role] if one.reading.window != first.reading.window]
            if rest:
                others[role] = rest
    return fields, others


def _guessed(names: Sequence[str], found: Sequence[_Found], fields: Mapping[Field, int]) -> dict[Field, int]:
    """Return columns without a known heading for the fields that no column tells."""
    known = {one.at for one in found}
    free = [at for at, name in enumerate(names) if at not in known and name]
    missing = [name for name in ("date", "campaign_id", *MEASURES) if name not in fields]
    if len(fields) < _FEWEST_FIELDS or not free:
        return {}
    return cast("dict[Field, int]", guesses(names, free, missing))


def _place(name: Field, fields: Mapping[Field, int], guessed: Mapping[Field, int]) -> Iterator[int]:
    if name in fields:
        yield fields[name]
    elif name in guessed:
        yield guessed[name]


def _rivals(found: Sequence[_Found], fields: Mapping[Field, int]) -> dict[Field, tuple[int, ...]]:
    """Return the columns of measures that were left out since another heading comes before theirs."""
    ranks = {one.at: one.rank for one in found}
    rivals: dict[Field, tuple[int, ...]] = {}
    for name in MEASURES:
        others = [one for one in found if one.role == name and fields.get(name) in ranks]
        others = [one for one in others if one.rank != ranks[fields[name]]]
        if others:
            rivals[name] = tuple(one.at for one in sorted(others, key=lambda one: (one.rank, one.at)))
    return rivals


def _windows(best: Mapping[Role, Sequence[_Found]]) -> list[int]:
    """Return the windows of the file, preferred first: those that conversions and revenue have in common."""
    sets = [{one.reading.window for one in best[role]} for role in ("conversions", "revenue") if role in best]
    common = set.intersection(*sets) if sets else set()
    present = {one.reading.window for ones in best.values() for one in ones}

    def order(window: int) -> tuple[bool, int, int]:
        return window not in common, WINDOWS.index(window) if window in WINDOWS else len(WINDOWS), window

    return sorted(present, key=order)


def _roles(found: Sequence[_Found]) -> dict[Role, int]:
    roles: dict[Role, int] = {}
    for one in sorted(found, key=lambda one: (one.rank, one.at)):
        if one.role in ROLES and one.role != "detail":
            roles.setdefault(one.role, one.at)
    return roles


def _currencies(
    names: Sequence[str], found: Sequence[_Found], fields: Mapping[Field, int]
) -> dict[Field, str]:
    read = {one.at: one.reading.currency for one in found}
    currencies = {
        name: read.get(at) or without_currency(names[at])[1] for name, at in fields.items() if name in _MONEY
    }
    return {name: currency for name, currency in currencies.items() if currency is not None}


def _kinds(
    names: Sequence[str], found: Sequence[_Found], taken: Collection[int]
) -> Iterator[tuple[int, str, str]]:
    """Yield position, kind (attribute, detail or unsure) and wanted name of the further columns."""
    roles = {one.at: one.role for one in found}
    own_names = {_snake(name) for name in names}
    for at, name in enumerate(names):
        role = roles.get(at)
        if at in taken or role in RATIOS:  # ratios follow from counts
            continue
        yield at, _kind(role, name), _attribute(name, at, role, own_names)


def _kind(role: Role | None, name: str) -> str:
    if role is None:
        words = kind_by_words(_snake(name))
        return "unsure" if words is None else "attribute" if words == "dimension" else "detail"
    if role in MEASURES or role in {"date", "detail", "reach", "end", "result", "result_type"}:
        return "detail"
    return "attribute"


def _further(
    kinds: Iterable[tuple[int, str, str]],
) -> tuple[dict[str, int], dict[str, int], set[str]]:
    """Return attributes, details and the unsure attributes, under unique names."""
    numbers: dict[str, int] = {}
    places: dict[str, int] = {}
    details: dict[str, int] = {}
    unsure: set[str] = set()
    for at, kind, wanted in kinds:
        free, number = wanted, numbers.get(wanted, 1)
        while free in places:
            number += 1
            free = f"{wanted}_{number}"
        numbers[wanted] = number
        places[free] = at
        if kind == "detail":
            details[free] = at
        elif kind == "unsure":
            unsure.add(free)
    return {name: at for name, at in places.items() if name not in details}, details, unsure


def _free(wanted: str, taken: Collection[str]) -> str:
    number = 1
    while (wanted if number == 1 else f"{wanted}_{number}") in taken:
        number += 1
    return wanted if number == 1 else f"{wanted}_{number}"


def _of_a_rejects_file(names: Sequence[str]) -> set[int]:
    return {0, 1} if tuple(names[:2]) == REJECTS_COLUMNS else set()


def _snake(name: str) -> str:
    split = re.sub(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])", "_", name)
    return re.sub(r"[\W_]+", "_", split.casefold()).strip("_")


def _attribute(name: str, at: int, role: Role | None, own_names: Collection[str]) -> str:
    """Return the wanted name of an attribute or detail: the common one, the role, or the heading."""
    snake = _snake(name)
    shared = ATTRIBUTES.get(snake.replace("_", ""))
    if shared is None and role is not None and role not in ALIASES and role not in {"detail", "result"}:
        shared = role if not snake.isascii() or key(role) == key(name) else None
    if role == "campaign_id" and not snake.isascii():
        shared = "campaign_name"
    if shared is not None and shared not in own_names:
        return shared
    return snake or f"column_{at + 1}"
