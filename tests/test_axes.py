"""Axes: a bin is defined by its edges, exactly, for every type of column."""

from __future__ import annotations

import datetime as dt
import pickle
from bisect import bisect_right
from decimal import Decimal
from fractions import Fraction
from math import inf, isnan, nan, nextafter, pi
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from heatbin.axes import Category, Cyclic, Integer, Log, Regular, Symlog, Time, Variable
from heatbin.axes.rings import bind_float_ring
from heatbin.errors import UsageError
from heatbin.kernels.index import mark_missing, mark_rejected
from heatbin.logical import LogicalType
from strategies import FLOATS, INTEGERS, bin_counts, columns, ranges, values_near

DECIMAL = LogicalType("decimal", scale=2)
DATE = LogicalType("date", "D")
DURATION = LogicalType("duration", "s")
MICROSECONDS = LogicalType("timestamp", "us")
NANOSECONDS = LogicalType("timestamp", "ns")
BERLIN = LogicalType("timestamp", "s", zone="Europe/Berlin")

RNG = np.random.default_rng(0)


def bins(axis, values, dtype=None):
    """Return the bin of each value, flow counted, of a column as sources hand it over."""
    column = np.asarray(values, dtype)
    column = column.astype(
        np.float32
        if column.dtype.itemsize == 2 and column.dtype.kind == "f"
        else column.dtype.newbyteorder("=")
    )
    cells = np.zeros(column.size, np.uint32)
    axis.bind((column.dtype,))([column], np.uint32(1), cells)
    return cells.tolist()


def expected(edges, values, *, closed=True):
    """Return what Python's exact comparison of integers, floats and fractions says."""
    size = len(edges) - 1

    def bin_of(value):
        if isinstance(value, float) and isnan(value):
            return size + 2
        return size if closed and value == edges[-1] else bisect_right(edges, value)

    return [bin_of(value) for value in np.asarray(values).tolist()]


def extremes(dtype):
    """Return the values of a type at which arithmetic goes wrong first."""
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        ends = [limits.min, limits.max, limits.tiny, limits.smallest_subnormal, -limits.smallest_subnormal]
        return np.array([*ends, 0.0, -0.0, inf, -inf, nan], dtype)
    limits = np.iinfo(dtype)
    near = [limits.min, limits.min + 1, 0, 1, limits.max - 1, limits.max, limits.max // 2]
    return np.array([*near, *(2**53 + d for d in (-1, 0, 1) if 2**53 + d <= limits.max)], dtype)


# Regular


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
    ],
)
def test_narrow_and_extreme_ranges_are_binned_by_their_edges(lo, hi, n):
    edges = np.linspace(lo, hi, n + 1)
    values = np.concatenate(
        [edges, np.nextafter(edges, inf), np.nextafter(edges, -inf), RNG.uniform(lo, hi, 99)]
    )
    assert bins(Regular(n, lo, hi), values) == expected(edges.tolist(), values)


def test_where_bins_are_wide_enough_the_guess_is_never_off_by_more_than_one():
    for _ in range(200):
        n = int(RNG.integers(1, 3000))
        lo = float(RNG.normal() * 10.0 ** RNG.integers(-300, 300))
        hi = lo + n * 8.01 * np.spacing(abs(lo)) * float(RNG.choice([1, 1.5, 100, 1e9]))
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


# Variable


