"""Detection of a file's type, compression and encoding, and opening it as text."""

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

from services.intake.encodings import Decision, Evidence, code_page_of
from services.intake.failures import (
    BinaryFileError,
    FileDamagedError,
    FileEmptyError,
    FileMissingError,
    FileUnreadableError,
    LineTooLongError,
    NotAFileError,
    UnpacksTooLargeError,
)
from services.intake.spool import Extent
from services.text import LANGS, Text, number

_HEAD_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20
GZIP = b"\x1f\x8b"
"""The first bytes of a gzip file."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"),)
_WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Shares of zeros at one place of letters of two or four bytes. Digits and delimiters have zeros
# in every alphabet, so a fifth is enough beside none at the other place.
_MOST_ZEROS = 0.4
_SOME_ZEROS = 0.2
_FEW_ZEROS = 0.02
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROL = 0.08  # largest share of control bytes in a text; in random bytes the share is 0.11

LONGEST_LINE = 16_000_000
"""The most characters of a line: a line is in memory as a whole, and cells of 10 MB must be readable."""

MOST_TIMES = 250
"""The largest compression ratio of a file; that of campaign rows is 5 to 50, of zeros 1,030."""

UNPACKED_FREE_BYTES = 32_000_000
"""Up to this unpacked size the compression ratio is not limited."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A regular text file, which can be opened several times.

    `is_clean` is False when some bytes are invalid in `encoding`; they are decoded as U+FFFD.
    """

    path: Path
    encoding: str
    is_clean: bool
    is_packed: bool
    size: int
    content: Extent | None = None
    """The text where it is not in the file itself but was taken out of it, such as a sheet of a workbook."""
    parts: tuple[Part, ...] = ()
    """The parts of `content` with their places in the file; none where its lines are those of the file."""
    notes: tuple[Text, ...] = ()
    """Remarks on what was read of the file, and what was not."""
    doubt: Decision | None = None
    """The encoding with another one that is nearly as likely."""

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return self.path.name

    def place(self, line: int) -> tuple[Part | None, int]:
        """Return the part that holds a line of `content`, and the number of that line in the part."""
        part = next((one for one in reversed(self.parts) if one.first_line <= line), None)
        return (None, line) if part is None else (part, line - part.first_line + 1 + part.skipped)


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet, a file in an archive or the like, whose lines begin at `first_line` of a joined text.

    `skipped` is the number of lines at its beginning that were left out, since an earlier part has them.
    """

    name: str
    first_line: int = 1
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class OpenText:
    """An open text file; `position` returns the number of bytes of the file that have been read."""

    lines: TextIO
    position: Callable[[], int]


def head_of(path: Path) -> Head:
    """Return the beginning of a file as it is and unpacked; raise as `examine`."""
    with readable(path):
        _refuse_what_is_no_file(path)
        with path.open("rb") as stream:
            raw = stream.read(_HEAD_BYTES)
        if not raw.startswith(GZIP):
            return Head(raw, raw)
        with _Source(path, None, is_packed=True).open() as (unpacked, _):
            return Head(raw, unpacked.read(_HEAD_BYTES))


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a file, and those of its content if it is packed with gzip."""

    raw: bytes
    content: bytes

    @property
    def is_packed(self) -> bool:
        """True for a gzip file."""
        return self.raw.startswith(GZIP)


def examine(path: Path, content: Extent | None = None, *, has_lines: bool = True) -> TextFile:
    """Return path, encoding, compression and size of a text file, after reading it once.

    `content` is the text that was taken out of the file, if it was. Without `has_lines` the text may be one
    line of any length.

    Raises a subclass of `CampaignFileError` for a file that is missing, a folder, unreadable, empty, binary
    or damaged, and for an excessive line length or compression ratio.
    """
    with readable(path):
        if content is None:
            head = head_of(path)
            source = _Source(path, None, is_packed=head.is_packed)
            first, size = head.content, path.stat().st_size
        else:
            source = _Source(path, content, is_packed=False)
            with source.open() as (stream, _):
                first, size = stream.read(_HEAD_BYTES), content.size
        _refuse_what_is_no_text(path, first)
        found, is_clean = _encoding(source, first, has_lines=has_lines)
        doubt = found if found.other_page else None
        return TextFile(path, found.page, is_clean, source.is_packed, size, content, doubt=doubt)


def unpack(path: Path, write: Callable[[bytes], None], content: Extent | None = None) -> None:
    """Unpack a gzip file, or one that was taken out of a file.

    Raises `FileDamagedError` and `UnpacksTooLargeError`.
    """
    with readable(path), _Source(path, content, is_packed=True).open() as (stream, _):
        while chunk := stream.read(_CHUNK_BYTES):
            write(chunk)


@contextmanager
def open_text(file: TextFile) -> Iterator[OpenText]:
    """Open the file from its beginning. Line ends are not translated, as the csv module requires."""
    with (
        readable(file.path),
        _Source(file.path, file.content, is_packed=file.is_packed).open() as (stream, raw),
        io.TextIOWrapper(stream, encoding=file.encoding, errors="replace", newline="") as lines,
    ):
        yield OpenText(lines, raw.tell)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Translate exceptions of the operating system and of gzip to subclasses of `CampaignFileError`."""
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
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise FileEmptyError(file=path.name)
    if _wide_encoding(head) is None and len(_CONTROL.findall(head)) > max(4, _MOST_CONTROL * len(head)):
        raise BinaryFileError(file=path.name)


