"""Rules that rename, merge and split channels: applied to the rows there, and to those of later imports.

Rows that a rule moves to a channel of other rows get a source of their own, `SOURCE · CHANNEL`. So an import
still replaces only the rows of the channel that its file names, and a rule can be taken back exactly. Sample
rows and rows of earlier versions keep their source; their channel stands in their details.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from services.database.tables import campaign_days as days
from services.database.tables import campaigns, channel_rules, imports, replaced_campaigns
from services.errors import InvalidInputError
from services.intake.names import CAMPAIGN_NAMES, NAME_LIMIT, is_name
from services.intake.report import Remark
from services.intake.rows import tidy_name
from services.intake.sources import EARLIER, SAMPLE, lock
from services.intake.spelling import folded, stored_channels
from services.text import Text, tidy

Kind = Literal["rename", "merge", "split"]

APART = " · "
"""Stands between a source and the channel from which a rule has moved its rows."""

_BEFORE = "channel_before"
"""The detail with the channel of a row that keeps its source."""

_MOVED = Text(
    en="Channel “{channel}” counts as “{target}” (rule {id} of “demetra channels”).",
    ru="Канал «{channel}» учтён как «{target}» (правило {id} в «demetra channels»).",
)
_SPLIT = Text(
    en="Campaigns of “{channel}” with “{pattern}” count as “{target}” (rule {id} of “demetra channels”).",
    ru="Кампании канала «{channel}» с «{pattern}» учтены как «{target}» (правило {id} в «demetra channels»).",
)
_TABLES = (campaigns, replaced_campaigns)


class ChannelRuleError(InvalidInputError):
    """A rule on channels cannot be used."""

    code = "channel_rule"


class UnknownChannelError(ChannelRuleError):
    """No row has the channel."""

    code = "channel_unknown"
    words = Text(
        en="There is no channel “{channel}”. Channels: {known}.",
        ru="Канала «{channel}» нет. Есть: {known}.",
    )


class ChannelTakenError(ChannelRuleError):
    """The new name of a channel is that of another one."""

    code = "channel_taken"
    words = Text(
        en="There is a channel “{target}” already. To make one of both, use --merge “{channel}” “{target}”.",
        ru="Канал «{target}» уже есть. Чтобы сделать из двух один: --merge «{channel}» «{target}».",
    )


class SameChannelError(ChannelRuleError):
    """Both channels are the same one."""

    code = "channel_same"
    words = Text(
        en="“{channel}” and “{target}” are one channel. Name two.",
        ru="«{channel}» и «{target}» — один канал. Назовите два.",
    )


class BadNameError(ChannelRuleError):
    """The new name cannot be the name of a channel."""

    code = "channel_rule_name"
    words = Text(
        en="“{name}” cannot be the name of a channel: it must have 1 to {limit} characters.",
        ru="«{name}» не годится как название канала: в нём должно быть от 1 до {limit} символов.",
    )


class BadPatternError(ChannelRuleError):
    """The pattern of a split is no regular expression."""

    code = "channel_pattern"
    words = Text(
        en="“{pattern}” is not a regular expression: {reason}. For example: brand|marke.",
        ru="«{pattern}» — не регулярное выражение: {reason}. Например: brand|бренд.",
    )


class UnknownRuleError(ChannelRuleError):
    """There is no rule with the id."""

    code = "channel_rule_unknown"
    words = Text(
        en="There is no rule {id}. “demetra channels” lists them.",
        ru="Правила {id} нет. Их список: «demetra channels».",
    )


class LaterRuleError(ChannelRuleError):
    """A later rule stands on this one."""

    code = "channel_rule_later"
    words = Text(
        en="Rule {id} cannot be taken back yet: rule {later} uses channel “{channel}”. Take that back first.",
        ru="Правило {id} пока нельзя отменить: правило {later} использует канал «{channel}». "
        "Сначала отмените {later}.",
    )


class RowsInTheWayError(ChannelRuleError):
    """Two rows would be the same one."""

    code = "channel_rows_equal"
    words = Text(
        en="Channels “{channel}” and “{target}” have rows of the same campaign and day; they cannot be one.",
        ru="У каналов «{channel}» и «{target}» есть строки одной кампании за один день: объединить нельзя.",
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: rows of `channel` (of campaigns that `pattern` finds) belong to `target`."""

    id: int
    kind: Kind
    channel: str
    target: str
    pattern: str | None = None

    def finds(self, campaign: str) -> bool:
        """Return whether the rule concerns a campaign."""
        return self.pattern is None or re.search(self.pattern, campaign, re.IGNORECASE) is not None

    def to_json(self) -> dict[str, Any]:
        """Return the rule as JSON values."""
        return {name: getattr(self, name) for name in ("id", "kind", "channel", "target", "pattern")}