@st.composite
def any_edges(draw):
    """Draw edges of any type: duplicates, infinities, subnormals, neighbours, huge integers."""
    dtype = np.dtype(draw(st.sampled_from([*FLOATS, np.int8, np.int64, np.uint64])))
    if dtype.kind == "f":
        elements = hnp.from_dtype(dtype, allow_nan=False)
    else:
        elements = st.integers(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    pool = draw(st.lists(elements, min_size=1, max_size=12))
    edges = draw(st.lists(st.sampled_from(pool), min_size=2, max_size=40))
    array = np.sort(np.array(edges, dtype))
    if dtype.kind == "f" and draw(st.booleans()):
        with np.errstate(over="ignore"):
            array = np.sort(np.concatenate([array, np.nextafter(array, dtype.type(inf))]))
    return array


@given(any_edges(), st.data())
def test_a_value_belongs_to_the_bin_whose_edges_enclose_it(edges, data):
    axis = Variable(edges)
    with np.errstate(over="ignore"):
        own = (
            np.concatenate([edges, np.nextafter(edges, -inf, dtype=edges.dtype)])
            if edges.dtype.kind == "f"
            else edges
        )
    dtype = np.dtype(data.draw(st.sampled_from(FLOATS + INTEGERS)))
    for column in (own, extremes(dtype), data.draw(columns(20))):
        assert bins(axis, column) == expected(edges.tolist(), column)


@pytest.mark.parametrize(
    ("edges", "values"),
    [
        (np.sort(RNG.random(1001)), RNG.random(20_000) * 1.2 - 0.1),
        (np.sort(RNG.lognormal(0, 5, 1001)), RNG.lognormal(0, 5, 20_000)),
        (np.sort(RNG.standard_cauchy(1001)), RNG.standard_cauchy(20_000)),
        (
            np.concatenate([-np.geomspace(1e8, 1e-8, 500), np.geomspace(1e-8, 1e8, 500)]),
            RNG.standard_cauchy(20_000),
        ),
        (1e9 - np.geomspace(1e9, 1e-6, 800), 1e9 - RNG.lognormal(0, 9, 20_000)),
        (np.repeat(np.arange(50.0), 20), RNG.integers(-2, 52, 20_000) * 1.0),
        (np.sort(RNG.integers(0, 10**12, 1001)), RNG.integers(0, 10**12, 20_000)),
        (np.sort(RNG.integers(-(2**62), 2**62, 1001)), RNG.integers(-(2**62), 2**62, 20_000)),
        (np.sort(RNG.integers(2**60, 2**60 + 5000, 1001)), RNG.integers(2**60 - 99, 2**60 + 5100, 20_000)),
        (np.sort(RNG.integers(2**60, 2**63, 1001)), RNG.integers(0, 2**64, 20_000, dtype=np.uint64)),
        (np.linspace(0, 5e-320, 900), RNG.integers(0, 11000, 20_000) * 5e-324),
    ],
)
def test_many_edges_however_they_lie_are_found_exactly(edges, values):
    assert bins(Variable(edges), values) == expected(edges.tolist(), values)
    if values.dtype != np.uint64:
        counts, _ = np.histogram(values, edges)
        assert (
            np.bincount(bins(Variable(edges), values), minlength=edges.size + 2)[1:-2].tolist()
            == counts.tolist()
        )


def around(edges):
    """Return numbers of the type of edges: these, and their neighbours on both sides."""
    if edges.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.concatenate([edges, np.nextafter(edges, -inf), np.nextafter(edges, inf)])
    return np.concatenate([edges, edges - edges.dtype.type(1), edges + edges.dtype.type(1)])


@pytest.mark.parametrize(
    "edges",
    [
        np.geomspace(1, 1e15, 700).astype(np.int64),
        -np.geomspace(1, 2.0**62, 700).astype(np.int64)[::-1],
        np.geomspace(1, 2.0**63, 700).astype(np.uint64),
        np.sort(RNG.integers(-(2**63) + 2, 2**63 - 2, 500)),
        np.sort(np.concatenate([c + RNG.integers(0, 900, 90) for c in (10**6, 10**10, 10**14, 2**62)])),
        np.sort(np.concatenate([c + RNG.integers(0, 90, 80) for c in (-(2**62), 0, 2**62)])),
        np.sort(np.concatenate([c + RNG.random(90) * 1e-3 for c in (-1e9, 1.0, 300.0, 999.0)])),
        np.sort(np.concatenate([c * (1 + RNG.random(50) * 1e-4) for c in 10.0 ** np.arange(-6, 6)])),
        np.sort(np.concatenate([c + RNG.integers(0, 900, 40) for c in 9 ** np.arange(8, 20)])),
        np.sort(
            np.concatenate([RNG.normal(c, 1, 90) for c in (-1e300, 0, 1e6, 1e300)] + [[-1.7e308, 1.7e308]])
        ),
        np.sort(np.concatenate([[0.0, 5e-324], 1e5 + RNG.random(90), 1e9 + RNG.random(90)])),
        np.array([-1.7976931348623157e308, 0, 1, 2, 1.7976931348623157e308]),
        np.array([-1.7976931348623157e308, 1.7976931348623157e308]),
        np.sort(around(np.sort(RNG.random(200)))),
        np.concatenate([np.linspace(-5e-323, 5e-323, 21), 1 + RNG.random(50).cumsum() * 1e-12]),
    ],
    ids=str,
)
@pytest.mark.parametrize("times", [1, 2, 5])
def test_edges_that_crowd_or_come_several_times_are_found_exactly(edges, times):
    axis, values = Variable(np.repeat(edges, times)), around(edges)
    assert bins(axis, values) == expected(axis.edges.tolist(), values)
    spread = RNG.permutation(np.concatenate([values, RNG.choice(values, 300)]))
    assert bins(axis, spread) == expected(axis.edges.tolist(), spread)


@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_an_edge_may_come_more_often_than_a_table_can_say(dtype):
    edges = np.sort(np.concatenate([np.full(66_000, 10**9), np.arange(4000) * 10**6])).astype(dtype)
    values = around(np.unique(edges))
    assert bins(Variable(edges), values) == expected(edges.tolist(), values)


def test_values_that_are_far_from_edges_and_each_other_do_not_wrap():
    values = np.array([-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 2, 2**63 - 1])
    for edges in ([-(2**63) + 1, 2**63 - 2], [-(2**63) + 1, -5, 2**62, 2**63 - 2], [2**62, 2**63 - 2]):
        assert bins(Variable(np.array(edges)), values) == expected(edges, values)
    values = np.array([0, 1, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1], np.uint64)
    for edges in ([1, 2**64 - 2], [1, 2**63, 2**64 - 2]):
        assert bins(Variable(np.array(edges, np.uint64)), values) == expected(edges, values)


def test_ties_go_to_the_later_of_duplicates_and_a_zero_width_last_bin_takes_its_own():
    assert bins(Variable([0, 1, 1, 2, 2]), [0, 1, 1.5, 2, 2.5]) == [1, 3, 3, 4, 5]
    assert bins(Variable([-inf, -inf, 0]), np.array([-inf, -1.0])) == [2, 2]
    assert bins(Variable([0, inf, inf]), np.array([1e308, inf])) == [1, 2]


def test_edges_keep_their_type_and_cannot_be_changed():
    edges = np.array([0, 1, 4], np.int16)
    axis = Variable(edges)
    edges[1] = 3
    assert axis.edges.dtype == np.int16
    assert axis.edges.tolist() == [0, 1, 4]
    assert not pickle.loads(pickle.dumps(axis)).edges.flags.writeable
    assert Variable(np.array([0, 1], ">f4")).edges.dtype == np.dtype("f4")


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ([1], "two"),
        ([[1, 2], [3, 4]], "two"),
        ([2, 1], "increase"),
        ([0, nan, 1], "increase"),
        ([True, False], "numbers"),
        ([1j, 2j], "numbers"),
        (np.array(["2024-01-01", "NaT"], "M8[s]"), "increase"),
        ([None, 1], "None"),
    ],
)
def test_edges_that_are_none_are_refused(edges, said):
    with pytest.raises(UsageError, match=said):
        Variable(edges)


def test_edges_of_times_and_decimals_are_written_as_users_write_them():
    days = ["2024-03-30", "2024-03-31", "2024-04-01"]
    for edges in (days, np.array(days, "M8[D]"), [dt.date.fromisoformat(day) for day in days]):
        axis = Variable(edges).of(BERLIN)
        assert (
            axis.edges.astype("M8[h]")
            == np.array(["2024-03-29T23", "2024-03-30T23", "2024-03-31T22"], "M8[h]")
        ).all() or (isinstance(edges, np.ndarray))
    prices = Variable([Decimal("0.5"), Decimal("1.25"), 2]).of(DECIMAL)
    assert prices.edges.tolist() == [0.5, 1.25, 2.0]
    assert bins(prices, [49, 50, 124, 125, 200, 201]) == [0, 1, 1, 2, 2, 3]
    with pytest.raises(UsageError, match="when the type of the column is known"):
        _ = Variable(days).edges
    with pytest.raises(UsageError, match="is no number"):
        Variable(["a", "b"]).of(LogicalType())


def test_centres_of_bins_with_infinite_and_far_edges_do_not_overflow():
    assert Variable([-inf, 0.0, inf]).centers.tolist() == [-inf, inf]
    assert Variable([-1.5e308, 1.5e308]).centers.tolist() == [0.0]
    assert Variable([0, 1, 4]).centers.tolist() == [0.5, 2.5]


