"""Axes of any edges, logarithmic and symmetric ones: a bin is defined by its edges, exactly."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from binned import BERLIN, DATE, DECIMAL, DURATION, MICROSECONDS, around, bins, expected, extremes
from heatbin.axes import Log, Symlog, Variable
from heatbin.axes.finer import Finer, fit_finer
from heatbin.axes.pieces import Pieces, cut_pieces
from heatbin.axes.scales import Scaled, fit_scales
from heatbin.axes.slots import make_lookup
from heatbin.errors import UsageError
from heatbin.logical import LogicalType
from strategies import FLOATS, INTEGERS, bin_counts, columns, values_near

RNG = np.random.default_rng(0)


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
        np.concatenate([[-1e9, 0.0], 1 + np.arange(900) * 2.0**-52, [1e300]]),
        np.concatenate([10.0 ** np.arange(-9, 9), [inf, inf]]),
        np.array([0.0, 1.0, 1.7976931348623157e308, inf]),
        np.concatenate([c * (1 + np.arange(90) * 2.0**-52) for c in (1.1e15, 3.3e15, 8.1e15)]),
        2 ** np.arange(62),
        -(3 ** np.arange(39))[::-1],
        np.concatenate([1.7976931348623157e308 - np.arange(60) * 2.0**971, [1e-300, 0.0]])[::-1],
        np.sort(np.concatenate([c * (1 + RNG.random(40) * 1e-4) for c in 10.0 ** np.arange(20)])),
        np.sort(np.concatenate([c + RNG.integers(0, 900, 40) for c in 8 ** np.arange(4, 21)])),
        np.sort(np.concatenate([c + RNG.random(12) * 1e-6 for c in np.linspace(-1, 2, 60)])),
        np.sort(np.concatenate([c * (1 + RNG.random(9) * 1e-6) for c in np.geomspace(1e-200, 1e200, 70)])),
        np.sort(np.concatenate([c + RNG.integers(0, 900, 9) for c in range(-(2**62), 2**62, 2**56)])),
        np.sort(np.concatenate([c * (1 + RNG.random(9) * 1e-4) for c in 2.0 ** np.arange(30, 63)])).astype(
            np.uint64
        ),
        np.unique(np.concatenate([np.arange(5, dtype=np.uint64) + n * 2**58 for n in range(63)])),
    ],
    ids=lambda edges: f"{edges.size} of {edges.dtype}",
)
@pytest.mark.parametrize("times", [1, 2, 5])
def test_edges_that_crowd_or_come_several_times_are_found_exactly(edges, times):
    axis, values = Variable(np.repeat(edges, times)), np.append(around(edges), extremes(edges.dtype))
    assert bins(axis, values) == expected(axis.edges.tolist(), values)
    spread = RNG.permutation(np.concatenate([values, RNG.choice(values, 300)]))
    assert bins(axis, spread) == expected(axis.edges.tolist(), spread)


@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_an_edge_may_come_more_often_than_a_table_can_say(dtype):
    edges = np.sort(np.concatenate([np.full(66_000, 10**9), np.arange(4000) * 10**6])).astype(dtype)
    values = around(np.unique(edges))
    assert bins(Variable(edges), values) == expected(edges.tolist(), values)


def test_any_number_of_edges_may_lie_beyond_all_values():
    edges = np.array([-inf, 0.0, 1e6, *[inf] * 70_000])
    values = np.append(around(edges[:4]), nan)
    assert bins(Variable(edges), values) == expected(edges.tolist(), values)
    edges = np.concatenate([[0.0, 1e6], 1e20 + np.arange(70_000) * 1e5])
    values = extremes(np.dtype(np.int64))
    assert bins(Variable(edges), values) == expected(edges.tolist(), values)


def crowds(dtype):
    """Draw finite sorted edges in crowds of any width at any distance, or doubles of any bits."""
    number = np.dtype(dtype).type
    if dtype == np.float64:
        centre = st.floats(allow_nan=False, allow_infinity=False)
    else:
        centre = st.integers(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    steps = st.lists(st.integers(0, 50), min_size=1, max_size=30)

    def crowd(parts):
        with np.errstate(over="ignore", invalid="ignore"):
            widths = [np.spacing(number(at)) if dtype == np.float64 else number(1) for at, _, _ in parts]
            edges = [
                number(at) + np.array(steps, dtype) * width * number(2) ** number(by)
                for (at, steps, by), width in zip(parts, widths, strict=True)
            ]
            edges = np.sort(np.concatenate(edges))
        return edges[np.isfinite(edges)] if np.isfinite(edges).any() else np.zeros(1, dtype)

    return st.lists(st.tuples(centre, steps, st.integers(0, 50)), min_size=1, max_size=6).map(crowd)


@given(crowds(np.float64))
@example(-226.48896612695168 + np.array([0, 1, 1]) * np.spacing(226.0))
@example(
    np.repeat([0.09028549195213449, 0.09028551057858598, 6503116.708542129, 6503116.708542131], [2, 1, 2, 1])
)
def test_every_double_has_a_slot_in_every_fit_and_nan_has_one_without_edges(edges):
    for fit in (*cut_pieces(edges), *fit_scales(edges), *fit_finer(edges)):
        scaled = isinstance(fit.coarse if isinstance(fit, Finer) else fit, Scaled)
        assert fit.slots <= 1 << 20
        slots = fit.slots_of(np.array([-inf, *edges, nan if scaled else inf]))
        assert slots[0] >= 0
        assert slots[-2] < slots[-1] == fit.slots - 1


@given(st.sampled_from([np.int64, np.uint64]).flatmap(crowds))
def test_every_integer_has_a_slot_in_pieces(edges):
    limits = np.iinfo(edges.dtype)
    in_pieces = [fit for fit in fit_finer(edges) if isinstance(fit.coarse, Pieces)]
    for fit in (*cut_pieces(edges), *in_pieces):
        slots = fit.slots_of(np.array([limits.min, limits.max], edges.dtype))
        assert 0 <= slots[0] <= slots[1] < fit.slots


@given(st.sampled_from([np.int64, np.uint64]).flatmap(crowds))
def test_integers_beyond_the_ends_of_a_scale_have_slots_in_its_table(edges):
    for fit in fit_scales(edges):
        steps = fit.scale.places(np.array(fit.ends)) >> fit.grid.shift
        assert fit.grid.base <= steps[0] <= steps[1] < fit.grid.base + fit.grid.slots
        assert fit.ends[0] <= edges[0] <= edges[-1] <= fit.ends[1]


@given(st.sampled_from([np.int64, np.uint64]).flatmap(crowds), st.integers(0, 2**32))
@example(np.array([2**64 - 9, 2**64 - 8, 2**64 - 1], np.uint64), 0)
@example(np.array([1, 2, 2**63, 2**64 - 2, 2**64 - 1], np.uint64), 0)
def test_integers_on_both_sides_of_windows_are_in_their_bins(edges, seed):
    limits = np.iinfo(edges.dtype)
    edges = np.unique(edges[edges > limits.min])
    if not edges.size:
        return
    anywhere = np.random.default_rng(seed).integers(limits.min, limits.max, 200, edges.dtype, endpoint=True)
    values = np.concatenate(
        [around(edges), extremes(edges.dtype), anywhere, anywhere // edges.dtype.type(2**40)]
    )
    keys = (edges - edges[0]).view(np.uint64)
    for fit in fit_finer(edges):
        lookup = make_lookup(
            edges - edges.dtype.type(1), np.arange(edges.size + 1), edges, fit, keys, outer=fit.outer
        )
        cells = np.zeros(values.size, np.uint32)
        fit.bind(lookup, edges[0])([values], np.uint32(1), cells)
        np.testing.assert_array_equal(cells, np.searchsorted(edges, values, side="right"))


def test_values_that_are_far_from_edges_and_each_other_do_not_wrap():
    values = np.array([-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 2, 2**63 - 1])
    for edges in ([-(2**63) + 1, 2**63 - 2], [-(2**63) + 1, -5, 2**62, 2**63 - 2], [2**62, 2**63 - 2]):
        assert bins(Variable(np.array(edges)), values) == expected(edges, values)
    values = np.array([0, 1, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1], np.uint64)
    for edges in ([1, 2**64 - 2], [1, 2**63, 2**64 - 2]):
        assert bins(Variable(np.array(edges, np.uint64)), values) == expected(edges, values)


@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_who_lies_beside_crowds_is_in_no_crowded_slot(dtype):
    steps = np.array([0, 1, *range(2000, 40_000, 2000), 40_000, 40_001])
    at = np.arange(64) * 10**9 if dtype == np.int64 else 1.0 + np.arange(64.0)
    edges = (at[:, None] + steps * (1 if dtype == np.int64 else 2.0**-40)).ravel()
    values = np.sort(RNG.uniform(edges[0], edges[-1], 10_000)).astype(dtype)
    for fit in fit_finer(edges):
        slots, held = np.unique(fit.slots_of(edges), return_counts=True)
        if np.unique(fit.coarse.slots_of(edges)).size == 64:
            assert np.isin(fit.slots_of(values), slots[held > 1]).mean() < 0.01


@pytest.mark.parametrize("last", range(-9, 1))
def test_values_far_beyond_the_last_of_many_crowds_are_over(last):
    crowds = [at + RNG.integers(0, 900, 9) for at in -(np.geomspace(1e4, 4e18, 50).astype(np.int64))]
    edges = np.unique(np.append(np.concatenate(crowds), last))
    values = np.append(around(edges), [-(2**63), 2**62, 2**63 - 2, 2**63 - 1])
    assert bins(Variable(edges), values) == expected(edges.tolist(), values)


def test_ties_go_to_the_later_of_duplicates_and_a_zero_width_last_bin_takes_its_own():
    assert bins(Variable([0, 1, 1, 2, 2]), [0, 1, 1.5, 2, 2.5]) == [1, 3, 3, 4, 5]
    assert bins(Variable([-inf, -inf, 0]), np.array([-inf, -1.0])) == [2, 2]
    assert bins(Variable([0, inf, inf]), np.array([1e308, inf])) == [1, 2]


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="long doubles are doubles here")
def test_long_doubles_are_compared_with_integers_as_they_are():
    edges = np.array([-(2**53) - 1, 0, 2**53 + 1, 2**54], np.int64).astype(np.longdouble)
    values = around(edges.astype(np.int64))
    assert bins(Variable(edges), values) == expected([int(edge) for edge in edges], values)


def test_ends_that_wait_for_a_column_are_no_lack_of_a_range():
    for axis in (Log(4, "1s", "10s"), Symlog(4, "-1s", "1s")):
        with pytest.raises(UsageError, match="become numbers when the type of the column is known"):
            _ = axis.edges


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
        (5, "two"),
        (5.0, "two"),
        (np.float64(5), "two"),
        ([0, 10**400], "within the range of doubles"),
        ([Fraction(-(10**400)), 0], "within the range of doubles"),
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


@pytest.mark.parametrize(
    ("edges", "widths", "centres"),
    [
        (np.array([-100, 100], np.int8), [200], [0.0]),
        ([-5 * 10**18, 5 * 10**18], [10**19], [0.0]),
        ([-(2**63), 2**63 - 1], [2**64 - 1], [0.0]),
        (np.array([0, 2**63, 2**64 - 1], np.uint64), [2**63, 2**63 - 1], [2.0**62, 1.5 * 2.0**63]),
        (np.array([-60000, 60000], np.float16), [2 * float(np.float16(60000))], [0.0]),
        (np.array([1, 2], np.float32), [1.0], [1.5]),
    ],
)
def test_widths_and_centres_do_not_wrap(edges, widths, centres):
    axis = Variable(edges)
    assert axis.widths.tolist() == widths
    assert axis.centers.tolist() == centres


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_edges_of_times_beyond_the_units_reach_are_shown_in_a_coarser_one(unit):
    axis = Variable(["0001-01-01", "1970-01-01", "9999-12-31"]).of(LogicalType("timestamp", unit))
    assert axis.edges.astype("M8[D]").astype(str).tolist() == ["0001-01-01", "1970-01-01", "9999-12-31"]
    assert bins(axis, [-1, 0], np.int64) == [1, 2]


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


@pytest.mark.parametrize("number", [np.uint32, np.uint64])
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_bins_of_crowded_edges_are_added_to_cells_of_either_width(number, dtype):
    edges = np.sort(np.concatenate([2.0**61 + 512 * np.arange(30), [0, 1, 5]])).astype(dtype)
    values = around(edges)
    cells = np.full(values.size, 7, number)
    Variable(edges).bind((values.dtype,))([values], number(1000), cells)
    assert cells.tolist() == [7 + 1000 * bin_ for bin_ in expected(edges.tolist(), values)]
