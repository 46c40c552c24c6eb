"""The parts of a multipart body: files are written to a private folder, fields are read.

At most `CHUNK_BYTES` of the body are in memory. Nothing of a client's file name is used as a path but its
last component, cleaned: reports and errors name the file by it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header
from werkzeug.wsgi import get_content_length, get_input_stream

from demetra_dash.security.limits import LARGEST_UPLOAD, TooLargeError
from demetra_dash.uploads.folder import check_room, create_private, failing_in_words
from services.errors import InvalidInputError
from services.text import Text, tidy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FIELD = "file"  # the parts that are campaign files
MOST_PARTS = 100
CHUNK_BYTES = 256 * 1024
MOST_FIELD_BYTES = 1_000_000
LONGEST_NAME = 120  # characters; with its folder and suffixes the path stays below every limit

_OF_A_PATH = re.compile(r"[/\\]")
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069:*?"<>|]')


class NoUploadError(InvalidInputError):
    """The body is no multipart form, or has no file."""

    code = "no_upload"
    words = Text(
        en="Send the files as multipart/form-data, each in a part named “file” with a file name: "
        "curl -F file=@report.csv.",
        ru="Отправьте файлы как multipart/form-data, каждый в части с именем «file» и именем файла: "
        "curl -F file=@report.csv.",
    )


class UploadCutError(InvalidInputError):
    """The body ended before its last boundary."""

    code = "upload_cut"
    words = Text(
        en="The upload is incomplete: it ended before its end was sent. Nothing was stored. Send it again.",
        ru="Файл пришёл не полностью: передача прервалась. Ничего не сохранено. Отправьте его снова.",
    )


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file: where it is, how the client calls it, and the SHA-256 of its content in hex."""

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Received:
    """The files and the fields of a body, in their order."""

    files: tuple[Upload, ...]
    fields: MultiDict[str, str]


def receive(environ: WSGIEnvironment, folder: Path) -> Received:
    """Read the body of a request: its files into `folder`, its fields into memory.

    Raises `NoUploadError`, `UploadCutError`, `TooLargeError`, `NoRoomError`, `FolderError`.
    """
    kind, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary or not boundary.isascii():
        raise NoUploadError
    length = get_content_length(environ)
    check_room(folder, length or 0)
    with _failing_in_words(folder):
        body = _Body(get_input_stream(environ, max_content_length=LARGEST_UPLOAD))
        received = _parse(body, boundary.encode("ascii"), length, folder)
    if not received.files:
        raise NoUploadError
    return received


def safe_name(name: str) -> str:
    """Return the last component of a client's file name, without characters that a path cannot have."""
    last = _OF_A_PATH.split(name)[-1]
    clean = tidy(_NOT_IN_A_NAME.sub("", last.encode("utf-8", "replace").decode())).lstrip(".")
    stem, dot, suffix = clean.rpartition(".")
    while len(clean.encode()) > LONGEST_NAME and stem:
        stem = stem[:-1]
        clean = stem + dot + suffix[-LONGEST_NAME // 2 :]
    return clean if 0 < len(clean.encode()) <= LONGEST_NAME else "file.csv"


class _Body:
    """The body of a request; a lost connection is the body's fault, not the disk's."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise UploadCutError from error


class _HashedFile:
    """A file that is written once, and hashed meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._file = os.fdopen(create_private(path), "wb")

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        self.size += len(content)
        return self._file.write(content)

    def seek(self, _offset: int) -> None:
        """Close the file: the parser calls this at its end."""
        self._file.close()

    def upload(self) -> Upload:
        return Upload(self.path, self.path.name, self.size, self._hash.hexdigest())


def _parse(body: _Body, boundary: bytes, length: int | None, folder: Path) -> Received:
    opened: list[_HashedFile] = []

    def create(filename: str | None, **_: object) -> _HashedFile:
        place = folder / str(len(opened) + 1)  # one folder for each file, as two may have the same name
        place.mkdir(0o700)
        opened.append(_HashedFile(place / safe_name(filename or "")))
        return opened[-1]

    parser = MultiPartParser(
        cast("Any", create),
        max_form_memory_size=MOST_FIELD_BYTES,
        buffer_size=CHUNK_BYTES,
        max_form_parts=MOST_PARTS,
    )
    try:
        fields, files = parser.parse(cast("IO[bytes]", body), boundary, length)
    finally:
        for file in opened:
            file.seek(0)
    uploads = [file.upload() for file in opened]
    parts = list(files.items(multi=True))
    return Received(
        tuple(
            upload
            for upload, (name, part) in zip(uploads, parts, strict=True)
            if name == FIELD and (upload.size or part.filename)  # a form without a choice sends neither
        ),
        MultiDict([(name, value) for name, value in fields.items(multi=True) if name is not None]),
    )


@contextmanager
def _failing_in_words(folder: Path) -> Iterator[None]:
    """Raise our own errors in place of those of werkzeug, of the parser and of the disk."""
    try:
        with failing_in_words(folder.parent):
            yield
    except RequestEntityTooLarge as error:
        raise TooLargeError(largest=LARGEST_UPLOAD) from error
    except (ClientDisconnected, ValueError, AttributeError) as error:  # the parser's, for a damaged body
        raise UploadCutError from error