# Log and Symlog


def test_the_edges_of_a_log_axis_have_equal_ratios_and_exact_powers_of_ten():
    assert Log(6, 1e-3, 1e3).edges.tolist() == [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0]
    np.testing.assert_allclose(Log(500, 2, 7e4).edges, np.geomspace(2, 7e4, 501), rtol=1e-14)
    assert Log(3, 5e-324, 1.7e308).edges[[0, -1]].tolist() == [5e-324, 1.7e308]


@given(st.floats(1e-300, 1e300), st.floats(1e-9, 200), bin_counts)
def test_log_edges_are_rounded_once(lo, decades, n):
    hi = min(lo * 10**decades, 1e308)
    if lo < hi:
        edges = Log(n, lo, hi).edges
        assert np.all(np.diff(edges) >= 0)
        for i, edge in enumerate(edges.tolist()[1:-1], start=1):
            # edge ** n lies as near to lo ** (n - i) * hi ** i as half a unit in the last place allows.
            half = Fraction(float(np.spacing(edge))) / 2
            true = Fraction(lo) ** (n - i) * Fraction(hi) ** i
            assert (Fraction(edge) - half) ** n <= true <= (Fraction(edge) + half) ** n


def test_values_that_are_not_positive_are_under_a_log_axis():
    values = np.array([-inf, -1.0, -0.0, 0.0, 5e-324, 1.0, 9.99, 10.0, 100.0, 101.0, inf, nan])
    assert bins(Log(2, 1, 100), values) == [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert bins(Log(2, 1, 100), [-5, 0, 1, 9, 10, 100, 101]) == [0, 0, 1, 1, 2, 2, 3]


@pytest.mark.parametrize(("lo", "hi"), [(0, 10), (-1, 10), (-10, -1), (None, -3), (0, None)])
def test_a_log_axis_with_a_range_that_is_not_positive_is_an_error(lo, hi):
    with pytest.raises(UsageError, match="needs a positive range, but"):
        Log(10, lo, hi)


def test_a_log_axis_takes_its_range_from_the_positive_data():
    assert Log.above == 0
    assert Log(3).between(2, 5) == Log(3, 2, 5)
    assert Log(2).between(10, 10).edges.round(3).tolist() == [3.162, 10.0, 31.623]
    assert Log(2).between(None, None) == Log(2, 1, 10)
    assert Log(2, lo=5).between(None, None) == Log(2, 5, 50)
    for end in (5e-324, 1.7976931348623157e308):
        assert Log(2).between(end, end).size == 2
    huge = Log(3).between(2**60 + 1, 2**62 + 1)
    assert bins(huge, [2**60, 2**60 + 1, 2**62 + 1]) == [1, 1, 3]


def test_symlog_edges_are_even_on_the_scale_of_matplotlib():
    from matplotlib.scale import SymmetricalLogTransform

    scale = SymmetricalLogTransform(10, 2.0, 1.0)
    for lo, hi in ((-1e3, 1e5), (0, 1e5), (5, 1e3), (-1e3, -7), (-1, 1), (-1, 50), (-2, 2)):
        places = np.linspace(*scale.transform(np.array([lo, hi], float)), 38)
        edges = Symlog(37, lo, hi, linthresh=2.0).edges
        np.testing.assert_allclose(edges, scale.inverted().transform(places), rtol=1e-13, atol=1e-13)
        assert np.all(np.diff(edges) > 0)
        assert edges[[0, -1]].tolist() == [lo, hi]
    edges = Symlog(10, -1e4, 1e4).edges
    assert edges.tolist() == (-edges[::-1]).tolist()


@given(st.integers(1, 300), st.floats(-1e9, 0), st.floats(1e-3, 1e9), st.floats(1e-6, 1e6), st.data())
def test_values_around_zero_are_binned_by_the_edges_of_a_symlog_axis(n, lo, hi, linthresh, data):
    axis = Symlog(n, lo, hi, linthresh)
    column = data.draw(values_near(axis.edges, 30))
    assert bins(axis, column) == expected(axis.edges.tolist(), column)


def test_linthresh_must_be_positive():
    for linthresh in (0, -1, inf, nan):
        with pytest.raises(UsageError, match="linthresh must be positive"):
            Symlog(3, 0, 1, linthresh)


def test_curved_axes_bin_decimals_and_durations_by_what_these_show():
    prices = Log(2, 1, 100).of(DECIMAL)
    assert prices.edges.tolist() == [1.0, 10.0, 100.0]
    assert bins(prices, [99, 100, 999, 1000, 10000, 10001]) == [0, 1, 1, 2, 2, 3]
    assert Symlog(4, -50, 50, 0.5).of(DECIMAL).linthresh == 50
    waits = Log(2, "1s", "100s").of(DURATION)
    assert waits.edges.tolist() == [dt.timedelta(seconds=s) for s in (1, 10, 100)]
    for kind in (MICROSECONDS, DATE):
        with pytest.raises(UsageError, match="has no zero; use Time"):
            Log(3).of(kind)


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


# Time


def moments(*text, logical=MICROSECONDS):
    return [int(logical.encode(each, "moment")) for each in text]


def hours(axis):
    return (axis.widths.astype("m8[s]").astype(np.int64) / 3600).tolist()


def shown(axis):
    return np.datetime_as_string(axis.edges, unit="m").tolist()


def test_periods_cover_the_data_whole_and_their_last_moment_is_the_next_ones_first():
    first, last = moments("2024-01-31T10:20", "2024-02-29T00:00")
    axis = Time("1d").of(MICROSECONDS).between(first, last)
    assert axis.edges[[0, -1]].tolist() == [dt.datetime(2024, 1, 31), dt.datetime(2024, 3, 1)]
    assert axis.size == 30
    assert bins(axis, [first, last - 1, last, last + 86400 * 10**6 - 1, last + 86400 * 10**6]) == [
        1,
        29,
        30,
        30,
        31,
    ]


@pytest.mark.parametrize(
    ("every", "edges"),
    [
        ("1mo", ["2023-12-01T00:00", "2024-01-01T00:00", "2024-02-01T00:00"]),
        ("1q", ["2023-10-01T00:00", "2024-01-01T00:00", "2024-04-01T00:00"]),
        ("1y", ["2023-01-01T00:00", "2024-01-01T00:00", "2025-01-01T00:00"]),
        ("w", ["2023-12-25T00:00", "2024-01-01T00:00", "2024-01-08T00:00"]),
        ("12h", ["2023-12-31T12:00", "2024-01-01T00:00", "2024-01-01T12:00"]),
        ("15 min", ["2023-12-31T23:45", "2024-01-01T00:00", "2024-01-01T00:15"]),
        ("1min", ["2023-12-31T23:59", "2024-01-01T00:00", "2024-01-01T00:01"]),
    ],
)
def test_periods_begin_where_clocks_and_calendars_begin_them(every, edges):
    axis = Time(every).of(MICROSECONDS).between(*moments("2023-12-31T23:59", "2024-01-01T00:00:59"))
    assert shown(axis) == edges


def test_days_have_the_hours_that_the_clocks_of_their_zone_give_them():
    assert hours(Time("1d", "2024-03-30", "2024-04-02").of(BERLIN)) == [24, 23, 24]
    assert hours(Time("1d", "2024-10-26", "2024-10-29").of(BERLIN)) == [24, 25, 24]
    # Cuba's clocks go back at one, so its day begins at the first of two midnights.
    assert hours(Time("1d", "2024-11-02", "2024-11-05", "America/Havana").of(MICROSECONDS)) == [24, 25, 24]
    # Samoa left out the 30th when it changed sides of the date line.
    apia = Time("1d", "2011-12-28", "2012-01-02", "Pacific/Apia").of(MICROSECONDS)
    assert hours(apia) == [24] * 4


def test_hours_are_as_long_as_the_clock_on_the_wall_makes_them():
    assert set(hours(Time("1h", "2024-10-27", "2024-10-28").of(BERLIN))) == {1.0}
    assert Time("1h", "2024-10-27", "2024-10-28").of(BERLIN).size == 25
    assert Time("1h", "2024-03-31", "2024-04-01").of(BERLIN).size == 23
    assert hours(Time("6h", "2024-03-31", "2024-04-01").of(BERLIN)) == [5, 6, 6, 6]
    assert hours(Time("6h", "2024-10-27", "2024-10-28").of(BERLIN)) == [7, 6, 6, 6]
    kathmandu = Time("1h", "2024-01-01T00:00", "2024-01-01T02:00", "Asia/Kathmandu").of(MICROSECONDS)
    assert shown(kathmandu) == ["2023-12-31T18:15", "2023-12-31T19:15", "2023-12-31T20:15"]
    # Clocks on Lord Howe Island move by half an hour: one hour is skipped into, another is read one and a half times.
    island = "Australia/Lord_Howe"
    assert hours(Time("1h", "2024-10-06T01:00", "2024-10-06T05:00", island).of(MICROSECONDS)) == [
        1,
        0.5,
        1,
        1,
    ]
    assert hours(Time("1h", "2024-04-07T00:00", "2024-04-07T04:00", island).of(MICROSECONDS)) == [
        1,
        1.5,
        1,
        1,
    ]


@given(
    st.sampled_from(["1h", "15min", "6h", "1d", "1w", "1mo", "1q", "36h"]),
    st.sampled_from(
        [None, "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "America/Sao_Paulo", "+05:45"]
    ),
    st.integers(-(10**9), 2 * 10**9),
    st.integers(0, 10**7),
)
@example("1h", "Africa/Casablanca", 1_500_000_000, 4 * 10**7)
def test_a_period_holds_the_times_whose_wall_clocks_agree(every, zone, lo, span):
    from heatbin.axes.zones import offsets_between

    axis = Time(every, zone=zone).of(LogicalType("timestamp", "s")).between(lo, lo + span)
    edges = axis.edges.astype("M8[s]").astype(np.int64)
    assert edges[0] <= lo
    assert lo + span < edges[-1]
    assert np.all(np.diff(edges) > 0)
    at = RNG.integers(edges[0], edges[-1], 200)
    starts, offsets = offsets_between(zone, int(edges[0]), int(edges[-1]))
    walls = [times + offsets[np.searchsorted(starts, times, side="right") - 1] for times in (at, edges)]
    floors = [_floor_of(every, wall) for wall in walls]
    into = np.array(bins(axis, at)) - 1
    same = floors[0] == floors[1][into]
    # An edge whose clock skipped the beginning of the period shows a later time, but of the same period.
    assert np.all(same | (np.diff(edges)[into] > 0) & (floors[0] >= floors[1][into]))
    assert same.mean() > 0.9


def _floor_of(every, wall):
    units = {"1h": 3600, "15min": 900, "6h": 6 * 3600, "36h": 36 * 3600, "1d": 86400}
    if every in units:
        return wall // units[every]
    days = wall.astype("M8[s]").astype("M8[D]").astype(np.int64)
    if every == "1w":
        return (days - 4) // 7
    months = wall.astype("M8[s]").astype("M8[M]").astype(np.int64)
    return months // (3 if every == "1q" else 1)


def test_dates_durations_and_times_of_day_have_periods_too():
    assert hours(Time("1mo").of(DATE).between(0, 58)) == [31 * 24, 28 * 24]
    assert Time("1mo").of(DATE).between(0, 58).edges.dtype == np.dtype("M8[D]")
    assert bins(Time("1w").of(DATE).between(0, 10), [-3, -4, 3, 4, 10, 11]) == [1, 0, 1, 2, 2, 3]
    clock = Time("15min").of(LogicalType("time", "us")).between(0, 86_399_999_999)
    assert clock.edges[[1, -1]].tolist() == [dt.timedelta(minutes=15), dt.timedelta(days=1)]
    half_seconds = Time("500ms").of(LogicalType("timestamp", "s")).between(0, 0)
    assert half_seconds.edges.astype("M8[ms]").astype(np.int64).tolist() == [0, 500, 1000]
    assert bins(half_seconds, [-1, 0, 1]) == [0, 1, 3]
    for every in ("1mo", "1q", "1y"):
        with pytest.raises(UsageError, match="has no calendar"):
            Time(every).of(DURATION)


def test_given_ends_are_of_the_zone_and_are_covered_whole():
    axis = Time("1mo", "2024-01-15", dt.datetime(2024, 3, 1)).of(BERLIN)
    assert shown(axis) == ["2023-12-31T23:00", "2024-01-31T23:00", "2024-02-29T23:00"]
    assert Time("1mo", lo="2024-01-15").of(BERLIN).between(None, None).size == 1
    assert (
        Time("1mo", hi="2024-01-15")
        .of(BERLIN)
        .between(*moments("1999-01-01", "1999-12-31", logical=BERLIN))
        .size
        == 301
    )
    with pytest.raises(UsageError, match=r"from 2024-02-01.* to 2024-01-01"):
        Time("1d", "2024-02-01", "2024-01-01").of(MICROSECONDS)
    with pytest.raises(UsageError, match="no timestamp"):
        Time("1d", "today").of(MICROSECONDS)


def test_what_is_no_period_or_zone_is_an_error():
    for every in ("1x", "", "h1", "1.5h", "0h", 5):
        with pytest.raises(UsageError, match="every must be a period such as '15min'"):
            Time(every)
    for zone in ("Mars/Phobos", "", "../etc/passwd"):
        with pytest.raises(UsageError, match="no time zone"):
            Time("1h", zone=zone)
    with pytest.raises(UsageError, match="needs a column of times, not of numbers"):
        Time("1h").of(LogicalType())


def test_too_many_periods_are_an_error_before_they_are_made():
    with pytest.raises(UsageError, match=r"about 31,536,\d\d\d periods .* choose a longer period"):
        Time("1s", "2023-01-01", "2024-01-01").of(MICROSECONDS)
    with pytest.raises(UsageError, match="periods"):
        Time("1h").of(MICROSECONDS).between(-(2**63), 2**63 - 1)
    with pytest.raises(UsageError, match="the years 1 to 9999"):
        Time("1y").of(LogicalType("timestamp", "s")).between(0, 400_000_000_000)


# Category


def test_text_is_binned_by_codes_and_the_rest_is_other():
    axis = Category(["UA", "AA", "DL"])
    codes = axis.codes_of(["AA", "ZZ", "UA", "DL", None])
    assert codes.dtype == np.int32
    assert codes.tolist() == [1, 3, 0, 2, 3]
    assert bins(axis, codes) == [2, 4, 1, 3, 4]
    assert axis.labels == ("UA", "AA", "DL", "other")
    assert axis.edges.tolist() == [0, 1, 2, 3, 4]
    assert bins(Category(["UA", "AA"], other=False), [0, 1, 2]) == [1, 2, 3]


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20, unique=True), st.booleans(), st.data()
)
def test_integers_are_categories_by_themselves(values, other, data):
    axis = Category(values, other=other)
    near = st.sampled_from(values).flatmap(
        lambda v: st.sampled_from([max(v - 1, -(2**63)), v, min(v + 1, 2**63 - 1)])
    )
    column = data.draw(st.lists(near, min_size=1, max_size=30))
    assert bins(axis, column, np.int64) == [
        values.index(v) + 1 if v in values else len(values) + 1 for v in column
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (RNG.choice(10**12, 50, replace=False), "i8"),
        (np.unique(RNG.integers(-(2**63), 2**63 - 1, 3000)), "i8"),
        (np.unique(RNG.integers(0, 2**64 - 1, 300, np.uint64)), "u8"),
        (np.arange(-100, 100) << 40, "i8"),
        (np.unique(RNG.integers(-(2**31), 2**31 - 1, 300)), "i4"),
        (np.array([-(2**63), 2**63 - 1]), "i8"),
        (np.array([-(2**31), 0, 2**31 - 1, 2**40]), "i4"),
        (np.array([-128, 127, 300]), "i1"),
    ],
    ids=str,
)
def test_identifiers_however_far_apart_are_told_from_all_others(values, kind):
    limits = np.iinfo(kind)
    near = {int(value) + step for value in values for step in (-(2**32), -1, 0, 1, 2**32)}
    column = [v for v in near if limits.min <= v <= limits.max] + [limits.min, 0, limits.max]
    number = {value: bin_ for bin_, value in enumerate(values.tolist(), start=1)}
    rest = len(number) + 1
    assert bins(Category(values.tolist()), column, kind) == [number.get(v, rest) for v in column]


