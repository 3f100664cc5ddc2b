"""Random expressions, and what they must give: a reference that is plain Python."""

import ast
import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from heatbin.errors import UsageError
from heatbin.expressions import evaluate, parse, result_type

NAN, INF = math.nan, math.inf
NOON = dt.datetime(2024, 1, 1, 12)
BERLIN = pa.timestamp("us", "Europe/Berlin")


def run(text, *, argument="x", **columns):
    """Return what `text` gives on these columns, after its type was found without rows."""
    batch = pa.record_batch({name: pa.array(values) for name, values in columns.items()})
    expression = parse(text, argument=argument)
    expected_type = result_type(expression, batch.schema)
    result = evaluate(expression, batch)
    assert result.type == expected_type
    assert len(result) == batch.num_rows
    return result.to_pylist()


def same(left, right):
    """Equality to the bit of the value: NaN is NaN, 1 is not 1.0, zeros have signs."""
    if isinstance(left, float) and isinstance(right, float):
        return (math.isnan(left) and math.isnan(right)) or (
            left == right and math.copysign(1, left) == math.copysign(1, right)
        )
    return type(left) is type(right) and left == right


def assert_same(found, expected):
    assert len(found) == len(expected)
    assert all(map(same, found, expected)), f"{found} != {expected}"


def refusal(text, **options):
    with pytest.raises(UsageError) as caught:
        parse(text, argument="where", **options)
    return str(caught.value)


class OverflowFoundError(Exception):
    pass


def checked(value):
    if not -(2**63) <= value < 2**63:
        raise OverflowFoundError
    return value


def reference(node, row):
    """Evaluate Python's syntax tree for one row: None is null, ints are int64, all else float64."""
    match node:
        case ast.Expression(body=body):
            return reference(body, row)
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return row[name]
        case ast.UnaryOp(op=op, operand=operand):
            return unary(op, reference(operand, row))
        case ast.BinOp(left=left, op=op, right=right):
            return binary(op, reference(left, row), reference(right, row))
        case ast.BoolOp(op=op, values=values):
            return kleene(isinstance(op, ast.And), [reference(value, row) for value in values])
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            values = [reference(operand, row) for operand in (left, *comparators)]
            return kleene(True, [comparison(*link) for link in zip(ops, values, values[1:], strict=False)])
        case ast.Tuple(elts=elements):
            return [reference(element, row) for element in elements]
        case ast.Call(func=ast.Name(id="is_null"), args=[argument]):
            return reference(argument, row) is None
    raise AssertionError(node)


def unary(op, value):
    if value is None:
        return None
    if isinstance(op, ast.Not):
        return not value
    return checked(-value) if isinstance(value, int) else -value


def binary(op, left, right):
    if left is None or right is None:
        return None
    if isinstance(op, ast.Div) or isinstance(left, float) or isinstance(right, float):
        return in_doubles(op, left, right)
    match op:
        case ast.Add():
            return checked(left + right)
        case ast.Sub():
            return checked(left - right)
        case ast.Mult():
            return checked(left * right)
    if right == 0:
        raise OverflowFoundError
    return checked(left // right if isinstance(op, ast.FloorDiv) else left % right)


def in_doubles(op, left, right):
    ufunc = {
        ast.Add: np.add,
        ast.Sub: np.subtract,
        ast.Mult: np.multiply,
        ast.Div: np.divide,
        ast.FloorDiv: np.floor_divide,
        ast.Mod: np.remainder,
    }[type(op)]
    with np.errstate(all="ignore"):
        return float(ufunc(float(left), float(right)))


def comparison(op, left, right):
    if isinstance(op, ast.In | ast.NotIn):
        found = None if left is None else left in [float(one) if one == 0 else one for one in right]
        return found if found is None or isinstance(op, ast.In) else not found
    if left is None or right is None:
        return None
    return {
        ast.Eq: left == right,
        ast.NotEq: left != right,
        ast.Lt: left < right,
        ast.LtE: left <= right,
        ast.Gt: left > right,
        ast.GtE: left >= right,
    }[type(op)]


def kleene(is_and, values):
    absorbing = not is_and
    if absorbing in values:
        return absorbing
    return None if None in values else is_and


names = st.sampled_from(["a", "b", "i", "j"]).map(lambda name: ast.Name(name, ast.Load()))
small = st.one_of(st.integers(-5, 5), st.sampled_from([0.1, 0.5, 2.0, -1.5, 1e300]))
constants = small.map(ast.Constant)
number_operators = st.sampled_from([ast.Add(), ast.Sub(), ast.Mult(), ast.Div(), ast.FloorDiv(), ast.Mod()])
comparisons = st.sampled_from([ast.Eq(), ast.NotEq(), ast.Lt(), ast.LtE(), ast.Gt(), ast.GtE()])


def grown(children):
    return st.one_of(
        st.builds(ast.UnaryOp, st.just(ast.USub()), children),
        st.builds(ast.BinOp, children, number_operators, st.one_of(children, constants)),
        st.builds(ast.BinOp, constants, number_operators, children),
    )


numbers = st.recursive(names, grown, max_leaves=6)


@st.composite
def chains(draw):
    ops = draw(st.lists(comparisons, min_size=1, max_size=3))
    operands = [draw(numbers), *(draw(st.one_of(numbers, constants)) for _ in ops)]
    return ast.Compare(operands[0], ops, operands[1:])


memberships = st.builds(
    lambda left, op, values: ast.Compare(left, [op], [ast.Tuple(values, ast.Load())]),
    numbers,
    st.sampled_from([ast.In(), ast.NotIn()]),
    st.lists(constants, max_size=16),
)
null_tests = numbers.map(lambda value: ast.Call(ast.Name("is_null", ast.Load()), [value], []))
conditions = st.recursive(
    st.one_of(chains(), memberships, null_tests),
    lambda children: st.one_of(
        st.builds(ast.UnaryOp, st.just(ast.Not()), children),
        st.builds(
            ast.BoolOp, st.sampled_from([ast.And(), ast.Or()]), st.lists(children, min_size=2, max_size=3)
        ),
    ),
    max_leaves=4,
)
floats = st.none() | st.floats(width=64) | st.sampled_from([0.0, -0.0, 0.1, 0.5, 2.0, NAN, INF])
integers = st.none() | st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)
rows = st.fixed_dictionaries({"a": floats, "b": floats, "i": integers, "j": integers})
tables = st.lists(rows, min_size=1, max_size=8)
TYPES = {"a": pa.float64(), "b": pa.float64(), "i": pa.int64(), "j": pa.int64()}


def batch_of(table, types=TYPES):
    return pa.RecordBatch.from_pylist(table, pa.schema(types))
