"""The drop-ins on sources that are streamed give what they give on arrays."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import heatbin as hb
from data import write

RNG = np.random.default_rng(3)
ROWS = 5000
WHOLE = {
    "x": RNG.lognormal(size=ROWS),
    "y": RNG.normal(size=ROWS),
    "c": RNG.normal(size=ROWS),
    "n": RNG.integers(-3, 9, ROWS),
    "ones": np.ones(ROWS),
}
GAPS = {name: WHOLE[name].copy() for name in "xyc"}
GAPS["x"][::7], GAPS["y"][3::11], GAPS["c"][5::13], GAPS["c"][6::13] = np.nan, np.inf, -np.inf, np.nan
# Beyond all others, in a row that does not count.
GAPS["x"][10], GAPS["y"][10] = 1e9, np.nan
ARRAYS = {**WHOLE, "x gaps": GAPS["x"], "y_gaps": GAPS["y"], "c gaps": GAPS["c"]}
ARRAYS["when"] = np.datetime64("2024-01-01", "s") + RNG.integers(0, 10**7, ROWS).astype("m8[s]")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("source") / "points.parquet", ARRAYS, row_group_size=700)


def axes() -> Axes:
    return Figure().add_subplot()


def drawn_of(source: str, *names: str, **options: Any) -> tuple[Any, Any]:
    """Return what is drawn of a source, and of its columns as arrays."""
    ours = hb.hexbin(*names, data=source, ax=axes(), **options)
    return ours, hb.hexbin(*(ARRAYS[name] for name in names), ax=axes(), **options)


def assert_same(source: str, *names: str, **options: Any) -> None:
    ours, model = drawn_of(source, *names, **options)
    np.testing.assert_array_equal(ours.get_offsets(), model.get_offsets())
    np.testing.assert_array_equal(ours.get_array(), model.get_array())
    assert (ours.axes.get_xlim(), ours.axes.get_ylim()) == (model.axes.get_xlim(), model.axes.get_ylim())


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (("x", "y"), {}),
        (("n", "n"), {"gridsize": (9, 4)}),
        (("x", "y"), {"xscale": "log"}),
        (("x", "x"), {"xscale": "log", "yscale": "log", "extent": (-1, 1, 0, 1), "mincnt": 2}),
        (("x gaps", "y_gaps"), {}),
        (("x gaps", "y_gaps"), {"extent": (0, 3, -1, 1)}),
        (("ones", "y"), {}),
        (("x", "y"), {"extent": tuple(np.float32([0.1, 3.3, -1, 1]))}),
        (("x", "y"), {"extent": (np.float32(0.1), np.int64(3), -1, 1), "gridsize": np.int64(9)}),
        (("x", "y"), {"xscale": "symlog"}),
        (("x gaps", "y_gaps", "c gaps"), {}),
        (("x", "y", "n"), {"mincnt": 0, "reduce_C_function": np.sum}),
        (("x", "y", "c gaps"), {"mincnt": 0, "reduce_C_function": np.sum}),
    ],
)
def test_hexagons_of_a_source_are_those_of_its_columns(source, names, options) -> None:
    assert_same(source, *names, **{"gridsize": 12, **options})


@pytest.mark.parametrize(
    "function",
    [np.mean, np.sum, sum, np.min, max, len, np.std, partial(np.var, ddof=1), np.nanmean, np.nanmax],
)
def test_functions_that_are_known_are_streamed(source, function) -> None:
    assert_same(source, "x", "y", "c gaps", gridsize=8, mincnt=2, reduce_C_function=function)


@pytest.mark.parametrize("function", [np.median, partial(np.percentile, q=90), partial(np.quantile, q=0.1)])
def test_percentiles_of_a_source_are_within_a_hundredth(source, function) -> None:
    ours, model = drawn_of(source, "n", "y", "x", gridsize=4, mincnt=100, reduce_C_function=function)
    np.testing.assert_allclose(ours.get_array(), model.get_array(), rtol=0.03)


@pytest.mark.parametrize("names", [("x", "y"), ("n", "n"), ("x gaps", "y_gaps", "c"), ("n", "y", "c")])
@pytest.mark.parametrize("options", [{}, {"extent": (0, 2, -1, 1)}])
def test_marginals_of_a_source_are_those_of_its_columns(source, names, options) -> None:
    ours, model = drawn_of(source, *names, gridsize=6, marginals=True, **options)
    for bar, expected in ((ours.hbar, model.hbar), (ours.vbar, model.vbar)):
        np.testing.assert_allclose(bar.get_array(), expected.get_array(), rtol=1e-10)
        for path, wanted in zip(bar.get_paths(), expected.get_paths(), strict=True):
            np.testing.assert_array_equal(path.vertices, wanted.vertices)


def test_expressions_are_drawn_too(source) -> None:
    ours = hb.hexbin("log10(x)", "abs(y)", "c * 2", data=source, gridsize=5, ax=axes())
    model = hb.hexbin(np.log10(ARRAYS["x"]), np.abs(ARRAYS["y"]), 2 * ARRAYS["c"], gridsize=5, ax=axes())
    np.testing.assert_allclose(ours.get_array(), model.get_array(), rtol=1e-10)


@pytest.mark.parametrize("ends", [tuple(np.float32([-0.7, 0.9])), (-1, 1)])
def test_an_extent_may_be_dates_beside_narrow_floats(source, ends) -> None:
    days = dt.datetime(2024, 1, 3), dt.datetime(2024, 3, 1)
    for names, extent in ((("when", "y"), (*days, *ends)), (("y", "when"), (*ends, *days))):
        assert_same(source, *names, gridsize=9, extent=extent)


def test_an_extent_of_dates_may_be_what_axes_have_for_limits(source) -> None:
    first = hb.hexbin("when", "y", data=source, gridsize=9, ax=axes()).axes
    limits = (*first.get_xlim(), *first.get_ylim())
    assert_same(source, "when", "y", gridsize=9, extent=limits)
    assert_same(source, "y", "when", gridsize=9, extent=(limits[2], limits[3], limits[0], limits[1]))


def test_dates_lie_where_date_axes_have_them(source) -> None:
    ours, model = drawn_of(source, "when", "y", gridsize=7)
    np.testing.assert_array_equal(ours.get_array(), model.get_array())
    np.testing.assert_allclose(ours.get_offsets(), model.get_offsets(), rtol=1e-12)
    days = (ARRAYS["when"] - np.datetime64(0, "s")) / np.timedelta64(1, "D")
    expected = axes().hexbin(days, ARRAYS["y"], gridsize=7)
    np.testing.assert_allclose(ours.get_offsets(), expected.get_offsets(), rtol=1e-12)
    ours.figure.draw_without_rendering()
    assert any("2024" in label.get_text() for label in ours.axes.get_xticklabels())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"yscale": "log"}, r"y has values that are not positive in \d+ rows"),
        ({"yscale": "log", "extent": (0, 1, 0, 1)}, "y has values that are not positive"),
        ({"C": "c", "reduce_C_function": np.ptp}, "ptp .* streamed: numpy's mean, sum, min, max, std"),
        ({"C": "nope"}, "no column 'nope'"),
        ({"gridsize": 0}, "gridsize must be at least 2"),
        ({"extent": (1, 0, 0, 1)}, "smaller to a larger"),
    ],
)
def test_what_cannot_be_streamed_is_an_error_that_says_why(source, options, words) -> None:
    with pytest.raises(ValueError, match=words):
        hb.hexbin("x", "y", data=source, ax=axes(), **options)


def test_a_row_without_a_sample_may_have_any_place_on_a_log_scale(source) -> None:
    hb.hexbin("x", "if_else(y > 0, 1, -1)", "if_else(y > 0, c, 0 / 0)", data=source, yscale="log", ax=axes())


def test_arrays_beside_a_source_are_a_type_error(source) -> None:
    with pytest.raises(TypeError, match="y must be a column"):
        hb.hexbin("x", ARRAYS["y"], data=source, ax=axes())


@pytest.mark.parametrize("options", [{}, {"weights": "c"}, {"weights": "n", "density": True}])
def test_histogram2d_takes_columns_of_a_source(source, options) -> None:
    found = hb.histogram2d("x", "y", (7, 5), data=source, **options)
    arrays = {
        name: ARRAYS.get(value, value) if name == "weights" else value for name, value in options.items()
    }
    for ours, model in zip(found, hb.histogram2d(ARRAYS["x"], ARRAYS["y"], (7, 5), **arrays), strict=True):
        assert ours.dtype == model.dtype
        np.testing.assert_array_equal(ours, model)


def test_a_nan_weight_in_a_source_poisons_its_own_bin_only(source) -> None:
    h = hb.hist2d("x", "y", bins=9, weights="c gaps", data=source, ax=axes())[0]
    model = hb.histogram2d(ARRAYS["x"], ARRAYS["y"], 9, weights=ARRAYS["c gaps"])[0]
    np.testing.assert_array_equal(h, model)
    assert 0 < np.isnan(h).sum() < h.size
