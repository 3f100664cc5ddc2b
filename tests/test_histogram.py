"""A histogram can be cut, added up and rebinned; every row stays accounted for."""

from __future__ import annotations

import math
import pickle
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import heatbin as hb
from data import write
from grids import ROWS, filled, scattered, usual
from heatbin.axes import Regular, Variable
from heatbin.axes.category import Category
from heatbin.histogram import Histogram
from heatbin.logical import LogicalType


@pytest.fixture(scope="module")
def histogram() -> Histogram:
    return usual()


def assert_adds_up(histogram: Histogram, rows: int = ROWS) -> None:
    tally = histogram.tally
    assert tally.read == tally.binned + tally.outside + tally.missing + tally.filtered == rows
    assert tally.binned == histogram.values().sum()


def test_a_projection_is_the_sum_over_the_other_axis(histogram) -> None:
    across = histogram.project("x")
    np.testing.assert_array_equal(across.values(), histogram.values().sum(axis=1))
    assert across.values().dtype == np.int64
    assert across.axes == (histogram.axes[0],)
    assert across.tally == histogram.tally


def test_a_sum_over_an_axis_leaves_the_others(histogram) -> None:
    np.testing.assert_array_equal(histogram.sum("x").values(), histogram.values().sum(axis=0))
    assert histogram.sum("x").names == ("lat",)
    assert histogram.sum("x").project("lat").values().sum() == histogram.tally.binned


def test_numpy_adds_up_the_values(histogram) -> None:
    assert np.sum(histogram) == histogram.values().sum() == np.add.reduce(histogram, axis=None)
    np.testing.assert_array_equal(np.sum(histogram, axis=0), histogram.values().sum(axis=0))


def test_an_axis_must_stay_in_a_sum(histogram) -> None:
    with pytest.raises(hb.UsageError, match=r"an axis must stay; h\[sum, sum\] is the number"):
        histogram.sum("x", "y")


def test_marginals_are_the_projections_on_each_axis(histogram) -> None:
    x, y = histogram.marginals()
    np.testing.assert_array_equal(x.values(), histogram.values().sum(axis=1))
    np.testing.assert_array_equal(y.values(), histogram.values().sum(axis=0))


def test_a_projection_follows_the_order_that_was_asked_for(histogram) -> None:
    turned = histogram.project("y", "x")
    np.testing.assert_array_equal(turned.values(), histogram.values().T)
    assert (turned.names, turned.roles) == (("lat", "lon"), ("y", "x"))
    assert turned.tally == histogram.tally


def test_axes_go_by_role_by_name_or_by_number() -> None:
    three = scattered(Regular(3, 0, 1), Regular(4, 0, 1), Regular(5, 0, 1))
    expected = three.values().sum(axis=(0, 2))
    for axis in ("y", "lat", 1, -2):
        np.testing.assert_array_equal(three.project(axis).values(), expected)
    np.testing.assert_array_equal(three.sum("by").values(), three.values().sum(axis=2))
    np.testing.assert_array_equal(three.sum("lon", "age").values(), expected)


def test_wider_bins_hold_what_their_bins_held(histogram) -> None:
    wide = histogram.rebin(2)
    expected = histogram.values().reshape(30, 2, 17, 2).sum(axis=(1, 3))
    np.testing.assert_array_equal(wide.values(), expected)
    assert wide.axes[0] == Regular(30, -1.0, 2.0)
    assert wide.tally == histogram.tally


def test_each_axis_can_have_its_own_factor(histogram) -> None:
    wide = histogram.rebin(x=6, y=17)
    np.testing.assert_array_equal(wide.values(), histogram.values().reshape(10, 6, 2, 17).sum(axis=(1, 3)))
    np.testing.assert_array_equal(histogram.rebin(x=6).values().sum(), wide.values().sum())


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_no_row_is_lost_by_cutting(nx, ny, data) -> None:
    histogram = scattered(Regular(nx, 0, 1), Regular(ny, 0, 1), rows=2000, seed=nx)
    first, last = sorted(
        data.draw(st.tuples(st.integers(0, nx), st.integers(0, nx)).filter(lambda p: p[0] != p[1]))
    )
    part = histogram[first:last, :]
    np.testing.assert_array_equal(part.values(), histogram.values()[first:last])
    np.testing.assert_array_equal(part.axes[0].edges, histogram.axes[0].edges[first : last + 1])
    assert_adds_up(part, 2000)
    assert part.tally.missing == histogram.tally.missing
    assert_adds_up(part.project("y"), 2000)
    flow = part.values(flow=True)
    assert flow[0].sum() == histogram.values(flow=True)[: first + 1].sum()


