"""A histogram can be cut, added up and rebinned; every row stays accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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
    with pytest.raises(hb.UsageError, match="no range"):
        by.select(kind=(3, 5))


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


def test_bins_of_any_edges_stay_what_they_are() -> None:
    edges = [-1.0, 0.0, 0.0, 0.5, 0.7, 2.0, 3.0]
    histogram = scattered(Variable(edges), Regular(2, 0, 1))
    part = histogram[1:5, :]
    assert part.axes[0] == Variable(edges[1:6])
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
        (lambda h: h.sum("x", "y"), hb.UsageError, "stay"),
        (lambda h: h.rebin(7), hb.UsageError, r"x: 60 bins do not go into groups of 7; 2, 3, 4, 5"),
        (lambda h: h.select(lng=(0, 1)), hb.UsageError, "no axis 'lng'"),
        (lambda h: h.select(x=(5, 6)), hb.UsageError, "no bin within"),
        (lambda h: h.select(x=7), hb.UsageError, r"x: 7 is in none of its 60 bins"),
        (lambda h: h.select(x=(1, 2, 3)), hb.UsageError, "pair"),
        (lambda h: h[0.5, :], TypeError, r"heatbin\.loc\(0\.5\)"),
        (lambda h: h[1:2], hb.UsageError, "one entry for each of 2 axes"),
        (lambda h: h[1:2:2, :], hb.UsageError, "rebin"),
        (lambda h: h[60, :], hb.UsageError, "none of its 60 bins"),
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
