"""Finds out what kind of file it is and which encoding its text has, and opens it accordingly."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO, cast

from services.intake.failures import (
    BinaryFileError,
    FileDamagedError,
    FileEmptyError,
    FileMissingError,
    FileUnreadableError,
    LineTooLongError,
    NotAFileError,
    SpreadsheetError,
    UnpacksTooLargeError,
)
from services.text import LANGS, Text, number

_HEAD_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROL = 0.08  # of random bytes it is 0.11
_FALLBACK = "cp1251"

LONGEST_LINE = 16_000_000
"""The most characters of a line: a line is held in memory as a whole, and cells of 10 MB are read."""

MOST_TIMES = 250
"""The most times its packed size that a file may unpack to; campaign rows reach 5 to 50, zeros 1,030."""

UNPACKED_FREE_BYTES = 32_000_000
"""Below this size a file may unpack to any multiple of its packed size."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file that can be read again and again.

    `is_clean` is False when some bytes are not text of that encoding; they read as U+FFFD.
    """

    path: Path
    encoding: str
    is_clean: bool
    is_packed: bool
    size: int

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class OpenText:
    """An open text file, and how many bytes of `size` have been read so far."""

    lines: TextIO
    position: Callable[[], int]


def examine(path: Path) -> TextFile:
    """Return what is known about the file before any of its rows is read.

    Reads all of it once. Raises one of the failures that name the reason: missing, a folder, no
    permission, empty, a workbook, binary, damaged, a line or an unpacked size beyond all measure.
    """
    with _readable(path):
        _refuse_what_is_no_file(path)
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        is_packed = head.startswith(_GZIP)
        with _bytes(path, is_packed=is_packed) as (stream, _):
            head = stream.read(_HEAD_BYTES)
        _refuse_what_is_no_text(path, head)
        encoding, is_clean = _encoding(path, head, is_packed=is_packed)
        return TextFile(path, encoding, is_clean, is_packed, path.stat().st_size)


@contextmanager
def open_text(file: TextFile) -> Iterator[OpenText]:
    """Open the file from its beginning. Line ends stay as they are, for the csv module."""
    with (
        _readable(file.path),
        _bytes(file.path, is_packed=file.is_packed) as (stream, raw),
        io.TextIOWrapper(stream, encoding=file.encoding, errors="replace", newline="") as lines,
    ):
        yield OpenText(lines, raw.tell)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the operating system says into our own failures."""
    name = path.name or str(path)
    try:
        yield
    except FileNotFoundError as error:
        raise FileMissingError(file=path) from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FileDamagedError(file=name) from error
    except OSError as error:
        raise FileUnreadableError(file=name, reason=error.strerror or str(error)) from error


def _refuse_what_is_no_file(path: Path) -> None:
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotAFileError(file=path)


def _refuse_what_is_no_text(path: Path, head: bytes) -> None:
    if head.startswith(_WORKBOOKS):
        raise SpreadsheetError(file=path.name)
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise FileEmptyError(file=path.name)
    if _wide_encoding(head) is None and len(_CONTROL.findall(head)) > max(4, _MOST_CONTROL * len(head)):
        raise BinaryFileError(file=path.name)


def _encoding(path: Path, head: bytes, *, is_packed: bool) -> tuple[str, bool]:
    """Return the encoding, and whether the whole file is text in it."""
    known = _wide_encoding(head) or next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if known is not None:
        return known, _count_odd(path, known, is_packed=is_packed)[0] == 0
    odd, other = _count_odd(path, "utf-8", is_packed=is_packed)
    if odd * 20 <= other:  # one damaged letter must not turn a whole UTF-8 file into cp1251
        return "utf-8", odd == 0
    return _FALLBACK, _count_odd(path, _FALLBACK, is_packed=is_packed)[0] == 0


def _wide_encoding(head: bytes) -> str | None:
    """Recognise UTF-16 by its mark, or by the zero in every other byte of Latin text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros_even, zeros_odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if zeros_odd > 0.4 * half and zeros_even < 0.05 * half:
        return "utf-16-le"
    if zeros_even > 0.4 * half and zeros_odd < 0.05 * half:
        return "utf-16-be"
    return None


def _count_odd(path: Path, encoding: str, *, is_packed: bool) -> tuple[int, int]:
    """Count the characters that cannot be decoded, and the other ones beyond ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    odd = beyond = 0
    line = _LineLength(path.name)
    with _bytes(path, is_packed=is_packed) as (stream, _):
        while chunk := stream.read(_CHUNK_BYTES):
            text = decoder.decode(chunk)
            line.add(text)
            if not text.isascii():
                odd += text.count("\ufffd")
                beyond += len(text) - len(text.encode("ascii", "ignore"))
    odd += decoder.decode(b"", final=True).count("\ufffd")
    return odd, beyond - odd


@contextmanager
def _bytes(path: Path, *, is_packed: bool) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open the content of the file, and the file itself, whose position tells how much has been read."""
    with path.open("rb") as raw:
        if not is_packed:
            yield raw, raw
            return
        with _Unpacking(raw, os.fstat(raw.fileno()).st_size, path.name) as unpacked:
            yield cast("IO[bytes]", unpacked), raw


class _Unpacking(gzip.GzipFile):
    """Unpacks a file; raises UnpacksTooLargeError where that comes to more than any table does."""

    def __init__(self, raw: IO[bytes], packed_bytes: int, name: str) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._most = max(UNPACKED_FREE_BYTES, MOST_TIMES * packed_bytes)
        self._file_name = name

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes."""
        return self._within(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        """Return the next bytes, as many as are there."""
        return self._within(super().read1(size))

    def _within(self, content: bytes) -> bytes:
        if self.tell() > self._most:
            raise UnpacksTooLargeError(file=self._file_name, times=MOST_TIMES)
        return content


class _LineLength:
    """Follows the length of the line that a text goes on with; raises LineTooLongError."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._line = 1
        self._characters = 0

    def add(self, text: str) -> None:
        """Take the next piece of the text, which is shorter than the longest line."""
        last = max(text.rfind("\n"), text.rfind("\r"))
        first = min((at for mark in "\n\r" if (at := text.find(mark)) >= 0), default=len(text))
        if self._characters + first > LONGEST_LINE:
            limit = Text(**{lang: number(LONGEST_LINE, lang) for lang in LANGS})
            raise LineTooLongError(file=self._file, line=self._line, limit=limit)
        self._line += text.count("\n") or text.count("\r")
        self._characters = len(text) - last - 1 if last >= 0 else self._characters + len(text)
