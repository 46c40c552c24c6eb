"""Recognition of what a file is by its first bytes; its name says nothing reliable."""

from __future__ import annotations

import codecs
import re
from typing import Literal

Kind = Literal["text", "archive", "old workbook", "parquet", "json", "markup"]

_MARKS: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old workbook"),
    (b"PAR1", "parquet"),
)
# The stream of an old workbook without the file system around it.
_OLD_SHEETS = (b"\x09\x08\x10\x00\x00\x06", b"\x09\x08\x08\x00\x00\x05")
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))
_JSON = re.compile(r'\s*(?:\[\s*[\[{]|\{\s*["}])')
_MARKUP = re.compile(
    r"\s*<(?:!doctype\s+html|html|head|body|table|meta|style|div|center|!--"
    r"|\?xml[^>]*\?>.{0,2000}?<(?:[a-z]+:)?(?:workbook|html|table)\b)",
    re.IGNORECASE | re.DOTALL,
)


def kind_of(head: bytes) -> Kind:
    """Return what the file is whose unpacked first bytes these are."""
    found = next((kind for mark, kind in _MARKS if head.startswith(mark)), None)
    if found is not None:
        return found
    if head.startswith(_OLD_SHEETS):
        return "old workbook"
    text = _text(head[:4_000])
    if _JSON.match(text):
        return "json"
    return "markup" if _MARKUP.match(text) else "text"


def _text(head: bytes) -> str:
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            return head.decode(encoding, "replace")
    if head[1:4:2] == b"\0\0":
        return head.decode("utf-16-le", "replace")
    return head.decode("latin-1")
