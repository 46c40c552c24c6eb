"""Opening a campaign file of any kind as the text of one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from services.intake.containers.archives import read_archive, refuse_nested
from services.intake.containers.choosing import Find, choose
from services.intake.containers.json_rows import read_json
from services.intake.containers.kinds import Kind, kind_of
from services.intake.containers.markup import read_markup
from services.intake.containers.parquet import read_parquet
from services.intake.containers.pieces import Origin, Piece
from services.intake.containers.workbooks import read_workbook
from services.intake.failures import FileEmptyError
from services.intake.opening import GZIP, TextFile, examine, head_of, readable, unpack
from services.intake.spool import Extent, Spool

_HEAD_BYTES = 1 << 16
_READERS: Mapping[Kind, Callable[[Origin], list[Piece]]] = {
    "old workbook": read_workbook,
    "parquet": read_parquet,
    "json": read_json,
    "markup": read_markup,
}


def open_table(path: Path, find: Find) -> TextFile:
    """Return the text of a campaign file, whatever holds it; `find` tells campaign rows by their layout.

    What is not the file's own text is in temporary files without a name, which the result holds open.

    Raises a subclass of `CampaignFileError` for a file that cannot be read as a table.
    """
    head = head_of(path)
    if kind_of(head.content) == "text":
        return examine(path)
    with readable(path):
        origin = _unpacked(path) if head.is_packed else Origin(path)
        pieces = _pieces(origin, kind_of(head.content))
    if not pieces:
        raise FileEmptyError(file=path.name)
    return choose(path, pieces, find)


def _unpacked(path: Path, content: Extent | None = None) -> Origin:
    spool = Spool()
    unpack(path, spool.write, content)
    return Origin(path, spool.whole())


def _pieces(origin: Origin, kind: Kind) -> list[Piece]:
    return read_archive(origin, _of_member) if kind == "archive" else _READERS[kind](origin)


def _of_member(origin: Origin, name: str) -> list[Piece]:
    """Return the tables of a file of an archive."""
    head = _head(origin)
    if head.startswith(GZIP):
        origin = _unpacked(origin.path, origin.content)
        head = _head(origin)
    kind = kind_of(head)
    assert origin.content is not None
    if kind == "text":
        return [Piece(name, origin.content)]
    if kind == "archive":
        refuse_nested(origin)
    found = _pieces(origin, kind)
    return [Piece(_named(name, one, found), one.content, one.is_shown, one.skipped) for one in found]


def _head(origin: Origin) -> bytes:
    with origin.open() as stream:
        return stream.read(_HEAD_BYTES)


def _named(member: str, piece: Piece, pieces: list[Piece]) -> str:
    return member if len(pieces) == 1 else f"{member}: {piece.name}"
