"""The drop-ins take columns of any type that is a number or a time, from wherever they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import heatbin as hb
from data import write

RNG = np.random.default_rng(5)
ROWS = 400
Y = RNG.normal(size=ROWS)
C = RNG.normal(size=ROWS)
HOURS = RNG.integers(0, 50, ROWS)
WHEN = np.datetime64("2024-02-27", "us") + HOURS.astype("m8[h]")
TENTHS = [Decimal(int(hour)) / 10 for hour in HOURS]

NUMBERS = {
    "when": WHEN,
    "lasts": HOURS.astype("m8[h]").astype("m8[us]"),
    "tenths": np.array([float(tenth) for tenth in TENTHS]),
    "y": Y,
    "c": C,
}
"""The columns as matplotlib places them."""

TRUTHS = [None if hour % 9 == 0 else hour % 2 == 0 for hour in HOURS.tolist()]
TABLE = pa.table(
    {
        **NUMBERS,
        "tenths": pa.array(TENTHS),
        "zoned": pa.array(WHEN).cast(pa.timestamp("us", "Europe/Berlin")),
        "dates": pa.array(WHEN.astype("M8[D]")),
        "truths": pa.array(TRUTHS),
    }
)

HELD: dict[str, Callable[[str], Any]] = {
    "arrow": lambda name: TABLE[name],
    "pandas": lambda name: pd.Series(TABLE[name].to_pylist()) if name == "dates" else FRAME[name],
    "polars": lambda name: pl.from_arrow(TABLE)[name],
    "list": lambda name: TABLE[name].to_pylist(),
    "objects": lambda name: np.array(TABLE[name].to_pylist(), dtype=object),
}
FRAME = TABLE.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
DAYS = [date(2024, 2, day) for day in (27, 28, 29)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("source") / "points.parquet", TABLE, row_group_size=90)


def axes() -> Axes:
    return Figure().add_subplot()


def assert_same_bars(ours: Any, model: Any) -> None:
    for bars, expected in ((ours.hbar, model.hbar), (ours.vbar, model.vbar)):
        np.testing.assert_allclose(bars.get_array(), expected.get_array(), rtol=1e-10)


@pytest.mark.parametrize(
    "names", [("when", "y"), ("y", "when"), ("lasts", "tenths"), ("tenths", "lasts", "c")]
)
def test_marginals_of_times_and_decimals_in_a_source_are_those_of_arrays(source, names) -> None:
    options = {"gridsize": (7, 4), "marginals": True}
    ours = hb.hexbin(*names, data=source, ax=axes(), **options)
    assert_same_bars(ours, hb.hexbin(*(NUMBERS[name] for name in names), ax=axes(), **options))


def assert_same_histograms(found: Any, wanted: Any) -> None:
    for ours, theirs in zip(found[:3], wanted[:3], strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("name", ["tenths", "zoned", "when", "lasts", "dates"])
def test_a_column_is_counted_as_it_is_from_a_file_whatever_holds_it(source, name, held) -> None:
    column = HELD[held](name)
    wanted = hb.histogram2d(name, "y", 7, data=source)
    assert_same_histograms(hb.histogram2d(column, Y, 7), wanted)
    assert_same_histograms(hb.histogram2d(name, "y", 7, data={name: column, "y": Y}), wanted)


@pytest.mark.parametrize("held", ["arrow", "pandas", "polars"])
def test_nulls_among_truths_are_in_no_bin_as_in_a_file(source, held) -> None:
    options: dict[str, Any] = {"bins": 2, "range": [(0, 1), (-5, 5)]}
    wanted = hb.histogram2d("truths", "y", data=source, **options)
    assert wanted[0].sum() == ROWS - TRUTHS.count(None)
    assert_same_histograms(hb.histogram2d(HELD[held]("truths"), Y, **options), wanted)
    with pytest.raises(ValueError, match="x ranges from nan to nan: give a range"):
        hb.histogram2d(HELD[held]("truths"), Y)


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("name", ["tenths", "lasts"])
def test_decimals_and_durations_weigh_as_much_as_they_do_from_a_file(source, name, held) -> None:
    wanted = hb.histogram2d("y", "c", 3, weights=name, data=source)
    assert_same_histograms(hb.histogram2d(Y, C, 3, weights=HELD[held](name)), wanted)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT, pd.NA])
def test_what_is_missing_among_dates_is_in_no_bin(missing) -> None:
    h = hb.histogram2d([*DAYS, missing], [1, 2, 3, 4], [DAYS, [0, 5]])[0]
    np.testing.assert_array_equal(h, [[1], [2]])


def test_zoned_times_are_counted_between_zoned_edges() -> None:
    edges = pd.to_datetime(DAYS).tz_localize("Europe/Berlin")
    h = hb.histogram2d(FRAME["zoned"], Y, [list(edges), 1])[0]
    wanted = np.histogram(FRAME["zoned"].astype("int64"), edges.as_unit("us").astype("int64"))[0]
    np.testing.assert_array_equal(h[:, 0], wanted)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": ["a"], "y": [1]}, "x must be numbers or times, not <U1"),
        ({"x": [1], "y": [object()]}, "y must be numbers or times, not object"),
        ({"x": [1], "y": [1], "weights": WHEN[:1]}, "weights must be numbers, not datetime64"),
        ({"x": [1], "y": [1], "weights": DAYS[:1]}, "weights must be numbers, not date"),
        ({"x": [1], "y": [DAYS[0]], "weights": [None]}, "weights must be numbers, not NoneType"),
    ],
)
def test_what_is_neither_a_number_nor_a_time_is_a_type_error_that_names_it(columns, words) -> None:
    with pytest.raises(TypeError, match=words):
        hb.histogram2d(**columns)


@pytest.mark.parametrize("edges", [[False, True], np.array([False, False, True])])
def test_edges_may_be_false_and_true_as_numpys_may(source, edges) -> None:
    wanted = np.histogram2d(Y, C, [edges, 3])
    assert_same_histograms(hb.histogram2d(Y, C, [edges, 3]), wanted)
    assert_same_histograms(hb.histogram2d("y", "c", [edges, 3], data=source), wanted)


@pytest.mark.parametrize("texts", [("0", "0.1", "0.3", "1"), ("0", "1")])
def test_edges_may_be_decimals_which_are_exact(source, texts) -> None:
    edges = [Decimal(text) for text in texts]
    wanted = np.histogram2d(Y, C, [edges, 3])
    wanted = wanted[0], wanted[1].astype(np.float64), wanted[2]
    assert_same_histograms(hb.histogram2d(Y, C, [edges, 3]), wanted)
    assert_same_histograms(hb.histogram2d("y", "c", [edges, 3], data=source), wanted)
    h = hb.histogram2d(TENTHS, Y, [edges, 1])[0]
    np.testing.assert_array_equal(h, np.histogram2d(TENTHS, Y, [edges, 1])[0])


def test_hist2d_of_durations_is_drawn_over_seconds() -> None:
    _, xedges, _, image = hb.hist2d(np.array([1, 2, 5], "m8[h]"), [1, 2, 3], 4, ax=axes())
    assert xedges.dtype.kind == "m"
    np.testing.assert_array_equal(image.get_coordinates()[0, :, 0], [3600, 7200, 10800, 14400, 18000])


MISSING = RNG.integers(0, 9, ROWS) == 0
GAPS: dict[str, Any] = {
    "zoned": FRAME["zoned"].mask(MISSING),
    "naive": FRAME["when"].mask(MISSING),
    "dates": [None if gone else day for day, gone in zip(TABLE["dates"].to_pylist(), MISSING, strict=True)],
    "truths": pd.array((HOURS % 2 == 0).tolist(), dtype="boolean"),
    "tenths": pa.array(TENTHS, mask=MISSING),
}
GAPS["truths"][MISSING] = pd.NA


def assert_same_hexagons(ours: Any, model: Any) -> None:
    np.testing.assert_array_equal(ours.get_array(), model.get_array())
    np.testing.assert_array_equal(ours.get_offsets(), model.get_offsets())


@pytest.mark.parametrize("name", GAPS)
def test_rows_of_which_x_or_y_is_missing_are_left_out_of_hexagons(name) -> None:
    column = GAPS[name]
    kept = np.asarray(column, dtype=object)[~MISSING]
    wanted = hb.hexbin(kept, Y[~MISSING], gridsize=6, ax=axes())
    assert wanted.get_array().sum() == ROWS - MISSING.sum()
    assert_same_hexagons(hb.hexbin(column, Y, gridsize=6, ax=axes()), wanted)
    swapped = hb.hexbin(Y, column, gridsize=6, ax=axes())
    assert_same_hexagons(swapped, hb.hexbin(Y[~MISSING], kept, gridsize=6, ax=axes()))


@pytest.mark.parametrize(
    "column",
    [
        [None if gone else "abc"[hour % 3] for hour, gone in zip(HOURS, MISSING, strict=True)],
        pd.Categorical.from_codes(HOURS % 3, ["a", "b", "c"]),
        pa.array(["abc"[hour % 3] for hour in HOURS]),
    ],
    ids=["texts", "categories", "arrow"],
)
def test_names_are_no_numbers_to_hexbin(column) -> None:
    with pytest.raises(ValueError, match="x must be numbers or times: could not convert"):
        hb.hexbin(column, Y, ax=axes())
    with pytest.raises((ValueError, TypeError)):
        axes().hexbin(column, Y)


def test_rows_of_which_all_are_missing_leave_no_hexagon() -> None:
    assert hb.hexbin([None, None], [1, 2], gridsize=3, ax=axes()).get_array().sum() == 0


@pytest.mark.parametrize("name", ["truths", "tenths"])
def test_rows_of_which_the_sample_is_missing_are_left_out_of_hexagons(name) -> None:
    kept = np.asarray(GAPS[name], dtype=object)[~MISSING].astype(np.float64)
    ours = hb.hexbin(Y, C, GAPS[name], gridsize=6, ax=axes())
    assert_same_hexagons(ours, hb.hexbin(Y[~MISSING], C[~MISSING], kept, gridsize=6, ax=axes()))


@pytest.mark.parametrize("dtype", [object, str])
def test_functions_are_called_with_text_as_matplotlib_calls_them(dtype) -> None:
    names = np.array(list("abc"), dtype)[HOURS % 3]
    options: dict[str, Any] = {"gridsize": 5, "reduce_C_function": lambda each: len(set(each))}
    ours = hb.hexbin(Y, C, names, ax=axes(), **options)
    assert_same_hexagons(ours, axes().hexbin(Y, C, names, **options))


@pytest.mark.parametrize("unit", ["D", "s", "ms", "us", "ns"])
@pytest.mark.parametrize("gridsize", [5, 7, 10, 14, 20])
def test_whole_days_lie_in_the_hexagons_in_which_matplotlib_has_them(tmp_path, unit, gridsize) -> None:
    days = np.datetime64("2020-01-01", "D") + RNG.integers(0, 21, ROWS)
    source = write(tmp_path / "points.parquet", {"day": pa.array(days.astype(f"M8[{unit}]")), "y": Y})
    model = axes().hexbin(days, Y, gridsize=gridsize)
    ours = hb.hexbin("day", "y", data=source, gridsize=gridsize, ax=axes())
    assert_same_hexagons(ours, model)
    assert ours.axes.get_xlim() == model.axes.get_xlim()
    swapped = hb.hexbin("y", "day", data=source, gridsize=gridsize, marginals=True, ax=axes())
    assert_same_hexagons(swapped, axes().hexbin(Y, days, gridsize=gridsize))
    assert_same_bars(swapped, hb.hexbin(Y, days, gridsize=gridsize, marginals=True, ax=axes()))


@pytest.mark.parametrize("unit", ["D", "us", "ns"])
@pytest.mark.parametrize(
    "ends",
    [("2024-02-27", "2024-02-29"), ("2024-02-27T12:00", "2024-02-28T06:30"), ("2024-02-28", "2024-03-09")],
)
def test_an_extent_of_times_prunes_no_row_that_is_in_a_hexagon(tmp_path, unit, ends) -> None:
    when = np.sort(WHEN).astype(f"M8[{unit}]")
    source = write(tmp_path / "points.parquet", {"when": pa.array(when), "y": Y}, row_group_size=20)
    extent = (*(datetime.fromisoformat(end) for end in ends), -1, 1)
    ours = hb.hexbin("when", "y", data=source, gridsize=6, extent=extent, ax=axes())
    assert_same_hexagons(ours, hb.hexbin(when, Y, gridsize=6, extent=extent, ax=axes()))


def test_zoned_times_of_a_source_are_told_in_their_zone(source) -> None:
    told = []
    for column, data in (("zoned", source), (FRAME["zoned"], None), ("zoned", FRAME)):
        drawn = hb.hexbin(column, Y if data is None else "y", data=data, gridsize=6, ax=axes())
        drawn.figure.draw_without_rendering()
        told.append([(label.get_position(), label.get_text()) for label in drawn.axes.get_xticklabels()])
    assert told[0] == told[1] == told[2]
