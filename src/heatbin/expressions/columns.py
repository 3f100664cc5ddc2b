"""Finding a column by its name, nested fields by their path."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from heatbin.errors import UsageError, suggestion

__all__ = ["column_of", "type_of"]


def column_of(batch: pa.RecordBatch, name: str, argument: str) -> pa.Array:
    """Return a column of `batch`; a null struct has null fields.

    Raises
    ------
    UsageError
        If there is no such column, or more than one.
    """
    only = batch.schema.get_field_index(name)
    if only >= 0:
        return batch.column(only)
    first, *rest = _steps(batch.schema, name, argument)
    return pc.struct_field(batch.column(first), rest)


def type_of(schema: pa.Schema, name: str, argument: str) -> pa.DataType:
    """Return the type of a column."""
    first, *rest = _steps(schema, name, argument)
    type = schema.field(first).type
    for step in rest:
        type = type.field(step).type
    return type


def _steps(schema: pa.Schema, name: str, argument: str) -> list[int]:
    """Return the position of the column `name`, or the positions on the way to the nested field ``a.b``."""
    whole = _positions(schema.names, name)
    if len(whole) > 1:
        raise UsageError(f"{argument}: there are {len(whole)} columns named {name!r}; rename all but one")
    return whole or _nested(schema, name, argument)


def _nested(schema: pa.Schema, name: str, argument: str) -> list[int]:
    first, *rest = name.split(".")
    found = _positions(schema.names, first)[:1]
    if not found:
        raise _unknown(argument, name, schema.names)
    type, path = schema.field(found[0]).type, first
    for step in rest:
        fields = [field.name for field in type] if pa.types.is_struct(type) else []
        position = _positions(fields, step)[:1]
        if not position:
            raise _unknown(argument, name, [f"{path}.{field}" for field in fields] or schema.names)
        type, path = type.field(position[0]).type, f"{path}.{step}"
        found += position
    return found


def _positions(names: list[str], name: str) -> list[int]:
    return [position for position, known in enumerate(names) if known == name]


def _unknown(argument: str, name: str, known: list[str]) -> UsageError:
    return UsageError(f"{argument}: no column {name!r}{suggestion(name, known)}")
