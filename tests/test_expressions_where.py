"""Conditions: exact comparisons, three-valued logic, and what they exclude unread."""

import ast
import datetime as dt
import math
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from expression_trees import (
    BERLIN,
    INF,
    NAN,
    NOON,
    TYPES,
    OverflowFoundError,
    assert_same,
    batch_of,
    conditions,
    kleene,
    numbers,
    reference,
    run,
    tables,
)
from heatbin.errors import BadInputError
from heatbin.expressions import bounds, evaluate, excludes, parse, result_type


def check_against_reference(tree, table):
    tree = ast.fix_missing_locations(ast.Expression(tree))
    expression = parse(ast.unparse(tree), argument="x")
    try:
        expected = [reference(tree, row) for row in table]
    except OverflowFoundError:
        with pytest.raises(BadInputError, match=r"overflow|zero"):
            evaluate(expression, batch_of(table))
        return
    result = evaluate(expression, batch_of(table))
    assert result.type == result_type(expression, pa.schema(TYPES))
    assert_same(result.to_pylist(), expected)


@settings(max_examples=150)
@given(numbers, tables)
def test_numbers_are_computed_as_python_and_numpy_compute_them(tree, table):
    check_against_reference(tree, table)


@settings(max_examples=200)
@given(conditions, tables)
def test_conditions_follow_kleene_logic_and_exact_comparisons(tree, table):
    check_against_reference(tree, table)


@settings(max_examples=50)
@given(conditions, tables, st.integers(0, 7))
def test_a_slice_of_a_batch_gives_the_slice_of_the_result(tree, table, start):
    expression = parse(ast.unparse(ast.fix_missing_locations(tree)), argument="where")
    batch = batch_of(table)
    try:
        whole = evaluate(expression, batch)
    except BadInputError:
        assume(False)
    assert evaluate(expression, batch.slice(start)).equals(whole.slice(start))


TRUTHS = [True, False, None]


@pytest.mark.parametrize("operator", ["and", "or"])
def test_connectives_follow_the_kleene_tables(operator):
    pairs = [(p, q) for p in TRUTHS for q in TRUTHS]
    expected = [kleene(operator == "and", pair) for pair in pairs]
    assert run(f"p {operator} q", p=[p for p, _ in pairs], q=[q for _, q in pairs]) == expected


def test_not_of_unknown_is_unknown():
    assert run("not p", p=TRUTHS) == [False, True, None]


def test_a_null_is_neither_in_nor_not_in_a_list():
    assert run("x in (1, 3)", x=[1, 2, None]) == [True, False, None]
    assert run("x not in (1, 3)", x=[1, 2, None]) == [False, True, None]
    assert run("x in ()", x=[1, None]) == [False, None]


def test_is_null_is_always_known():
    assert run("is_null(x)", x=[1.0, None, NAN]) == [False, True, False]
    assert run("is_nan(x)", x=[1.0, None, NAN]) == [False, None, True]
    assert run("is_finite(x)", x=[1.0, None, INF]) == [True, None, False]


def test_nan_compares_as_ieee_says():
    assert run("x != 3", x=[NAN, 3.0, None]) == [True, False, None]
    assert run("x == x", x=[NAN, 3.0, None]) == [False, True, None]
    assert run("not x > 3", x=[NAN, 3.0, 4.0]) == [True, True, False]


def test_a_column_of_nulls_only_gives_nulls():
    nulls = pa.nulls(2)
    assert run("n == s", n=nulls, s=["a", "b"]) == [None, None]
    assert run("s < n", n=nulls, s=["a", "b"]) == [None, None]
    for text in ("n > 1", "n == 'a'", "n in (1, 2)", "n + 1", "n / 2", "year(n)", "n == n", "n and n > 1"):
        assert run(text, n=nulls) == [None, None]


def test_large_integers_are_not_rounded_for_a_comparison():
    ids = [9007199254740992, 9007199254740993, None]
    assert run("id == 9007199254740993", id=ids) == [False, True, None]
    assert run("id == 9007199254740993.0", id=ids) == [True, False, None]  # the double is ...992
    assert run("id > 9007199254740992.0", id=ids) == [False, True, None]
    assert run("id in (9007199254740993, 0.5)", id=ids) == [False, True, None]


