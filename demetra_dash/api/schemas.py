"""JSON schemas of the answers, generated from their classes and from the tables of the dashboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from demetra_dash.api.responses import Data
from services.dashboards import DASHBOARDS

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
        [(str(n), "serialization", TypeAdapter(body)) for n, body in enumerate(listed)],
        ref_template=PLACE + "{model}",
        schema_generator=_AnswerSchema,
    )
    by_body = {body: schemas[str(n), "serialization"] for n, body in enumerate(listed)}
    return by_body, shared["$defs"]


def rows_components() -> tuple[Schema, dict[str, Schema]]:
    """Return the schema of the rows answer of any dashboard, and the named schemas of each one."""
    _, shared = components([Data])
    named = {}
    for spec in DASHBOARDS:
        named[f"{spec.slug}.row"] = _row(spec)
        named[f"{spec.slug}.data"] = _data(spec, shared["Data"])
    return {"oneOf": [{"$ref": f"{PLACE}{spec.slug}.data"} for spec in DASHBOARDS]}, named


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
