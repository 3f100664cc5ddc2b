"""What arithmetic, functions and times of the little language give."""

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from expression_trees import (
    BERLIN,
    INF,
    NAN,
    NOON,
    assert_same,
    run,
)
from heatbin.errors import BadInputError, UsageError
from heatbin.expressions import evaluate, parse, result_type
from heatbin.expressions.functions import FUNCTIONS


def test_a_quotient_is_a_float_and_zero_gives_inf_or_nan():
    assert_same(run("a / b", a=[1, -1, 0, 7, None], b=[0, 0, 0, 2, 1]), [INF, -INF, NAN, 3.5, None])


MOST, LEAST = 2**63 - 1, -(2**63)


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("x + 1", MOST),
        ("x * x * x", 2**40),
        ("x ** 10", 2**40),
        ("x // -1", LEAST),
        ("-x", LEAST),
        ("abs(x)", LEAST),
        ("x // 0", 1),
        ("x % (x - 1)", 1),
        ("2 ** x", -1),
        ("int(x / 0)", 1),
        ("u - 1", 0),
        ("(u - 1) / x", 1),
        ("x + (u + 18446744073709551615)", 0),
    ],
)
def test_integer_arithmetic_is_checked_and_the_error_names_the_expression(text, x):
    batch = pa.record_batch({"x": pa.array([x]), "u": pa.array([0], pa.uint64())})
    expression = parse(text, argument="y")
    result_type(expression, batch.schema)
    with pytest.raises(BadInputError) as caught:
        evaluate(expression, batch)
    assert str(caught.value).startswith("y: '")
    assert text in str(caught.value)


def test_what_stands_under_a_null_overflows_nothing():
    slots = np.array([2**63 - 1, 0, -(2**63)])
    x = pa.array(slots, mask=np.array([True, True, False]))
    zero = pa.array(np.zeros(3, np.int64), mask=np.array([False, True, False]))
    assert run("x + 1", x=x) == [None, None, -(2**63) + 1]
    assert run("y // z", y=pa.array(slots, mask=np.ones(3, bool)), z=zero) == [None, None, None]


def test_small_integers_are_computed_in_64_bits():
    x = pa.array([127, -128, None], pa.int8())
    assert run("x + 1", x=x) == [128, -127, None]
    assert run("x * x - 200", x=pa.array([255], pa.uint8())) == [64825]
    assert run("-u", u=pa.array([3], pa.uint64())) == [-3]
    assert run("u // 2 + 1", u=pa.array([2**64 - 1], pa.uint64())) == [2**63]
    assert run("u % 10", u=pa.array([2**64 - 1], pa.uint64())) == [5]


def test_floats_of_any_width_are_computed_as_float64():
    assert_same(run("x + x", x=pa.array([0.1], pa.float32())), [2 * float(np.float32(0.1))])
    assert_same(run("x * 2", x=pa.array([np.float16(1.5)], pa.float16())), [3.0])


def test_an_integer_beyond_64_bits_is_a_float_beside_floats():
    assert_same(run("x + 10**30", x=[1.0]), [1e30])


def test_a_plus_sign_changes_nothing():
    assert run("+x - +1", x=[1]) == [0]


def test_floor_division_and_remainder_are_those_of_python():
    assert run("a // b", a=[7, -7, 7, -7], b=[2, 2, -2, -2]) == [3, -4, -4, 3]
    assert run("a % b", a=[7, -7, 7, -7], b=[2, 2, -2, -2]) == [1, 1, -1, -1]
    assert_same(run("a // 0.1", a=[1.0, NAN, INF, None]), [9.0, NAN, NAN, None])


def test_powers():
    assert run("x ** 2", x=[3, None]) == [9, None]
    assert_same(run("x ** -1", x=[2, 0]), [0.5, INF])
    assert_same(run("x ** 0.5", x=[-8.0, 4.0]), [NAN, 2.0])
    assert run("2 ** x", x=pa.array([10], pa.uint8())) == [1024]
    assert run("-x ** 2", x=[3]) == [-9]


def test_constants_are_worked_out_by_pythons_rules():
    assert run("x > 60 * 60 * 24 - 1", x=[86399, 86400]) == [False, True]
    assert run("x < 2**63", x=[2**63 - 1]) == [True]
    assert run("price == 1 / 10", price=pa.array([Decimal("0.1")])) == [True]
    assert parse("-180 / 2", argument="x").root.value == -90.0


