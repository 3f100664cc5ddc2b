"""The drop-ins take the columns that their models take, whatever they are held in."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import heatbin as hb
from data import write

RNG = np.random.default_rng(8)
X, Y, C = RNG.normal(size=(3, 400))
DAYS = np.datetime64("2024-01-01") + RNG.integers(0, 90, 400)
TABLE = pa.table({"x": X, "y": Y, "a c": C})
QUARTERS = np.array(["2024-01-01", "2024-02-01", "2024-04-01"], "M8[D]")


def axes() -> Axes:
    return Figure().add_subplot()


def assert_same_histograms(found: Any, wanted: Any) -> None:
    for ours, theirs in zip(found[:3], wanted[:3], strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def assert_same_hexagons(ours: Any, theirs: Any) -> None:
    np.testing.assert_array_equal(ours.get_array(), theirs.get_array())
    np.testing.assert_array_equal(ours.get_offsets(), theirs.get_offsets())


@pytest.mark.parametrize("dtypes", [("f2", "f2"), ("f4", "f4"), ("f4", "f2"), ("f4", "f8")])
def test_narrow_ends_of_a_given_range_make_edges_as_narrow_as_numpys(dtypes) -> None:
    x, y = X.astype(dtypes[0]), Y.astype(dtypes[1])
    limits = [[x.min(), y.max()], [y.min(), 3.0]]
    assert_same_histograms(hb.histogram2d(x, y, 9, limits), np.histogram2d(x, y, 9, limits))


@pytest.mark.parametrize("data", [None, {"x": X, "y": Y}, TABLE])
def test_edges_are_the_callers_own_to_change(data) -> None:
    x, y = (X, Y) if data is None else ("x", "y")
    given = np.array([-1.0, 0.0, 1.0])
    _, xedges, yedges = hb.histogram2d(x, y, [given, 3], data=data)
    xedges += 1
    yedges += 1
    np.testing.assert_array_equal(given, [-1, 0, 1])


def test_edges_of_a_source_are_the_callers_own_to_change(tmp_path) -> None:
    source = write(tmp_path / "points.parquet", {"x": X, "y": Y})
    counts, xedges, yedges = hb.histogram2d("x", "y", 3, data=source)
    before = counts.copy(), xedges.copy(), yedges.copy()
    counts += 1
    xedges += 1
    yedges += 1
    for again, expected in zip(hb.histogram2d("x", "y", 3, data=source), before, strict=True):
        np.testing.assert_array_equal(again, expected)


def test_a_count_of_bins_may_be_an_array_without_dimensions() -> None:
    assert_same_histograms(hb.histogram2d(X, Y, np.array(4)), np.histogram2d(X, Y, np.array(4)))


def test_long_doubles_are_counted_as_doubles() -> None:
    found = hb.histogram2d(X.astype(np.longdouble), Y, 4)
    assert_same_histograms(found, np.histogram2d(X, Y, 4))


def test_numbers_that_are_objects_are_numbers() -> None:
    x, c = X.astype(object), C.astype(object)
    assert_same_histograms(hb.histogram2d(x, Y, 4), np.histogram2d(x, Y, 4))
    options = {"gridsize": 7, "reduce_C_function": max}
    assert_same_hexagons(hb.hexbin(x, Y, c, ax=axes(), **options), axes().hexbin(x, Y, c, **options))


@pytest.mark.parametrize("column", [["1", "2"], np.array(["1", "2"], object), [None, 1.0]])
def test_what_is_no_number_is_a_type_error(column) -> None:
    with pytest.raises(TypeError, match="x must be numbers"):
        hb.histogram2d(column, [1, 2])


@pytest.mark.parametrize(
    ("limits", "error"),
    [([(0, 1, 2), None], ValueError), ([(0,), None], ValueError), ((0, 1), TypeError), (3, TypeError)],
)
def test_a_range_that_is_no_pair_of_pairs_is_numpys_error(limits, error) -> None:
    for histogram2d in (np.histogram2d, hb.histogram2d):
        with pytest.raises(error):
            histogram2d(X, Y, range=limits)


def test_ends_of_a_range_may_be_any_numbers() -> None:
    found = hb.histogram2d(X, Y, 3, [[Fraction(-1, 2), 1], None])
    assert_same_histograms(found, np.histogram2d(X, Y, 3, [[-0.5, 1], None]))
    truths = [[np.False_, np.True_], None]
    assert_same_histograms(hb.histogram2d(X, Y, 3, truths), np.histogram2d(X, Y, 3, truths))
    for beyond in (10**400, Fraction(10**400)):
        with pytest.raises(ValueError, match="the range of x must have ends that are finite doubles"):
            hb.histogram2d(X, Y, 3, [(0, beyond), None])


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
@pytest.mark.parametrize("ends", [[-np.inf, np.inf], [-np.inf, 0, np.inf]])
def test_edges_that_are_infinite_take_all_numbers(dtype, ends) -> None:
    x = (100 * X).astype(dtype)
    np.testing.assert_array_equal(hb.histogram2d(x, Y, [ends, 3])[0], np.histogram2d(x, Y, [ends, 3])[0])


@pytest.mark.parametrize("weights", [None, np.arange(400)])
def test_times_are_counted_between_edges_that_are_times(weights) -> None:
    days, quarters = DAYS.astype("f8"), QUARTERS.astype("f8")
    h, xedges, yedges = hb.histogram2d(DAYS, Y, [QUARTERS, 4], weights=weights)
    wanted = np.histogram2d(days, Y, [quarters, 4], weights=weights)
    np.testing.assert_array_equal(h, wanted[0])
    np.testing.assert_array_equal(xedges, QUARTERS)
    np.testing.assert_array_equal(yedges, wanted[2])
    h = hb.histogram2d(Y, DAYS, [4, QUARTERS], weights=weights)[0]
    np.testing.assert_array_equal(h, wanted[0].T)


@pytest.mark.parametrize(
    ("columns", "bins", "limits", "words"),
    [
        ((X, Y), [QUARTERS, 4], None, "x holds numbers"),
        ((X, Y), 4, [None, QUARTERS[:2]], "y holds numbers"),
        ((X, Y), 4, [None, ("0", "1")], "y holds numbers"),
    ],
)
def test_times_where_a_column_holds_numbers_are_a_type_error(columns, bins, limits, words) -> None:
    with pytest.raises(TypeError, match=words):
        hb.histogram2d(*columns, bins, limits)


def test_a_density_over_times_is_a_type_error_as_numpys_is() -> None:
    with pytest.raises(TypeError, match="has no unit"):
        hb.histogram2d(DAYS, Y, [QUARTERS, 4], density=True)


def test_hist2d_of_dates_is_drawn_on_axes_of_dates() -> None:
    ax = axes()
    found = hb.hist2d("when", "y", (5, 4), data={"when": DAYS, "y": Y}, ax=ax)
    assert found[0].sum() == DAYS.size
    assert found[1].dtype.kind == "M"
    ax.figure.draw_without_rendering()
    assert any("2024" in label.get_text() for label in ax.get_xticklabels())


@pytest.mark.parametrize("hours", [np.array([3, 5, 9]), np.array([0, 5, 9])])
def test_hexagons_of_durations_lie_where_matplotlib_has_them(hours) -> None:
    x = hours.astype("m8[h]")
    assert_same_hexagons(
        hb.hexbin(x, [1, 2, 9], gridsize=3, ax=axes()), axes().hexbin(x, [1, 2, 9], gridsize=3)
    )


def test_a_duration_of_zero_has_no_place_on_a_log_scale() -> None:
    with pytest.raises(ValueError, match="x has values that are not positive"):
        hb.hexbin(np.array([0, 1], "m8[h]"), [1, 2], xscale="log", ax=axes())


def test_a_duration_that_is_not_a_time_is_left_out() -> None:
    drawn = hb.hexbin(np.array([1, 2, "NaT"], "m8[h]"), [1, 2, 3], gridsize=2, ax=axes())
    assert drawn.get_array().sum() == 2


def test_an_extent_of_dates_is_that_of_the_axes() -> None:
    ends = np.datetime64("2024-01-10"), np.datetime64("2024-02-20")
    found = hb.hexbin(DAYS, Y, gridsize=6, extent=(*ends, -1, 1), ax=axes())
    days = [float(end.astype("M8[D]").astype("i8")) for end in ends]
    assert_same_hexagons(found, axes().hexbin(DAYS.astype("f8"), Y, gridsize=6, extent=(*days, -1, 1)))


def test_points_on_a_mesh_are_counted_in_hexagons() -> None:
    mesh = np.meshgrid(np.arange(9), np.arange(7))
    assert_same_hexagons(hb.hexbin(*mesh, gridsize=4, ax=axes()), axes().hexbin(*mesh, gridsize=4))


def test_views_of_a_dict_are_columns() -> None:
    points = dict(zip(X, Y, strict=True))
    drawn = hb.hexbin(points.keys(), points.values(), gridsize=5, ax=axes())
    assert_same_hexagons(drawn, axes().hexbin(X, Y, gridsize=5))
    assert_same_histograms(hb.hist2d(points.keys(), points.values(), ax=axes()), np.histogram2d(X, Y))


def test_expressions_on_a_frame_whose_errors_are_its_own() -> None:
    drawn = hb.hexbin("abs(x)", "y", data=pl.from_arrow(TABLE), gridsize=5, ax=axes())
    assert drawn.get_array().sum() == X.size


def test_a_query_is_a_source_and_not_a_column() -> None:
    query = duckdb.sql("select range::double as x, 2 * range::double as y from range(50)")
    assert_same_histograms(
        hb.histogram2d("x", "y", data=query), np.histogram2d(np.arange(50.0), 2.0 * np.arange(50))
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (partial(hb.hist2d, "x", "y"), "read only once: give a range"),
        (partial(hb.hist2d, "x", "y", [3, QUARTERS.size], [None, (0, 1)]), "read only once: give a range"),
        (partial(hb.hexbin, "x", "y"), "read only once: give an extent"),
        (partial(hb.hexbin, "x", "y", extent=(0, 1, 0, 1), marginals=True), "and no marginals"),
    ],
)
def test_rows_that_are_read_once_need_a_range_which_is_said_before_they_are(call, words) -> None:
    reader = TABLE.to_reader()
    with pytest.raises(ValueError, match=words):
        call(data=reader, ax=axes())
    assert reader.read_all().num_rows == TABLE.num_rows


def test_rows_that_are_read_once_are_drawn_in_a_given_extent() -> None:
    extent = (-1, 1, -1, 1)
    drawn = hb.hexbin("x", "y", "a c", data=TABLE.to_reader(), gridsize=5, extent=extent, ax=axes())
    assert_same_hexagons(drawn, hb.hexbin(X, Y, C, gridsize=5, extent=extent, ax=axes()))


@pytest.mark.parametrize("sample", [None, "c", "2 * c", "a c"])
def test_no_batch_of_an_iterator_is_lost(sample) -> None:
    table = pa.table({"x": X, "y": Y, "a c": C, "c": C})
    options = {"gridsize": 5, "extent": (-1, 1, -1, 1)}
    drawn = hb.hexbin("x", "y", sample, data=iter(table.to_batches(max_chunksize=90)), ax=axes(), **options)
    assert_same_hexagons(drawn, hb.hexbin("x", "y", sample, data=table.to_reader(), ax=axes(), **options))


def test_an_iterator_may_deliver_paths(tmp_path) -> None:
    for part in range(3):
        pq.write_table(TABLE.slice(150 * part, 150), tmp_path / f"{part}.parquet")
    drawn = hb.hexbin("x", "y", "a c", data=tmp_path.glob("*.parquet"), gridsize=5, ax=axes())
    assert_same_hexagons(drawn, hb.hexbin(X, Y, C, gridsize=5, ax=axes()))
    found = hb.hist2d("x", "y", data=tmp_path.glob("*.parquet"), ax=axes())
    assert_same_histograms(found, np.histogram2d(X, Y))


SMALL = {"?": X > 0, "i1": RNG.integers(-9, 9, 400), "u2": RNG.integers(0, 999, 400)}


@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize("narrow", ["f2", "f4"])
def test_edges_of_a_source_are_as_wide_as_numpys_for_columns_of_two_types(tmp_path, narrow, small) -> None:
    columns = {"x": (10 * X).astype(narrow), "n": SMALL[small].astype(small)}
    source = write(tmp_path / "points.parquet", columns)
    assert_same_histograms(
        hb.histogram2d("x", "n", 7, data=source), np.histogram2d(columns["x"], columns["n"], 7)
    )


def test_a_source_without_rows_has_edges_in_doubles_from_0_to_1(tmp_path) -> None:
    empty = np.array([], "f4")
    source = write(tmp_path / "points.parquet", {"x": empty, "y": empty})
    assert_same_histograms(hb.histogram2d("x", "y", 3, data=source), np.histogram2d(empty, empty, 3))


def parted(path: Path, y: list[float]) -> str:
    """Write two row groups, far apart along x, of whose y footers say nothing."""
    table = pa.table({"x": [0.0, 0.5, 1.0, 10.0, 10.5, 11.0], "y": y})
    pq.write_table(table, path, row_group_size=3, write_statistics=["x"])
    return str(path)


def test_a_range_that_the_data_give_is_that_of_all_rows_wherever_they_lie(tmp_path) -> None:
    y = [0.0, 0.5, 1.0, 100.0, 150.0, 200.0]
    source = parted(tmp_path / "points.parquet", y)
    edges = hb.histogram2d("x", "y", (2, 4), [(0, 1), None], data=source)[2]
    np.testing.assert_array_equal(edges, np.linspace(0, 200, 5))


def test_a_row_without_a_number_leaves_no_range_wherever_it_lies(tmp_path) -> None:
    source = parted(tmp_path / "points.parquet", [0.0, 0.5, 1.0, np.nan, 150.0, 200.0])
    with pytest.raises(ValueError, match="y: 1 rows are null"):
        hb.histogram2d("x", "y", (2, 4), [(0, 1), None], data=source)


def test_an_error_names_weights_as_the_caller_does(tmp_path) -> None:
    source = write(tmp_path / "points.parquet", {"x": X, "y": Y})
    with pytest.raises(TypeError, match="weights must be a column"):
        hb.hist2d("x", "y", weights=C, data=source, ax=axes())


FUNCTIONS: list[Callable[[Any], Any]] = [
    lambda values: max(set(values), key=values.count),
    lambda values: values[0] if values else -1.0,
    lambda values: sum([*values, 1]),
    partial(np.std, ddof=0.5),
    partial(np.percentile, q=30, method="lower"),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_called_with_lists_as_matplotlib_calls_them(function) -> None:
    numbers = RNG.integers(0, 4, 400)
    options = {"gridsize": 5, "mincnt": 2, "reduce_C_function": function}
    drawn = hb.hexbin(X, Y, numbers, ax=axes(), **options)
    assert_same_hexagons(drawn, axes().hexbin(X, Y, numbers, **options))


def test_a_sample_may_stand_upright_as_in_matplotlib() -> None:
    options = {"gridsize": 5, "reduce_C_function": np.sum}
    drawn = hb.hexbin(X, Y, C[:, None], ax=axes(), **options)
    np.testing.assert_allclose(drawn.get_array(), axes().hexbin(X, Y, C[:, None], **options).get_array())


@pytest.mark.parametrize(
    "number", [0.0, 1e-20, -888609288123456.8, 1e15 + 0.25, 2.0**52 + 1, 9e15, 1e19, -1e300]
)
@pytest.mark.parametrize("kept", ["footers", "rows"])
def test_a_source_of_one_number_has_the_edges_that_numpy_gives_it(tmp_path, number, kept) -> None:
    columns = {"x": np.full(3, number), "y": np.array([1.0, 2.0, 3.0])}
    source = write(tmp_path / "points.parquet", columns, write_statistics=kept == "footers")
    found = hb.histogram2d("x", "y", 4, data=source)
    assert_same_histograms(found, np.histogram2d(columns["x"], columns["y"], 4))


FAR = 1_700_000_000_123_456_700


@pytest.mark.parametrize("other", [np.zeros(4), np.zeros(4, np.int64)])
@pytest.mark.parametrize(
    "range_", [None, [[FAR, FAR + 1900], [-1, 1]], [[np.int64(FAR), FAR + 1900], [-1, 1]]]
)
def test_no_integer_that_no_double_equals_is_lost(tmp_path, other, range_) -> None:
    x = FAR + np.array([0, 100, 1000, 1900])
    source = write(tmp_path / "far.parquet", {"x": x, "y": other})
    for counts, edges, _ in (
        hb.histogram2d(x, other, bins=2, range=range_),
        hb.histogram2d("x", "y", bins=2, range=range_, data=source),
    ):
        assert counts.sum(axis=1).tolist() == [2, 2]
        np.testing.assert_array_equal(edges, np.histogram2d(x, other, bins=2, range=range_)[1])


@pytest.mark.parametrize(
    "constant", [np.full(3, FAR), np.full(3, 2**53 + 1), np.full(3, 2**64 - 3, np.uint64), np.full(3, 7)]
)
@pytest.mark.parametrize("given", [False, True])
def test_a_constant_beyond_what_doubles_tell_apart_is_counted(tmp_path, constant, given) -> None:
    range_ = [[constant[0], constant[0]], [-1, 1]] if given else None
    source = write(tmp_path / "constant.parquet", {"x": constant, "y": np.zeros(3)})
    for bins in (1, 2):
        assert hb.histogram2d(constant, np.zeros(3), bins=bins, range=range_)[0].sum() == 3
        assert hb.histogram2d("x", "y", bins=bins, range=range_, data=source)[0].sum() == 3


@pytest.mark.parametrize("kind", ["objects", "arrow", "chunked", "pandas", "polars"])
def test_large_integers_beside_one_that_is_absent_are_the_same_from_any_source(tmp_path, kind) -> None:
    values = [2**60, 2**60 + 1, 2**60 + 2, 2**60 + 3]
    arrow = pa.array([*values, None])
    held = {
        "objects": lambda: np.array([*values, np.nan], object),
        "arrow": lambda: arrow,
        "chunked": lambda: pa.chunked_array([arrow]),
        "pandas": lambda: pytest.importorskip("pandas").Series([*values, None], dtype="Int64"),
        "polars": lambda: pytest.importorskip("polars").Series([*values, None]),
    }[kind]()
    y = [0.1, 0.2, 0.3, 0.4, 0.5]
    source = write(tmp_path / "far.parquet", {"x": arrow, "y": y})
    counts = [
        hb.histogram2d(held, y, bins=[values, [0, 1]])[0],
        hb.histogram2d("x", "y", bins=[values, [0, 1]], data=source)[0],
    ]
    assert [each.ravel().tolist() for each in counts] == [[1, 1, 2]] * 2


def test_a_range_of_far_integers_is_one_of_doubles_for_floats(tmp_path) -> None:
    x, y, range_ = np.linspace(0, 10**18, 361), np.zeros(361), [[0, 10**18], [0, 1]]
    source = write(tmp_path / "floats.parquet", {"x": x, "y": y})
    model = np.histogram2d(x, y, [360, 1], range_)
    for ours in (
        hb.histogram2d(x, y, [360, 1], range_),
        hb.histogram2d("x", "y", [360, 1], range_, data=source),
    ):
        for each, expected in zip(ours, model, strict=True):
            np.testing.assert_array_equal(each, expected)
