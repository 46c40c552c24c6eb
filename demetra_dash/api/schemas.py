"""JSON schemas of the answers, generated from the forms of the views and from the dashboards' tables."""

from __future__ import annotations

from dataclasses import is_dataclass, make_dataclass
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from demetra_dash.api.responses import FORMS
from services.dashboards import DASHBOARDS
from services.views import DashboardView

if TYPE_CHECKING:
    from collections.abc import Iterable

    import sqlalchemy as sa
    from pydantic_core import core_schema

    from services.dashboards.spec import Dashboard

Schema = dict[str, Any]
PLACE = "#/components/schemas/"


class _AnswerSchema(GenerateJsonSchema):
    """JSON as `encoding` writes it: decimals are numbers, objects have exactly the fields of their class."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Schema:
        return {"type": "number"}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Schema:
        return {**super().dataclass_schema(schema), "additionalProperties": False}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def components(bodies: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """Return the schema of each body, and the named schemas that these refer to."""
    listed = list(bodies)
    schemas, shared = TypeAdapter.json_schemas(
        [(str(n), "serialization", TypeAdapter(_shown(body))) for n, body in enumerate(listed)],
        ref_template=PLACE + "{model}",
        schema_generator=_AnswerSchema,
    )
    by_body = {body: schemas[str(n), "serialization"] for n, body in enumerate(listed)}
    return by_body, shared["$defs"]


def rows_components() -> tuple[Schema, dict[str, Schema]]:
    """Return the schema of the rows answer of any dashboard, and the named schemas of each one."""
    _, shared = components([DashboardView])
    named = {}
    for spec in DASHBOARDS:
        named[f"{spec.slug}.row"] = _row(spec)
        named[f"{spec.slug}.data"] = _data(spec, shared["Data"])
    return {"oneOf": [{"$ref": f"{PLACE}{spec.slug}.data"} for spec in DASHBOARDS]}, named


def _shown(hint: Any) -> Any:
    """Return a type with the class of its JSON in place of each view that has a form."""
    arguments = get_args(hint)
    if not arguments or get_origin(hint) is Literal:
        return _json_class(hint) if hint in FORMS else _answer_class(hint)
    if isinstance(hint, UnionType):
        return reduce(or_, map(_shown, arguments))
    return get_origin(hint)[tuple(map(_shown, arguments))]


@cache
def _answer_class(hint: Any) -> Any:
    """Return an answer's class; one with fields of views gets the classes of their JSON in its place."""
    if not (isinstance(hint, type) and is_dataclass(hint)):
        return hint
    hints = get_type_hints(hint)
    shown = {name: _shown(kind) for name, kind in hints.items()}
    if shown == hints:
        return hint
    made = make_dataclass(hint.__name__, list(shown.items()))
    made.__doc__ = hint.__doc__
    return made


@cache
def _json_class(view: type) -> type:
    """Return a class that has the fields of the form of a view, with the types of its attributes."""
    form = FORMS[view]
    made = make_dataclass(
        form.name, [(name, _shown(_type_of(view, path))) for name, path in form.paths.items()]
    )
    made.__doc__ = form.description
    return made


def _type_of(view: Any, path: str) -> Any:
    """Return the type of an attribute of an attribute ... of a view: a field or a property."""
    for name in path.split("."):
        getter: Any = getattr(getattr(view, name, None), "fget", None)
        view = get_type_hints(view)[name] if getter is None else get_type_hints(getter)["return"]
    return view


def _data(spec: Dashboard, general: Schema) -> Schema:
    own = {
        "slug": {"const": spec.slug},
        "rows": {"type": "array", "items": {"$ref": f"{PLACE}{spec.slug}.row"}},
    }
    return {**general, "description": spec.title.en, "properties": {**general["properties"], **own}}


def _row(spec: Dashboard) -> Schema:
    columns = {column.name: _column(column) for column in spec.table.c}
    return {
        "type": "object",
        "properties": columns,
        "required": list(columns),
        "additionalProperties": False,
    }


def _column(column: sa.Column[Any]) -> Schema:
    kind: Any = column.type.python_type
    adapter: TypeAdapter[Any] = TypeAdapter(kind | None if column.nullable else kind)
    return adapter.json_schema(mode="serialization", schema_generator=_AnswerSchema)