def test_a_tower_of_powers_is_an_overflow_not_a_wait():
    expression = parse("9**9**9**9", argument="x")
    with pytest.raises(UsageError, match="overflow"):
        result_type(expression, pa.schema({}))


def test_decimals_stay_exact_and_grow():
    price = pa.array([Decimal("0.10"), None], pa.decimal128(5, 2))
    assert run("price * 3 + price", price=price) == [Decimal("0.40"), None]
    assert run("-price", price=price) == [Decimal("-0.10"), None]
    assert_same(run("price / 2", price=price), [0.05, None])
    assert_same(run("price * 0.5", price=price), [0.05, None])
    wide = pa.array([Decimal("9" * 36 + ".99")], pa.decimal128(38, 2))
    assert run("wide + wide", wide=wide) == [2 * Fraction(Decimal("9" * 36 + ".99"))]
    with pytest.raises(UsageError, match=r"float\("):
        run("price // 2", price=price)


def test_bools_count_as_0_and_1():
    assert run("p + q * 2", p=[True, False, None], q=[True, True, True]) == [3, 2, None]
    assert run("(x > 1) + (x > 2)", x=[1, 2, 3]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("sqrt", math.sqrt),
        ("exp", math.exp),
        ("log", math.log),
        ("log10", math.log10),
        ("log2", math.log2),
        ("log1p", math.log1p),
        ("sin", math.sin),
        ("cos", math.cos),
        ("tan", math.tan),
        ("asin", math.asin),
        ("acos", math.acos),
        ("atan", math.atan),
        ("radians", math.radians),
        ("degrees", math.degrees),
    ],
)
def test_functions_of_one_number_are_those_of_math(name, function):
    values = [0.25, 0.5, 1.0]
    assert run(f"{name}(x)", x=[*values, None])[:3] == pytest.approx([function(v) for v in values], rel=1e-15)
    assert run(f"{name}(x)", x=[1, None]) == [pytest.approx(function(1), rel=1e-15), None]


def test_outside_its_domain_a_function_gives_nan_or_an_infinity():
    assert_same(run("log(x)", x=[-1.0, 0.0]), [NAN, -INF])
    assert_same(run("sqrt(x)", x=[-1]), [NAN])
    assert_same(run("asin(x)", x=[2.0]), [NAN])
    assert_same(run("sin(x)", x=[INF]), [NAN])


def test_rounding_keeps_integers_and_ties_go_to_even():
    assert_same(run("round(x)", x=[0.5, 1.5, -2.5]), [0.0, 2.0, -2.0])
    assert_same(run("floor(x)", x=[-0.5, 2.0]), [-1.0, 2.0])
    assert run("ceil(x)", x=[2**60 + 1]) == [2**60 + 1]
    assert run("sign(x)", x=[-3, 0, None]) == [-1, 0, None]
    assert run("abs(x)", x=pa.array([-128], pa.int8())) == [128]
    assert run("int(x)", x=[-1.9, 1.9, None]) == [-1, 1, None]
    assert run("float(x)", x=[2**53 + 1]) == [float(2**53 + 1)]


def test_the_lesser_and_the_greater_are_null_or_nan_where_either_is():
    columns = {"a": [1.0, NAN, 2.0, None], "b": [2.0, 1.0, NAN, 1.0]}
    for name in ("min", "least"):
        assert_same(run(f"{name}(a, b)", **columns), [1.0, NAN, NAN, None])
    for name in ("max", "greatest"):
        assert_same(run(f"{name}(a, b)", **columns), [2.0, NAN, NAN, None])


def test_coalesce_and_if_else():
    assert run("coalesce(x, 0)", x=[1, None]) == [1, 0]
    assert run("coalesce(s, 'none')", s=["a", None]) == ["a", "none"]
    assert run("if_else(x > 1, x, None)", x=[1, 2, None]) == [None, 2, None]
    assert run("if_else(p, s, None)", p=[True, False], s=["a", "b"]) == ["a", None]
    assert run("if_else(p, 1, 0.5)", p=[True, False, None]) == [1.0, 0.5, None]


def test_atan2_takes_y_first():
    assert run("atan2(y, x)", y=[1.0], x=[0.0]) == [math.pi / 2]


