"""Which row groups a filter rejects as a whole, by their footers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pyarrow as pa

from heatbin.errors import HeatbinError
from heatbin.expressions import Expression, bounds, excludes
from heatbin.expressions.columns import type_of
from heatbin.sources.base import Bounds, Excludes, RowGroup

__all__ = ["key_rejection", "rejection"]


def rejection(where: Expression, schema: pa.Schema) -> Excludes:
    """Return what tells of a row group that none of its rows can pass `where`.

    Parameters
    ----------
    where : Expression
        The filter; only its positive range conditions count.
    schema : pyarrow.Schema
        The columns.
    """
    passing = bounds(where, schema)
    types = {column: type_of(schema, column, where.argument) for column in passing}

    def rejects(group: RowGroup) -> bool:
        for column, type_ in types.items():
            ends = group.bounds.get(column, Bounds())
            if excludes(passing, column, _as_value(ends.lo, type_), _as_value(ends.hi, type_)):
                return True
        return False

    return rejects


def key_rejection(where: Expression | None, schema: pa.Schema) -> Excludes | None:
    """Return the `rejection` for partition keys, which are known before the types of all files are.

    Parameters
    ----------
    where : Expression or None
        The filter.
    schema : pyarrow.Schema
        Of one of the files. What does not go with it may go with others, and excludes nothing.
    """
    if where is None:
        return None
    try:
        return rejection(where, schema)
    except HeatbinError:
        return None


def _as_value(end: Any, type_: pa.DataType) -> Any:
    """Return a footer's number as the value that it stands for."""
    if isinstance(end, int) and pa.types.is_decimal(type_):
        return Fraction(end) / Fraction(10) ** type_.scale
    if isinstance(end, int) and pa.types.is_temporal(type_):
        return pa.scalar(end, pa.int32() if type_.bit_width == 32 else pa.int64()).cast(type_)
    return end
