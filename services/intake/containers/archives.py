"""Zip archives: their files are taken out one by one, never to a path that the archive names."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.intake.containers.pieces import Origin, Piece
from services.intake.containers.workbooks import read_workbook
from services.intake.failures import (
    ArchiveCrowdedError,
    ArchiveMethodError,
    ArchiveNestedError,
    EncryptedError,
    FileDamagedError,
    NoTableError,
    SpreadsheetError,
    UnpacksTooLargeError,
)
from services.intake.opening import MOST_TIMES, UNPACKED_FREE_BYTES
from services.intake.spool import Extent, Spool

MOST_FILES = 1_000
"""The most files in an archive."""

_MOST_DIRECTORY = 4_000_000  # bytes of the list of files, which is in memory as a whole
_TAIL_BYTES = 1 << 17
_PIECE_BYTES = 1 << 20
_ENCRYPTED = 0x1
_DAMAGES = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError, struct.error)
_JUNK_FOLDERS = ("__MACOSX/",)
_JUNK_NAMES = frozenset({"thumbs.db", "desktop.ini"})
_OTHER_WORKBOOKS = ("xl/workbook.bin", "content.xml", "Index/Document.iwa")

ReadMember = Callable[[Origin, str], list[Piece]]
"""Returns the tables of a file of an archive, whose name is given."""


def read_archive(origin: Origin, read: ReadMember) -> list[Piece]:
    """Return the tables of a workbook or of all files in an archive, each as `read` returns them.

    Raises a subclass of `CampaignFileError` for an archive that is damaged, encrypted, nested or too large.
    """
    with _opened(origin) as archive:
        members = archive.infolist()
        names = {one.filename for one in members}
        _refuse_odd(origin, members)
        if "xl/workbook.xml" in names:
            return read_workbook(origin, can_stream=True)
        if names.intersection(_OTHER_WORKBOOKS):
            raise SpreadsheetError(file=origin.name)
        files = [one for one in members if _is_file(one)]
        if not files:
            raise NoTableError(file=origin.name)
        contents = list(_unpacked(origin, archive, files))
    return [piece for member, content in contents for piece in read(content, member)]


@contextmanager
def _opened(origin: Origin) -> Iterator[zipfile.ZipFile]:
    try:
        _refuse_long_directory(origin)
        with origin.open() as stream, zipfile.ZipFile(stream) as archive:
            yield archive
    except (NotImplementedError, RuntimeError) as error:
        raise ArchiveMethodError(file=origin.name) from error
    except _DAMAGES as error:
        raise FileDamagedError(file=origin.name) from error


def _refuse_long_directory(origin: Origin) -> None:
    """Refuse an archive whose list of files is too long to be in memory."""
    with origin.open() as stream:
        stream.seek(max(0, origin.size - _TAIL_BYTES))
        tail = stream.read(_TAIL_BYTES)
    end = tail.rfind(b"PK\x05\x06")
    wide = tail.rfind(b"PK\x06\x06")
    listed = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    if wide >= 0:
        listed = int.from_bytes(tail[wide + 40 : wide + 48], "little")
    if listed > _MOST_DIRECTORY:
        raise ArchiveCrowdedError(file=origin.name, limit=MOST_FILES)


def _refuse_odd(origin: Origin, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES:
        raise ArchiveCrowdedError(file=origin.name, limit=MOST_FILES)
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise EncryptedError(file=origin.name)
    if sum(one.file_size for one in members) > _most_bytes(origin):
        raise UnpacksTooLargeError(file=origin.name, times=MOST_TIMES)


def _most_bytes(origin: Origin) -> int:
    return max(UNPACKED_FREE_BYTES, MOST_TIMES * origin.size)


def _is_file(member: zipfile.ZipInfo) -> bool:
    own_name = member.filename.replace("\\", "/").rpartition("/")[2]
    is_junk = own_name.startswith(".") or own_name.casefold() in _JUNK_NAMES
    return not member.is_dir() and not is_junk and not member.filename.startswith(_JUNK_FOLDERS)


def _unpacked(
    origin: Origin, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]
) -> Iterator[tuple[str, Origin]]:
    """Yield the name and the content of each file; the sizes that the archive names may be wrong."""
    left = _most_bytes(origin)
    spool = Spool()
    for member in members:
        start = spool.size
        with archive.open(member) as stream:
            while content := stream.read(_PIECE_BYTES):
                left -= len(content)
                if left < 0:
                    raise UnpacksTooLargeError(file=origin.name, times=MOST_TIMES)
                spool.write(content)
        if spool.size > start:
            yield member.filename, Origin(origin.path, Extent(spool, start, spool.size))


def refuse_nested(origin: Origin) -> None:
    """Raise the error for an archive in an archive that is no workbook."""
    with _opened(origin) as archive:
        names = archive.namelist()
    if "xl/workbook.xml" not in names and not set(names).intersection(_OTHER_WORKBOOKS):
        raise ArchiveNestedError(file=origin.name)
