"""Other programs get the cells as they are: tables, datasets, arrays, files, histograms of their own."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

import heatbin as hb
from data import write
from grids import filled, usual
from heatbin.axes import Regular, Variable
from heatbin.axes.category import Category
from heatbin.cli.session import run
from heatbin.histogram import Histogram
from heatbin.logical import LogicalType


@pytest.fixture(scope="module")
def histogram() -> Histogram:
    return usual()


def by_day() -> Histogram:
    days = Regular(2, 0, 4, LogicalType("date", unit="D"))
    return filled((days, Regular(1, 0, 1)), (np.arange(3, dtype=np.int32), np.zeros(3)), ("day", "y"))


def test_a_table_has_one_row_for_each_cell(histogram) -> None:
    table = histogram.to_arrow()
    x, y = histogram.axes
    assert table.column_names == ["lon_low", "lon_high", "lat_low", "lat_high", "count"]
    assert table.num_rows == x.size * y.size
    np.testing.assert_array_equal(table["count"].to_numpy(), histogram.values().ravel())
    np.testing.assert_array_equal(table["lon_low"].to_numpy(), np.repeat(x.edges[:-1], y.size))
    np.testing.assert_array_equal(table["lat_high"].to_numpy(), np.tile(y.edges[1:], x.size))
    assert json.loads(table.schema.metadata[b"heatbin"])["binned"] == histogram.tally.binned
    assert histogram.to_table().equals(table)


def test_axes_that_show_the_same_are_told_apart_by_role() -> None:
    histogram = filled((Regular(1, 0, 1),) * 2, (np.zeros(1),) * 2, ("lon", "lon"))
    assert histogram.to_arrow().column_names == ["x_low", "x_high", "y_low", "y_high", "count"]


@pytest.mark.parametrize(
    ("names", "bins"),
    [
        (("lon", "lon_low"), (3, hb.Category())),
        (("lon", "lon_edges"), (3, 4)),
        (("lon_high", "lon"), (hb.Category(), 2)),
        (("x_low", "x_low"), (2, 2)),
        (("y_edges", "y"), (2, hb.Category())),
    ],
)
def test_no_name_of_an_axis_is_made_of_another(names, bins, tmp_path) -> None:
    pytest.importorskip("xarray")
    columns = {name: np.arange(6) for name in names}
    histogram = hb.aggregate(columns, *names, bins=bins)
    edged = sum(not hasattr(axis, "labels") for axis in histogram.axes)
    table, dataset = histogram.to_arrow(), histogram.to_xarray()
    assert len(set(table.column_names)) == table.num_columns == 2 + edged + 1
    assert len(dataset.variables) == 2 + edged + 1
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        assert len(arrays.files) == 2 + 1


def test_hexagons_and_categories_of_one_column_are_told_apart(tmp_path) -> None:
    pytest.importorskip("xarray")
    rows = {"x": np.arange(9) % 3, "y": np.linspace(0, 1, 9)}
    histogram = hb.aggregate(rows, "x", "y", bins=hb.HexLattice(3), by="x")
    table = histogram.to_arrow()
    assert table.column_names == ["by", "x", "y", "count"]
    assert set(table["by"].to_pylist()) == {"0", "1", "2"}
    assert {"by", "x", "y", "count"} == set(histogram.to_xarray().variables)
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        assert set(arrays.files) == {"by", "x", "y", "count"}


def test_names_of_categories_are_kept_to_the_last_letter() -> None:
    table = pa.table({"kind": ["a", "a\0", "b"], "y": [0, 1, 2]})
    histogram = hb.aggregate(table, "kind", "y", bins=(hb.Category(), 1))
    assert histogram.to_arrow()["kind"].to_pylist() == ["a", "a\0", "b"]


def test_a_sample_says_so_and_its_variances_go_along(tmp_path) -> None:
    hist = pytest.importorskip("hist")
    rng = np.random.default_rng(5)
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": rng.random(20_000), "y": rng.random(20_000)}), path, row_group_size=500)
    histogram = hb.aggregate(path, "x", "y", bins=2, range=((0, 1), (0, 1)), sample=0.2)
    assert repr(histogram).endswith("4000 of 4000 rows, a sample of 0.2)")
    assert json.loads(histogram.to_arrow().schema.metadata[b"heatbin"])["share"] == 0.2
    np.testing.assert_array_equal(hist.Hist(histogram).variances(), histogram.variances())
    np.testing.assert_array_equal(hist.Hist(histogram).values(), histogram.values())


@pytest.mark.parametrize("agg", ["weight:w", "sum:w", "mean:w", "p50:w", "max:w", "distinct:w"])
@pytest.mark.parametrize("kind", [int, float])
def test_what_has_no_variances_gets_none_elsewhere(agg, kind) -> None:
    hist, boost_histogram = pytest.importorskip("hist"), pytest.importorskip("boost_histogram")
    rows = {"x": [0.1, 0.2, 0.7], "y": [0.1, 0.2, 0.7], "w": np.array([3, 4, 5], kind)}
    histogram = hb.aggregate(rows, "x", "y", bins=2, range=((0, 1), (0, 1)), agg=agg)
    assert histogram.variances() is None
    for made in (hist.Hist(histogram), boost_histogram.Histogram(histogram)):
        assert made.variances() is None
        np.testing.assert_array_equal(made.values(), histogram.values())


def test_truth_is_handed_over_as_whole_numbers() -> None:
    histogram = hb.aggregate({"x": [0, 1], "f": [0, 1]}, "x", "x", bins=2, agg="any:f")
    storage = histogram._to_uhi_()["storage"]
    assert storage["type"] == "int"
    assert storage["values"].dtype == np.int64


def test_a_histogram_is_a_sequence_of_its_parts() -> None:
    histogram = hb.aggregate({"x": [0, 1, 1], "y": [0, 1, 2]}, "x", "y", bins=(2, 3))
    assert list(histogram.project("x")) == [1, 2]
    assert 2 in histogram.project("x")
    assert [part.values().tolist() for part in histogram] == histogram.values().tolist()


def test_times_stay_times_in_a_table() -> None:
    assert [str(type_) for type_ in by_day().to_arrow().schema.types[:2]] == ["date32[day]"] * 2


def test_categories_keep_their_names(tmp_path) -> None:
    axes = Regular(2, 0, 1), Category([3, 5])
    histogram = filled(axes, (np.zeros(3), np.array([3, 5, 5])), ("x", "kind"))
    assert histogram.to_arrow()["kind"].to_pylist() == ["3", "5", "other"] * 2
    assert histogram._to_uhi_()["axes"][1]["categories"] == ["3", "5", "other"]
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        assert arrays["kind"].tolist() == ["3", "5", "other"]


def test_a_dataset_has_centres_and_edges_as_coordinates(histogram) -> None:
    pytest.importorskip("xarray")
    dataset = histogram.to_xarray()
    np.testing.assert_array_equal(dataset["count"], histogram.values())
    np.testing.assert_array_equal(dataset["lon"], histogram.axes[0].centers)
    np.testing.assert_array_equal(dataset["lat_edges"], histogram.axes[1].edges)
    assert dataset["count"].dims == ("lon", "lat")
    assert dataset.attrs["missing"] == histogram.tally.missing
    near = dataset["count"].sel(lon=0.51, lat=0.51, method="nearest")
    assert near == histogram[hb.loc(0.51), hb.loc(0.51)]


def test_a_dataset_of_days_is_one_over_time() -> None:
    pytest.importorskip("xarray")
    dataset = by_day().to_xarray()
    assert dataset["count"].sel(day="1970-01-02", y=0.5) == 2


def test_numpy_takes_the_values(histogram) -> None:
    np.testing.assert_array_equal(np.asarray(histogram), histogram.values())
    assert np.asarray(histogram, dtype=float).dtype == float
    with pytest.raises(ValueError, match="copy"):
        np.asarray(histogram, copy=False)


def test_parquet_and_csv_hold_the_table(histogram, tmp_path) -> None:
    histogram.export(tmp_path / "cells.parquet")
    assert pq.read_table(tmp_path / "cells.parquet").equals(histogram.to_arrow())
    histogram.export(tmp_path / "cells.csv")
    assert csv.read_csv(tmp_path / "cells.csv").equals(histogram.to_arrow())


def test_npz_holds_values_and_edges(histogram, tmp_path) -> None:
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        np.testing.assert_array_equal(arrays["count"], histogram.values())
        np.testing.assert_array_equal(arrays["lat_edges"], histogram.axes[1].edges)


def test_netcdf_holds_the_dataset(histogram, tmp_path) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    pytest.importorskip("h5py")
    histogram.export(tmp_path / "cells.nc")
    with xarray.open_dataset(tmp_path / "cells.nc") as dataset:
        assert dataset.identical(histogram.to_xarray())
    ratio = filled(histogram.axes, (np.zeros(1),) * 2, ("a / b", "c"))
    ratio.export(tmp_path / "ratio.nc")
    with xarray.open_dataset(tmp_path / "ratio.nc") as dataset:
        assert dataset["count"].dims == ("a ÷ b", "c")


def test_netcdf_has_a_name_for_whatever_the_others_have(tmp_path) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    rows = {"a": np.arange(9.0), "b": np.arange(9.0)}
    hexagons = hb.aggregate(
        rows, "a / 2", "b * 2", bins=hb.HexLattice(3), agg={"a/b": "count", "a÷b": "mean:a"}
    )
    hexagons.export(tmp_path / "cells.nc")
    with xarray.open_dataset(tmp_path / "cells.nc") as dataset:
        assert set(dataset.coords) == {"a_÷_2", "b_*_2"}
        assert set(dataset.data_vars) == {"a÷b", "a÷b_"}
        np.testing.assert_array_equal(dataset["a÷b_"], hexagons["a/b"].values())


@pytest.mark.parametrize("year", ["-170-06-01", "12000-01-01"])
def test_netcdf_says_that_it_has_no_such_years(tmp_path, year) -> None:
    pytest.importorskip("h5netcdf")
    moments = pa.array(np.datetime64(year, "s") + np.arange(3), pa.timestamp("s"))
    histogram = hb.aggregate(pa.table({"t": moments, "y": [0, 1, 2]}), "t", "y", bins=2)
    with pytest.raises(hb.UsageError, match=r"t.*: netCDF has no times .*\.parquet"):
        histogram.export(tmp_path / "cells.nc")
    assert not (tmp_path / "cells.nc").exists()


@pytest.mark.parametrize("name", ["cells", "cells.xlsx"])
def test_an_export_that_ends_in_something_else_names_what_works(histogram, tmp_path, name) -> None:
    with pytest.raises(hb.UsageError, match=r"\.parquet, \.csv, \.npz, \.nc"):
        histogram.export(tmp_path / name)


def test_an_export_into_a_missing_folder_is_an_output_error(histogram, tmp_path) -> None:
    with pytest.raises(hb.OutputError, match="no folder"):
        histogram.export(tmp_path / "nowhere" / "cells.csv")


def test_the_values_are_those_of_the_plottable_protocol(histogram) -> None:
    protocol = pytest.importorskip("uhi.typing.plottable")
    assert isinstance(histogram, protocol.PlottableHistogram)
    for axis in histogram.axes:
        assert isinstance(axis, protocol.PlottableAxisGeneric)


def test_an_axis_is_a_sequence_of_pairs_of_edges(histogram) -> None:
    axis = histogram.axes[0]
    assert (len(axis), axis[0], axis[-1][1]) == (60, (axis.edges[0], axis.edges[1]), 2.0)
    assert [low for low, _ in axis] == axis.edges[:-1].tolist()
    assert (axis.traits.circular, axis.traits.discrete) == (False, False)
    with pytest.raises(IndexError):
        axis[60]


def test_counts_are_their_own_variances(histogram) -> None:
    assert histogram.kind == "COUNT"
    for found in (histogram.counts(), histogram.variances()):
        np.testing.assert_array_equal(found, histogram.values())


def test_uhi_describes_the_axes_and_holds_the_flow(histogram) -> None:
    told = histogram._to_uhi_()
    assert told["axes"][0] == {
        "type": "regular",
        "lower": -1.0,
        "upper": 2.0,
        "bins": 60,
        "underflow": True,
        "overflow": True,
        "circular": False,
        "metadata": {"name": "x", "label": "lon"},
    }
    assert told["storage"]["type"] == "int"
    np.testing.assert_array_equal(told["storage"]["values"], histogram.values(flow=True))


def test_uhi_has_no_flow_where_rows_were_skipped(tmp_path: Path) -> None:
    path = write(tmp_path / "p.parquet", {"x": np.arange(100.0), "y": np.arange(100.0)}, row_group_size=10)
    histogram = hb.aggregate(path, "x", "y", bins=10, range=((0, 30), (0, 30)))
    told = histogram._to_uhi_()
    assert not told["axes"][0]["underflow"]
    np.testing.assert_array_equal(told["storage"]["values"], histogram.values())


def test_uhi_takes_times_as_seconds_and_no_bins_without_width() -> None:
    assert by_day()._to_uhi_()["axes"][0]["upper"] == 4 * 86400.0
    flat = filled((Variable([0, 1, 1, 2]), Regular(1, 0, 1)), (np.zeros(1),) * 2)
    with pytest.raises(hb.UsageError, match=r"lon: .* without width"):
        flat._to_uhi_()


def test_hist_and_boost_histogram_open_it(histogram) -> None:
    hist = pytest.importorskip("hist")
    boost = pytest.importorskip("boost_histogram")
    opened = hist.Hist(histogram)
    np.testing.assert_array_equal(opened.values(flow=True), histogram.values(flow=True))
    assert (opened.axes.name, opened.axes.label) == (("x", "y"), ("lon", "lat"))
    np.testing.assert_array_equal(boost.Histogram(histogram).values(), histogram.values())
    uneven = filled((Variable([0, 1, 3]), Regular(1, 0, 1)), (np.ones(1), np.zeros(1)))
    np.testing.assert_array_equal(hist.Hist(uneven).axes[0].edges, [0, 1, 3])


def test_locators_of_hist_and_boost_histogram_choose_bins(histogram) -> None:
    hist = pytest.importorskip("hist")
    boost = pytest.importorskip("boost_histogram")
    ours = histogram[hb.loc(0.51) : hb.loc(1.01) + 1, :].values()
    for theirs in (hist, boost):
        chosen = histogram[theirs.loc(0.51) : theirs.loc(1.01) + 1, :]
        np.testing.assert_array_equal(chosen.values(), ours)
        single = histogram[theirs.loc(0.51) - 1, theirs.tag.at(3)]
        assert single == histogram[hb.loc(0.51) - 1, 3]
        np.testing.assert_array_equal(histogram[2 : theirs.overflow, :].values(), histogram[2:, :].values())
    with pytest.raises(hb.UsageError, match=r"x: .*is in none of its"):
        histogram[boost.loc(99), :]


def test_mplhep_draws_it(histogram) -> None:
    mplhep = pytest.importorskip("mplhep")
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    drawn = mplhep.hist2dplot(histogram, ax=ax, cbar=False)
    np.testing.assert_array_equal(drawn.pcolormesh.get_array(), histogram.values().T)
    mplhep.histplot(histogram.project("x"), ax=Figure().add_subplot(), w2method="sqrt")


# Statistics, categories and hexagons


AGG = {
    "n": "count",
    "fare": "mean:fare",
    "w": hb.weight("fare", squares=True),
    "whole": "weight:age",
    "some": "any:age",
    "p50": "p50:fare",
    "most": "max:age",
}


def of_several(**request: Any) -> Histogram:
    rng = np.random.default_rng(0)
    points = {
        "lon": rng.random(300),
        "lat": rng.random(300),
        "fare": rng.gamma(2, 10, 300),
        "age": rng.integers(0, 9, 300),
        "kind": rng.choice(["a", "b"], 300),
    }
    asked = {"bins": (6, 5), "agg": AGG, "range": ((0, 0.5), (0, 2)), **request}
    return hb.aggregate(points, "lon", "lat", **asked)


def test_a_table_has_a_column_for_each_statistic() -> None:
    histogram = of_several()
    table = histogram.to_arrow()
    assert table.column_names[4:] == list(AGG)
    for name in AGG:
        column = table[name].to_numpy(zero_copy_only=False).astype(float)
        np.testing.assert_array_equal(column, histogram[name].values().ravel().astype(float))
    empty = histogram["n"].values().ravel() == 0
    assert np.array(table["fare"].is_null()).tolist() == empty.tolist()


def test_a_dataset_has_a_variable_for_each_statistic() -> None:
    pytest.importorskip("xarray")
    histogram = of_several(by="kind")
    dataset = histogram.to_xarray()
    assert list(dataset.data_vars) == list(AGG)
    assert dataset["fare"].dims == ("lon", "lat", "kind")
    assert dataset["kind"].values.tolist() == ["a", "b"]
    np.testing.assert_array_equal(dataset["fare"].sel(kind="b"), histogram.select(by="b")["fare"].values())


@pytest.mark.parametrize("ending", ["parquet", "csv", "npz"])
def test_a_file_has_every_statistic_and_the_names_of_categories(ending, tmp_path) -> None:
    histogram = of_several(by="kind")
    path = tmp_path / f"cells.{ending}"
    histogram.export(path)
    if ending == "npz":
        with np.load(path) as arrays:
            assert set(arrays) == {*AGG, "lon_edges", "lat_edges", "kind"}
            np.testing.assert_array_equal(arrays["p50"], histogram["p50"].values())
        return
    table = pq.read_table(path) if ending == "parquet" else csv.read_csv(path)
    assert table.column_names[4:] == ["kind", *AGG]
    assert table["n"].to_pylist() == histogram.values().ravel().tolist()


def test_empty_cells_among_large_integers_stay_empty(tmp_path) -> None:
    large = {"x": [0, 1, 2], "id": [2**63 - 1, 2, 3]}
    histogram = hb.aggregate(large, "x", "x", bins=3, agg="max:id")
    assert histogram.to_arrow()["max(id)"].to_pylist()[:5] == [2**63 - 1, None, None, None, 2]
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        saved = arrays["max(id)"]
    for found in (saved, np.asarray(histogram), histogram._to_uhi_()["storage"]["values"][1:-1, 1:-1]):
        np.testing.assert_array_equal(
            found, [[2.0**63, *[np.nan] * 2], [np.nan, 2, np.nan], [*[np.nan] * 2, 3]]
        )


def test_an_array_of_integers_is_exact_or_an_error() -> None:
    large = {"x": [0, 1], "id": [2**62 + 1, 2**53 + 1]}
    full = hb.aggregate(large, "x", "x", bins=1, agg="max:id")
    assert np.asarray(full, dtype=np.int64).tolist() == [[2**62 + 1]]
    with pytest.raises(ValueError, match=r"empty.*values\(\)"):
        np.asarray(hb.aggregate(large, "x", "x", bins=2, agg="max:id"), dtype=np.int64)


def test_large_integers_stay_integers_where_no_cell_is_empty(tmp_path) -> None:
    large = 2**62 + 1
    histogram = hb.aggregate({"x": [0, 1], "id": [large, large + 1]}, "x", "x", bins=1, agg="max:id")
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        saved = arrays["max(id)"]
    for found in (saved, np.asarray(histogram), histogram.to_xarray()["max(id)"].values):
        assert found.tolist() == [[large + 1]]


@pytest.mark.parametrize(
    "statistic", [{}, {"month_low": "count"}, {"lon_low": "count"}, {"lon_edges": "count"}, {"x": "count"}]
)
def test_no_name_is_used_twice_whatever_statistics_are_called(statistic) -> None:
    pytest.importorskip("xarray")
    agg = {**statistic, "lat": "mean:fare"}
    histogram = of_several(agg=agg)
    names = histogram.to_arrow().column_names
    assert len(set(names)) == len(names) == 4 + len(agg)
    assert set(agg) <= set(names)
    assert len(histogram.to_xarray().variables) == 4 + len(agg)


def test_hexagons_are_told_by_their_centres(tmp_path) -> None:
    pytest.importorskip("xarray")
    histogram = of_several(bins=hb.HexLattice(4), by="kind", agg=["count", "mean:fare"])
    lattice = histogram.axes[0]
    table, dataset = histogram.to_arrow(), histogram.to_xarray()
    assert table.column_names == ["kind", "lon", "lat", "count", "mean(fare)"]
    np.testing.assert_array_equal(table["lat"].to_numpy(), np.repeat(lattice.offsets[:, 1], 2))
    np.testing.assert_array_equal(dataset["lon"], lattice.offsets[:, 0])
    np.testing.assert_array_equal(dataset["count"], histogram.values())
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        np.testing.assert_array_equal(arrays["lon"], lattice.offsets[:, 0])
    with pytest.raises(hb.UsageError, match="hexagons cannot be handed over"):
        histogram._to_uhi_()


def test_categories_are_discrete_and_cycles_circular() -> None:
    protocol = pytest.importorskip("uhi.typing.plottable")
    histogram = of_several(bins=(hb.Cyclic(4, 1), 5, hb.Category(["b"])), by="kind", range=None)
    cyclic, regular, category = histogram.axes
    assert (cyclic.traits.circular, cyclic.traits.discrete) == (True, False)
    assert (regular.traits.circular, regular.traits.discrete) == (False, False)
    assert (category.traits.circular, category.traits.discrete) == (False, True)
    assert isinstance(category, protocol.PlottableAxisGeneric)
    assert [*category] == ["b", "other"]
    assert Category(["other", "a"]).labels == ("other", "a", "all other")


@pytest.mark.parametrize(
    ("name", "storage"),
    [
        ("n", "Int64"),
        ("whole", "Int64"),
        ("some", "Int64"),
        ("fare", "Double"),
        ("p50", "Double"),
        ("most", "Double"),
        ("w", "Weight"),
    ],
)
@pytest.mark.parametrize("by", [None, "kind"])
def test_hist_and_boost_histogram_open_each_statistic(name, storage, by) -> None:
    hist = pytest.importorskip("hist")
    boost = pytest.importorskip("boost_histogram")
    histogram = of_several(by=by)[name]
    for opened in (hist.Hist(histogram), boost.Histogram(histogram)):
        assert opened.storage_type.__name__ == storage
        np.testing.assert_array_equal(opened.values(), histogram.values().astype(float))
    if name == "w":
        np.testing.assert_array_equal(hist.Hist(histogram).variances(), histogram.variances())
    if by:
        assert [*hist.Hist(histogram).axes[2]] == ["a", "b"]


def test_means_say_that_they_are() -> None:
    histogram = of_several()
    assert [histogram[name].kind for name in AGG] == ["COUNT", "MEAN", *["COUNT"] * 5]
    assert histogram["fare"].variances() is None
    np.testing.assert_array_equal(histogram["fare"].counts(), histogram["n"].values())


@pytest.mark.parametrize("name", ["n", "fare", "w"])
def test_mplhep_draws_counts_means_and_weights(name) -> None:
    mplhep = pytest.importorskip("mplhep")
    from matplotlib.figure import Figure

    histogram = of_several()[name]
    drawn = mplhep.hist2dplot(histogram, ax=Figure().add_subplot(), cbar=False)
    expected = np.ma.masked_invalid(histogram.values().T.astype(float))
    np.testing.assert_array_equal(np.ma.masked_invalid(drawn.pcolormesh.get_array()), expected)


def test_mplhep_names_categories() -> None:
    mplhep = pytest.importorskip("mplhep")
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    mplhep.histplot(of_several(by="kind").project("by"), ax=ax, w2method="sqrt")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]


def test_a_notebook_shows_a_small_picture_and_the_account(histogram) -> None:
    shown = histogram._repr_mimebundle_(include=None, exclude=None)
    assert shown["text/plain"] == "Histogram(lon: 60 bins, lat: 34 bins; 3402 of 5000 rows)"
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', shown["text/html"])
    assert picture is not None
    assert base64.b64decode(picture[1]).startswith(b"\x89PNG")
    assert '<td style="text-align:right">3,402</td>' in shown["text/html"]
    hexagons = hb.aggregate({"x": [1.0, 2.0], "y": [1.0, 2.0]}, "x", "y", bins=hb.HexLattice(2))
    assert "<img" in hexagons._repr_mimebundle_()["text/html"]
    panels = of_several(bins=hb.HexLattice(4), by="kind")
    assert "<img" not in panels._repr_mimebundle_()["text/html"]
    assert "<img" not in histogram.project("x")._repr_mimebundle_()["text/html"]


def test_plot_exports_the_cells_beside_the_picture(tmp_path, capsys) -> None:
    source = write(tmp_path / "p.parquet", {"x": [0.1, 0.9, 0.9], "y": [0.2, 0.7, 0.8]})
    picture, cells = tmp_path / "map.png", tmp_path / "cells.parquet"
    arguments = ["plot", source, "--x", "x", "--y", "y", "--bins", "2", "-o", str(picture), "--json"]
    assert run([*arguments, "--export", str(cells)]) == 0
    assert json.loads(capsys.readouterr().out)["outputs"] == [str(picture), str(cells)]
    assert pq.read_table(cells)["count"].to_pylist() == [1, 0, 0, 2]
    assert run([*arguments, "--export", str(tmp_path / "cells.docx")]) == 2
    assert "--export" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["file", "allow_pickle", "arr_0", "a/b"])
def test_npz_holds_statistics_of_any_name(tmp_path, name) -> None:
    histogram = hb.aggregate({"x": [0.5], "y": [0.5]}, "x", "y", bins=1, agg={name: hb.count()})
    histogram.export(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        assert arrays[name].tolist() == [[1]]