class RuleBook:
    """Applies the rules to rows: channel, source and campaign of each."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules

    def __bool__(self) -> bool:
        return bool(self.rules)

    def of_file(self, channels: Sequence[str]) -> RuleBook:
        """Return the rules that may concern a file with these channels."""
        present = {folded(name) for name in channels}
        used: list[Rule] = []
        for rule in self.rules:
            if folded(rule.channel) in present:
                used.append(rule)
                present.add(folded(rule.target))
        return RuleBook(used)

    def moved(self, channel: str, source: str, campaigns_: str) -> tuple[str, str]:
        """Return the channel and the source of a row; `campaigns_` has the names of its campaign."""
        for rule in self.rules:
            is_own = channel != rule.target and folded(channel) == folded(rule.channel)
            if is_own and rule.finds(campaigns_):
                source = source if rule.kind == "rename" else _apart(source, channel)
                channel = rule.target
        return channel, source

    def apply(
        self, channels: Sequence[str], sources: Sequence[str], campaign_names: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """Return channels and sources of the rows of a block; all names are escaped for COPY."""
        moved: dict[tuple[str, str, str], tuple[str, str]] = {}
        rows = list(zip(channels, sources, campaign_names, strict=True))
        for row in set(rows):
            channel, source = self.moved(*(name.replace("\\\\", "\\") for name in row))
            moved[row] = tidy_name(channel), tidy_name(source)
        found = [moved[row] for row in rows]
        return [channel for channel, _ in found], [source for _, source in found]


def on_rules(book: RuleBook) -> Iterator[Remark]:
    """Yield a remark on each rule that may have moved rows of a file to another channel."""
    for rule in book.rules:
        words = _SPLIT if rule.kind == "split" else _MOVED
        text = words.format(id=rule.id, channel=rule.channel, target=rule.target, pattern=rule.pattern)
        yield Remark("channel_rule", text)


def rules_of(connection: sa.Connection) -> tuple[Rule, ...]:
    """Return the rules in the order in which they are applied."""
    columns = (channel_rules.c[name] for name in ("id", "kind", "channel", "target", "pattern"))
    return tuple(Rule(*row) for row in connection.execute(sa.select(*columns).order_by(channel_rules.c.id)))


def channels_of(connection: sa.Connection) -> list[tuple[str, int]]:
    """Return the channels with the number of their rows, by name."""
    rows = sa.func.sum(days.c.campaign_rows)
    query = sa.select(days.c.channel, rows).group_by(days.c.channel).having(rows > 0).order_by(days.c.channel)
    return [(name, int(count)) for name, count in connection.execute(query)]


def rename(connection: sa.Connection, channel: str, target: str) -> tuple[Rule, bool]:
    """Give a channel another name; return the rule, and False if it was the reverse of the last one.

    The reverse of the last rule takes that back instead of adding one. Raises `ChannelRuleError`.
    """
    channel = _known(connection, channel)
    target = _new_name(target)
    if folded(target) != folded(channel) and folded(target) in stored_channels(connection):
        raise ChannelTakenError(channel=channel, target=target)
    if channel == target:
        raise SameChannelError(channel=channel, target=target)
    last = next(iter(reversed(rules_of(connection))), None)
    if last is not None and (last.kind, last.channel, last.target) == ("rename", target, channel):
        return take_back(connection, last.id), False
    return _added(connection, "rename", channel, target), True


def merge(connection: sa.Connection, channel: str, target: str) -> Rule:
    """Make a channel part of another one. Raises `ChannelRuleError`."""
    channel, target = _known(connection, channel), _known(connection, target)
    if channel == target:
        raise SameChannelError(channel=channel, target=target)
    return _added(connection, "merge", channel, target)


def split(connection: sa.Connection, channel: str, pattern: str, target: str) -> Rule:
    """Make the campaigns of a channel that a pattern finds another channel. Raises `ChannelRuleError`."""
    channel, target = _known(connection, channel), _new_name(target)
    if folded(channel) == folded(target):
        raise SameChannelError(channel=channel, target=target)
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadPatternError(pattern=pattern, reason=error) from error
    target = stored_channels(connection).get(folded(target), target)
    return _added(connection, "split", channel, target, pattern)


def take_back(connection: sa.Connection, rule_id: int) -> Rule:
    """Delete a rule and give the rows that it has moved their channel back. Raises `ChannelRuleError`."""
    lock(connection)
    rules = rules_of(connection)
    rule = next((one for one in rules if one.id == rule_id), None)
    if rule is None:
        raise UnknownRuleError(id=rule_id)
    names = {folded(rule.channel), folded(rule.target)}
    for later in rules:
        if later.id > rule.id and names & {folded(later.channel), folded(later.target)}:
            raise LaterRuleError(id=rule.id, later=later.id, channel=later.channel)
    connection.execute(channel_rules.delete().where(channel_rules.c.id == rule_id))
    _move_back(connection, rule)
    return rule


def _added(
    connection: sa.Connection, kind: Kind, channel: str, target: str, pattern: str | None = None
) -> Rule:
    lock(connection)
    values = {"kind": kind, "channel": channel, "target": target, "pattern": pattern}
    insert = channel_rules.insert().values(values).returning(channel_rules.c.id)
    rule = Rule(connection.execute(insert).scalar_one(), kind, channel, target, pattern)
    _move(connection, rule)
    return rule


def _move(connection: sa.Connection, rule: Rule) -> None:
    try:
        with connection.begin_nested():
            for table in _TABLES:
                _move_rows(connection, table, rule)
    except sa.exc.IntegrityError as error:
        raise RowsInTheWayError(channel=rule.channel, target=rule.target) from error
    _change_covers(connection, rule)


def _move_rows(connection: sa.Connection, table: sa.Table, rule: Rule) -> None:
    concerned = (table.c.channel == rule.channel) & _finds(connection, table, rule)
    if rule.kind == "rename":
        connection.execute(table.update().where(concerned).values(channel=rule.target))
        return
    keeps = table.c.source.in_([EARLIER, SAMPLE])
    before = sa.func.jsonb_build_object(_BEFORE, rule.channel)
    details = sa.func.coalesce(table.c.details, sa.text("'{}'::jsonb")).op("||")(before)
    marked = table.update().where(concerned, keeps)
    connection.execute(marked.values(channel=rule.target, details=details))
    apart = table.update().where(concerned, ~keeps)
    connection.execute(apart.values(channel=rule.target, source=table.c.source + _apart("", rule.channel)))


def _finds(connection: sa.Connection, table: sa.Table, rule: Rule) -> sa.ColumnElement[bool]:
    if rule.pattern is None:
        return sa.true()
    names = [table.c.campaign_id, *(table.c.attributes[name].astext for name in CAMPAIGN_NAMES)]
    joined = sa.func.concat_ws("\n", *names)
    query = sa.select(joined).where(table.c.channel == rule.channel).distinct()
    found = [one for one in connection.execute(query).scalars() if rule.finds(one)]
    return joined == sa.any_(sa.literal(found, sa.ARRAY(sa.Text)))


def _move_back(connection: sa.Connection, rule: Rule) -> None:
    suffix = _apart("", rule.channel)
    for table in _TABLES:
        of_target = table.c.channel == rule.target
        if rule.kind == "rename":
            connection.execute(table.update().where(of_target).values(channel=rule.channel))
            continue
        apart = table.update().where(of_target, sa.func.right(table.c.source, len(suffix)) == suffix)
        source = sa.func.left(table.c.source, -len(suffix))
        connection.execute(apart.values(channel=rule.channel, source=source))
        marked = table.update().where(of_target, table.c.details[_BEFORE].astext == rule.channel)
        details = sa.func.nullif(table.c.details.op("-")(_BEFORE), sa.text("'{}'::jsonb"))
        connection.execute(marked.values(channel=rule.channel, details=details))
    _change_covers_back(connection, rule)


def _change_covers(connection: sa.Connection, rule: Rule) -> None:
    """Let the imports cover the channels that their rows have now, so that they can be undone exactly."""

    def changed(cover: Mapping[str, str]) -> list[Mapping[str, str]]:
        if cover["channel"] != rule.channel:
            return [cover]
        if rule.kind == "rename":
            return [{**cover, "channel": rule.target}]
        is_kept = cover["source"] in {EARLIER, SAMPLE}
        source = cover["source"] if is_kept else _apart(cover["source"], rule.channel)
        moved = {**cover, "channel": rule.target, "source": source}
        return [moved] if rule.kind == "merge" else [cover, moved]

    _change_each_cover(connection, changed)


def _change_covers_back(connection: sa.Connection, rule: Rule) -> None:
    suffix = _apart("", rule.channel)

    def changed(cover: Mapping[str, str]) -> list[Mapping[str, str]]:
        if cover["channel"] != rule.target:
            return [cover]
        if rule.kind == "rename":
            return [{**cover, "channel": rule.channel}]
        if not cover["source"].endswith(suffix):
            return [cover]
        return [{**cover, "channel": rule.channel, "source": cover["source"].removesuffix(suffix)}]

    _change_each_cover(connection, changed)


def _change_each_cover(connection: sa.Connection, changed: Any) -> None:
    for import_id, covers in connection.execute(sa.select(imports.c.id, imports.c.covers)).all():
        found: list[Mapping[str, str]] = []
        for cover in covers:
            found += [one for one in changed(cover) if one not in found]
        if found != covers:
            connection.execute(imports.update().where(imports.c.id == import_id).values(covers=found))


def _apart(source: str, channel: str) -> str:
    return f"{source}{APART}{channel}"


def _known(connection: sa.Connection, name: str) -> str:
    known = _all_channels(connection)
    found = name if name in known.values() else known.get(folded(tidy(name)))
    if found is None:
        raise UnknownChannelError(channel=name, known=", ".join(sorted(known.values())) or "—")
    return found


def _all_channels(connection: sa.Connection) -> dict[str, str]:
    query = sa.select(campaigns.c.channel).distinct().order_by(campaigns.c.channel)
    return {folded(name): name for name in connection.execute(query).scalars()}


def _new_name(name: str) -> str:
    if not is_name(name):
        raise BadNameError(name=tidy(name)[:40], limit=NAME_LIMIT)
    return tidy(name)
