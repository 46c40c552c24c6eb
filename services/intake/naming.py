"""The channel of a file without a channel column: from its name, else from the platform that exports it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from services.intake.day_names import MONTHS, WEEKDAYS
from services.intake.headings import key
from services.intake.layout import Layout
from services.intake.layouts import is_surely
from services.intake.names import NAME_LIMIT
from services.text import tidy

_EXTENSION = re.compile(
    r"\.(?:csv|tsv|txt|tab|gz|zip|json|jsonl|ndjson|xlsx|xlsm|xls|html?|xml|parquet|rejects)$", re.IGNORECASE
)
_COPY_WORD = (
    r"(?:another )?(?:copy|copie|kopie|copia|c[oó]pia|kopia|kopi|kopya|kopio|копия|копія|コピー|副本)"
    r"|(?:ещё одна |другая )копия|\d+(?:st|nd|rd|th) copy|\d+-?я копия"
)
_COPIES = (
    re.compile(r"\s*\(\d{1,3}\)$"),  # browsers, Windows: report (1), report(1)
    re.compile(rf"\s*[-–—]\s*(?:{_COPY_WORD})$", re.IGNORECASE),  # Windows: report - Copy
    re.compile(rf"\s*\((?:{_COPY_WORD})(?: \d{{1,3}})?\)$", re.IGNORECASE),  # Linux: report (copy 2)
    re.compile(rf"\s+(?:{_COPY_WORD})(?: \d{{1,3}})?$", re.IGNORECASE),  # macOS: report copy 2
    re.compile(r"^copy(?: \(\d{1,3}\))? of ", re.IGNORECASE),
    re.compile(r"^копия(?: \(\d{1,3}\))? ", re.IGNORECASE),
    re.compile(r"^kopie (?:\(\d{1,3}\) )?von ", re.IGNORECASE),
    re.compile(r"^copie (?:\(\d{1,3}\) )?de ", re.IGNORECASE),
)
_NUMBERED = re.compile(r"[-_ .]\d{1,2}$")  # Safari: report-1; wget: report.csv.1; others: report_1
_WORD = re.compile(r"[^\W\d_]+")
_OF_DOWNLOADS = frozenset(
    """
    account ad adgroup ads adset all and bericht berichte by campaign campaigns cm csv daily data date
    day days default download downloads export exported exports file final from full informe kampagne
    kampagnen kampagnenbericht last my new of overview per performance raport rapor rapport relatorio
    report reporte reporting reports results set sheet stat statistics stats summary table tag the til
    to until untitled utc verslag week weekly выгрузка данные день дням кампании кампаниям по отчет
    отчёт статистика レポート
    """.split()  # noqa: SIM905
)
"""Words in the names that platforms and browsers give to downloads."""


def channel_for(layout: Layout, above: Sequence[str], name: str, known: Collection[str]) -> tuple[str, bool]:
    """Return the channel of a file without a channel column, and whether it is that of the platform.

    Platforms call each download otherwise ("Untitled-report-Sep-1-2026-to-Sep-12-2026.csv"), which would make
    one channel for each file. So the name of the platform comes first where the file's name says nothing, as
    long as it is no `known` channel.
    """
    channel, platform = channel_of_file(name, known), layout.columns.platform
    if platform is None or not platform.is_channel or channel in known or not _says_nothing(channel):
        return channel, False
    keys = [key(heading) for heading in layout.columns.header]
    return (platform.name, True) if is_surely(platform, keys, above) else (channel, False)


def _says_nothing(name: str) -> bool:
    words = (word.casefold() for word in _WORD.findall(name))
    return all(
        len(word) == 1 or word in _OF_DOWNLOADS or word in MONTHS or word in WEEKDAYS for word in words
    )


def channel_of_file(name: str, known: Collection[str]) -> str:
    """Return the channel of a file without a channel column: its name, without the marks of copies.

    A number at the end (report_1) marks a copy only if the rest of the name is a `known` channel: it may also
    be part of the name.
    """
    plain = _plain(name)
    shorter = _plain(_NUMBERED.sub("", plain))
    return shorter if shorter != plain and shorter in known else plain


def _plain(name: str) -> str:
    """Return a file's name without extensions and marks of copies, in any order, as a tidy name."""
    plain = tidy(name.encode("utf-8", "replace").decode())
    before = None
    while plain != before:
        before = plain
        for pattern in (_EXTENSION, *_COPIES):
            plain = pattern.sub("", plain).strip() or plain
    return plain[:NAME_LIMIT]
