"""Detection of the delimiter and the header of a file, which may have other lines above the header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.intake.columns import MEASURES, Columns, Field, Measure, recognise
from services.intake.deriving import NOTHING, Rule, steps_for
from services.intake.failures import FileEmptyError, NoColumnsError, TooManyColumnsError, WideTableError
from services.intake.mapping import NOTHING as NO_MAPPING
from services.intake.mapping import Mappings, mapped, refuse_unknown_headings
from services.intake.opening import TextFile, open_text
from services.intake.reasons import quoted
from services.intake.records import Lines, read_records
from services.intake.report import Remark
from services.intake.ways import OTHER_COLUMN
from services.text import Text

DELIMITERS = (",", ";", "\t", "|")

MOST_COLUMNS = 500
"""The most columns of a table; exports with every optional column have about 300."""

_HEAD_LINES = 60
_HEAD_RECORDS = 30
_HEAD_CHARACTERS = 1 << 22
_MOST_NAMES = 40
_MOST_COSTS = 6
_CHANNEL_COST = re.compile(
    r"(?:.+[\s_.-])(?:s|spend|spending|spent|costs?|ad_?spend|budget|kosten|ausgaben|co[uû]ts?|gastos?|расход\w*|затраты)"
    r"(?:[\s_.-]?\(?(?:usd|eur|gbp|rub|€|\$|£|₽)\)?)?"
    r"|(?:spend|spending|costs?|kosten|расход\w*|затраты)[\s_.:-].+",
    re.IGNORECASE,
)
_REMEMBERED = Text(
    en="Columns were assigned as for an earlier file with the same columns: {pairs}. Other ones: {way}.",
    ru="Столбцы назначены так же, как для прежнего файла с теми же столбцами: {pairs}. Другие: {way}.",
)
NO_MAPPINGS = Mappings()
_NEEDED: tuple[tuple[Text, frozenset[str]], ...] = (
    (Text(en="a date", ru="даты"), frozenset({"date"})),
    (Text(en="a cost", ru="расхода"), frozenset({"cost"})),
    (
        Text(
            en="a result (impressions, clicks, conversions or revenue)",
            ru="результата (показы, клики и т. п.)",
        ),
        frozenset({"impressions", "clicks", "conversions", "revenue"}),
    ),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a file: delimiter, first line of rows, columns, and rules for derived measures."""

    delimiter: str
    first_line: int
    columns: Columns
    steps: tuple[Rule, ...]
    chosen: Mapping[Measure, Rule] = field(default_factory=lambda: NOTHING)
    """The formulas that were chosen among several."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """The headings by field that the user has assigned, now or for an earlier file of this header."""
    remarks: tuple[Remark, ...] = ()
    """How columns were decided that their headings leave open."""

    @property
    def used(self) -> tuple[Field, ...]:
        """The fields whose cells are read, in a fixed order: stored ones and inputs of derived ones."""
        needed = {name for step in self.steps for name in step.needs}
        stored = {*MEASURES, "date", "channel", "campaign_id"}
        return tuple(name for name in self.columns.fields if name in needed or name in stored)

    @property
    def known(self) -> frozenset[Field]:
        """The fields that every row has, from a column or derived."""
        return frozenset({*self.columns.fields, *(step.target for step in self.steps)})

    @property
    def key_positions(self) -> tuple[int, ...]:
        """The columns of a row's key, apart from the date: channel, campaign, attributes."""
        names: tuple[Field, ...] = ("channel", "campaign_id")
        named = (self.columns.fields[name] for name in names if name in self.columns.fields)
        return (*named, *self.columns.attributes.values())

    @property
    def ignored(self) -> tuple[str, ...]:
        """The names of the columns that are neither read nor stored beside the row."""
        columns = self.columns
        kept = {
            *columns.attributes.values(),
            *columns.details.values(),
            *(self.columns.fields[name] for name in self.used),
        }
        return tuple(name for at, name in enumerate(self.columns.header) if at not in kept)

    def explained(self, rule: Rule) -> Text:
        """Return the formula of a rule with the column names of the file."""
        fields = self.columns.fields
        return rule.words.format(
            **{name: self.columns.name(name) if name in fields else name for name in rule.needs}
        )