def test_a_range_of_values_keeps_the_bins_that_reach_into_it(histogram) -> None:
    part = histogram.select(x=(0.0, 0.78), lat=(None, 0))
    np.testing.assert_array_equal(part.axes[0].edges[[0, -1]], histogram.axes[0].edges[[20, 36]])
    np.testing.assert_array_equal(part.values(), histogram.values()[20:36, :18])
    assert_adds_up(part)


def test_an_end_that_misses_an_edge_by_rounding_means_the_edge() -> None:
    tenths = scattered(Regular(10, 0, 1), Regular(10, 0, 1))
    assert tenths.axes[0].edges[3] != 0.3
    np.testing.assert_array_equal(tenths.select(x=(0.3, 0.7)).values(), tenths.values()[3:7])


def test_bins_without_an_end_are_selected_by_values_within_them() -> None:
    histogram = scattered(Variable([-np.inf, 0.5, np.inf]), Regular(1, 0, 1))
    for ends, bins in [((-5, 5), slice(0, 2)), ((5, np.inf), slice(1, 2)), ((-np.inf, 0.5), slice(0, 1))]:
        np.testing.assert_array_equal(histogram.select(x=ends).values(), histogram.values()[bins])


def test_a_single_value_takes_the_axis_away(histogram) -> None:
    row = histogram.select(x=0.51)
    np.testing.assert_array_equal(row.values(), histogram.values()[30])
    assert row.names == ("lat",)
    assert_adds_up(row)


def test_the_last_edge_belongs_to_the_last_bin(histogram) -> None:
    np.testing.assert_array_equal(histogram.select(x=2.0).values(), histogram.values()[-1])


def test_times_are_selected_as_they_are_written() -> None:
    days = Regular(31, 0, 31, LogicalType("date", unit="D"))
    histogram = filled((days, Regular(1, 0, 1)), (np.arange(40, dtype=np.int32), np.zeros(40)))
    part = histogram.select(x=("1970-01-03", np.datetime64("1970-01-10")))
    assert part.axes[0].size == 7
    assert str(part.axes[0].edges[0]) == "1970-01-03"
    np.testing.assert_array_equal(part.values(flow=True)[:, 1], [2, *[1] * 7, 31])


def test_categories_are_selected_by_name_and_added_up() -> None:
    kinds = np.array([3, 5, 5, 7, 3, 9])
    by = filled((Regular(2, 0, 1), Category([3, 5])), (np.linspace(0, 0.9, 6), kinds), ("x", "kind"))
    np.testing.assert_array_equal(by.select(kind=5).values(), [2, 0])
    np.testing.assert_array_equal(by[:, hb.loc("other")].values(), [0, 2])
    np.testing.assert_array_equal(by.sum("kind").values(), [3, 3])
    np.testing.assert_array_equal(by[:, :2].values().sum(axis=0), [2, 2])
    with pytest.raises(hb.UsageError, match="which are 3, 5, other"):
        by.select(kind=4)
    with pytest.raises(hb.UsageError, match="y: categories have no range"):
        by.select(kind=(3, 5))
    with pytest.raises(hb.UsageError, match="y: categories have no neighbours"):
        by.rebin(y=3)


def test_indexing_is_uhis(histogram) -> None:
    values = histogram.values()
    cases = [
        (histogram[2:5, :], values[2:5]),
        (histogram[2:-5, ...], values[2:-5]),
        (histogram[..., 3], values[:, 3]),
        (histogram[-1, :], values[-1]),
        (histogram[:: hb.rebin(3), ::sum], values.sum(axis=1).reshape(20, 3).sum(axis=1)),
        (histogram[{"x": slice(6, 12, hb.rebin(2))}], values[6:12].reshape(3, 2, 34).sum(axis=1)),
        (histogram[{"y": sum}], values.sum(axis=1)),
        (histogram[{"y": slice(4, 9, sum)}], values[:, 4:9].sum(axis=1)),
        (histogram[hb.loc(0.51) : hb.loc(1.01) + 1, :], values[30:41]),
        (histogram[{0: hb.loc(0.51) - 1}], values[29]),
    ]
    for part, expected in cases:
        np.testing.assert_array_equal(part.values(), expected)
        assert_adds_up(part)
    assert histogram[3, 4] == values[3, 4]
    assert histogram[sum, sum] == values.sum()


