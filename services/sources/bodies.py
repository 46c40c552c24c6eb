"""The content of an HTTP answer: unpacked, complete and within a limit, or an error."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import requests

from services.sources.failures import SourceAnswerError, SourceServerError, SourceTooLargeError
from services.text import Text, number

_CHUNK_BYTES = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS


def chunks_of(response: requests.Response, host: str, limit: int) -> Iterator[bytes]:
    """Yield the content of a streamed answer, unpacked.

    Neither the sent nor the unpacked content may be larger than `limit` bytes. Raise a `SourceError` for
    more, for less than was promised, and for damaged compression; errors of the connection pass.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    sent = _sent(response, host, limit)
    if encoding in {"gzip", "x-gzip"}:
        return _limited(_unpacked(sent, host), host, limit)
    if encoding not in {"", "identity"}:
        raise SourceAnswerError(host=host, reason=_packed_as(encoding))
    return sent


def size_text(limit: int) -> Text:
    """Return a size in bytes as a text such as "200 MB"."""
    size, unit = (
        (limit / 1e6, Text(en="MB", ru="МБ")) if limit >= 1e6 else (limit / 1e3, Text(en="kB", ru="кБ"))
    )
    decimals = 0 if size == int(size) else 1
    return Text(
        en=f"{number(size, 'en', decimals=decimals)} {unit.en}",
        ru=f"{number(size, 'ru', decimals=decimals)} {unit.ru}",
    )


def _sent(response: requests.Response, host: str, limit: int) -> Iterator[bytes]:
    promised = _promised(response)
    if promised is not None and promised > limit:
        raise SourceTooLargeError(place=host, limit=size_text(limit))
    size = 0
    for chunk in _limited(response.raw.stream(_CHUNK_BYTES, decode_content=False), host, limit):
        size += len(chunk)
        yield chunk
    if promised is not None and size != promised:
        raise SourceServerError(host=host, reason=_CUT_OFF)


def _promised(response: requests.Response) -> int | None:
    """Return the length that the server promises, None where the end of the content is marked otherwise."""
    text = response.headers.get("Content-Length", "").strip()
    is_chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    return int(text) if text.isascii() and text.isdigit() and not is_chunked else None


def _limited(chunks: Iterator[bytes], host: str, limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise SourceTooLargeError(place=host, limit=size_text(limit))
        yield chunk


def _unpacked(chunks: Iterator[bytes], host: str) -> Iterator[bytes]:
    """Yield what gzip data hold, in pieces of bounded size, so that a small bomb never fills the memory."""
    decoder, is_begun = zlib.decompressobj(_GZIP), False
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                is_begun = True
                if decoder.eof:  # another member, or the padding that some writers add
                    if not rest.strip(b"\0"):
                        break
                    decoder = zlib.decompressobj(_GZIP)
                yield decoder.decompress(rest, _CHUNK_BYTES)
                rest = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
        while piece := decoder.decompress(b"", _CHUNK_BYTES):
            yield piece
    except zlib.error:
        raise SourceAnswerError(host=host, reason=_DAMAGED) from None
    if is_begun and not decoder.eof:
        raise SourceServerError(host=host, reason=_CUT_OFF)


def _packed_as(encoding: str) -> Text:
    shown = encoding[:20] if encoding.isascii() and encoding.isprintable() else "?"
    return Text(en=f"it is packed as {shown}", ru=f"он упакован как {shown}")


_CUT_OFF = Text(en="its answer breaks off", ru="ответ обрывается")
_DAMAGED = Text(en="its compression is damaged", ru="сжатые данные повреждены")
