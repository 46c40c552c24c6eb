"""Decisions on columns that their headings leave open, from all rows of the file.

They take one more pass over the file (rarely two), only where a heading leaves something open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from services.intake.alternatives import Alternatives, alternatives
from services.intake.column_kinds import ColumnKinds, WithinDays
from services.intake.dates import date_stems
from services.intake.deriving import steps_for
from services.intake.layout import Layout
from services.intake.opening import TextFile
from services.intake.report import Remark
from services.intake.results import judged
from services.intake.survey import Watch, blocks, transposed
from services.intake.ways import OTHER_COLUMN
from services.text import Text, tidy

Cells = Sequence[Sequence[str]]
Look = Callable[[Cells], None]

_RIVALS = Text(
    en="Of several columns for {field}, “{column}” was read; not used: {others} (other choice: {way}).",
    ru="Из нескольких столбцов для {field} прочитан «{column}»; не использовано: {others} (иначе: {way}).",
)
_GUESSED = Text(
    en="Read by the words of their headings: {pairs}. If that is wrong, use {way}.",
    ru="Прочитано по словам в заголовках: {pairs}. Если это не так: {way}.",
)
_WINDOWS = Text(
    en="Of several attribution windows, {field} was read from “{column}”; not used: {others}.",
    ru="Из нескольких окон атрибуции {field} прочитано из «{column}»; не использовано: {others}.",
)


def decided(file: TextFile, layout: Layout, watch: Watch) -> Layout:
    """Return the layout with all columns decided, and with remarks on how; `watch` is called after blocks."""
    layout = replace(layout, remarks=(*layout.remarks, *_on_guesses(layout), *_on_windows(layout)))
    filled: set[int] = set()
    kinds = _kinds(layout)
    types: Counter[str] = Counter()
    choices = list(alternatives(layout.columns))
    looks = [
        *_kind_looks(layout, kinds),
        *_type_looks(layout, types),
        *_rival_looks(layout, filled),
        *(one.look for one in choices),
    ]
    if looks:
        _pass(file, layout, watch, looks)
    layout = _with_kinds(file, layout, kinds, watch)
    layout = _with_choices(file, layout, choices, watch)
    return _with_rivals(_with_results(layout, types), filled)


def _pass(file: TextFile, layout: Layout, watch: Watch, looks: Sequence[Look]) -> None:
    for block in blocks(file, layout, watch):
        if block.rows:
            cells = transposed(block, layout)
            for look in looks:
                look(cells)


def _kinds(layout: Layout) -> ColumnKinds | None:
    columns = layout.columns
    if not columns.unsure:
        return None
    return ColumnKinds(_identity(layout), {name: columns.attributes[name] for name in columns.unsure})


def _identity(layout: Layout) -> tuple[int, ...]:
    unsure = {layout.columns.attributes[name] for name in layout.columns.unsure}
    return tuple(at for at in layout.key_positions if at not in unsure)


def _kind_looks(layout: Layout, kinds: ColumnKinds | WithinDays | None) -> list[Look]:
    if kinds is None:
        return []
    day = layout.columns.fields["date"]
    return [lambda cells: kinds.add(cells, date_stems(cells[day]))]


def _with_kinds(file: TextFile, layout: Layout, kinds: ColumnKinds | None, watch: Watch) -> Layout:
    if kinds is None:
        return layout
    varying: list[str] = []
    still_open = kinds.open_columns()
    if still_open:
        within = WithinDays(_identity(layout), still_open)
        _pass(file, layout, watch, _kind_looks(layout, within))
        varying = list(within.varying())
    return replace(layout, columns=layout.columns.with_details(kinds.details(varying)))


def _is_result_open(layout: Layout) -> bool:
    return "result" in layout.columns.roles and "conversions" not in layout.known


def _type_looks(layout: Layout, types: Counter[str]) -> list[Look]:
    roles = layout.columns.roles
    if not _is_result_open(layout) or "result_type" not in roles:
        return []
    kind, count = roles["result_type"], roles["result"]

    def look(cells: Cells) -> None:
        pairs = zip(cells[kind], cells[count], strict=True)
        types.update(tidy(name) for name, results in pairs if results.strip(" 0.,-–—"))

    return [look]


def _with_results(layout: Layout, types: Counter[str]) -> Layout:
    if not _is_result_open(layout):
        return layout
    roles = layout.columns.roles
    named = types if "result_type" in roles else None
    is_used, remark = judged(layout.columns.header[roles["result"]], named)
    layout = replace(layout, remarks=(*layout.remarks, remark))
    if not is_used:
        return layout
    columns = layout.columns.with_field("conversions", roles["result"])
    return replace(layout, columns=columns, steps=steps_for(columns.fields, layout.chosen))


def _with_choices(file: TextFile, layout: Layout, choices: Sequence[Alternatives], watch: Watch) -> Layout:
    if not choices:
        return layout
    _pass(file, layout, watch, [_second_look(one) for one in choices])
    found = {one.target: one.chosen() for one in choices}
    chosen = {target: rule for target, (rule, _) in found.items()}
    remarks = [remark for _, remark in found.values()]
    return replace(
        layout,
        steps=steps_for(layout.columns.fields, chosen),
        chosen=chosen,
        remarks=(*layout.remarks, *remarks),
    )


def _second_look(one: Alternatives) -> Look:
    readers = one.readers()
    return lambda cells: one.add(cells, readers)


def _rival_looks(layout: Layout, filled: set[int]) -> list[Look]:
    columns = layout.columns
    places = {at for name, rivals in columns.rivals.items() for at in (columns.fields[name], *rivals)}

    def look(cells: Cells) -> None:
        filled.update(at for at in places - filled if any(map(_tells, cells[at])))

    return [look] if places else []


def _tells(cell: str) -> bool:
    return any(character.isdigit() for character in cell)


def _with_rivals(layout: Layout, filled: set[int]) -> Layout:
    """Return the layout with the first filled column for each measure that has several, and say which."""
    for name, rivals in layout.columns.rivals.items():
        columns = layout.columns
        places = (columns.fields[name], *rivals)
        chosen = next((at for at in places if at in filled), places[0])
        others = ", ".join(f"“{columns.header[at]}”" for at in places if at != chosen)
        remark = OTHER_COLUMN.remark(
            "column_chosen", _RIVALS, field=name, column=columns.header[chosen], others=others
        )
        columns = columns if chosen == places[0] else columns.with_field(name, chosen)
        layout = replace(layout, columns=columns, remarks=(*layout.remarks, remark))
    return layout


def _on_guesses(layout: Layout) -> Sequence[Remark]:
    columns = layout.columns
    guessed = [name for name in columns.fields if name in columns.guessed]
    pairs = ", ".join(f"{name} = “{columns.name(name)}”" for name in guessed)
    return [OTHER_COLUMN.remark("columns_guessed", _GUESSED, pairs=pairs)] if guessed else []


def _on_windows(layout: Layout) -> Sequence[Remark]:
    columns = layout.columns
    return [
        Remark(
            "attribution_window",
            _WINDOWS.format(
                field=name, column=columns.name(name), others=", ".join(f"“{one}”" for one in others)
            ),
        )
        for name, others in columns.windows.items()
    ]
