"""From record batches to points: the expressions of a request, evaluated on each batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pyarrow as pa

from heatbin.axes import Category, Coordinate
from heatbin.columns import Column, Points
from heatbin.errors import UsageError
from heatbin.expressions import Expression, evaluate, parse, result_type
from heatbin.expressions.columns import type_of
from heatbin.expressions.tree import Column as ColumnNode
from heatbin.logical import NUMBER, LogicalType
from heatbin.sources.arrow_types import is_text
from heatbin.sources.base import Source, Task
from heatbin.sources.buffers import as_column, is_number, logical_type
from heatbin.sources.samples import as_sample, check_sample_type, coded_column, distinct_values

__all__ = ["Projection", "Reading", "plain_column"]

NOTHING = Column(np.empty(0))

TEXT_HINT = "; text needs a Category axis: one in bins, or that of by"
OF_NUMBERS = "an Integer() axis, a number of bins, or edges, or take int(…) of it"
OF_DATES = 'a Time("1d") axis, or take a part of it such as month(…)'
OF_LENGTHS = 'a Time("1h") axis, or a number of bins'
BESIDE_CATEGORIES = {
    "number": OF_NUMBERS,
    "decimal": OF_NUMBERS,
    "timestamp": OF_DATES,
    "date": OF_DATES,
    "time": OF_LENGTHS,
    "duration": OF_LENGTHS,
}
"""What bins a column that a Category axis does not, by what its numbers mean."""


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
    categories : tuple of Category or None, optional
        Of each coordinate the axis whose codes stand for its text; None where there is none. An axis that is still
        open asks for the distinct values, and for nothing else.
    moment : Expression, optional
        The time of each row, where it is not to be binned, but to tell rows apart.
    anchor : tuple of str, optional
        A column to count rows by, where none is needed otherwise; none where there is none.
    """

    coordinates: tuple[Expression, ...]
    samples: tuple[Expression, ...] = ()
    where: Expression | None = None
    categories: tuple[Category | None, ...] = ()
    moment: Expression | None = None
    anchor: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls,
        coordinates: Sequence[tuple[str, str]],
        samples: Sequence[tuple[str, str]] = (),
        *,
        where: Any,
        schema: pa.Schema,
        moment: str | None = None,
    ) -> Self:
        """Parse what a user wrote, against the columns that there are.

        Parameters
        ----------
        coordinates : sequence of (argument, text)
            The expression of each coordinate.
        samples : sequence of (argument, text), optional
            The expressions that statistics take.
        where : str or pyarrow.compute.Expression, optional
            The filter.
        schema : pyarrow.Schema
            The columns.
        moment : str, optional
            The time of each row.
        """
        names = schema.names
        return cls(
            tuple(parse(text, argument=argument, columns=names) for argument, text in coordinates),
            tuple(parse(text, argument=argument, columns=names) for argument, text in samples),
            where=None if where is None else parse(where, argument="where", columns=names),
            moment=None if moment is None else parse(moment, argument="time", columns=names),
            anchor=tuple(sorted(names, key=lambda name: not is_number(schema.field(name).type))[:1]),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are needed, each once; where none is, one to count rows by."""
        expressions = [*self.coordinates, *self.samples]
        expressions += [each for each in (self.where, self.moment) if each is not None]
        needed = tuple(dict.fromkeys(column for expression in expressions for column in expression.columns))
        return needed or self.anchor

    def types(self, schema: pa.Schema) -> dict[str, str]:
        """Return the type of each column that is needed, as Arrow writes it."""
        return {column: str(type_of(schema, column, "plan")) for column in self.columns}

    def logical_types(
        self, schema: pa.Schema, path: str, *, categorical: Sequence[bool]
    ) -> tuple[LogicalType, ...]:
        """Return what the numbers of each coordinate mean; what cannot be evaluated or binned is found here.

        Parameters
        ----------
        schema : pyarrow.Schema
            The columns.
        path : str
            Where they are.
        categorical : sequence of bool
            Of each coordinate, whether it is one of categories.
        """
        self._check_where(schema)
        types = [_plain(result_type(coordinate, schema)) for coordinate in self.coordinates]
        return tuple(
            (_category_type if of_categories else _number_type)(coordinate, type_, path)
            for coordinate, type_, of_categories in zip(self.coordinates, types, categorical, strict=True)
        )

    def called(self, place: int) -> str:
        """Return what errors call a coordinate: the argument, and what was given for it."""
        return _called(self.coordinates[place])

    def _check_where(self, schema: pa.Schema) -> None:
        if self.where is None:
            return
        type_ = result_type(self.where, schema)
        if not pa.types.is_boolean(type_) and not pa.types.is_null(type_):
            raise UsageError(
                f"where: {str(self.where)!r} is {type_}, not true or false; compare it with something"
            )

    def clock(self, schema: pa.Schema, path: str) -> LogicalType | None:
        """Return what the numbers of the rows' times mean; None where they have none.

        Raises
        ------
        UsageError
            When they are no times.
        """
        if self.moment is None:
            return None
        logical = logical_type(result_type(self.moment, schema), str(self.moment), path)
        if logical.kind not in ("timestamp", "date"):
            raise UsageError(f"time: {str(self.moment)!r} is a {logical}, and no date or timestamp")
        return logical

    def floating(self, schema: pa.Schema) -> tuple[bool, ...]:
        """Tell of each coordinate whether its values are floats."""
        return tuple(pa.types.is_floating(result_type(c, schema)) for c in self.coordinates)

    def sample_dtypes(
        self, schema: pa.Schema, path: str, *, told_apart: Sequence[bool]
    ) -> tuple[np.dtype[np.generic], ...]:
        """Return what batches will hold the samples in; what no statistic can be taken of is found here.

        Parameters
        ----------
        schema : pyarrow.Schema
            The columns.
        path : str
            Where they are.
        told_apart : sequence of bool
            Of each sample, whether its values are only told apart.
        """
        return tuple(
            check_sample_type(result_type(sample, schema), str(sample), path, told_apart=only)
            for sample, only in zip(self.samples, told_apart, strict=True)
        )

    def coded(self, coordinates: Sequence[Coordinate], schema: pa.Schema) -> Self:
        """Return this projection with the codes of categories in place of text.

        Raises
        ------
        UsageError
            When categories are text and a column is not, or the other way round.
        """
        axes = [axis for coordinate in coordinates for axis in [coordinate] * coordinate.takes]
        places = zip(self.coordinates, axes, strict=True)
        return replace(
            self, categories=tuple(_coded(axis, expression, schema) for expression, axis in places)
        )

    def settled(self, coordinates: Sequence[Coordinate]) -> Self:
        """Return this projection with categories that were found in place of those that were open."""
        axes = [axis for coordinate in coordinates for axis in [coordinate] * coordinate.takes]
        places = zip(self.categories, axes, strict=True)
        return replace(self, categories=tuple(_found(before, axis) for before, axis in places))

    def points(self, batch: pa.RecordBatch) -> Points:
        """Evaluate the expressions on a batch."""
        if any(axis is not None and axis.open for axis in self.categories):
            return self._distinct(batch)
        axes = self.categories or (None,) * len(self.coordinates)
        arrays = (evaluate(expression, batch) for expression in self.coordinates)
        return Points(
            tuple(
                as_column(array) if axis is None else coded_column(array, axis.codes_of)
                for array, axis in zip(arrays, axes, strict=True)
            ),
            tuple(as_sample(evaluate(expression, batch)) for expression in self.samples),
            None if self.where is None else as_column(evaluate(self.where, batch)),
            None if self.moment is None else as_column(evaluate(self.moment, batch)),
        )

    def _distinct(self, batch: pa.RecordBatch) -> Points:
        """Return the distinct values of the coordinates whose categories are to be found, in the rows that pass."""
        mask = None if self.where is None else evaluate(self.where, batch)
        columns = []
        for expression, axis in zip(self.coordinates, self.categories, strict=True):
            if axis is None or not axis.open:
                columns.append(NOTHING)
                continue
            columns.append(Column(distinct_values(evaluate(expression, batch), mask)))
        return Points(tuple(columns))


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


def _coded(axis: Coordinate, expression: Expression, schema: pa.Schema) -> Category | None:
    """Return the axis if it has to be asked for codes, or for what its values are."""
    if not isinstance(axis, Category):
        return None
    text = is_text(_plain(result_type(expression, schema)))
    if axis.listed and axis.coded != text:
        raise _of_other_kind(expression, ("text", "numbers") if axis.coded else ("numbers", "text"))
    boolean = pa.types.is_boolean(_plain(result_type(expression, schema)))
    if axis.listed and axis.open and axis.boolean != boolean:
        raise _of_other_kind(expression, ("booleans", "numbers") if axis.boolean else ("numbers", "booleans"))
    return axis if axis.open or text else None


def _of_other_kind(expression: Expression, kinds: tuple[str, str]) -> UsageError:
    return UsageError(f"{_called(expression)}: the categories are {kinds[0]}, and the column is {kinds[1]}")


def _found(before: Category | None, axis: Coordinate) -> Category | None:
    return axis if before is not None and isinstance(axis, Category) and (axis.open or axis.coded) else None


def _category_type(expression: Expression, type_: pa.DataType, path: str) -> LogicalType:
    """Return what the numbers of a column of categories mean, those that stand for text too."""
    meaning = NUMBER if is_text(type_) else logical_type(type_, str(expression), path)
    if meaning != NUMBER or pa.types.is_floating(type_):
        raise UsageError(
            f"{_called(expression)}: categories are text, integers or booleans, and the column is {type_}; "
            f"give it {BESIDE_CATEGORIES[meaning.kind]}"
        )
    return meaning


def _number_type(expression: Expression, type_: pa.DataType, path: str) -> LogicalType:
    return logical_type(type_, str(expression), path, hint=TEXT_HINT if is_text(type_) else "")


def _called(expression: Expression) -> str:
    text, argument = str(expression), expression.argument
    return argument if text == argument else f"{argument} ({text})"


def _plain(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_
