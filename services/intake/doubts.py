"""Decision whether the rows that a file would replace are earlier figures of the same campaigns.

Platforms revise impressions, conversions and revenue for weeks, and the newest day while it lasts, but hardly
ever the cost and the clicks of a day that is over. So two exports of one account agree in these for most of
the cost, whatever was renamed, paused or attributed later; two accounts agree in almost none, even if their
campaigns have the same names. Where neither is clear, nothing is written and the user decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from services.intake.columns import MEASURE_NAMES, Measure
from services.intake.failures import CampaignFileError
from services.intake.layouts import source_name
from services.text import NO_BREAK_SPACE, Lang, Text, number

DoubtKind = Literal["account", "partial", "columns", "twice"]

_ALIKE = Decimal("0.5")
"""The least share of the cost there with alike figures. The same account has more than 0.9 as a rule, except
where most of the days are new ones; two accounts with equal names and budgets have up to 0.4 by chance."""
_EXACT = Decimal("0.1")
_EXACT_ROWS = 20
"""Of this many rows or more, a tenth has the same cost or clicks to the last digit in the same account."""
_GONE = Decimal("0.02")
"""The largest share of cost, clicks or impressions without counterpart: corrections take less."""
_GONE_RESULTS = Decimal("0.1")
"""The same for conversions and revenue, of which few rows without cost may have many."""
_OPEN_ROWS = 5
"""Rows of the newest day that all have grown: by chance in one of 30 cases, if each is a coin toss."""
_TWICE_OWN = Decimal("0.1")
_TWICE_OTHER = Decimal("0.5")
_TWICE_DAYS = Decimal("0.5")
_TWICE_KINDS = 3
"""Different figures that must be there twice: one constant amount a day may be a coincidence."""
_SHOWN = 3

_ACCOUNT = Text(
    en="Channel “{channel}”, {days}: {rows} rows of source “{source}” are there with quite different figures "
    "(cost {cost}; in the file {new_rows} rows, cost {new_cost}; alike: {alike} rows)",
    ru="Канал «{channel}», {days}: есть строк источника «{source}»: {rows}, с совсем другими цифрами "
    "(расход {cost}; в файле строк: {new_rows}, расход {new_cost}; похожих строк: {alike})",
)
_PARTIAL = Text(
    en="Channel “{channel}”, {days}: {gone} of {rows} rows that are there (cost {gone_cost} of {cost}) have "
    "no counterpart in the file{campaigns}",
    ru="Канал «{channel}», {days}: у {gone} из {rows} имеющихся строк (расход {gone_cost} из {cost}) нет "
    "соответствия в файле{campaigns}",
)
_CAMPAIGNS = Text(en=", of the campaigns {names}", ru=", кампании: {names}")
_COLUMNS = Text(
    en="Channel “{channel}”, {days}: the file has no column for {measures}, which the {rows} rows that are "
    "there record ({sums})",
    ru="Канал «{channel}», {days}: в файле нет столбцов ({measures}), а у имеющихся строк ({rows}) они есть "
    "({sums})",
)
_TWICE = Text(
    en="Channel “{channel}”, {days}: the same figures ({rows} {unit}, cost {cost}) are there already as "
    "channel “{other_channel}” of source “{other_source}”, and would count twice",
    ru="Канал «{channel}», {days}: те же цифры ({unit}: {rows}, расход {cost}) уже есть в канале "
    "«{other_channel}» источника «{other_source}» и были бы учтены дважды",
)
_ROWS = Text(en="rows", ru="строк")
_DAYS = Text(en="days", ru="дней")
_WAYS: Mapping[DoubtKind, Text] = {
    "account": Text(
        en="If the file is of another account, import it with --source NAME (a name of yours); if it "
        "corrects these rows, with --replace; if both count, with --append.",
        ru="Если файл из другого аккаунта, загрузите его с --source ИМЯ (любое имя); если он исправляет эти "
        "строки — с --replace; если учитывать надо и то, и другое — с --append.",
    ),
    "partial": Text(
        en="If the file holds only some of the campaigns, export all of them, or import it with --append "
        "(adds it to these rows); if the rest is to be removed, with --replace; if it is of another "
        "account, with --source NAME.",
        ru="Если в файле только часть кампаний, выгрузите все или загрузите его с --append (добавится к этим "
        "строкам); если остальное надо удалить — с --replace; если это другой аккаунт — с --source ИМЯ.",
    ),
    "columns": Text(
        en="Export the file again with these columns; or import it with --replace (they are lost), with "
        "--append, or with --source NAME if it is of another account.",
        ru="Выгрузите файл с этими столбцами; или загрузите его с --replace (они пропадут), с --append или с "
        "--source ИМЯ, если это другой аккаунт.",
    ),
    "twice": Text(
        en="If it is the same data, import it under the same channel (--channel) and source (--source "
        "NAME); if both count, with --append; --replace does not ask either.",
        ru="Если это те же данные, загрузите их с тем же каналом (--channel) и источником (--source ИМЯ); "
        "если учитывать надо и то, и другое — с --append; --replace тоже не спрашивает.",
    ),
}
_PAGE_WAYS: Mapping[DoubtKind, Text] = {
    "account": Text(
        en="If the file is of another account, name its source; if it corrects these rows, choose “Replace”; "
        "if both count, “Add”.",
        ru="Если файл из другого аккаунта, назовите источник; если он исправляет эти строки, выберите "
        "«Заменить»; если учитывать надо и то, и другое — «Добавить».",
    ),
    "partial": Text(
        en="If the file holds only some of the campaigns, export all of them, or choose “Add”; if the rest "
        "is to be removed, “Replace”; if it is of another account, name its source.",
        ru="Если в файле только часть кампаний, выгрузите все или выберите «Добавить»; если остальное надо "
        "удалить — «Заменить»; если это другой аккаунт, назовите источник.",
    ),
    "columns": Text(
        en="Export the file again with these columns; or choose “Replace” (they are lost) or “Add”, or name "
        "the source of another account.",
        ru="Выгрузите файл с этими столбцами; или выберите «Заменить» (они пропадут) или «Добавить», или "
        "назовите источник, если это другой аккаунт.",
    ),
    "twice": Text(
        en="If it is the same data, give it the same channel and source; if both count, choose “Add”; "
        "“Replace” does not ask either.",
        ru="Если это те же данные, укажите тот же канал и источник; если учитывать надо и то, и другое — "
        "выберите «Добавить»; «Заменить» тоже не спрашивает.",
    ),
}
_NOTHING_WRITTEN = Text(
    en="Nothing of “{file}” was imported. {found}. {ways}",
    ru="Из файла «{file}» ничего не загружено. {found}. {ways}",
)
_NOTHING_WRITTEN_ON_PAGE = Text(
    en="Nothing of “{file}” was imported. {found}. {page_ways}",
    ru="Из файла «{file}» ничего не загружено. {found}. {page_ways}",
)
_NO_TEXT = Text(en="", ru="")
_MORE = Text(en="; and {count} more", ru="; и ещё {count}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the rows of a source and channel that are there compare with a file that covers their days.

    `weight` is the cost of these rows, or their clicks, impressions, conversions or revenue where there is
    no cost; `exact`, `near` and `gone_weight` are its parts with equal, alike and no counterpart in the file.
    Figures of the newest day that is there begin with open, those of rows with equal keys with paired.
    `there` are the sums of the rows, `gone` those without counterpart.
    """

    source: str
    channel: str
    rows: int
    paired: int
    paired_weight: Decimal
    paired_exact: Decimal
    paired_near: Decimal
    same: int
    alike_rows: int
    gone_rows: int
    gone_days: int
    first: date
    last: date
    weight: Decimal
    exact: Decimal
    near: Decimal
    gone_weight: Decimal
    open_weight: Decimal
    open_exact: Decimal
    open_near: Decimal
    open_paired: int
    open_grown: bool
    open_early: bool
    has_earlier: bool
    there: Mapping[Measure, Decimal]
    gone: Mapping[Measure, Decimal]
    gone_campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """Figures of a file that stand under another source or channel: the same rows, or days of equal sums."""

    source: str
    channel: str
    other_source: str
    other_channel: str
    rows: int
    days: int
    kinds: int
    has_names: bool
    """Whether the campaigns of these rows have the same names."""
    cost: Decimal
    first: date
    last: date
    own_rows: int
    own_days: int
    other_rows: int
    other_days: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason not to write: its kind, where it applies, and a sentence with the counts."""

    kind: DoubtKind
    source: str
    channel: str
    first: date
    last: date
    rows: int
    cost: Decimal
    text: Text

    @property
    def ways(self) -> Text:
        """What to do, with the options of the command."""
        return _WAYS[self.kind]

    @property
    def page_ways(self) -> Text:
        """What to do on the page."""
        return _PAGE_WAYS[self.kind]

    def to_json(self, lang: Lang = "en", *, on_page: bool = False) -> dict[str, Any]:
        """Return the doubt as JSON values."""
        return {
            "kind": self.kind,
            "source": self.source,
            "channel": self.channel,
            "date_from": self.first.isoformat(),
            "date_to": self.last.isoformat(),
            "rows": self.rows,
            "cost": str(self.cost),
            "text": self.text[lang],
            "ways": (self.page_ways if on_page else self.ways)[lang],
        }


class ReplacementInDoubtError(CampaignFileError):
    """The file may not be a later export of the rows that it would replace; see `doubts`."""

    code = "replacement_in_doubt"
    words = _NOTHING_WRITTEN
    page_words = _NOTHING_WRITTEN_ON_PAGE

    doubts: tuple[Doubt, ...] = ()


def in_doubt(file: str, doubts: Sequence[Doubt]) -> ReplacementInDoubtError:
    """Return the error for a file with doubts; its sentence has the first of them and all ways out."""
    found = [doubt.text for doubt in doubts[:_SHOWN]]
    rest = _MORE.format(count=len(doubts) - _SHOWN) if len(doubts) > _SHOWN else _NO_TEXT
    error = ReplacementInDoubtError(
        file=file,
        found=Text(en="; ".join(t.en for t in found) + rest.en, ru="; ".join(t.ru for t in found) + rest.ru),
        ways=_joined(doubt.ways for doubt in doubts),
        page_ways=_joined(doubt.page_ways for doubt in doubts),
    )
    error.doubts = tuple(doubts)
    return error


def _joined(texts: Iterable[Text]) -> Text:
    """Return different texts, one after the other."""
    different = list(dict.fromkeys(texts))
    return Text(en=" ".join(text.en for text in different), ru=" ".join(text.ru for text in different))


def doubt_of(
    evidence: Evidence, known: Collection[str], new_rows: int, new_cost: Decimal | None
) -> Doubt | None:
    """Return the doubt about replacing the rows of one source and channel, if any.

    `known` are the measures that the file has; `new_rows` and `new_cost` are those of the file.
    """
    kind = kind_of(evidence, known)
    if kind is None:
        return None
    text = _text(kind, evidence, known, new_rows, new_cost)
    one = evidence
    return Doubt(kind, one.source, one.channel, one.first, one.last, one.rows, one.there["cost"], text)


def kind_of(evidence: Evidence, known: Collection[str]) -> DoubtKind | None:
    """Return the kind of doubt about replacing the rows of one source and channel, if any."""
    if evidence.weight == 0:
        return None
    is_alike = are_alike(evidence)
    if _is_partial(evidence):
        rest = evidence.weight - evidence.gone_weight
        return "partial" if evidence.near > 0 and evidence.near >= _ALIKE * rest else "account"
    if not is_alike:
        return "account"
    return "columns" if _missing(evidence, known) else None


def are_alike(evidence: Evidence) -> bool:
    """Return whether the file has the same figures as the rows there for enough of their weight.

    The newest day is left out if it was not complete: all its figures have grown, and they are many or were
    imported before the day was over.
    """
    weight, exact, near, rows = evidence.weight, evidence.exact, evidence.near, evidence.rows
    if evidence.open_grown and (evidence.open_paired >= _OPEN_ROWS or evidence.open_early):
        weight -= evidence.open_weight
        exact -= evidence.open_exact
        near -= evidence.open_near
        rows -= evidence.open_paired
    return _is_enough(weight, exact, near, rows)


def are_pairs_alike(evidence: Evidence) -> bool:
    """Return whether the rows with equal keys have the same figures for enough of their weight."""
    one = evidence
    return _is_enough(one.paired_weight, one.paired_exact, one.paired_near, one.paired)


def _is_enough(weight: Decimal, exact: Decimal, near: Decimal, rows: int) -> bool:
    is_exact = rows < _EXACT_ROWS or exact >= _EXACT * weight
    return weight <= 0 or (near >= _ALIKE * weight and is_exact)


def doubts_of_twins(twins: Sequence[Twin]) -> tuple[Doubt, ...]:
    """Return the doubts about figures that are there under another source or channel."""
    found: dict[tuple[str, str], Doubt] = {}
    for twin in twins:
        if _counts_twice(twin):
            found.setdefault((twin.source, twin.channel), _twice(twin))
    return tuple(found.values())


def _is_partial(evidence: Evidence) -> bool:
    limits: Mapping[Measure, Decimal] = {
        "cost": _GONE,
        "clicks": _GONE,
        "impressions": _GONE,
        "conversions": _GONE_RESULTS,
        "revenue": _GONE_RESULTS,
    }
    return any(evidence.gone[name] > limit * evidence.there[name] for name, limit in limits.items())


def _missing(evidence: Evidence, known: Collection[str]) -> tuple[Measure, ...]:
    return tuple(name for name, there in evidence.there.items() if there and name not in known)


def _counts_twice(twin: Twin) -> bool:
    if twin.days:
        return twin.kinds >= _TWICE_KINDS and twin.days >= _TWICE_DAYS * twin.own_days
    is_much = twin.rows >= _TWICE_OWN * twin.own_rows or twin.rows >= _TWICE_OTHER * twin.other_rows
    is_tiny = twin.own_rows < _TWICE_KINDS and twin.rows == twin.own_rows and twin.has_names
    return is_much and (twin.kinds >= _TWICE_KINDS or is_tiny)


def _twice(twin: Twin) -> Doubt:
    text = _TWICE.format(
        channel=twin.channel,
        days=_period(twin.first, twin.last),
        rows=twin.rows or twin.days,
        unit=_ROWS if twin.rows else _DAYS,
        cost=_money(twin.cost),
        other_channel=twin.other_channel,
        other_source=source_name(twin.other_source),
    )
    return Doubt(
        "twice",
        twin.source,
        twin.channel,
        twin.first,
        twin.last,
        twin.rows or twin.days,
        twin.cost,
        text,
    )


def _text(
    kind: DoubtKind, one: Evidence, known: Collection[str], new_rows: int, new_cost: Decimal | None
) -> Text:
    missing = _missing(one, known)
    names = _NO_TEXT
    if one.gone_campaigns:
        some = ", ".join(f"“{name}”" for name in one.gone_campaigns[:_SHOWN])
        more = ", …" if len(one.gone_campaigns) > _SHOWN else ""
        names = _CAMPAIGNS.format(names=some + more)
    template = {"account": _ACCOUNT, "partial": _PARTIAL, "columns": _COLUMNS}[kind]
    return template.format(
        channel=one.channel,
        source=source_name(one.source),
        days=_period(one.first, one.last),
        rows=one.rows,
        cost=_money(one.there["cost"]),
        new_rows=new_rows,
        new_cost=_money(new_cost),
        alike=one.alike_rows,
        gone=one.gone_rows,
        gone_cost=_money(one.gone["cost"]),
        campaigns=names,
        measures=_listed([MEASURE_NAMES[name] for name in missing]),
        sums=_listed([_sum(MEASURE_NAMES[name], one.there[name]) for name in missing]),
    )


def _sum(name: Text, total: Decimal) -> Text:
    return Text(en="{name} {total}", ru="{name} {total}").format(name=name, total=_money(total))


def _listed(texts: Sequence[Text]) -> Text:
    return Text(en=", ".join(text.en for text in texts), ru=", ".join(text.ru for text in texts))


def _money(amount: Decimal | None) -> Text:
    value = amount or Decimal(0)
    return Text(en=number(value, "en", decimals=2), ru=number(value, "ru", decimals=2))


def _period(first: date, last: date) -> Text:
    if first == last:
        return Text(en=first.isoformat(), ru=first.isoformat())
    return Text(en=f"{first} to {last}", ru=f"{first}{NO_BREAK_SPACE}— {last}")