def test_web_mercator_maps_the_square_world_to_its_known_corners():
    corner = 20037508.342789244
    assert run("mercator_x(lon)", lon=[-180.0, 0.0, 180.0]) == [-corner, 0.0, corner]
    north = 85.0511287798066
    assert run("mercator_y(lat)", lat=[-north, 0.0, north]) == pytest.approx([-corner, 0, corner], rel=1e-12)
    assert_same(run("mercator_y(lat)", lat=[91.0, -91.0, NAN, None]), [NAN, NAN, NAN, None])


def test_every_function_names_itself_when_it_gets_text():
    takes_anything = {"is_null", "coalesce", "min", "max", "least", "greatest"}
    for name, function in FUNCTIONS.items():
        if name not in takes_anything:
            text = f"{name}({', '.join(['s'] * function.arity)})"
            with pytest.raises(UsageError, match=f"x: '{name}"):
                run(text, s=["a"])


def test_iso_text_is_a_date_beside_a_time_column():
    t = pa.array([NOON, NOON + dt.timedelta(hours=1), None])
    assert run("t > '2024-01-01T12:00'", t=t) == [False, True, None]
    assert run("'2024-01-01' <= t < '2024-01-02'", t=t) == [True, True, None]
    assert run("t == '2024-01-01 13:00:00'", t=t) == [False, True, None]
    assert run("t in ('2024-01-01T12:00', '2024-01-01T12:00:00.0000001')", t=t) == [True, False, None]
    assert run("d == '2024-01-01'", d=pa.array([NOON.date(), None])) == [True, None]
    assert run("d < '2024-01-01T12:00'", d=pa.array([NOON.date()])) == [True]
    assert run("clock >= '12:30'", clock=pa.array([dt.time(12, 30), dt.time(12, 29)])) == [True, False]
    assert run("wait > '90s'", wait=pa.array([dt.timedelta(minutes=2), None])) == [True, None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_time_between_two_of_the_columns_values_is_neither_rounded_nor_lost(unit):
    t = pa.array([1, 2], pa.timestamp(unit))
    between = {
        "s": "1970-01-01T00:00:01.5",
        "ms": "1970-01-01T00:00:00.0015",
        "us": "1970-01-01T00:00:00.0000015",
    }.get(unit, "1970-01-01T00:00:00.000000001")
    is_on_the_first = unit == "ns"
    assert run(f"t > '{between}'", t=t) == [False, True]
    assert run(f"t == '{between}'", t=t) == [is_on_the_first, False]
    assert run(f"t <= '{between}'", t=t) == [True, False]


def test_a_date_beyond_a_columns_range_is_later_than_all_its_values():
    t = pa.array([0, 2**63 - 1], pa.timestamp("ns"))
    assert run("t < '9999-12-31'", t=t) == [True, True]
    assert run("t > '0001-01-01'", t=t) == [True, True]
    assert run("t == '9999-12-31'", t=t) == [False, False]


def test_text_without_an_offset_is_the_columns_own_wall_clock():
    t = pa.array([NOON, None], BERLIN)  # 12:00 UTC is 13:00 in Berlin
    assert run("t == '2024-01-01T13:00'", t=t) == [True, None]
    assert run("t == '2024-01-01T12:00Z'", t=t) == [True, None]
    assert run("t == '2024-01-01T17:30+05:30'", t=t) == [True, None]
    fixed = pa.array([NOON], pa.timestamp("s", "+05:30"))
    assert run("t == '2024-01-01T17:30'", t=fixed) == [True]
    assert run("hour(t)", t=t) == [13, None]


def test_an_hour_that_a_zone_repeats_is_its_first():
    first = dt.datetime(2024, 10, 27, 0, 30)  # UTC; clocks go back from 3:00 to 2:00 at 1:00 UTC
    t = pa.array([first, first + dt.timedelta(hours=1)], BERLIN)
    assert run("t == '2024-10-27T02:30'", t=t) == [True, False]


def test_an_offset_beside_a_column_without_zone_is_an_error():
    with pytest.raises(UsageError, match="has no time zone; leave the offset out"):
        run("t > '2024-01-01T12:00Z'", t=pa.array([NOON]))


def test_time_columns_compare_over_units_and_zones_but_not_with_zone_and_without():
    late, early = pa.array([NOON], pa.timestamp("s", "UTC")), pa.array([NOON], BERLIN)
    assert run("a == b", a=late, b=early) == [True]
    assert run("d <= t", d=pa.array([NOON.date()]), t=pa.array([NOON])) == [True]
    with pytest.raises(UsageError, match="only one has a time zone"):
        run("a == b", a=late, b=pa.array([NOON]))


def test_times_and_durations_compute():
    t = pa.array([NOON, None])
    assert run("t - '2024-01-01'", t=t) == [dt.timedelta(hours=12), None]
    assert run("(t - date('2024-01-01')) / duration('1h')", t=t) == [12.0, None]
    assert run("t + duration('1h30m')", t=t) == [NOON + dt.timedelta(minutes=90), None]
    assert run("abs(-w) * 2", w=pa.array([dt.timedelta(hours=1)])) == [dt.timedelta(hours=2)]
    assert run("t - timestamp('2024-01-01')", t=pa.array([NOON], BERLIN)) == [dt.timedelta(hours=13)]


@pytest.mark.parametrize(
    "text", ["t + t", "t + 1", "t * 2", "w / 2", "w * 1.5", "t + '1h'", "t > 5", "hour(d)"]
)
def test_times_that_do_not_go_together_are_refused(text):
    columns = {"t": [NOON], "w": [dt.timedelta(1)], "d": [NOON.date()]}
    with pytest.raises(UsageError, match="x: '"):
        run(text, **columns)


def test_parts_of_a_date():
    t = pa.array([dt.datetime(2024, 12, 30, 23, 59, 58), None])
    parts = {"year": 2024, "month": 12, "day": 30, "hour": 23, "minute": 59, "second": 58}
    parts |= {"weekday": 0, "day_of_year": 365, "week": 1}
    for name, expected in parts.items():
        assert run(f"{name}(t)", t=t) == [expected, None]


@pytest.mark.parametrize("type", [pa.string(), pa.large_string(), pa.string_view(), pa.binary()])
def test_text_compares_with_text(type):
    s = pa.array(["a", None, "b"]).cast(type)
    assert run("s == 'a'", s=s) == [True, None, False]
    assert run("s < 'b'", s=s) == [True, None, False]
    assert run("s in ('a', 'c')", s=s) == [True, None, False]
    assert run("s == s", s=s) == [True, None, True]


def test_a_dictionary_is_what_it_stands_for():
    words = pa.array(["a", None, "b", "a"]).dictionary_encode()
    assert run("s == 'a'", s=words) == [True, None, False, True]
    assert run("s not in ('a',)", s=words) == [False, None, True, False]
    assert run("is_null(s)", s=words) == [False, True, False, False]
    assert run("x * 2 > 2", x=pa.array([1, None, 2]).dictionary_encode()) == [False, None, True]
    with_null = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None]))
    assert run("s == 'a'", s=with_null) == [True, None]
    longer = pa.DictionaryArray.from_arrays(pa.array([2]), pa.array(["a", "b", "c"]))
    assert run("s == 'c'", s=longer) == [True]


def test_an_extension_is_its_storage():
    flags = pa.ExtensionArray.from_storage(pa.bool8(), pa.array([0, 1, None], pa.int8()))
    assert run("x + 1", x=flags) == [1, 2, None]


def test_runs_are_what_they_stand_for():
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], [1, 2])
    assert run("x + 1", x=runs) == [2, 2, 3]


def test_a_plain_column_comes_back_untouched():
    words = pa.array(["a", "b"]).dictionary_encode()
    batch = pa.record_batch({"s": words})
    assert evaluate(parse("s", argument="by"), batch).type == words.type


def test_dots_lead_into_nested_fields():
    place = pa.array([{"lon": 1, "at": {"m": 2.5}}, None, {"lon": None, "at": None}])
    assert run("place.lon + 1", place=place) == [2, None, None]
    assert run("place.at.m", place=place) == [2.5, None, None]
    assert parse("place.at.m > place.lon", argument="where").columns == ("place.at.m", "place.lon")


def test_a_column_with_a_dot_in_its_name_goes_before_a_nested_field():
    batch = pa.record_batch({"a.b": [1], "a": [{"b": 2}]})
    assert evaluate(parse("a.b", argument="x"), batch).to_pylist() == [1]
