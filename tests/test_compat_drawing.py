"""hist2d and hexbin are matplotlib's: what they return, what they draw, what they refuse."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

import heatbin as hb
from data import write

RNG = np.random.default_rng(0)
X, Y, C = RNG.normal(size=(3, 3000))


@pytest.fixture
def plt() -> Iterator[Any]:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def axes() -> Axes:
    return Figure().add_subplot()


def hexagons_of_both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    ours, theirs = axes(), axes()
    drawn = hb.hexbin(*args, ax=ours, **kwargs), theirs.hexbin(*args, **kwargs)
    assert (ours.get_xlim(), ours.get_ylim()) == (theirs.get_xlim(), theirs.get_ylim())
    assert (ours.get_xscale(), ours.get_yscale()) == (theirs.get_xscale(), theirs.get_yscale())
    return drawn


def assert_equal_to_matplotlib(*args: Any, rtol: float = 0.0, **kwargs: Any) -> None:
    ours, theirs = hexagons_of_both(*args, **kwargs)
    np.testing.assert_allclose(ours.get_array(), theirs.get_array(), rtol=rtol)
    np.testing.assert_array_equal(ours.get_offsets(), theirs.get_offsets())
    np.testing.assert_array_equal(ours.get_paths()[0].vertices, theirs.get_paths()[0].vertices)
    np.testing.assert_allclose(ours.get_clim(), theirs.get_clim(), rtol=rtol)
    assert type(ours.norm) is type(theirs.norm)
    np.testing.assert_array_equal(ours.get_linewidths(), theirs.get_linewidths())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"gridsize": 20, "mincnt": 1},
        {"gridsize": (5, 9), "mincnt": 0},
        {"extent": (-1, 1, -0.5, 2), "gridsize": 11},
        {"bins": "log"},
        {"bins": 10},
        {"bins": [5, 1, 2]},
        {"gridsize": 9, "vmin": 3, "vmax": 20, "cmap": "magma", "alpha": 0.5, "linewidths": 2},
        {"gridsize": 9, "norm": "log"},
        # Sums are exact, where NumPy's collect rounding errors.
        {"C": C, "rtol": 1e-13},
        {"C": C, "gridsize": 9, "mincnt": 4, "reduce_C_function": np.sum, "rtol": 1e-13},
        {"C": C, "gridsize": 9, "reduce_C_function": np.std, "rtol": 1e-13},
        {"C": C, "gridsize": 9, "reduce_C_function": np.median},
        {"C": C > 0, "gridsize": 9, "reduce_C_function": np.min},
        {"C": C.astype(np.float32), "gridsize": 9, "reduce_C_function": max},
        {"C": np.arange(3000), "gridsize": 9, "reduce_C_function": len},
        {"C": C, "gridsize": 9, "reduce_C_function": lambda values: np.percentile(values, 90)},
        {"C": C, "gridsize": 9, "reduce_C_function": lambda values: values[-1]},
    ],
)
def test_hexagons_are_matplotlibs(options) -> None:
    assert_equal_to_matplotlib(X, Y, **options)


@given(
    hnp.arrays(np.float64, (2, 40), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 1 / 3, -1.0])),
    st.integers(2, 9),
)
def test_ties_between_hexagons_are_matplotlibs(points, gridsize) -> None:
    assert_equal_to_matplotlib(*points, gridsize=gridsize, extent=(-1, 2, -1, 2))
    assert_equal_to_matplotlib(*points, gridsize=(gridsize, 3))


@pytest.mark.parametrize(
    "options",
    [{"xscale": "log"}, {"yscale": "log"}, {"xscale": "log", "yscale": "log", "extent": (-1, 1, 0, 1)}],
)
def test_hexagons_on_a_log_scale_are_matplotlibs(options) -> None:
    assert_equal_to_matplotlib(np.exp(X), np.exp(Y), gridsize=13, **options)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("scale", ["linear", "log"])
@given(st.one_of(st.integers(1, 30), st.integers(1, 30).map(np.int64)), st.data())
def test_an_extent_of_narrow_floats_gives_the_hexagons_that_it_gives_in_matplotlib(
    kind, scale, nx, data
) -> None:
    ends = [0.1, 0.7, -1.3, 2.4, 1 / 3, 2.0]
    lo, hi = data.draw(st.tuples(*[st.sampled_from(ends)] * 2).filter(lambda pair: pair[0] < pair[1]))
    extent = [
        *map(kind, (lo, hi)),
        *data.draw(st.sampled_from([(-1, 2), (-1.1, 2.3), (kind(0.1), kind(0.7))])),
    ]
    extent = data.draw(st.sampled_from([extent, [*extent[:3], np.int64(3)]]))
    if scale == "linear" and data.draw(st.booleans()):  # powers of arrays are rounded otherwise
        extent = [*map(np.array, extent)]
    points = np.linspace(lo, hi, 40), np.array([[-1], [0.1], [0.4], [0.7], [2]])
    x, y = (np.array(each.ravel(), kind).astype(float) for each in np.broadcast_arrays(*points))
    values = (10.0**x, y) if scale == "log" else (x, y)
    assert_equal_to_matplotlib(*values, gridsize=(nx, 4), extent=extent, xscale=scale)


def test_an_extent_of_long_doubles_is_one_of_doubles() -> None:
    ours, theirs = hexagons_of_both(X, Y, gridsize=9, extent=np.longdouble([-1, 1, -2, 2]))
    np.testing.assert_array_equal(ours.get_array(), theirs.get_array())


def test_points_on_the_border_of_a_narrow_extent_get_lost_as_in_matplotlib() -> None:
    x, y = np.full(5, 0.7, np.float32), np.linspace(0.2, 0.8, 5)
    extent = (np.float32(0.1), np.float32(0.7), 0.0, 1.0)
    ours, theirs = hexagons_of_both(x, y, gridsize=(4, 2), extent=extent)
    assert ours.get_array().sum() == theirs.get_array().sum() < 5
    assert (
        hb.hexbin(x, y, gridsize=(4, 2), extent=tuple(map(float, extent)), ax=axes()).get_array().sum() == 5
    )


@pytest.mark.parametrize(
    "scales", [{"xscale": "symlog"}, {"yscale": "logit", "xscale": "log"}, {"xscale": None}]
)
def test_other_scales_are_linear_as_in_matplotlib(scales) -> None:
    assert_equal_to_matplotlib(np.exp(X), Y, gridsize=13, **scales)


def test_x_and_y_are_broadcast_against_each_other() -> None:
    for x, y in ((X[None, :], Y), (X[:40, None], Y[None, :40]), (X, [[0.5]])):
        assert_equal_to_matplotlib(x, y, gridsize=13)
    assert_equal_to_matplotlib(X, 0.5, gridsize=13, extent=(-1, 1, 0, 1))
    masked = hb.hexbin(np.ma.masked_greater(X, 0), [0.5], gridsize=13, ax=axes())
    assert masked.get_array().sum() == (X <= 0).sum()


def test_axes_that_are_logarithmic_before_leave_hexagons_as_they_are() -> None:
    ours, theirs = axes(), axes()
    drawn = []
    for ax, hexbin, options in ((ours, hb.hexbin, {"ax": ours}), (theirs, theirs.hexbin, {})):
        ax.set(xscale="log", yscale="log")
        drawn.append(hexbin(np.exp(X), np.exp(Y), gridsize=13, **options).get_paths()[0].vertices)
    np.testing.assert_array_equal(*drawn)


def test_a_single_x_or_y_stands_for_many() -> None:
    assert_equal_to_matplotlib([0.5], Y, gridsize=13)
    assert_equal_to_matplotlib(X, [0.5], gridsize=13)
    assert_equal_to_matplotlib(X, [0.5], C=C, gridsize=13, reduce_C_function=max)


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([1.0], [2.0]), ([0, 0], [0, 0]), ([1e300, 1e300], [1, 2]), ([3, 3], [1, 5])]
)
def test_few_points_get_the_extent_that_matplotlib_gives_them(x, y) -> None:
    assert_equal_to_matplotlib(x, y, gridsize=4)


def test_rows_that_are_masked_or_not_finite_are_left_out_before_the_range_is_found() -> None:
    x, y, c = X.copy(), Y.copy(), C.copy()
    x[::7], y[3::11], c[5::13], x[100] = np.nan, np.inf, -np.inf, 1e9
    x = np.ma.array(x, mask=np.arange(x.size) == 100)
    assert_equal_to_matplotlib(x, y, C=c, gridsize=15, rtol=1e-13)


@pytest.mark.parametrize("dtypes", [("f4", "i8"), ("u1", ">f4"), ("f2", "f8"), ("?", "i2")])
@pytest.mark.parametrize("options", [{}, {"extent": (0, 3, 0, 5)}, {"yscale": "log"}])
def test_hexagons_of_any_numbers_are_matplotlibs(dtypes, options) -> None:
    x, y = (
        np.abs(3 * each + 1).clip(1, 200).astype(dtype) for each, dtype in zip((X, Y), dtypes, strict=True)
    )
    x[: x.size // 3] = 0
    assert_equal_to_matplotlib(x, y, gridsize=7, **options)


@pytest.mark.parametrize("wild", [np.nan, -np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_does_not_widen_the_range(wild) -> None:
    assert_equal_to_matplotlib(np.append(X, wild), np.append(Y, 1e6), gridsize=7)


def test_marginals_reduce_as_matplotlibs_do() -> None:
    ours, theirs = hexagons_of_both(X, Y, C=C, gridsize=12, marginals=True)
    for bar, expected in ((ours.hbar, theirs.hbar), (ours.vbar, theirs.vbar)):
        np.testing.assert_array_equal(bar.get_array(), expected.get_array())
        for path, model in zip(bar.get_paths(), expected.get_paths(), strict=True):
            np.testing.assert_array_equal(path.vertices, model.vertices)


def test_marginals_of_counts_are_counts() -> None:
    drawn = hb.hexbin(X, Y, gridsize=12, marginals=True, ax=axes())
    assert drawn.hbar.get_array().sum() == drawn.vbar.get_array().sum() == X.size
    drawn.set_cmap("magma")
    assert (drawn.hbar.get_cmap().name, drawn.vbar.get_cmap().name) == ("magma", "magma")


def test_a_norm_beside_logarithmic_bins_wins_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="bins is ignored"):
        drawn = hb.hexbin(X, Y, bins="log", norm=LogNorm(vmin=2, vmax=5), ax=axes())
    assert drawn.get_clim() == (2, 5)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([1, 2, 3], [1, 2]), {}, "same length"),
        (([1, 2], [1, 2], [1]), {}, "same length"),
        (([1], [1, 2], [1, 2]), {}, "same length"),
        (([1.0, 0.0], [1, 2]), {"xscale": "log"}, "x has values that are not positive"),
        (([1, 2], [1, 2]), {"extent": (1, 0, 0, 1)}, "smaller to a larger"),
        (([1, 2], [1, 2]), {"gridsize": 1}, "gridsize"),
        (([1, 2], [1, 2]), {"norm": LogNorm(), "vmin": 1}, "limits of its own"),
    ],
)
def test_what_hexbin_cannot_do_is_an_error_that_says_why(arguments, options, words) -> None:
    with pytest.raises(ValueError, match=words):
        hb.hexbin(*arguments, ax=axes(), **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bins": (20, 7), "range": [[-1, 1], [-2, 2]]},
        {"bins": [np.array([-1.0, 0, 2]), 4], "density": True},
        {"cmin": 3, "cmax": 40},
        {"density": True, "cmin": 0.01, "bins": 5},
        {"weights": np.arange(3000)},
    ],
)
def test_hist2d_returns_what_matplotlibs_returns(options) -> None:
    ours, theirs = axes(), axes()
    *arrays, image = hb.hist2d(X, Y, ax=ours, **options)
    *expected, model = theirs.hist2d(X, Y, **options)
    for found, wanted in zip(arrays, expected, strict=True):
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(image.get_array(), model.get_array())
    np.testing.assert_array_equal(image.get_coordinates(), model.get_coordinates())
    assert (ours.get_xlim(), ours.get_ylim()) == (theirs.get_xlim(), theirs.get_ylim())
    assert ours.get_autoscale_on()


def test_hist2d_takes_its_arguments_in_the_order_of_pyplots() -> None:
    h = hb.hist2d(X, Y, 4, [[-1, 1], [-1, 1]], True, None, 0.1, 0.3, ax=axes())[0]
    np.testing.assert_array_equal(
        h, axes().hist2d(X, Y, 4, range=[[-1, 1], [-1, 1]], density=True, cmin=0.1, cmax=0.3)[0]
    )


@pytest.mark.parametrize("call", [lambda x, y: hb.hist2d(x, y)[3], hb.hexbin])
def test_without_axes_the_artist_is_pyplots_current_one(plt, call) -> None:
    ax = plt.figure().add_subplot()
    artist = call(X, Y)
    assert artist.axes is ax
    assert plt.gci() is artist
    assert plt.colorbar().mappable is artist


@pytest.mark.parametrize("call", [lambda *a, **k: hb.hist2d(*a, **k)[3], hb.hexbin])
def test_with_axes_pyplot_is_left_alone(plt, call) -> None:
    artist = call(X, Y, ax=axes())
    assert artist.figure is not None
    assert not plt.get_fignums()


def test_columns_go_by_name_where_data_give_them_by_name() -> None:
    data = {"lon": X, "lat": Y, "fare": C}
    np.testing.assert_array_equal(hb.hist2d("lon", "lat", data=data, ax=axes())[0], np.histogram2d(X, Y)[0])
    assert hb.hexbin("lon", "lat", "fare", data=data, ax=axes()).get_array().size > 0


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    columns = {
        "x": X,
        "y": Y,
        "x4": X.astype("f4"),
        "y4": Y.astype("f4"),
        "n": np.arange(3000),
        "c": np.ones(3000, "i2"),
    }
    columns["gaps"] = np.where(C > 2, np.nan, C)
    return write(tmp_path_factory.mktemp("source") / "points.parquet", columns, row_group_size=500)


@pytest.mark.parametrize("names", [("x", "y"), ("x4", "y4"), ("x4", "y"), ("n", "x"), ("c", "n")])
@pytest.mark.parametrize("options", [{}, {"bins": (3, [-1.0, 0.5, 2.0]), "density": True}, {"cmin": 2}])
def test_hist2d_of_a_source_is_that_of_its_columns(source, names, options) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(source)
    x, y = (table[name].to_numpy() for name in names)
    for found, wanted in zip(
        hb.hist2d(*names, data=source, ax=axes(), **options)[:3],
        axes().hist2d(x, y, **options)[:3],
        strict=True,
    ):
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)


def test_hist2d_of_a_source_refuses_a_range_that_the_data_cannot_give(source) -> None:
    with pytest.raises(ValueError, match=r"gaps: .* leave no range"):
        hb.hist2d("gaps", "y", data=source, ax=axes())
    h = hb.hist2d("gaps", "y", data=source, range=[[-1, 1], None], ax=axes())[0]
    assert h.sum() == np.sum(np.abs(C) <= 1)


def test_arrays_beside_a_source_are_a_type_error(source: str | Path) -> None:
    with pytest.raises(TypeError, match="y must be a column"):
        hb.hist2d("x", Y, data=source, ax=axes())


def test_weighted_sums_are_what_fsum_gives() -> None:
    weights = C * 10.0 ** RNG.integers(-200, 200, C.size)
    h = hb.histogram2d(X, Y, 3, [[-5, 5], [-5, 5]], weights=weights)[0]
    column, row = (
        np.clip(np.searchsorted(np.linspace(-5, 5, 4), each, "right") - 1, 0, 2) for each in (X, Y)
    )
    for i, j in np.ndindex(3, 3):
        assert h[i, j] == math.fsum(weights[(column == i) & (row == j)])


def test_a_nan_weight_poisons_its_own_bin_only() -> None:
    h = hb.histogram2d([0, 1, 1], [0, 0, 1], 2, weights=[1.0, np.nan, 3.0])[0]
    np.testing.assert_array_equal(h, [[1, 0], [np.nan, 3]])


def test_weights_divide_a_density_as_numpy_divides_it() -> None:
    weights = np.arange(3000)
    found = hb.histogram2d(X, Y, 7, density=True, weights=weights)[0]
    np.testing.assert_array_equal(found, np.histogram2d(X, Y, 7, density=True, weights=weights)[0])


def test_weights_of_another_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="x and weights must have the same length, not 2 and 1"):
        hb.histogram2d([1, 2], [1, 2], weights=[1])