EVERY = {
    "n": hb.count(),
    "samples": hb.count("s"),
    "weight": hb.weight("s", squares=True),
    "sum": hb.sum("i"),
    "mean": hb.mean("s"),
    "var": hb.var("s"),
    "std": hb.std("i", ddof=1),
    "min": hb.min("s"),
    "max": hb.max("i"),
    "any": hb.any("s > 1"),
    "p50": hb.quantile("s", 0.5),
    "different": hb.distinct("i"),
    "best": hb.max_by("i", "s"),
    "worst": hb.min_by("s", "i"),
}


@pytest.fixture(scope="module", params=[None, "by"])
def every(request) -> tuple[Histogram, Histogram]:
    """Return all statistics on a grid, and the same of a single cell."""
    rng = np.random.default_rng(0)
    columns = {
        "x": rng.uniform(0, 1, 500),
        "y": rng.uniform(0, 1, 500),
        "s": rng.normal(size=500),
        "i": rng.integers(-9, 9, 500),
        "by": rng.integers(0, 3, 500),
    }
    ranges = ((0, 1), (0, 1))
    by = {"by": request.param} if request.param else {}
    grid = hb.aggregate(columns, "x", "y", bins=(3, 4), range=ranges, agg=EVERY, **by)
    return grid, hb.aggregate(columns, "x", "y", bins=1, range=ranges, agg=EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_a_single_cell_is_what_the_grid_holds_there(every, name) -> None:
    histogram = every[0][name]
    values, counts = histogram.values(), histogram.counts()
    for place in np.ndindex(values.shape):
        np.testing.assert_array_equal(histogram[place], values[place])
    cell = histogram.select(x=0.5, y=0.5)
    if cell.axes:
        cell = cell.select(by=1)
    place = (1, 2, 1)[: values.ndim]
    np.testing.assert_array_equal(cell.values(), values[place])
    np.testing.assert_array_equal(cell.counts(), counts[place])
    assert cell.values().shape == cell.values(flow=True).shape == ()
    np.testing.assert_array_equal(cell.sum().values(), cell.values())
    variances = histogram.variances()
    assert (variances is None) == (cell.variances() is None)
    if variances is not None:
        assert cell.variances() == variances[place]


@pytest.mark.parametrize("name", EVERY)
def test_the_sum_over_all_axes_is_the_statistic_of_all_rows(every, name) -> None:
    grid, whole = every
    np.testing.assert_array_equal(grid[name][(sum,) * len(grid.axes)], whole[name].values().item())


def test_all_hexagons_together_are_one_number() -> None:
    columns = {name: np.linspace(0, 1, 50) for name in "xys"}
    histogram = hb.aggregate(columns, "x", "y", bins=hb.HexLattice(4), agg="mean:s")
    assert histogram[{"xy": sum}] == math.fsum(columns["s"]) / 50


def test_what_goes_round_is_selected_part_by_part() -> None:
    hours = {"h": np.array([1.0, 4.0, 13.0, 23.0]), "y": np.zeros(4)}
    histogram = hb.aggregate(hours, "h", "y", bins=(hb.Cyclic(24, 24), 1))
    assert [histogram.select(h=part).values().sum() for part in [(22, None), (None, 3), (4, 14)]] == [1, 1, 2]
    for part in [(22, 3), (-1, 3), (22, 27)]:
        with pytest.raises(hb.UsageError, match=r"x: .* within 0\.0 to 24\.0, .* not wrap; select each part"):
            histogram.select(h=part)


def test_dates_that_come_round_again_are_selected_by_how_long_after_the_beginning_they_are() -> None:
    times = np.array(["2024-03-01T03:10", "2024-03-02T03:50", "2024-03-04T22:00"], "M8[s]")
    histogram = hb.aggregate({"t": times, "y": np.zeros(3)}, "t", "y", bins=(hb.Cyclic(24, "1d"), 1))
    assert histogram.select(t="3h").values() == [2]
    assert histogram.select(t=(np.timedelta64(20, "h"), None)).values().sum() == 1
    morning = histogram.select(t=("3h", "12h"))
    assert morning.values().sum() == morning.select(t="3h").values() == 2
    with pytest.raises(hb.UsageError, match="x: '22h' is in none of its 9 bins"):
        morning.select(t="22h")
    with pytest.raises(hb.UsageError, match=r"x: loc\('22h'\) is in none of its 9 bins"):
        morning[hb.loc("22h"), :]
    assert repr(hb.loc(0.5) - 2) == "loc(0.5) -2"
    with pytest.raises(hb.UsageError, match="x: '2024-03-01' is no duration"):
        histogram.select(t="2024-03-01")


def test_a_length_is_looked_up_where_rows_with_it_are_though_edges_lie_between_ticks() -> None:
    ticks = np.array([142857142, 142857143, 999999999, 0])
    rows = {"t": pa.array(ticks).cast(pa.duration("ns")), "y": np.zeros(4)}
    histogram = hb.aggregate(rows, "t", "y", bins=(hb.Cyclic(7, "1s"), 1))
    assert [histogram.select(t=np.timedelta64(tick, "ns")).values() for tick in ticks] == [2, 1, 1, 2]
    assert histogram.select(t=(np.timedelta64(0, "ns"), np.timedelta64(142857143, "ns"))).axes[0].size == 2
    with pytest.raises(hb.UsageError, match="x: 2s to 1s does not go up within"):
        histogram.select(t=("2s", "1s"))


def test_shares_of_a_circle_of_decimals_are_cut_at_their_edges() -> None:
    shares = pa.array([f"{n / 100:.2f}" for n in range(100)]).cast(pa.decimal128(5, 2))
    histogram = hb.aggregate({"x": shares, "y": [0.0] * 100}, "x", "y", bins=(hb.Cyclic(100, 1), 1))
    for ends, size in (((0, 0.1 + 0.2), 30), ((0.1 * 3, 0.1 * 6), 30), ((1 - 0.9, 0.3), 20)):
        for part in (histogram, histogram[5:95, :]):
            within = (max(ends[0], 0.05) if part is not histogram else ends[0], ends[1])
            lost = 5 if within != ends else 0
            assert part.select(x=within).axes[0].size == size - lost


def test_one_bin_of_millions_is_found() -> None:
    whole = hb.Cyclic(5_000_000, 5_000_000)
    assert (hb.loc(3.2)(whole), hb.loc(3.2)(hb.Arc(whole, 2, 9))) == (3, 1)


def test_an_end_that_is_outside_is_said_to_be() -> None:
    for axis, words in (
        (hb.Cyclic(24, 24), "go from 0.0 to below 24.0"),
        (hb.Regular(1, 0, 1, closed=False), "go from 0.0 to below 1.0"),
        (hb.Regular(1, 0, 1), "go from 0.0 to 1.0"),
    ):
        histogram = hb.aggregate({"x": [0.5], "y": [0.0]}, "x", "y", bins=(axis, 1))
        with pytest.raises(hb.UsageError, match=words):
            histogram.select(x=99)


def test_what_is_left_of_categories_still_knows_of_what_kind_they_are() -> None:
    def of(column, axis, y=1):
        return hb.aggregate({"x": column, "y": np.zeros(len(column))}, "x", "y", bins=(axis, y))

    for numbers, texts in (([1, 2, 3], ["1", "2"]), (["p", "q"], [0, 1])):
        rest = of(numbers, hb.Category(numbers[:1]))[1:, :].axes[0]
        assert of(numbers, rest).values().sum() == len(numbers) - 1
        with pytest.raises(hb.UsageError, match="the categories are"):
            of(texts, rest)


def test_an_end_beyond_what_the_column_can_hold_is_the_end_of_the_axis() -> None:
    times = np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "M8[ns]")
    histogram = hb.aggregate({"t": times, "n": [1, 2, 3]}, "t", "n", bins=(hb.Time("1d"), 3))
    part = histogram.select(t=("2024-01-02", "9999-12-31"), n=(-(10**400), 10**400))
    np.testing.assert_array_equal(part.values(), histogram.values()[1:])
    with pytest.raises(hb.UsageError, match="x: '9999-12-31' is in none of its 3 bins"):
        histogram.select(t="9999-12-31")


