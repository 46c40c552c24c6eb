"""One spelling for each name: names that differ in case, spaces, invisible characters or composition are one.

The spelling of the database wins, since pages and plans know it; else the most frequent one of the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import sqlalchemy as sa

from services.database.tables import campaign_days as days
from services.database.tables import campaigns
from services.intake.reasons import quoted
from services.intake.report import Remark
from services.text import Text, tidy

MOST_NAMES = 200_000
"""With more names of one kind in a file, their spellings are not compared."""

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\ufe00-\ufe0f\ufeff]"
)
_AROUND = timedelta(days=60)
_MOST_SHOWN = 6
_JOINED = Text(
    en="Names in several spellings were taken as one: {found}.",
    ru="Названия в разном написании приняты за одно: {found}.",
)


@lru_cache(maxsize=100_000)
def folded(name: str) -> str:
    """Return a name for comparisons: composed (NFKC), without case, invisible characters and extra spaces."""
    text = unicodedata.normalize("NFKC", name)
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text).casefold())
    return " ".join(text.split())


@dataclass(slots=True)
class Spellings:
    """The names of one column of a file as written, with their rows."""

    names: Counter[str] = field(default_factory=Counter)

    def add(self, cells: Sequence[str]) -> None:
        """Add the cells of a block."""
        if len(self.names) <= MOST_NAMES:
            self.names.update(cells)

    def variants(self, stored: Mapping[str, str], others: Iterable[str] = ()) -> dict[str, str]:
        """Return the spelling to use by tidy name, for names that are spelled in another way.

        `stored` has the spellings of the database by folded name; `others` are names that are not cells.
        """
        if len(self.names) > MOST_NAMES:
            return {}
        groups: dict[str, Counter[str]] = {}
        for name, rows in [*self.names.items(), *((one, 0) for one in others)]:
            plain = tidy(name)
            if plain:
                groups.setdefault(folded(plain), Counter())[plain] += rows
        return dict(_choices(groups, stored))


def _choices(groups: Mapping[str, Counter[str]], stored: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for fold, group in groups.items():
        wanted = stored.get(fold) or max(group, key=lambda name: (not _INVISIBLE.search(name), group[name]))
        yield from ((name, wanted) for name in group if name != wanted)


def stored_channels(connection: sa.Connection) -> dict[str, str]:
    """Return the channels of the database by folded name, the one with most rows for each."""
    rows = sa.func.sum(days.c.campaign_rows - days.c.sample_rows)
    query = sa.select(days.c.channel).group_by(days.c.channel).having(rows > 0).order_by(rows, days.c.channel)
    return {folded(name): name for name in connection.execute(query).scalars()}


def stored_campaigns(
    connection: sa.Connection, period: tuple[date, date] | None, names: Iterable[str]
) -> dict[str, str]:
    """Return the campaigns of the database around a period that are spelled like `names`, by folded name."""
    if period is None:
        return {}
    wanted = {folded(name) for name in names}
    around = campaigns.c.date.between(period[0] - _AROUND, period[1] + _AROUND)
    found = (
        sa.select(campaigns.c.campaign_id)
        .where(around, campaigns.c.source != "demo")
        .group_by(campaigns.c.campaign_id)
        .order_by(sa.func.count(), campaigns.c.campaign_id)
    )
    return {fold: name for name in connection.execute(found).scalars() if (fold := folded(name)) in wanted}


def on_spellings(variants: Mapping[str, str]) -> Iterator[Remark]:
    """Yield a remark on the names of a file that were replaced by another spelling."""
    groups: dict[str, list[str]] = {}
    for name, wanted in variants.items():
        groups.setdefault(wanted, []).append(name)
    if groups:
        found = Text(en=_joined(groups, "“{}”"), ru=_joined(groups, "«{}»"))
        yield Remark("spellings", _JOINED.format(found=found), len(variants))


def _joined(groups: Mapping[str, Sequence[str]], quotes: str) -> str:
    shown = [f"{_spelled(names, quotes)} → {_spelled([one], quotes)}" for one, names in groups.items()]
    return "; ".join(shown[:_MOST_SHOWN]) + (", …" if len(groups) > _MOST_SHOWN else "")


def _spelled(names: Sequence[str], quotes: str) -> str:
    return ", ".join(quotes.format(quoted(name)) for name in names[:_MOST_SHOWN])
