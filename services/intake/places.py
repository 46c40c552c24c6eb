"""Places of rows in the sheets or packed files that a joined text was made of."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.opening import Part, TextFile
from services.intake.reasons import quoted
from services.intake.records import Block, Rejected
from services.text import Text

_IN_PART = Text(en="“{part}”: {reason}", ru="«{part}»: {reason}")


def by_part(file: TextFile, block: Block) -> Iterator[Block]:
    """Yield the rows of a block by the part that holds them, with the lines that they have there."""
    rows = [(*file.place(line), row) for line, row in zip(block.lines, block.rows, strict=True)]
    rejected = [(*file.place(one.line), one) for one in block.rejected]
    parts = {part: None for part, _, _ in (*rows, *rejected)}
    for part in parts:
        yield Block(
            [line for other, line, _ in rows if other == part],
            [row for other, _, row in rows if other == part],
            tuple(
                in_part(_name(part), Rejected(line, one.reason, one.fields))
                for other, line, one in rejected
                if other == part
            ),
            _name(part),
        )


def in_part(name: str, rejected: Rejected) -> Rejected:
    """Return a rejected row whose reason names its part."""
    if not name:
        return rejected
    reason = _IN_PART.format(part=quoted(name), reason=rejected.reason)
    return Rejected(rejected.line, reason, rejected.fields)


def _name(part: Part | None) -> str:
    return "" if part is None else part.name
