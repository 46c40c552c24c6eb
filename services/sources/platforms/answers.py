"""Figures and texts in the answers of a platform, each checked for its form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from services.sources.failures import SourceAnswerError
from services.sources.web import Answer

_NOTHING = frozenset({"", "-", "--"})
_MOST_CODE = 80


class UnreadableError(ValueError):
    """A part of an answer has another form than the protocol says; the text names the part."""


def body_of(answer: Answer) -> object:
    """Return the JSON of an answer, None for another content, such as the page of a proxy."""
    try:
        found: object = answer.json()
    except SourceAnswerError:
        return None
    return found


def part(value: object, *path: str | int) -> object:
    """Return the part of a JSON value at a path of keys and positions, None where there is none."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and len(value) > step:
            value = value[step]
        else:
            return None
    return value


def items(value: object, *path: str | int) -> list[object]:
    """Return the list at a path, an empty one where there is nothing; another value is unreadable."""
    found = part(value, *path)
    if found is None:
        return []
    if not isinstance(found, list):
        raise UnreadableError(_named(path))
    return found


def text(value: object, *path: str | int) -> str:
    """Return the text or whole number at a path as a text; nothing or another value is unreadable."""
    found = part(value, *path)
    if isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool)):
        return str(found)
    raise UnreadableError(_named(path))


def name(value: object, *path: str | int) -> str:
    """Return the name at a path; empty where there is none, as of some deleted campaigns."""
    return "" if part(value, *path) is None else text(value, *path)


def amount(value: object, *path: str | int) -> Decimal | None:
    """Return the number at a path, None where there is none or a dash; another value is unreadable."""
    found = part(value, *path)
    if found is None or (isinstance(found, str) and found.strip() in _NOTHING):
        return None
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        raise UnreadableError(_named(path))
    try:
        number = Decimal(found)
    except InvalidOperation:
        raise UnreadableError(_named(path)) from None
    if not number.is_finite():
        raise UnreadableError(_named(path))
    return number


def count(value: object, *path: str | int) -> int:
    """Return the whole number at a path, 0 where there is none; another number is unreadable."""
    number = amount(value, *path)
    if number is None:
        return 0
    if number != number.to_integral_value() or number < 0:
        raise UnreadableError(_named(path))
    return int(number)


def day(value: object, *path: str | int) -> date:
    """Return the day at a path, of a day or a time in ISO form."""
    try:
        return date.fromisoformat(text(value, *path)[:10])
    except ValueError:
        raise UnreadableError(_named(path)) from None


def code(value: object, *path: str | int) -> str:
    """Return the code of an error at a path: letters, digits and underscores, otherwise nothing."""
    found = part(value, *path)
    written = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    is_code = written.isascii() and written.replace("_", "").replace("-", "").isalnum()
    return written if is_code and len(written) <= _MOST_CODE else ""


def _named(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path) or "answer"
