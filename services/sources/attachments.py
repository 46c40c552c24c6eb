"""Attachments of messages: their names, and their content within a limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from fnmatch import fnmatchcase

from services.sources.remote_names import safe_name


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message."""

    name: str
    content: bytes = field(repr=False)


def attachments(content: bytes, patterns: tuple[str, ...]) -> list[Attachment]:
    """Return the attachments of a message whose names match one of the patterns, in their order.

    Those of messages inside the message (forwarded ones) count too.
    """
    return [Attachment(name, _content(part)) for part, name in _named(content) if _matches(name, patterns)]


def header_text(message: Message, name: str) -> str:
    """Return a header in plain letters, empty if it is missing."""
    return _decoded(str(message.get(name, "")))


def _named(content: bytes) -> Iterator[tuple[Message, str]]:
    for part in message_from_bytes(content).walk():
        name = "" if part.is_multipart() else _decoded(part.get_filename(""))
        if name:
            yield part, safe_name(name)


def _content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):  # not what it says: shown as it is
        return text


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)