def test_booleans_are_categories_too():
    assert bins(Category([True, False]), [1, 0, 1], np.uint8) == [1, 2, 1]
    assert bins(Category([True]), [1, 0], np.uint8) == [1, 2]
    assert Category([True, False], other=False).labels == ("True", "False")


def test_categories_found_in_the_data_are_sorted_and_have_no_rest():
    axis = Category()
    assert axis.open
    assert axis.found(["b", "a", "b"]) == Category(["a", "b"], other=False)
    assert axis.found([3, 1]) == Category([1, 3], other=False)
    assert axis.found([]).labels == ("other",)
    with pytest.raises(UsageError, match=r"more than 256 categories \(0, 1, 2, …\).*or raise limit="):
        axis.found(range(257))
    assert Category(limit=300).found(range(257)).size == 257


def test_values_that_are_no_categories_are_refused():
    with pytest.raises(UsageError, match="'a' is there twice"):
        Category(["a", "b", "a"])
    for values in ("abc", ["a", 1], [1, True], [1.5], [None]):
        with pytest.raises(TypeError, match="values must be"):
            Category(values)
    with pytest.raises(UsageError, match="needs a value or more"):
        Category([], other=False)
    with pytest.raises(UsageError, match="not floats"):
        Category([1, 2]).bind((np.dtype("f8"),))
    with pytest.raises(UsageError, match="cannot bin a column of timestamp"):
        Category([1]).of(MICROSECONDS)


