"""Regular and integer axes: the edges of equal bins, exactly, for every type of column."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan, nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from binned import DATE, DECIMAL, MICROSECONDS, NANOSECONDS, around, bins, expected, extremes
from heatbin.axes import Integer, Log, Regular, Symlog, Time, Variable
from heatbin.errors import UsageError
from strategies import FLOATS, INTEGERS, bin_counts, columns, ranges, values_near

RNG = np.random.default_rng(0)


@given(bin_counts, ranges(), st.data())
def test_a_regular_bin_is_what_searchsorted_says_of_linspace(n, limits, data):
    edges = np.linspace(*limits, n + 1)
    if not np.all(edges[:-1] <= edges[1:]):
        with pytest.raises(UsageError, match="too narrow"):
            Regular(n, *limits)
        return
    axis = Regular(n, *limits)
    np.testing.assert_array_equal(axis.edges, edges)
    near = data.draw(values_near(edges, 30))
    for column in (near, data.draw(columns(20))):
        assert bins(axis, column) == expected(edges.tolist(), column)


@given(bin_counts, st.data())
def test_counts_on_a_regular_axis_are_those_of_numpy_histogram(n, data):
    column = data.draw(hnp.arrays(np.float64, 50, elements=st.floats(-2, 2).map(lambda v: round(v, 2))))
    counts, _ = np.histogram(column, n, (-1, 1))
    assert np.bincount(bins(Regular(n, -1, 1), column), minlength=n + 3)[1:-2].tolist() == counts.tolist()


@pytest.mark.parametrize("dtype", [np.dtype(kind) for kind in FLOATS + INTEGERS], ids=str)
def test_the_limits_of_every_type_are_binned_exactly(dtype):
    values = extremes(dtype)
    for edges in (
        [-1.5, 0.0, 0.5, 1.0, 300.0],
        [-(2.0**63), 0.0, 2.0**53, 2.0**53 + 2, 2.0**64],
        [-inf, 0.0, inf],
    ):
        assert bins(Variable(edges), values) == expected(edges, values)
    for edges in (
        [-128, 0, 1, 127],
        [0, 2**53, 2**53 + 1, 2**60],
        [-(2**63), -1, 2**63 - 1],
        [0, 2**63, 2**64 - 1],
    ):
        assert bins(Variable(edges), values) == expected(Variable(edges).edges.tolist(), values)
    axis = Regular(7, -3, 1000)
    assert bins(axis, values) == expected(axis.edges.tolist(), values)


@pytest.mark.parametrize(
    ("lo", "hi", "n"),
    [
        (1.0, 1 + 2.0**-44, 1000),
        (-1 - 2.0**-44, -1.0, 1000),
        (0.0, 2e-320, 300),
        (1e300, 1e300 + 4000 * np.spacing(1e300), 999),
        (0.1, 0.7, 7),
        (-1.5e308 / 2, 1.5e308 / 2, 100),
        (0.0, nextafter(0.0, 1.0), 1),
        (1e16, 1e16 + 64, 48),
        (-1.7976931348623157e308, 0.0, 1),
        (-1.7976931348623157e308, 1e291, 3),
        (0.0, 1.7976931348623157e308, 2),
    ],
)
def test_narrow_and_extreme_ranges_are_binned_by_their_edges(lo, hi, n):
    with np.errstate(over="ignore"):
        edges = np.linspace(lo, hi, n + 1)
        values = np.concatenate([around(edges), RNG.uniform(lo, hi, 99)])
    assert bins(Regular(n, lo, hi), values) == expected(edges.tolist(), values)


def test_around_the_width_from_which_on_guesses_need_no_check_bins_are_right():
    for _ in range(200):
        n = int(RNG.integers(1, 3000))
        lo = float(RNG.normal() * 10.0 ** RNG.integers(-300, 300))
        hi = lo + n * 8.01 * np.spacing(abs(lo)) * float(RNG.choice([0.5, 1, 2, 3, 100, 1e9]))
        axis = Regular(n, lo, hi)
        edges = axis.edges
        picked = edges[RNG.integers(0, n + 1, 50)]
        values = np.concatenate([picked, np.nextafter(picked, -inf)])
        assert bins(axis, values) == expected(edges.tolist(), values)


@pytest.mark.parametrize(
    ("lo", "hi", "said"),
    [
        (1, 1, "from a smaller to a larger"),
        (2, 1, "from a smaller to a larger"),
        (0, inf, "finite"),
        (nan, 1, "finite"),
        (0, 10**400, "finite"),
        (-1e308, 1e308, "too wide"),
        (-(10**308), 10**308, "too wide"),
    ],
)
def test_a_range_that_cannot_be_binned_is_an_error(lo, hi, said):
    for kind in (Regular, Symlog):
        with pytest.raises(UsageError, match=said):
            kind(10, lo, hi)


def test_a_range_whose_linspace_is_not_in_order_is_an_error_that_says_so():
    assert not np.all(np.diff(np.linspace(0, 1e-320, 301)) >= 0)
    with pytest.raises(UsageError, match=r"too narrow for 300 bins.*use fewer bins"):
        Regular(300, 0, 1e-320)


def test_numbers_of_bins_are_integers_that_can_be_numbered():
    assert Regular(np.int16(5), 0, 1) == Regular(5, 0, 1)
    assert Regular((1 << 31) - 1, 0, 1).extent == (1 << 31) + 2
    for n in (0, -1, 1 << 31):
        with pytest.raises(UsageError, match="at least 1 and below 2³¹"):
            Regular(n, 0, 1)
    for n in (True, 2.0, "2", None, np.True_):
        with pytest.raises(TypeError, match="number of bins must be an integer"):
            Regular(n, 0, 1)
    with pytest.raises(TypeError, match="lo must be a number or a time"):
        Regular(3, True, 2)


@given(
    st.integers(1, 60),
    st.integers(-(2**63), 2**63 - 2),
    st.integers(1, 2**40),
    st.sampled_from(["i8", "f8", "f4"]),
)
def test_edges_between_huge_integers_are_exact_rationals(n, lo, width, kind):
    hi = lo + width
    axis = Regular(n, lo, hi, NANOSECONDS)
    edges = [lo + Fraction(width) * i / n for i in range(n + 1)]
    near = [int(edge) + step for edge in edges for step in (-1, 0, 1) if -(2**63) <= int(edge) + step < 2**63]
    column = np.array(near).astype(kind)
    assert bins(axis, column) == expected(edges, column)


def test_integers_that_doubles_confuse_can_be_in_different_bins():
    axis = Regular(2, 2**60, 2**60 + 2)
    assert bins(axis, [2**60, 2**60 + 1, 2**60 + 2, 2**60 + 3]) == [1, 2, 2, 3]
    assert bins(axis, np.array([2**60, 2**60 + 256.0])) == [1, 3]


def test_integers_are_compared_exactly_with_float_edges_beyond_2_to_the_53():
    axis = Regular(2, 0.0, 2.0**62)
    assert bins(axis, [2**61 - 1, 2**61, 2**62, 2**62 + 1]) == [1, 2, 2, 3]


def test_an_end_that_no_double_equals_is_kept_exactly():
    axis = Regular(3, Fraction(1, 3), Fraction(4, 3))
    assert bins(axis, np.array([1 / 3, nextafter(1 / 3, 1), 2 / 3, 4 / 3])) == expected(
        [Fraction(1, 3), Fraction(2, 3), 1, Fraction(4, 3)], [1 / 3, nextafter(1 / 3, 1), 2 / 3, 4 / 3]
    )


def test_a_range_from_the_data_is_widened_only_where_it_is_empty():
    assert Regular(3).between(2, 5) == Regular(3, 2, 5)
    assert Regular(3, lo=0).between(2, 5) == Regular(3, 0, 5)
    assert Regular(3).between(2, 2) == Regular(3, 1.5, 2.5)
    assert Regular(3).between(2.0, 2.0) == Regular(3, 1.5, 2.5)
    assert Regular(3).between(1e300, 1e300).size == 3
    assert bins(Regular(3).between(2**60, 2**60), [2**60 - 1, 2**60, 2**60 + 1]) == [0, 2, 4]
    assert Regular(3).between(None, None) == Regular(3, 0, 1)
    assert Regular(3, hi=9).between(None, None) == Regular(3, 8, 9)
    assert Regular(3, 0, 1).between(-5, 5) == Regular(3, 0, 1)


def test_an_axis_without_a_range_says_that_the_data_will_give_it():
    for axis in (Regular(3), Log(3), Symlog(3), Integer(), Time("1d").of(DATE)):
        assert axis.open
        with pytest.raises(UsageError, match="no range yet"):
            _ = axis.edges


# Integer


def test_an_integer_axis_has_a_bin_an_integer_and_ends_before_hi():
    axis = Integer(-1, 3)
    assert axis.edges.tolist() == [-1, 0, 1, 2, 3]
    values = np.array([-1.5, -1.0, -0.5, 2.0, 2.999, 3.0, inf, -inf, nan])
    assert bins(axis, values) == [0, 1, 1, 4, 4, 5, 5, 0, 6]
    assert bins(axis, [-(2**63), -2, -1, 2, 3, 2**63 - 1]) == [0, 0, 1, 4, 5, 5]
    assert bins(Integer(2**60, 2**60 + 3), [2**60 - 1, 2**60, 2**60 + 2, 2**60 + 3]) == [0, 1, 3, 4]
    assert Integer(2**63 - 3, 2**63 - 1).edges.dtype == np.int64


def test_an_integer_axis_takes_its_range_from_the_data():
    assert Integer().between(3, 7) == Integer(3, 8)
    assert Integer().between(-1.5, 2.0) == Integer(-2, 3)
    assert Integer(lo=0).between(3, 7) == Integer(0, 8)
    assert Integer().between(None, None) == Integer(0, 1)
    decimals = Integer().of(DECIMAL).between(-150, 250)
    assert (decimals.lo, decimals.hi) == (-2, 3)
    assert bins(decimals, [-200, -101, -100, 299, 300]) == [1, 1, 2, 5, 6]


def test_an_integer_axis_refuses_what_is_none():
    with pytest.raises(TypeError, match="lo must be an integer"):
        Integer(0.5, 3)
    with pytest.raises(UsageError, match="smaller to a larger"):
        Integer(3, 3)
    with pytest.raises(UsageError, match="too many bins; use Regular"):
        Integer(0, 2**40)
    with pytest.raises(UsageError, match="beyond 64 bits"):
        Integer(2**63, 2**63 + 2)
    with pytest.raises(UsageError, match=r"integers from -1.00000e\+300 to 3 are too many bins"):
        Integer(-(10**300), 3)
    with pytest.raises(UsageError, match="cannot bin a column of timestamp"):
        Integer(0, 3).of(MICROSECONDS)


def test_a_range_beyond_doubles_is_an_error_that_can_be_read():
    with pytest.raises(UsageError, match=r"must be finite, not -2.00000e\+308 to 0\.5$"):
        Regular(3, -2 * 10**308, 0.5)
    with pytest.raises(UsageError, match=r"the range -1.50000e\+308 to 1.50000e\+308 is too wide"):
        Regular(3, -15 * 10**307, 15 * 10**307)


@pytest.mark.parametrize("end", [2**53, -(2**53)])
def test_integers_beyond_doubles_are_outside_a_range_that_ends_there(end):
    axis = Regular(2, min(end, 0), max(end, 0))
    values = np.array([end, end + (1 if end > 0 else -1)])
    cells = np.zeros(2, np.uint32)
    axis.bind([values.dtype])([values], np.uint32(1), cells)
    assert cells.tolist() == ([2, 3] if end > 0 else [1, 0])