FAR = 2**62 + 2**61
MOMENTS = [np.datetime64(1_700_000_000_000_000_000 + at, "ns") for at in range(5, 51)]
HALVES = [np.datetime64("2024-01-01", "s") + 1800 * half for half in range(-1, 8)]
CENTS = [Decimal(cents).scaleb(-8) for cents in range(10**17 - 1, 10**17 + 85)]


@pytest.mark.parametrize(
    ("axis", "values", "dtype"),
    [
        (Variable(np.arange(FAR, FAR + 9, 2, np.uint64)), [FAR + k for k in range(-1, 11)], pa.uint64()),
        (Regular(4, 2**62, 2**62 + 40), [2**62 + k for k in range(-1, 42)], pa.int64()),
        (Regular(6, CENTS[1], CENTS[84]), CENTS, pa.decimal128(38, 8)),
        (Regular(5, MOMENTS[1], MOMENTS[44]), MOMENTS, pa.timestamp("ns")),
        (hb.Symlog(18, -220.957473, 4.8143365778523846e17), [27956136421253575, -221, 0, 2**60], pa.int64()),
        (hb.Integer(-3, 4), list(range(-5, 6)), pa.int64()),
        (hb.Time("1h", HALVES[1], HALVES[7]), HALVES, pa.timestamp("s")),
        (Variable([0.1, 0.2, 0.7]), [0.0, 0.1, 0.15, 0.2, 0.7, math.nextafter(0.7, 1)], pa.float64()),
    ],
)
def test_a_value_is_looked_up_as_rows_with_it_are_binned(axis, values, dtype) -> None:
    for value in values:
        table = pa.table({"x": pa.array([value], dtype), "y": [0.5]})
        histogram = hb.aggregate(table, "x", "y", bins=(axis, Variable([0.0, 1.0])))
        found = np.flatnonzero(histogram.values()[:, 0]).tolist() or [-1, histogram.axes[0].size]
        assert hb.loc(value)(histogram.axes[0]) in found
        if histogram.tally.binned:
            assert histogram.select(x=value, y=0.5).values() == 1


