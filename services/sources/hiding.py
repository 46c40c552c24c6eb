"""Tracebacks of bugs in the reading of a source, without its credentials.

A traceback repeats what libraries say: addresses, headers, answers. So the secrets of the source are taken
out of it in each form in which they are sent or shown, and also whatever looks like a credential: tokens that
a server has given meanwhile are not among the secrets that were declared.
"""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from traceback import format_exception
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from services.database.redaction import HIDDEN, redacted
from services.sources.kind import Secret, Source, revealed, secrets_in
from services.sources.secrets import CREDENTIAL

log = logging.getLogger("demetra.sources")

_SHORTEST_SECRET = 3
_SHORTEST_CORE = 8  # of Base64: shorter ones are found by chance
_USER = re.compile(r"(?<=://)[^/\s@'\"]+@")
_SCHEME = re.compile(r"\b(Basic|Bearer)(?:\s|%20|\+)+[\w.~+/=%-]{6,}", re.IGNORECASE)
_VALUE = re.compile(
    r"(?P<name>[\w.-]+)(?P<sign>=|['\"]\s*[:=,]\s*b?['\"])(?P<value>[^&#\s'\"]+)",
)


class TracebackWithoutCredentials(Exception):  # noqa: N818 - a text to be logged, never raised
    """The traceback of another exception as a text, for the log."""


def log_bug(source: Source, event: str, error: BaseException) -> None:
    """Log an unexpected exception in the reading of a source, with its traceback."""
    text = without_credentials("".join(format_exception(error)), source)
    log.error("source %s: %s", source.name, event, exc_info=TracebackWithoutCredentials(f"\n{text}"))


def without_credentials(text: str, source: Source) -> str:
    """Return a text without the secrets of a source, and without what looks like a credential."""
    secrets = list(secrets_in(source.options))
    for secret in secrets:
        if "://" in revealed(secret):
            text = redacted(text, revealed(secret))
    forms = {form for secret in secrets for part in _parts(secret) for form in _forms(part)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    text = _USER.sub(f"{HIDDEN}@", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    return _VALUE.sub(_without_value, text)


def _without_value(found: re.Match[str]) -> str:
    return f"{found['name']}{found['sign']}{HIDDEN}" if CREDENTIAL.search(found["name"]) else found[0]


def _parts(secret: Secret) -> Iterator[str]:
    """Yield what may stand alone: the text, the values that were put into it, and the lines of a file."""
    for text in (revealed(secret), *secret.values):
        yield from {text, text.strip(), *text.split("\n")}


def _forms(part: str) -> Iterator[str]:
    """Yield the forms of a part in addresses, JSON, `repr` and Base64; none of a part that is too short."""
    for text in {part, unquote(part), unquote_plus(part)}:
        if len(text) >= _SHORTEST_SECRET:
            yield from (text, json.dumps(text)[1:-1], repr(text)[1:-1], repr(text.encode())[2:-1])
            for escaped in (quote(text), quote(text, safe=""), quote_plus(text)):
                yield from (escaped, re.sub(r"%\w\w", lambda found: found[0].lower(), escaped))
            yield from _cores(text.encode())


def _cores(content: bytes) -> Iterator[str]:
    """Yield what is the same in the Base64 of all texts that contain this one, for each place in them.

    Three bytes become four letters, so letters at both ends also depend on the bytes around.
    """
    for before in range(3):
        written = b64encode(bytes(before) + content).decode().rstrip("=")
        whole = written if (before + len(content)) % 3 == 0 else written[:-1]
        core = whole[-(-before * 8 // 6) :]
        if len(core) >= _SHORTEST_CORE:
            yield from (core, core.replace("+", "-").replace("/", "_"))
