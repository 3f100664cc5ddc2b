"""From record batches to points: the expressions of a request, evaluated on each batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa

from heatbin.columns import Points
from heatbin.errors import UsageError
from heatbin.expressions import Expression, evaluate, parse, result_type
from heatbin.expressions.columns import type_of
from heatbin.expressions.tree import Column as ColumnNode
from heatbin.logical import LogicalType
from heatbin.sources.base import Source, Task
from heatbin.sources.buffers import as_column, logical_type

__all__ = ["Projection", "Reading", "plain_column"]


@dataclass(frozen=True, slots=True)
class Projection:
    """What a request takes from each row.

    Parameters
    ----------
    coordinates : tuple of Expression
        x, y and what follows.
    samples : tuple of Expression, optional
        What the storages take.
    where : Expression, optional
        The filter.
    """

    coordinates: tuple[Expression, ...]
    samples: tuple[Expression, ...] = ()
    where: Expression | None = None

    @classmethod
    def parse(cls, coordinates: Sequence[tuple[str, str]], *, where: Any, schema: pa.Schema) -> Self:
        """Parse what a user wrote, against the columns that there are.

        Parameters
        ----------
        coordinates : sequence of (argument, text)
            The expression of each coordinate.
        where : str or pyarrow.compute.Expression, optional
            The filter.
        schema : pyarrow.Schema
            The columns.
        """
        names = schema.names
        return cls(
            tuple(parse(text, argument=argument, columns=names) for argument, text in coordinates),
            where=None if where is None else parse(where, argument="where", columns=names),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are needed, each once."""
        expressions = [*self.coordinates, *self.samples, *([self.where] if self.where is not None else [])]
        return tuple(dict.fromkeys(column for expression in expressions for column in expression.columns))

    def types(self, schema: pa.Schema) -> dict[str, str]:
        """Return the type of each column that is needed, as Arrow writes it."""
        return {column: str(type_of(schema, column, "plan")) for column in self.columns}

    def logical_types(self, schema: pa.Schema, path: str) -> tuple[LogicalType, ...]:
        """Return what the numbers of each coordinate mean; what cannot be evaluated or binned is found here."""
        self._check_where(schema)
        for sample in self.samples:
            logical_type(result_type(sample, schema), str(sample), path)
        return tuple(logical_type(result_type(c, schema), str(c), path) for c in self.coordinates)

    def _check_where(self, schema: pa.Schema) -> None:
        if self.where is None:
            return
        type_ = result_type(self.where, schema)
        if not pa.types.is_boolean(type_) and not pa.types.is_null(type_):
            raise UsageError(
                f"where: {str(self.where)!r} is {type_}, not true or false; compare it with something"
            )

    def floating(self, schema: pa.Schema) -> tuple[bool, ...]:
        """Tell of each coordinate whether its values are floats."""
        return tuple(pa.types.is_floating(result_type(c, schema)) for c in self.coordinates)

    def points(self, batch: pa.RecordBatch) -> Points:
        """Evaluate the expressions on a batch."""
        return Points(
            tuple(as_column(evaluate(expression, batch)) for expression in self.coordinates),
            tuple(as_column(evaluate(expression, batch)) for expression in self.samples),
            None if self.where is None else as_column(evaluate(self.where, batch)),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A source and what is taken from it: all that a worker needs beside its tasks. Picklable.

    Parameters
    ----------
    source : Source
        Where rows come from.
    projection : Projection
        What is taken from each.
    """

    source: Source
    projection: Projection

    def points(self, task: Task) -> Iterator[Points]:
        """Yield the points of a task, batch by batch."""
        for batch in self.source.batches(task, self.projection.columns):
            if batch.num_rows:
                yield self.projection.points(batch)


def plain_column(expression: Expression) -> str | None:
    """Return the column that an expression is, if it is no more than that."""
    return expression.root.name if isinstance(expression.root, ColumnNode) else None