def test_nothing_equals_not_a_number():
    assert run("x == log(-1)", x=[1, None]) == [False, None]
    assert run("x != log(-1)", x=[1, None]) == [True, None]
    assert run("x > log(10)", x=[2, 3]) == [False, True]
    assert run("x < 10**120", x=pa.array([INF, 1.0, None], pa.float32())) == [False, True, None]
    assert run("x < 2**100 * 1.0", x=pa.array([1.0], pa.float32())) == [True]
    assert run("x > -(2**127) * 2**127", x=[-INF, -1.0]) == [False, True]


def test_unsigned_integers_compare_over_their_whole_range():
    top = pa.array([0, 2**64 - 2, 2**64 - 1], pa.uint64())
    assert run("u > 18446744073709551614", u=top) == [False, False, True]
    assert run("u < 2**64", u=top) == [True, True, True]
    assert run("u >= -0.5", u=top) == [True, True, True]
    assert run("u > i", u=top, i=[-1, 2**62, -1]) == [True, True, True]
    assert run("u == i", u=top, i=[0, -2, -1]) == [True, False, False]


def test_a_constant_beside_decimals_is_the_decimal_that_was_written():
    price = pa.array([Decimal("0.10"), Decimal("0.11"), None], pa.decimal128(5, 2))
    assert run("price == 0.1", price=price) == [True, False, None]
    assert run("price > 0.1", price=price) == [False, True, None]
    assert run("price <= 0.105", price=price) == [True, False, None]
    assert run("price in (0.1, 0.2, 0.105)", price=price) == [True, False, None]
    assert run("price < 1e30 and price > -10**40", price=price) == [True, True, None]


def test_a_constant_beside_float32_is_a_double():
    assert run("x > 0.1", x=pa.array([0.1], pa.float32())) == [float(np.float32(0.1)) > 0.1]


WIDTHS = [
    (pa.int8(), st.integers(-128, 127)),
    (pa.uint8(), st.integers(0, 255)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float16(), st.floats(width=16)),
    (pa.float32(), st.floats(width=32)),
    (pa.float64(), st.floats(width=64)),
    (pa.bool_(), st.booleans()),
    (pa.decimal32(5, 2), st.decimals(-999, 999, places=2)),
    (pa.decimal128(38, 10), st.decimals(-(10**27), 10**27, places=10)),
]
SPANS = {pa.int64(): range(-(2**63), 2**63), pa.uint64(): range(2**64)}
SYMBOLS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
landmarks = st.sampled_from(
    [s * (2**e + d) for e in (7, 8, 24, 53, 63, 64) for d in (-1, 0, 1) for s in (1, -1)]
)
written = st.one_of(st.integers(-300, 300), landmarks, landmarks.map(float), st.floats(allow_nan=False))


def exact_value(value):
    """Return a number whose comparisons Python makes exactly."""
    return Fraction(value) if isinstance(value, Decimal) else value


def outcome(symbol, left, right):
    left, right = exact_value(left), exact_value(right)
    results = [left == right, left != right, left < right, left <= right, left > right, left >= right]
    return results[["==", "!=", "<", "<=", ">", ">="].index(symbol)]


@settings(max_examples=300)
@given(st.data(), st.sampled_from(WIDTHS), SYMBOLS, written)
def test_a_comparison_with_a_constant_is_that_of_the_exact_numbers(data, width, symbol, constant):
    type, values = width
    sample = data.draw(st.lists(values | st.none(), min_size=1, max_size=5))
    column = pa.array([np.float16(v) if type == pa.float16() and v is not None else v for v in sample], type)
    means = Fraction(repr(constant)) if "decimal" in str(type) and math.isfinite(constant) else constant
    expected = [None if value is None else outcome(symbol, value, means) for value in sample]
    assert run(f"x {symbol} {constant!r}".replace("inf", "1e400"), x=column) == expected


@settings(max_examples=300)
@given(st.data(), st.sampled_from(WIDTHS), st.sampled_from(WIDTHS), SYMBOLS)
def test_two_columns_of_any_numbers_compare_exactly(data, left, right, symbol):
    kinds = {str(left[0]).partition("(")[0], str(right[0]).partition("(")[0]}
    assume(not (any("decimal" in kind for kind in kinds) and kinds & {"halffloat", "float", "double"}))
    span = SPANS.get(left[0])
    near = left[1] | landmarks.filter(span.__contains__) if span else left[1]
    pairs = data.draw(st.lists(st.tuples(near, right[1]), min_size=1, max_size=4))
    if span and right[0] == pa.float64():
        pairs += [(a, float(a)) for a, _ in pairs]
    columns = {
        name: pa.array([np.float16(v) if type == pa.float16() else v for v in values], type)
        for name, type, values in zip("xy", (left[0], right[0]), zip(*pairs, strict=True), strict=True)
    }
    assert run(f"x {symbol} y", **columns) == [outcome(symbol, a, b) for a, b in pairs]