def test_a_slice_that_ends_at_the_end_of_an_axis_loses_no_bin() -> None:
    histogram = hb.aggregate({"x": [0, 1, 2, 3], "y": [0] * 4}, "x", "y", bins=(hb.Integer(0, 4), 1))
    assert histogram[hb.loc(1) : hb.loc(4), :].values().ravel().tolist() == [1, 1, 1]
    assert histogram.select(x=(1, 4)).values().ravel().tolist() == [1, 1, 1]


def test_bins_of_any_edges_stay_what_they_are() -> None:
    edges = [-1.0, 0.0, 0.0, 0.5, 0.7, 2.0, 3.0]
    histogram = scattered(Variable(edges), Regular(2, 0, 1))
    part = histogram[1:5, :]
    assert part.axes[0] == Variable(edges[1:6], closed=False)
    np.testing.assert_array_equal(part.values(), histogram.values()[1:5])
    assert histogram.rebin(x=3).axes[0] == Variable([-1.0, 0.5, 3.0])


def test_edges_of_a_part_are_those_of_the_whole_to_the_bit() -> None:
    histogram = scattered(Regular(1000, 0.1, 0.7), Regular(1, 0, 1))
    for first, last in [(0, 999), (1, 1000), (333, 777)]:
        np.testing.assert_array_equal(
            histogram[first:last, :].axes[0].edges, histogram.axes[0].edges[first : last + 1]
        )


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda h: h.project("z"), hb.UsageError, r"no axis 'z'; .*axes: x \(lon\), y \(lat\)"),
        (lambda h: h.project(2), hb.UsageError, "no axis 2: there are 2, x, y"),
        (lambda h: h.project("x", "x"), hb.UsageError, "once"),
        (lambda h: h.sum("x", "y"), hb.UsageError, r"stay; h\[sum, sum\] is"),
        (lambda h: h.rebin(7), hb.UsageError, r"x: 60 bins do not go into groups of 7; 2, 3, 4, 5"),
        (lambda h: h.select(lng=(0, 1)), hb.UsageError, "no axis 'lng'"),
        (lambda h: h.select(x=(5, 6)), hb.UsageError, "no bin within"),
        (lambda h: h.rebin(2.0), TypeError, r"x: the factor must be a whole number of bins, not 2\.0"),
        (lambda h: h.rebin(x=2, lon=3), hb.UsageError, "x is said twice"),
        (lambda h: h.select(x=0, lon=1), hb.UsageError, "x is said twice"),
        (lambda h: h[{0: 1, "x": 2}], hb.UsageError, "x is said twice"),
        (lambda h: h.select(x="a"), hb.UsageError, "x: 'a' is no number"),
        (lambda h: h.select(y=("a", None)), hb.UsageError, "y: 'a' is no number"),
        (lambda h: h[:, hb.loc("a") :], hb.UsageError, "y: .*'a' is no number"),
        (lambda h: h[:, str], TypeError, "y: <class 'str'> gives no number of a bin"),
        (lambda h: h[np.arange(2), :], TypeError, "x: .* is no number of a bin"),
        (lambda h: h.project(1.5), TypeError, r"by its role, its name or its number, not by 1\.5"),
        (lambda h: h[:, 0:1].rebin(y=2), hb.UsageError, "y: 1 bins do not go into groups of 2$"),
        (lambda h: h.select(x=7), hb.UsageError, r"x: 7 is in none of its 60 bins"),
        (lambda h: h.select(x=(1, 2, 3)), hb.UsageError, "pair"),
        (lambda h: h[0.5, :], TypeError, r"heatbin\.loc\(0\.5\)"),
        (lambda h: h[1:2], hb.UsageError, "one entry for each of 2 axes"),
        (lambda h: h[1:2:2, :], hb.UsageError, "rebin"),
        (
            lambda h: h[60, :],
            hb.UsageError,
            "x: 60 is in none of its 60 bins, whose numbers go from 0, or from -60",
        ),
        (lambda h: h[hb.loc(9), :], hb.UsageError, r"none of its 60 bins, which go from -1\.0 to 2\.0"),
        (lambda h: h[4:4, :], hb.UsageError, "no bin within"),
    ],
)
def test_what_cannot_be_cut_is_an_error_that_names_the_axis(histogram, ask, error, words) -> None:
    with pytest.raises(error, match=words):
        ask(histogram)


