"""Plain values as strict JSON, which every parser accepts.

Amounts become JSON numbers, exact to the cent up to 90 trillion (2^53 cents). Times carry their offset. NaN
and infinity, which JSON does not have, become null: "no value".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from flask.json.provider import DefaultJSONProvider

from demetra_dash.api.responses import json_fields


class StrictJson(DefaultJSONProvider):
    """Flask's JSON provider, with the encoding of this module."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return `obj` as JSON text."""
        return json_text(obj)


def json_text(value: object) -> str:
    """Return `value` as JSON text; raise `TypeError` for a type that has no agreed form."""
    try:
        return _dumps(value, default=_plain_outside)
    except ValueError:  # a NaN or an infinity somewhere: rare, and ten times as slow
        return _dumps(plain(value))


_dumps = partial(json.dumps, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _plain_outside(value: object) -> Any:
    """Return a value of a type unknown to json in known types; json calls it again for its parts."""
    if is_dataclass(value) and not isinstance(value, type):
        return json_fields(value)
    return dict(value) if isinstance(value, Mapping) else plain(value)


def json_bytes(value: object) -> bytes:
    """Return `value` as JSON text in UTF-8."""
    return json_text(value).encode()


def plain(value: object) -> Any:
    """Return `value` in the types of JSON; a dataclass becomes an object with its `json_fields`."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return float(value) if math.isfinite(value) else None
        case datetime():
            return _time(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(item) for name, item in json_fields(value).items()}
    raise TypeError(f"{type(value).__name__} has no agreed form in JSON")


def _time(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError(f"the time {value} has no offset")
    return value.isoformat()