@pytest.mark.parametrize(("type", "span"), SPANS.items())
def test_integers_and_floats_that_round_to_each_other_are_told_apart(type, span):
    whole = [s * (2**e + d) for e in (0, 31, 32, 52, 53, 54, 62, 63, 64) for d in (-1, 0, 1) for s in (1, -1)]
    doubles = [
        neighbour for n in whole for neighbour in np.nextafter(float(n), [-INF, float(n), INF]).tolist()
    ]
    pairs = [(n, double) for n in whole if n in span for double in [*doubles, NAN, INF, -INF, 0.5]]
    x, y = pa.array([n for n, _ in pairs], type), pa.array([double for _, double in pairs])
    for symbol in ("==", "!=", "<", "<=", ">", ">="):
        assert run(f"x {symbol} y", x=x, y=y) == [outcome(symbol, n, double) for n, double in pairs]
        assert run(f"y {symbol} x", x=x, y=y) == [outcome(symbol, double, n) for n, double in pairs]


def restricted(text, type, column="x"):
    return bounds(parse(text, argument="where"), pa.schema({column: type, "y": pa.float64()}))


@pytest.mark.parametrize(
    ("text", "excluded", "kept"),
    [
        ("x > 5", [(0, 5), (-1, 4.9)], [(0, 5.1), (5, 6), (9, 9)]),
        ("x >= 5", [(0, 4)], [(0, 5)]),
        ("5 > x", [(5, 9)], [(4, 9)]),
        ("x == 5", [(0, 4), (6, 9)], [(5, 5), (0, 9)]),
        ("x in (1, 5)", [(2, 4), (6, 9), (-3, 0)], [(1, 1), (4, 5), (0, 9)]),
        ("0 < x <= 10", [(-5, 0), (11, 12)], [(10, 12), (0, 1)]),
        ("0 < x <= 10 and y > 3", [(-5, 0)], [(1, 2)]),
        ("x < 0 or x > 10", [(0, 10), (1, 2)], [(-1, 0), (10, 11)]),
        ("(x > 1 and y > 1) or (x > 3 and y < 0)", [(0, 1)], [(0, 2)]),
        ("x > 1 and x < 0", [(-9, 9)], []),
        ("x > 1 or y > 1", [], [(0, 0)]),
        ("not x > 1", [], [(5, 6)]),
        ("x != 1", [], [(1, 1)]),
        ("x + 0 > 1", [], [(0, 0)]),
        ("is_null(x)", [], [(0, 0)]),
        ("x not in (1, 2)", [], [(1, 1)]),
        ("x > y", [], [(0, 0)]),
        ("True", [], [(0, 0)]),
        ("x < 1e400", [], [(0, 0)]),
        ("x == 'a'", [], [(0, 0)]),
    ],
)
def test_only_positive_range_conditions_exclude(text, excluded, kept):
    found = pickle.loads(pickle.dumps(restricted(text, pa.float64())))
    assert [excludes(found, "x", lo, hi) for lo, hi in excluded] == [True] * len(excluded)
    assert [excludes(found, "x", lo, hi) for lo, hi in kept] == [False] * len(kept)


@pytest.mark.parametrize(
    ("lo", "hi"),
    [
        (None, None),
        (NAN, 1.0),
        (-INF, 1.0),
        (0.0, None),
        (4, 1),
        ("a", "b"),
        (b"a", b"b"),
        (NOON, NOON),
        (0, "b"),
    ],
)
def test_bounds_that_mean_nothing_exclude_nothing(lo, hi):
    assert not excludes(restricted("x > 5", pa.float64()), "x", lo, hi)
    assert not excludes(restricted("x > 5", pa.float64()), "unknown", 0, 1)


def test_bounds_of_decimals_are_those_that_were_written():
    found = restricted("x >= 0.1", pa.decimal128(5, 2))
    assert not excludes(found, "x", Decimal("0.00"), Decimal("0.10"))
    assert excludes(found, "x", Decimal("0.00"), Decimal("0.09"))


