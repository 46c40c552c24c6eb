"""Names of files that another machine chooses: without folders, control characters and excessive length."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from services.text import tidy

_LONGEST = 120


def safe_name(name: str, default: str = "data") -> str:
    """Return the last part of a name or path, at most 120 characters, its ending kept."""
    last = tidy(name.replace("\\", "/").rstrip("/").rpartition("/")[2]).strip(". ")
    if len(last) > _LONGEST:
        ending = PurePosixPath(last).suffix[:20]
        last = last[: _LONGEST - len(ending)] + ending
    return last or default


def name_of_download(headers: Mapping[str, str], url: str) -> str:
    """Return the name that an answer gives its file, otherwise the last part of the path of its address."""
    message = Message()
    message["Content-Disposition"] = tidy(headers.get("Content-Disposition", ""))
    try:
        given = message.get_filename()
        path = unquote(urlsplit(url).path)
    except (ValueError, LookupError):  # an unknown encoding of the name, an address that cannot be parsed
        return safe_name("")
    return safe_name(given or path)
