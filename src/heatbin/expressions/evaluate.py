"""Walks an expression's tree over a batch, with Arrow's kernels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from heatbin.errors import BadInputError, UsageError
from heatbin.expressions.columns import column_of
from heatbin.expressions.compare import among, compare
from heatbin.expressions.functions import FUNCTIONS, OPERATORS
from heatbin.expressions.kinds import Datum
from heatbin.expressions.operands import Operand, datum
from heatbin.expressions.tree import (
    Among,
    Arrow,
    Call,
    Column,
    Compare,
    Expression,
    Literal,
    MisfitError,
    Node,
)

__all__ = ["evaluate", "result_type"]

_SHOWN = 100


def evaluate(expression: Expression, batch: pa.RecordBatch) -> pa.Array:
    """Return the expression's value for each row.

    Parameters
    ----------
    expression : Expression
        What to compute. A plain column comes back as it is, in its own type and without a copy.
    batch : pyarrow.RecordBatch
        Holds the columns that the expression needs, by their names.

    Returns
    -------
    pyarrow.Array
        As long as the batch. Comparisons are booleans, null where their truth is not known.

    Raises
    ------
    UsageError
        If a column is missing, or operands do not go together.
    BadInputError
        If the data hold what cannot be computed: an integer overflow, an integer division by zero.

    Examples
    --------
    >>> from heatbin.expressions import parse
    >>> batch = pa.record_batch({"fare": [10, 0, None]})
    >>> evaluate(parse("0 < fare <= 10", argument="where"), batch).to_pylist()
    [True, False, None]
    """
    return _Evaluation(expression, batch).rows()


def result_type(expression: Expression, schema: pa.Schema) -> pa.DataType:
    """Return the type that `evaluate` gives on batches of `schema`; finds mistakes before anything is read.

    Raises
    ------
    UsageError
        If a column is missing, operands do not go together, or a `where` is not true or false.

    Examples
    --------
    >>> from heatbin.expressions import parse
    >>> schema = pa.schema({"fare": pa.int32(), "distance": pa.float32()})
    >>> str(result_type(parse("fare / distance", argument="x"), schema))
    'double'
    """
    nothing = pa.RecordBatch.from_arrays([pa.nulls(0, type) for type in schema.types], schema=schema)
    type = evaluate(expression, nothing).type
    if expression.argument == "where" and not pa.types.is_boolean(type):
        raise UsageError(
            f"where must be true or false for each row, and {_shortened(expression.text)!r} is {type}; "
            "compare it with something, as in 'fare > 0'"
        )
    return type


class _Evaluation:
    """One expression over one batch."""

    def __init__(self, expression: Expression, batch: pa.RecordBatch) -> None:
        self.expression = expression
        self.batch = batch

    def rows(self) -> pa.Array:
        value = self.value(self.expression.root)
        if isinstance(value, pa.Array):
            return value
        with self._blamed(self.expression.root):
            return pa.repeat(datum(value), self.batch.num_rows)

    def value(self, node: Node) -> Operand:
        match node:
            case Literal():
                return node
            case Column(name=name):
                return column_of(self.batch, name, self.expression.argument)
            case Call():
                return self._call(node)
            case Compare():
                return self._comparison(node)
            case Among(operand=operand, values=values, form=form):
                found = self.value(operand)
                with self._blamed(node):
                    return among(found, values, form)
            case Arrow():
                with self._blamed(node):
                    return _projected(node.expression, self.batch)

    def _call(self, node: Call) -> Operand:
        arguments = [self.value(argument) for argument in node.arguments]
        function = FUNCTIONS.get(node.function)
        compute = function.compute if function else OPERATORS[node.function]
        with self._blamed(node):
            return _settled(compute(*arguments))

    def _comparison(self, node: Compare) -> Operand:
        values = [self.value(operand) for operand in node.operands]
        with self._blamed(node):
            links = zip(node.operators, values, values[1:], strict=False)
            return reduce(pc.and_kleene, [compare(*link) for link in links])

    @contextmanager
    def _blamed(self, node: Node) -> Iterator[None]:
        """Say of an error where in the expression it came up."""
        try:
            yield
        except MisfitError as misfit:
            raise UsageError(self._message(node, misfit)) from None
        except (pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise UsageError(self._message(node, error)) from error
        except pa.ArrowInvalid as error:
            message = self._message(node, error)
            if self.batch.num_rows == 0:
                raise UsageError(message) from error
            hint = "; float(…) around an operand computes with floats" if _is_operator(node) else ""
            raise BadInputError(message + hint) from error

    def _message(self, node: Node, error: Exception) -> str:
        text = self.expression.text
        part = _shortened(self.expression.part(node))
        whole = "" if part == text else f" in '{_shortened(text)}'"
        return f"{self.expression.argument}: '{part}'{whole}: {str(error).splitlines()[0]}"


def _is_operator(node: Node) -> bool:
    return isinstance(node, Call) and node.function in OPERATORS


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _settled(value: Datum) -> Operand:
    """Return a number that came of constants alone as a constant, so that comparing with it stays exact."""
    if isinstance(value, pa.Scalar) and isinstance(value.as_py(), bool | int | float):
        return Literal(value.as_py())
    return value


def _projected(expression: pc.Expression, batch: pa.RecordBatch) -> Datum:
    """Evaluate an expression of pyarrow. A projection, since filters are pushed down and lose NaN rows."""
    from pyarrow import acero

    source = acero.TableSourceNodeOptions(pa.Table.from_batches([batch]))
    steps = [
        acero.Declaration("table_source", source),
        acero.Declaration("project", acero.ProjectNodeOptions([expression], ["value"])),
    ]
    column = acero.Declaration.from_sequence(steps).to_table(use_threads=False).column(0)
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
