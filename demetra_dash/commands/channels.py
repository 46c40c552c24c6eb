"""`demetra channels`: list, rename, merge and split channels."""

from __future__ import annotations

from typing import Any

import click
import sqlalchemy as sa

from demetra_dash.commands.context import as_json, open_engine, print_json
from demetra_dash.settings import read_settings
from demetra_dash.terminal import tell
from services.intake.channel_rules import Rule, channels_of, merge, rename, rules_of, split, take_back
from services.text import Lang, Text, number

_CHANNEL = Text(en="{channel}  ({rows} rows)", ru="{channel}  (строк: {rows})")
_NO_CHANNELS = Text(en="There are no campaign rows yet.", ru="Строк кампаний пока нет.")
_RENAMED = Text(
    en="Rule {id}: “{channel}” is called “{target}”.", ru="Правило {id}: «{channel}» теперь «{target}»."
)
_MERGED = Text(
    en="Rule {id}: “{channel}” is part of “{target}”.", ru="Правило {id}: «{channel}» — часть «{target}»."
)
_SPLIT = Text(
    en="Rule {id}: campaigns of “{channel}” with “{pattern}” are channel “{target}”.",
    ru="Правило {id}: кампании канала «{channel}» с «{pattern}» — канал «{target}».",
)
_WORDS = {"rename": _RENAMED, "merge": _MERGED, "split": _SPLIT}
_TAKEN_BACK = Text(en="Taken back. {rule}", ru="Отменено. {rule}")
_SYNC = Text(
    en="The pages show it after the next sync (“demetra sync”).",
    ru="Страницы покажут это после следующего обновления («demetra sync»).",
)


@click.command()
@click.option("--rename", "rename_pair", nargs=2, metavar="A B", help="Call channel A by the name B.")
@click.option("--merge", "merge_pair", nargs=2, metavar="A B", help="Make channel A part of channel B.")
@click.option(
    "--split-by",
    "split_triple",
    nargs=3,
    metavar="A PATTERN B",
    help="Make the campaigns of A whose names have PATTERN (a regular expression) channel B.",
)
@click.option(
    "--undo", "undo_id", type=int, metavar="RULE", help="Take a rule back; the list has its number."
)
@as_json
def channels(
    rename_pair: tuple[str, str] | None,
    merge_pair: tuple[str, str] | None,
    split_triple: tuple[str, str, str] | None,
    undo_id: int | None,
    as_json: bool,
) -> None:
    """List the channels and the rules on them, or add or take back a rule.

    A rule changes the rows there and applies to all later imports. It can be taken back exactly.
    """
    given = [one for one in (rename_pair, merge_pair, split_triple, undo_id) if one is not None]
    if len(given) > 1:
        raise click.UsageError("one of --rename, --merge, --split-by and --undo at a time")
    settings = read_settings()
    with open_engine(settings) as engine, engine.begin() as connection:
        if not given:
            _list(connection, settings.locale, as_json=as_json)
            return
        rule, is_new = _change(connection, rename_pair, merge_pair, split_triple, undo_id)
    if as_json:
        print_json({"rule": None if rule is None else rule.to_json(), "is_new": is_new})
        return
    if rule is not None:
        words = _told(rule)
        tell((words if is_new else _TAKEN_BACK.format(rule=words))[settings.locale])
    tell(_SYNC[settings.locale])


def _change(
    connection: sa.Connection,
    rename_pair: tuple[str, str] | None,
    merge_pair: tuple[str, str] | None,
    split_triple: tuple[str, str, str] | None,
    undo_id: int | None,
) -> tuple[Rule | None, bool]:
    """Return the rule that was added or taken back, and whether it was added."""
    if rename_pair is not None:
        return rename(connection, *rename_pair)
    if merge_pair is not None:
        return merge(connection, *merge_pair), True
    if split_triple is not None:
        return split(connection, *split_triple), True
    assert undo_id is not None
    return take_back(connection, undo_id), False


def _list(connection: sa.Connection, lang: Lang, *, as_json: bool) -> None:
    found, rules = channels_of(connection), rules_of(connection)
    if as_json:
        rows: list[dict[str, Any]] = [{"channel": name, "rows": count} for name, count in found]
        print_json({"channels": rows, "rules": [rule.to_json() for rule in rules]})
        return
    if not found:
        tell(_NO_CHANNELS[lang])
    for name, count in found:
        tell(_CHANNEL.format(channel=name, rows=number(count, lang))[lang])
    for rule in rules:
        tell(_told(rule)[lang])


def _told(rule: Rule) -> Text:
    return _WORDS[rule.kind].format(**rule.to_json())
