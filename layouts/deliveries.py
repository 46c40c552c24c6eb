"""What the header and the notice line say of declared sources: how many, and which bring no new days."""

from __future__ import annotations

from datetime import date

from layouts import numbers
from layouts.reader import Reader
from services.text import Noun, Text, both
from services.views import SourceView, SyncStatus

FROM = Text(en=" from {sources}", ru=" от {sources}")
SOURCES = Noun(en=("source", "sources"), ru=("источника", "источников", "источников"))
DAYS = Noun(en=("day", "days"), ru=("день", "дня", "дней"))
LATE = Text(en="{name} {days} late", ru="{name} отстаёт на {days}")
STUCK = Text(en="{name} not updating", ru="{name} не обновляется")
AND_MORE = Text(en=" and {count} more", ru=" и ещё {count}")
MISSING = Text(
    en="Newest days are missing: {items}. Operators see why, and what to do, under “Data”.",
    ru="Не хватает последних дней: {items}. Причину и что делать операторы видят в разделе «Данные».",
)
ITEM_LATE = Text(en="{name} (data to {day}, {days} late)", ru="{name} (данные по {day}, отставание {days})")
ITEM_STUCK = Text(en="{name} (not readable since {day})", ru="{name} (не читается с {day})")
LONGEST_NAME = 28
MOST_ITEMS = 3


def troubled(status: SyncStatus) -> tuple[SourceView, ...]:
    """Return the sources that bring no new days: the latest first, then those that cannot be read."""
    late = sorted((one for one in status.sources if one.is_late), key=lambda one: -one.late_days)
    return (*late, *(one for one in status.sources if one.is_stuck and not one.is_late))


def behind(status: SyncStatus) -> Text:
    """Return what follows "data to 27 Nov" in the header: from how many sources, and which is late."""
    delivering = sum(one.data_to is not None for one in status.sources)
    sources = FROM.format(sources=SOURCES.counted(delivering)) if delivering else both("")
    found = troubled(status)
    if not found:
        return sources
    first = _short(found[0])
    more = AND_MORE.format(count=len(found) - 1) if len(found) > 1 else both("")
    return Text(en=f"{sources.en}, {first.en}{more.en}", ru=f"{sources.ru}, {first.ru}{more.ru}")


def missing(status: SyncStatus, reader: Reader) -> str:
    """Return the notice about sources that bring no new days; empty without any."""
    found = troubled(status)
    if not found:
        return ""
    shown = [_item(one, status, reader)[reader.lang] for one in found[:MOST_ITEMS]]
    more = AND_MORE.format(count=len(found) - MOST_ITEMS)[reader.lang] if len(found) > MOST_ITEMS else ""
    return MISSING.format(items="; ".join(shown) + more)[reader.lang]


def in_full(status: SyncStatus, reader: Reader) -> str:
    """Return a line for each of these sources, for the title of the header's line."""
    return "\n".join(_item(one, status, reader)[reader.lang] for one in troubled(status))


def _short(one: SourceView) -> Text:
    name = one.name if len(one.name) <= LONGEST_NAME else f"{one.name[: LONGEST_NAME - 1]}…"
    return (LATE if one.is_late else STUCK).format(name=name, days=DAYS.counted(one.late_days))


def _item(one: SourceView, status: SyncStatus, reader: Reader) -> Text:
    if one.is_late and one.data_to is not None:
        day = _near(one.data_to, status, reader)
        return ITEM_LATE.format(name=one.name, day=day, days=DAYS.counted(one.late_days))
    since = one.failing_since or status.server_now
    return ITEM_STUCK.format(name=one.name, day=_near(numbers.today(reader, now=since), status, reader))


def _near(day: date, status: SyncStatus, reader: Reader) -> str:
    return numbers.day_near(day, numbers.today(reader, now=status.server_now), reader.lang)