def _encoding(source: _Source, head: bytes, *, has_lines: bool) -> tuple[Decision, bool]:
    """Return the encoding, and whether the whole file is text in it."""
    known = _wide_encoding(head) or next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if known is not None:
        return Decision(known), _count_odd(source, known, has_lines=has_lines)[0] == 0
    odd, other = _count_odd(source, "utf-8", has_lines=has_lines)
    if odd <= other:  # one damaged letter must not turn a whole UTF-8 file into another page
        return Decision("utf-8"), odd == 0
    found = code_page_of(_evidence(source))
    return found, _count_odd(source, found.page, has_lines=has_lines)[0] == 0


def _evidence(source: _Source) -> Evidence:
    evidence = Evidence()
    with source.open() as (stream, _):
        while chunk := stream.read(_CHUNK_BYTES):
            evidence.add(chunk)
    evidence.finish()
    return evidence


def _wide_encoding(head: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 encoding of a text with a byte order mark, or with zeros in it."""
    for mark, name in _WIDE_BOMS:
        if head.startswith(mark):
            return name
    part = head[: len(head) // 4 * 4]
    zeros = [part[at::4].count(0) / max(1, len(part) // 4) for at in range(4)]
    if min(zeros[1:]) > _MOST_ZEROS and zeros[0] < _FEW_ZEROS:
        return "utf-32-le"
    if min(zeros[:3]) > _MOST_ZEROS and zeros[3] < _FEW_ZEROS:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if odd > _SOME_ZEROS and even < _FEW_ZEROS:
        return "utf-16-le"
    return "utf-16-be" if even > _SOME_ZEROS and odd < _FEW_ZEROS else None


def _count_odd(source: _Source, encoding: str, *, has_lines: bool) -> tuple[int, int]:
    """Return the number of undecodable characters, and that of other characters beyond ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    odd = beyond = 0
    line = _LineLength(source.path.name)
    with source.open() as (stream, _):
        while chunk := stream.read(_CHUNK_BYTES):
            text = decoder.decode(chunk)
            if has_lines:
                line.add(text)
            if not text.isascii():
                odd += text.count("\ufffd")
                beyond += len(text) - len(text.encode("ascii", "ignore"))
    odd += decoder.decode(b"", final=True).count("\ufffd")
    return odd, beyond - odd


@dataclass(frozen=True, slots=True)
class _Source:
    """The bytes of a file, or those that were taken out of it."""

    path: Path
    content: Extent | None
    is_packed: bool

    @contextmanager
    def open(self) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """Yield the unpacked bytes, and the raw file, whose position is the progress."""
        with self.path.open("rb") if self.content is None else self.content.open() as raw:
            if not self.is_packed:
                yield raw, raw
                return
            size = os.fstat(raw.fileno()).st_size if self.content is None else self.content.size
            with _Unpacking(raw, size, self.path.name) as unpacked:
                yield cast("IO[bytes]", unpacked), raw


class _Unpacking(gzip.GzipFile):
    """Unpacks a gzip file; raises `UnpacksTooLargeError` above the largest compression ratio."""

    def __init__(self, raw: IO[bytes], packed_bytes: int, name: str) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._most = max(UNPACKED_FREE_BYTES, MOST_TIMES * packed_bytes)
        self._file_name = name

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes."""
        return self._within(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        """Return the next bytes, as many as one read provides."""
        return self._within(super().read1(size))

    def _within(self, content: bytes) -> bytes:
        if self.tell() > self._most:
            raise UnpacksTooLargeError(file=self._file_name, times=MOST_TIMES)
        return content


class _LineLength:
    """Measures the lengths of lines in a text given in pieces; raises `LineTooLongError`."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._line = 1
        self._characters = 0

    def add(self, text: str) -> None:
        """Add the next piece of the text, which is shorter than `LONGEST_LINE`."""
        last = max(text.rfind("\n"), text.rfind("\r"))
        first = min((at for mark in "\n\r" if (at := text.find(mark)) >= 0), default=len(text))
        if self._characters + first > LONGEST_LINE:
            limit = Text(**{lang: number(LONGEST_LINE, lang) for lang in LANGS})
            raise LineTooLongError(file=self._file, line=self._line, limit=limit)
        self._line += text.count("\n") or text.count("\r")
        self._characters = len(text) - last - 1 if last >= 0 else self._characters + len(text)