# Cyclic


def phases(axis, values):
    """Return the bins by exact arithmetic."""
    starts = axis._starts()
    period = Fraction(axis.period)

    def bin_of(value):
        if isinstance(value, float) and not abs(value) < inf:
            return axis.n + 2 if isnan(value) else axis.n + 1 if value > 0 else 0
        into = (Fraction(value) - starts[0]) % period
        return sum(start - starts[0] <= into for start in starts)

    return [bin_of(value) for value in np.asarray(values).tolist()]


@given(
    st.integers(1, 40),
    st.one_of(st.sampled_from([1.0, 24.0, 360.0, 2 * pi, 0.1, 86400.0]), st.floats(1e-200, 1e200)),
    st.one_of(st.just(0.0), st.floats(-3, 3)),
    st.data(),
)
def test_a_value_belongs_to_the_bin_of_what_is_left_of_it_exactly(n, period, turns, data):
    axis = Cyclic(n, period, origin=turns * period)
    around = st.integers(-(2**27), 2**27).flatmap(
        lambda i: st.sampled_from([i * period / n, i * period, -i * period / 3])
    )
    near = st.tuples(around, st.sampled_from([-inf, 0, inf])).map(
        lambda p: nextafter(p[0], p[1]) if p[1] else p[0]
    )
    values = data.draw(st.lists(st.one_of(near, st.floats(allow_subnormal=True)), min_size=1, max_size=30))
    assert bins(axis, values, np.float64) == phases(axis, values)


