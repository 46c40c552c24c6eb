"""`demetra targets`: list, set, import and delete budgets and goals of months, with the pace of a month."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demetra_dash.commands.context import as_json, open_analytics, print_json
from demetra_dash.settings import read_settings
from demetra_dash.terminal import tell, tell_table
from services.periods import month_text
from services.text import NOTHING, Lang, Text, money, number, percent
from services.views import TARGET_MEASURES

if TYPE_CHECKING:
    from services.views import Measure, Pace, Pacing, Target

_COLUMNS = Text(en="Month|Channel|Measure|Target", ru="Месяц|Канал|Показатель|Цель")
_PACE_COLUMNS = Text(
    en="Channel|Measure|Target|So far|Expected|80\u00a0% range|Above target|Used up on|A day from now on",
    ru="Канал|Показатель|Цель|Пока|Ожидается|Диапазон 80\u00a0%|Больше цели|Закончится|В день до конца",
)
_ACCOUNT = Text(en="whole account", ru="весь аккаунт")
_NAMES: dict[Measure, Text] = {
    "spend": Text(en="spend", ru="расход"),
    "revenue": Text(en="revenue", ru="выручка"),
    "conversions": Text(en="conversions", ru="конверсии"),
}
_NONE = Text(
    en="There are no targets. Set one: demetra targets set 2026-11 130000",
    ru="Целей нет. Задать: demetra targets set 2026-11 130000",
)
_STORED = Text(en="Targets stored: {count}.", ru="Сохранено целей: {count}.")
_DELETED = Text(en="Deleted.", ru="Удалено.")
_HEAD = Text(
    en="{month}, by the data to {day}; days left: {left}.",
    ru="{month}, по данным до {day}; осталось дней: {left}.",
)
_NOTE = Text(en="{channel}, {measure}: {note}", ru="{channel}, {measure}: {note}")

_channel = click.option("--channel", default="", help="The channel; without it, the whole account.")
_measure = click.option(
    "--measure", type=click.Choice(TARGET_MEASURES), default="spend", help="What is meant; spend by default."
)


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def targets(context: click.Context, as_json: bool) -> None:
    """Budgets and goals of months: list them, set, import or delete them, or see the pace of a month."""
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    with open_analytics(settings) as analytics:
        found = analytics.targets()
    if as_json:
        print_json({"targets": [_entry(one) for one in found]})
    elif found:
        tell_table(_COLUMNS[settings.locale].split("|"), [_row(one, settings.locale) for one in found])
    else:
        tell(_NONE[settings.locale])


@targets.command(name="set")
@click.argument("month")
@click.argument("amount")
@_channel
@_measure
def set_(month: str, amount: str, channel: str, measure: Measure) -> None:
    """Set the target of a MONTH (2026-11) to AMOUNT, in place of the one there is."""
    from services.pacing.targets import target_of

    made = target_of({"month": month, "amount": amount, "channel": channel, "measure": measure})
    _store((made,))


@targets.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
def import_(file: Path) -> None:
    """Set all targets of a FILE (CSV, XLSX) with month, channel, measure, amount; all of them or none."""
    from services.pacing.files import read_targets

    _store(read_targets(file))


@targets.command()
@click.argument("month")
@_channel
@_measure
def delete(month: str, channel: str, measure: Measure) -> None:
    """Delete the target of a MONTH (2026-11)."""
    from services.pacing.targets import month_in

    settings = read_settings()
    with open_analytics(settings) as analytics:
        analytics.delete_target(month_in(month), channel, measure)
    tell(_DELETED[settings.locale])


@targets.command()
@click.argument("month", required=False)
@click.option("--channel", default=None, help="Only this channel.")
@as_json
def pace(month: str | None, channel: str | None, as_json: bool) -> None:
    """How a MONTH (2026-11; by default that of the newest data) paces towards its targets."""
    from demetra_dash.api.encoding import plain
    from services.pacing.targets import month_in
    from services.periods import whole_month

    settings = read_settings()
    with open_analytics(settings) as analytics:
        found = analytics.pacing(None if month is None else whole_month(month_in(month)), channel)
    currency = found.snapshot.currency or settings.currency
    if as_json:
        head = {"run_id": found.snapshot.run_id, "currency": currency, "month": month_text(found.month_from)}
        print_json({**head, "data_to": str(found.snapshot.data_to), "paces": plain(found.paces)})
    else:
        _tell(found, currency, settings.locale)


def _store(new: tuple[Target, ...]) -> None:
    settings = read_settings()
    with open_analytics(settings) as analytics:
        stored = analytics.put_targets(new)
    tell(_STORED.format(count=number(len(stored), settings.locale))[settings.locale])


def _tell(found: Pacing, currency: str, lang: Lang) -> None:
    left = max(one.days_left for one in found.paces)
    tell(_HEAD.format(month=month_text(found.month_from), day=found.snapshot.data_to, left=left)[lang])
    tell_table(_PACE_COLUMNS[lang].split("|"), [_pace_row(one, currency, lang) for one in found.paces])
    for one in found.paces:
        if one.note is not None:
            note = {"channel": one.channel or _ACCOUNT, "measure": _NAMES[one.measure], "note": one.note}
            tell(_NOTE.format(**note)[lang])


def _pace_row(one: Pace, currency: str, lang: Lang) -> tuple[str, ...]:
    def written(value: float | None) -> str:
        if value is None:
            return NOTHING
        return number(value, lang) if one.measure == "conversions" else money(value, currency, lang)

    bounds = NOTHING if one.low is None else f"{written(one.low)} – {written(one.high)}"
    above = NOTHING if one.above is None else percent(one.above, lang)
    out = NOTHING if one.runs_out_on is None else one.runs_out_on.isoformat()
    amounts = (written(one.target), written(one.so_far), written(one.expected))
    name = one.channel or _ACCOUNT[lang]
    return (name, _NAMES[one.measure][lang], *amounts, bounds, above, out, written(one.per_day))


def _row(one: Target, lang: Lang) -> tuple[str, ...]:
    amount = number(float(one.amount), lang)
    return (month_text(one.month), one.channel or _ACCOUNT[lang], _NAMES[one.measure][lang], amount)


def _entry(one: Target) -> dict[str, Any]:
    told = {field.name: getattr(one, field.name) for field in fields(one)}
    set_at = None if one.set_at is None else one.set_at.isoformat()
    return told | {"month": month_text(one.month), "amount": float(one.amount), "set_at": set_at}