def find_layout(file: TextFile, mappings: Mappings = NO_MAPPINGS) -> Layout:
    """Return the layout whose header has the columns of the mapping and the most recognised ones.

    Raises `FileEmptyError` for a file without records, `NoColumnsError` when the best header lacks a date, a
    cost or a result, and `TooManyColumnsError` when it has more than `MOST_COLUMNS` columns.
    """
    with open_text(file) as text:
        head = [line[:_HEAD_CHARACTERS] for line in Lines(text.lines).take(_HEAD_LINES)]
    candidates = [found for delimiter in DELIMITERS for found in _candidates(head, delimiter, mappings)]
    if not candidates:
        raise FileEmptyError(file=file.name)
    best = max(candidates, key=_weight)
    refuse_unknown_headings(file.name, best.layout.columns, mappings.given)
    missing = _missing(best.layout)
    # Only the first columns of a wider table are recognised, so its missing ones are unknown.
    widest = max(candidates, key=lambda one: one.width) if missing else best
    if widest.width > MOST_COLUMNS:
        raise TooManyColumnsError(file=file.name, columns=widest.width, limit=MOST_COLUMNS)
    if missing:
        _refuse_wide_table(file.name, best.layout)
        columns = best.layout.columns
        error = NoColumnsError(file=file.name, missing=_listed(missing), found=_found(columns))
        error.headings = tuple(name for name in columns.header if name)
        error.columns = {name: columns.name(name) for name in columns.fields}
        raise error
    return best.layout


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The layout of a file with one of its first records as the header, and that record's width."""

    layout: Layout
    width: int


def _weight(one: _Candidate) -> tuple[int, int, int, int]:
    columns = one.layout.columns
    known = len(columns.fields) - len(columns.guessed)
    return len(one.layout.mapping), known, len(columns.fields), one.width


def _candidates(head: list[str], delimiter: str, mappings: Mappings) -> Iterator[_Candidate]:
    lines = Lines(head)
    above = 0
    for _, record in zip(range(_HEAD_RECORDS), read_records(lines, delimiter), strict=False):
        width = _width(record.fields)
        columns = recognise(record.fields[: min(width, MOST_COLUMNS)], head[:above])
        above = lines.number - 1
        mapping = mappings.of(columns.header)
        assigned = mapped(columns, mapping)
        if assigned is None:
            assigned, mapping = columns, NO_MAPPING
        layout = Layout(delimiter, lines.number, assigned, steps_for(assigned.fields), mapping=mapping)
        if mapping and mappings.is_remembered(mapping):
            layout = replace(layout, remarks=(_remembered(mapping),))
        yield _Candidate(layout, width)


def _remembered(mapping: Mapping[str, str]) -> Remark:
    pairs = ", ".join(f"{name} = “{quoted(heading)}”" for name, heading in mapping.items())
    return OTHER_COLUMN.remark("mapping_remembered", _REMEMBERED, pairs=pairs)


def _refuse_wide_table(file: str, layout: Layout) -> None:
    """Raise `WideTableError` if several columns look like the costs of a channel each."""
    if "cost" in layout.known:
        return
    costs = [name for name in layout.columns.header if _CHANNEL_COST.fullmatch(name)]
    if len(costs) > 1:
        shown = ", ".join(map(quoted, costs[:_MOST_COSTS])) + (", …" if len(costs) > _MOST_COSTS else "")
        raise WideTableError(file=file, columns=shown)


def _width(names: list[str]) -> int:
    """Return the number of columns without the empty ones at the end."""
    return next((at for at in range(len(names), 0, -1) if names[at - 1].strip()), 0)


def _missing(layout: Layout) -> list[Text]:
    return [words for words, fields in _NEEDED if not fields & layout.known]


def _listed(texts: list[Text]) -> Text:
    return Text(en=", ".join(text.en for text in texts), ru=", ".join(text.ru for text in texts))


def _found(columns: Columns) -> str:
    names = [quoted(name) or "?" for name in columns.header[:_MOST_NAMES]]
    return ", ".join(names) + (", …" if len(columns.header) > _MOST_NAMES else "")