@given(
    st.integers(1, 50),
    st.one_of(st.integers(1, 400), st.integers(1, 2**62)),
    st.one_of(st.integers(-(2**62), 2**62), st.sampled_from([Fraction(1, 2), Fraction(-7, 2)])),
    st.sampled_from(["i8", "u8", "i4", "u1", "i2"]),
    st.data(),
)
def test_integers_come_round_exactly_whatever_their_size(n, period, origin, kind, data):
    if Fraction(float(period)) != period or Fraction(float(origin)) != origin:
        axis = Cyclic(n, period, origin, logical=LogicalType("duration", "ns"))
    else:
        axis = Cyclic(n, period, origin)
    limits = np.iinfo(kind)
    column = np.array(data.draw(st.lists(st.integers(limits.min, limits.max), min_size=1, max_size=20)), kind)
    column = np.concatenate([column, extremes(np.dtype(kind))])
    assert bins(axis, column) == phases(axis, column)


@pytest.mark.parametrize("kind", ["i8", "u8", "i4", "u2"])
@pytest.mark.parametrize(
    ("n", "period", "origin"),
    [(24, 24, 0), (7, 7, 3), (48, 24, 0), (24, 86400, -7200), (7, 10**6, 5), (13, 2**62 - 1, 0)],
)
def test_the_edges_of_periods_near_and_far_are_met_exactly(n, period, origin, kind):
    axis, limits = Cyclic(n, period, origin, logical=LogicalType("duration", "ns")), np.iinfo(kind)
    turns = [t // period * period for t in (0, 2**51, -(2**51), 2**53, 2**62, 2**63, limits.min, limits.max)]
    edges = [turn + origin + period * i // n for turn in turns for i in range(n + 1)]
    near = [edge + step for edge in edges for step in (-1, 0, 1) if limits.min < edge + step < limits.max]
    column = np.array([*near, limits.min, limits.max], kind)
    assert bins(axis, column) == phases(axis, column)
    for alone in (column[-2:-1], column[-1:]):
        assert bins(axis, alone) == phases(axis, alone)


@pytest.mark.parametrize("kind", ["i8", "u8", "i4", "f8"])
def test_bins_between_doubles_that_are_far_apart_come_round_exactly(kind):
    axis = Cyclic(8, 4096.0, origin=2.0**62 + 2048) if kind != "f8" else Cyclic(6, 3.0, origin=2.0**52)
    column = np.concatenate([np.arange(9000), RNG.integers(0, 2**31 - 1, 500)]).astype(kind)
    assert bins(axis, column) == phases(axis, column)


@pytest.mark.parametrize(("n", "period", "origin"), [(24, 360.0, 0), (7, 360.0, -45), (32, 2 * pi, 0.1)])
def test_neighbours_of_the_edges_of_every_turn_are_told_apart(n, period, origin):
    axis = Cyclic(n, period, origin)
    starts = np.array([float(start) for start in axis._starts()])
    turned = np.concatenate([starts + turn * period for turn in (-(2**30), -5, -1, 0, 1, 2, 10**6, 2**40)])
    values = np.concatenate([around(turned), [inf, -inf, nan, -0.0, 1e300, -1e300, 5e-324]])
    assert bins(axis, values) == phases(axis, values)
    narrow = values[~(np.abs(values) > 1e38)].astype(np.float32)
    assert bins(axis, narrow) == phases(axis, narrow)


def test_an_angle_is_binned_by_its_edges_however_often_it_turned():
    axis = Cyclic(4, 360, origin=-45)
    assert axis.edges.tolist() == [-45, 45, 135, 225, 315]
    assert bins(axis, np.array([-45.0, 0, 44.9, 45, 315, 360, 3600, -360, 1e15, inf, -inf, nan])) == [
        1, 1, 1, 2, 1, 1, 1, 1, phases(axis, [1e15])[0], 5, 0, 6,
    ]  # fmt: skip
    assert bins(axis, [-45, 44, 45, 405]) == [1, 1, 2, 2]


def test_hours_of_the_day_are_those_of_the_wall_clock():
    utc = Cyclic(24, "1d").of(MICROSECONDS)
    assert bins(utc, moments("1969-12-31T23:59", "2024-07-01T00:00", "2024-07-01T12:30")) == [24, 1, 13]
    berlin = Cyclic(24, "1d").of(BERLIN)
    at = [
        "2024-01-01T00:30+00:00",
        "2024-07-01T00:30+00:00",
        "2024-10-27T00:30+00:00",
        "2024-10-27T01:30+00:00",
    ]
    assert bins(berlin, moments(*at, logical=BERLIN)) == [2, 3, 3, 3]
    fixed = Cyclic(24, "1d", zone="+05:45").of(NANOSECONDS)
    assert bins(fixed, moments("2024-01-01T00:00", logical=NANOSECONDS)) == [6]
    assert utc.edges[[0, 1, -1]].tolist() == [dt.timedelta(), dt.timedelta(hours=1), dt.timedelta(days=1)]


def wall_hours(axis, numbers):
    """Return the hours of the wall clock, counted from 1, that Python's own zones give for seconds."""
    zone = ZoneInfo(axis.logical.zone)
    return [dt.datetime.fromtimestamp(number, zone).hour + 1 for number in numbers.tolist()]


@pytest.mark.parametrize("years", [(2024, 2024), (2021, 2024), (1970, 2037)])
@pytest.mark.parametrize("order", [np.sort, np.asarray])
def test_clocks_that_change_between_neighbouring_rows_are_read_right(years, order):
    first, last = (
        int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (years[0], years[1] + 1)
    )
    numbers = order(RNG.integers(first, last, 5000))
    axis = Cyclic(24, "1d").of(BERLIN)
    assert bins(axis, numbers) == wall_hours(axis, numbers)


def test_bins_that_are_neighbouring_doubles_come_round_exactly():
    starts = [Fraction(0), Fraction(0.3), Fraction(nextafter(0.3, 1))]
    values, cells = np.array([0.2, 0.3, 1.3, nextafter(0.3, 1), 0.4, -0.6, inf]), np.zeros(7, np.uint32)
    bind_float_ring(1.0, starts)([values], np.uint32(1), cells)
    assert cells.tolist() == [1, 2, 3, 3, 3, 3, 4]


def test_weeks_begin_on_monday_unless_told_otherwise():
    days = [dt.date(2024, 1, day) for day in (1, 6, 7, 8)]
    numbers = [int(DATE.encode(day, "day")) for day in days]
    assert bins(Cyclic(7, "1w").of(DATE), numbers, np.int32) == [1, 6, 7, 1]
    assert bins(Cyclic(7, "1w", origin="2024-01-07").of(DATE), numbers, np.int32) == [2, 7, 1, 2]


@pytest.mark.parametrize("period", [2**63, 2.0**70, 1e30])
def test_a_period_beyond_64_bits_comes_round_on_integers_as_on_doubles(period):
    values = np.array([0, 5, -5, 2**62, -(2**63), 2**63 - 1024])
    assert bins(Cyclic(4, period), values) == bins(Cyclic(4, period), values.astype(np.float64))
    with pytest.raises(UsageError, match="a double equals, not 9223372036854775809: it is beyond 64 bits"):
        bins(Cyclic(4, 2**63 + 1), values)


@given(st.lists(st.sampled_from(["a", "other", "all other", "all all other"]), unique=True, min_size=1))
def test_the_rest_has_a_name_of_its_own_whatever_the_categories_are_called(names):
    labels = Category(names).labels
    assert len(set(labels)) == len(labels) == len(names) + 1


def test_only_timestamps_have_clocks():
    for logical in (LogicalType("number"), DATE, DURATION):
        with pytest.raises(UsageError, match="zone='Europe/Berlin' is for columns of timestamps"):
            Cyclic(4, 4, zone="Europe/Berlin").of(logical)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"limit": "a"}, TypeError),
        ({"limit": 0}, UsageError),
        ({"limit": True}, TypeError),
        ({"other": "rest"}, TypeError),
    ],
)
def test_what_a_category_axis_cannot_be_told_is_named(wrong, error):
    with pytest.raises(error, match=f"{next(iter(wrong))} must be"):
        Category(["a"], **wrong)