def test_bounds_of_text():
    found = restricted("x == 'b'", pa.string())
    assert excludes(found, "x", "c", "d")
    assert not excludes(found, "x", "a", "c")


def test_bounds_of_times_compare_with_any_kind_of_footer_value():
    found = restricted("x >= '2024-01-02'", pa.timestamp("ns"))
    before, after = dt.datetime(2024, 1, 1, 23), dt.datetime(2024, 1, 2)
    for kind in (lambda value: value, np.datetime64, pa.scalar):
        assert excludes(found, "x", kind(before), kind(before))
        assert not excludes(found, "x", kind(before), kind(after))
    assert not excludes(found, "x", before.replace(tzinfo=dt.UTC), before.replace(tzinfo=dt.UTC))
    dates = restricted("x < '2024-01-02'", pa.date32())
    assert excludes(dates, "x", after.date(), after.date())


def test_bounds_of_nested_fields_and_times_of_day():
    schema = pa.schema({"place": pa.struct({"lon": pa.float32()}), "clock": pa.time64("us")})
    found = bounds(parse("place.lon > 1 and clock >= '12:30'", argument="where"), schema)
    assert excludes(found, "place.lon", np.float32(0), np.float32(1))
    assert excludes(found, "clock", dt.time(0), dt.time(12, 29, 59, 999_999))
    assert not excludes(found, "clock", dt.time(0), dt.time(12, 30))


def test_scalars_of_pyarrow_are_footer_values_too():
    found = restricted("x > 5 and x < 10 or x == 20 or x > 30", pa.int64())
    assert excludes(found, "x", pa.scalar(11), pa.scalar(19))
    assert not excludes(found, "x", pa.scalar(None, pa.int64()), pa.scalar(5))
    both = restricted("(x > 5 and x < 10 or x > 30) and (x > 8 and x < 12 or x > 31)", pa.int64())
    assert excludes(both, "x", 10, 31)
    assert not excludes(both, "x", 9, 9)
    assert not excludes(found, "x", np.datetime64("NaT"), np.datetime64("NaT"))


def test_the_nanoseconds_of_pandas_count():
    pandas = pytest.importorskip("pandas")
    found = restricted("x > '2024-01-01T00:00:00.000000001'", pa.timestamp("ns"))
    first = pandas.Timestamp("2024-01-01T00:00:00.000000001")
    assert excludes(found, "x", first, first)
    assert not excludes(found, "x", first, first + pandas.Timedelta(1, "ns"))


def test_bounds_of_times_with_a_zone_are_instants():
    found = restricted("x >= '2024-01-01T13:00'", BERLIN)
    utc = NOON.replace(tzinfo=dt.UTC)
    assert excludes(found, "x", utc, utc - dt.timedelta(microseconds=1)) is False  # contradicts itself
    assert excludes(found, "x", utc - dt.timedelta(hours=1), utc - dt.timedelta(microseconds=1))
    assert not excludes(found, "x", utc, utc)
    assert not excludes(found, "x", NOON, NOON)


def test_long_lists_are_merged_and_searched():
    found = restricted(f"x in ({', '.join(map(str, range(0, 3000, 2)))})", pa.int64())
    assert excludes(found, "x", 1, 1)
    assert not excludes(found, "x", 1, 2)
    assert excludes(found, "x", 2999, 5000)


def finite(column):
    return [value for value in column if value is not None and math.isfinite(value)]


@settings(max_examples=300)
@example(ast.parse("a >= 0.1 and i in (1, 2)", mode="eval").body, [{"a": 0.1, "b": NAN, "i": 1, "j": None}])
@given(conditions, tables)
def test_no_row_that_passes_is_ever_excluded(tree, table):
    text = ast.unparse(ast.fix_missing_locations(tree))
    expression = parse(text, argument="where")
    found = bounds(expression, pa.schema(TYPES))
    batch = batch_of(table)
    for name in found:
        column = finite([row[name] for row in table])
        if column and excludes(found, name, min(column), max(column)):
            inside = [row for row in table if row[name] is None or abs(row[name]) != INF]
            try:
                passed = evaluate(expression, batch_of(inside)) if inside else pa.array([False])
            except BadInputError:
                continue
            assert True not in passed.to_pylist()
    assert batch.num_rows == len(table)