def test_a_projection_keeps_the_rows_that_were_skipped(tmp_path: Path) -> None:
    path = write(tmp_path / "p.parquet", {"x": np.arange(100.0), "y": np.arange(100.0)}, row_group_size=10)
    histogram = hb.aggregate(path, "x", "y", bins=10, range=((0, 30), (0, 30)))
    assert histogram.tally.skipped > 0
    assert histogram.project("x").tally == histogram.tally
    assert histogram.select(x=(0, 15)).tally.total == 100


def test_the_summary_of_a_projection_tells_of_the_axis_that_is_left(histogram) -> None:
    summary = histogram.project("y").summary()
    assert summary["y"] == {"expression": "lat", "edges": [-0.9, 0.8], "bins": 34}
    assert "x" not in summary


def test_a_histogram_is_equal_to_itself_alone_and_can_be_a_key(histogram) -> None:
    assert {histogram: "here"}[histogram] == "here"
    assert histogram != pickle.loads(pickle.dumps(histogram))


def test_a_part_that_is_the_whole_is_not_copied(histogram) -> None:
    for part in (histogram[:, :], histogram[...], histogram.project("x", "y"), histogram.rebin(1)):
        assert part is histogram
    assert histogram.project("y", "x") is not histogram


def test_a_histogram_without_axes_is_kept_and_not_drawn(tmp_path: Path) -> None:
    table = {"x": [1.0, 2.0], "y": [1.0, 2.0], "s": [1.0, 2.0]}
    one = hb.aggregate(table, "x", "y", bins=2, agg="mean:s").select(x=2.0, y=2.0)
    one.save(tmp_path / "one.heatbin")
    assert (one.axes, one.values().shape, float(hb.load(tmp_path / "one.heatbin").values())) == ((), (), 2.0)
    with pytest.raises(hb.UsageError, match="no axis is left to draw"):
        one.plot()