@pytest.mark.parametrize("end", [2**53, -(2**53)])
def test_integers_beyond_doubles_are_outside_a_range_that_ends_there(end):
    axis = Regular(2, min(end, 0), max(end, 0))
    values = np.array([end, end + (1 if end > 0 else -1)])
    cells = np.zeros(2, np.uint32)
    axis.bind([values.dtype])([values], np.uint32(1), cells)
    assert cells.tolist() == ([2, 3] if end > 0 else [1, 0])


@pytest.mark.parametrize(
    "edges",
    [
        [2**63 - 1, 2**63, 2**63 + 1, 2**63 + 2],
        [0, 2**63 + 1],
        [-1, 2**63 + 1],
        [2**60 + 1, 2**61, 2**61 + 0.5],
        [2**53 + 1, 2**54 + 2.0],
    ],
)
def test_edges_that_are_large_integers_bin_as_these(edges):
    axis = pickle.loads(pickle.dumps(Variable(edges)))
    np.testing.assert_array_equal(axis.edges.astype(float), np.array(edges, float))
    near = {int(edge) + by for edge in edges for by in (-1, 0, 1)}
    values = np.array(sorted(value for value in near if value >= 0), np.uint64)
    cells = np.zeros(values.size, np.uint32)
    axis.bind([values.dtype])([values], np.uint32(1), cells)
    passed = [sum(Fraction(int(value)) >= edge for edge in map(Fraction, edges)) for value in values]
    last = [int(value) == edges[-1] for value in values]
    assert cells.tolist() == [axis.size if on else bin for on, bin in zip(last, passed, strict=True)]


def test_large_integers_cannot_stand_beside_infinite_edges():
    with pytest.raises(UsageError, match="integers that no double equals"):
        Variable([2**60 + 1, inf])


@pytest.mark.parametrize(
    "edges",
    [
        [dt.datetime(2024, 1, 1), dt.date(2024, 1, 2)],
        [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2, tzinfo=dt.UTC)],
        [Decimal("nan"), Decimal(1)],
        [Decimal(1), dt.timedelta(1)],
    ],
)
def test_edges_of_several_kinds_are_a_usage_error(edges):
    with pytest.raises(UsageError, match="edges must"):
        Variable(edges)


@pytest.mark.parametrize(
    "edges",
    [
        [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)],
        [Decimal(1), Decimal(2)],
        [dt.timedelta(1), dt.timedelta(2)],
    ],
)
def test_an_axis_shows_edges_as_they_were_given(edges):
    assert repr(edges[0]) in repr(Variable(edges))


def test_a_period_that_cannot_come_round_is_an_error():
    for period in (0, -1, inf, nan, 1e-300, 5e-324):
        with pytest.raises(UsageError, match="period must be positive and finite"):
            Cyclic(4, period)
    with pytest.raises(TypeError, match="period must be a number"):
        Cyclic(4, None)
    with pytest.raises(UsageError, match="a whole number of the column's units"):
        Cyclic(4, "1h").of(DATE)
    with pytest.raises(UsageError, match="no duration"):
        Cyclic(12, "1mo").of(DATE)


def test_a_period_that_no_double_equals_comes_round_for_integers_alone():
    axis = Cyclic(24, 2**61 - 1)
    assert bins(axis, [0, 2**61 - 2, 2**61 - 1], np.int64) == [1, 24, 1]
    with pytest.raises(UsageError, match=r"a double equals, not 2305843009213693951: .* floats"):
        axis.bind([np.dtype("f8")])


def test_bins_that_rounding_made_empty_stay_empty():
    axis = Cyclic(1000, 1.0, origin=1e15)
    values = 1e15 + RNG.integers(-80, 80, 200) / 8
    assert bins(axis, values) == phases(axis, values)


# What all axes have in common

ALL = [
    Regular(12, 0, 3),
    Regular(12, 2**60, 2**60 + 5),
    Regular(12, 0, 10**15, NANOSECONDS),
    Variable([0, 1, 5, 7, 8, 8, 9]),
    Variable([1.0, 10.0, 100.0], scale="log"),
    Variable([Fraction(1, 3), 1, 2], MICROSECONDS),
    Log(12, 1, 1e4),
    Symlog(12, -100, 1e4, 2.5),
    Integer(3, 15),
    Time("1mo", "2023-01-01", "2024-01-01").of(BERLIN),
    Category(["a", "b"]),
    Category([5, 3, 1], other=False),
    Cyclic(12, 360.0),
    Cyclic(24, "1d").of(BERLIN),
]


