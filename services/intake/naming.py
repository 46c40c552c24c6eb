"""Names that a file's name gives: its channel, without extensions and the marks of copies."""

from __future__ import annotations

import re
from collections.abc import Collection

from services.intake.rows import NAME_LIMIT
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
