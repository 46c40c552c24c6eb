"""A small, strict JSON schema validator: it knows the keywords that our document uses and refuses others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
FORMATS: dict[str, Callable[[str], Any]] = {"date-time": datetime.fromisoformat, "date": date.fromisoformat}
REMARKS = {"description", "title", "default"}


def errors(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> list[str]:
    """Return what is wrong with `value`; nothing when it fits `schema` of `document`."""
    return list(_errors(value, schema, document, at))


def _errors(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> Iterator[str]:
    for keyword, rule in schema.items():
        if keyword not in REMARKS:
            yield from _CHECKS[keyword](value, rule, schema, document, at)


def _type(value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, TYPES[rule]) or (isinstance(value, bool) and rule != "boolean"):
        yield f"{at}: {value!r} is no {rule}"


def _properties(
    value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        if name in rule:
            yield from _errors(value[name], rule[name], document, f"{at}.{name}")


def _required(
    value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    missing = [name for name in rule if isinstance(value, dict) and name not in value]
    yield from (f"{at}: {name} is missing" for name in missing)


def _additional(
    value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    for name in value.keys() - schema.get("properties", {}).keys() if isinstance(value, dict) else ():
        if rule is False:
            yield f"{at}: {name} is not described"
        elif isinstance(rule, dict):
            yield from _errors(value[name], rule, document, f"{at}.{name}")


def _items(value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> Iterator[str]:
    for n, item in enumerate(value if isinstance(value, list) else ()):
        yield from _errors(item, rule, document, f"{at}[{n}]")


def _any_of(
    value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    if all(errors(value, option, document, at) for option in rule):
        yield f"{at}: {value!r} fits no option"


def _one_of(
    value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    fitting = [option for option in rule if not errors(value, option, document, at)]
    if len(fitting) != 1:
        yield f"{at}: {len(fitting)} options fit"


def _enum(value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> Iterator[str]:
    if value not in rule:
        yield f"{at}: {value!r} is not one of {rule}"


def _ref(value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> Iterator[str]:
    target: Any = document
    for part in rule.removeprefix("#/").split("/"):
        target = target[part]
    yield from _errors(value, target, document, at)


def _format(
    value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    if isinstance(value, str):
        parsed = FORMATS[rule](value)
        if rule == "date-time" and parsed.tzinfo is None:
            yield f"{at}: {value} has no offset"


def _bound(is_outside: Callable[[Any, Any], bool]) -> Callable[..., Iterator[str]]:
    def check(
        value: Any, rule: Any, schema: dict[str, Any], document: dict[str, Any], at: str
    ) -> Iterator[str]:
        if is_outside(value, rule):
            yield f"{at}: {value} is beyond {rule}"

    return check


_CHECKS = {
    "type": _type,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "enum": _enum,
    "const": lambda value, rule, *rest: _enum(value, [rule], *rest),
    "$ref": _ref,
    "format": _format,
    "minimum": _bound(lambda value, rule: value < rule),
    "maximum": _bound(lambda value, rule: value > rule),
}