@pytest.mark.parametrize("axis", ALL, ids=repr)
def test_axes_are_values(axis):
    axis.bind((np.dtype("i8"),))
    _ = axis.edges
    again = pickle.loads(pickle.dumps(axis))
    assert again == axis
    assert hash(again) == hash(axis)
    assert repr(again) == repr(axis)
    assert np.array_equal(again.edges, axis.edges)
    assert len({*ALL, axis}) == len(ALL)
    assert not axis.open
    assert axis.between(0, 1) == axis
    with pytest.raises((AttributeError, TypeError)):
        axis.n = 3


@pytest.mark.parametrize("axis", ALL, ids=repr)
def test_edges_centres_and_widths_fit_the_size(axis):
    assert axis.takes == 1
    assert axis.edges.shape == (axis.size + 1,)
    assert axis.centers.shape == axis.widths.shape == (axis.size,)
    assert axis.extent == axis.size + 3


@pytest.mark.parametrize("axis", [axis for axis in ALL if not isinstance(axis, Category)], ids=repr)
def test_merged_and_cut_axes_have_exactly_the_edges_that_they_had(axis):
    for factor in range(1, axis.size + 1):
        if axis.size % factor == 0:
            np.testing.assert_array_equal(axis.rebinned(factor).edges, axis.edges[::factor])
        else:
            with pytest.raises(UsageError, match="the factor must divide them"):
                axis.rebinned(factor)
    for first, last in ((0, axis.size), (1, axis.size), (0, 1), (axis.size - 1, axis.size)):
        part = axis.sliced(first, last)
        assert part.size == last - first
        if not isinstance(axis, Cyclic):
            np.testing.assert_array_equal(part.edges, axis.edges[first : last + 1])
            assert part.scale == axis.scale
    with pytest.raises(UsageError, match="no bins"):
        axis.sliced(1, 1)


def test_whatever_is_in_a_bin_lies_within_the_reach_of_its_axis():
    assert Regular(3, 0, 1).reach == (0, 1)
    assert Variable([Decimal("0.5"), 2]).of(DECIMAL).reach == (50, 200)
    assert Log(3, 1, 100).of(DECIMAL).reach == (100, 10_000)
    assert Integer(-1, 2).of(DECIMAL).reach == (-100, 200)
    assert Time("1d").of(LogicalType("timestamp", "s")).between(5, 6).reach == (0, 86400)
    for axis in (Regular(3), Log(3, 1), Integer(), Time("1d", "2024-01-01"), Cyclic(3, 4), Category([1])):
        assert axis.reach is None


def test_axes_stay_of_their_kind_where_their_kind_can_express_it():
    assert Regular(12, 0, 3).rebinned(3) == Regular(4, 0, 3)
    assert Regular(12, 0, 3).sliced(4, 8) == Regular(4, 1, 2)
    assert isinstance(Regular(10, 0.1, 0.7).sliced(1, 4), Regular | Variable)
    assert Log(4, 1, 1e4).sliced(1, 3) == Log(2, 10, 1000)
    assert Integer(0, 9).sliced(2, 5) == Integer(2, 5)
    assert Time("1d", "2024-01-01", "2024-01-09").of(DATE).sliced(1, 3) == Time(
        "1d", "2024-01-02", "2024-01-04"
    ).of(DATE)
    assert Cyclic(24, 24.0).rebinned(6) == Cyclic(4, 24.0)
    assert Category(["a", "b", "c"]).sliced(1, 4) == Category(["b", "c"])
    assert Category(["a", "b", "c"]).sliced(0, 2) == Category(["a", "b"], other=False)
    with pytest.raises(UsageError, match="the factor must be 1"):
        Category(["a", "b"]).rebinned(2)


def test_an_axis_of_one_kind_of_column_refuses_another():
    axis = Regular(3, "2024-01-01", "2024-01-02").of(MICROSECONDS)
    assert axis.edges[[0, -1]].tolist() == [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)]
    assert axis.of(MICROSECONDS) is axis
    with pytest.raises(UsageError, match="cannot bin a column of timestamp"):
        axis.of(NANOSECONDS)
    with pytest.raises(UsageError, match="is no number"):
        Regular(3, "2024-01-01", "2024-01-02").of(LogicalType())
    with pytest.raises(UsageError, match="when the type of the column is known"):
        Regular(3, "2024-01-01", "2024-01-02").bind((np.dtype("i8"),))


def test_an_axis_tells_what_it_was_given_and_no_more():
    assert repr(Regular(3, 0, 1)) == "Regular(n=3, lo=0, hi=1)"
    assert repr(Log(3)) == "Log(n=3)"
    assert repr(Category(["a"])) == "Category(values=('a',))"
    assert repr(Variable([0, 1, 2])) == "Variable([0, 1, 2])"


def test_bins_are_multiplied_by_the_stride_and_added_to_the_cells():
    for axis in (Regular(4, 0, 4), Variable([0, 1, 2, 3, 4]), Cyclic(4, 4), Integer(0, 4)):
        for number in (np.uint32, np.uint64):
            cells = np.full(300, 7, number)
            axis.bind((np.dtype("f8"),))([np.full(300, 2.5)], number(1000), cells)
            assert set(cells.tolist()) == {3007}


@pytest.mark.parametrize("number", [np.uint32, np.uint64])
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_bins_of_crowded_edges_are_added_to_cells_of_either_width(number, dtype):
    edges = np.sort(np.concatenate([2.0**61 + 512 * np.arange(30), [0, 1, 5]])).astype(dtype)
    values = around(edges)
    cells = np.full(values.size, 7, number)
    Variable(edges).bind((values.dtype,))([values], number(1000), cells)
    assert cells.tolist() == [7 + 1000 * bin_ for bin_ in expected(edges.tolist(), values)]


@given(st.integers(0, 40), st.integers(1, 2500), st.randoms(use_true_random=False))
def test_nulls_are_read_from_any_bit_of_a_bitmap_on(offset, rows, random):
    valid = np.array([random.random() < 0.7 for _ in range(offset + rows)])
    bitmap = np.packbits(valid, bitorder="little")
    before = np.arange(rows, dtype=np.uint32)
    cells = before + np.uint32(1)
    mark_missing(bitmap, offset, before, np.uint32(500), cells)
    assert np.array_equal(cells, np.where(valid[offset:], before + 1, before + 500))
    mark_rejected(bitmap, offset, np.uint32(9), cells)
    assert np.array_equal(cells, np.where(valid[offset:], before + 1, 9))
