"""What is said of lines and colours has the effect that it has in matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

import heatbin as hb
from data import write

RNG = np.random.default_rng(9)
X, Y = RNG.normal(size=(2, 500))
C = RNG.uniform(1, 5, 500)


@pytest.fixture
def make_colorizer() -> Callable[..., Any]:
    return pytest.importorskip("matplotlib.colorizer").Colorizer


def axes() -> Axes:
    return Figure().add_subplot()


def drawn_by_both(*columns: Any, **options: Any) -> tuple[Any, Any]:
    return hb.hexbin(*columns, ax=axes(), gridsize=6, **options), axes().hexbin(
        *columns, gridsize=6, **options
    )


def canvas_of(artist: Any) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(artist.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


@pytest.mark.parametrize(
    "options",
    [
        {"linewidths": 3, "edgecolors": "k"},
        {"lw": 3, "ec": "r"},
        {"edgecolors": "none", "alpha": 0.5, "cmap": "magma"},
        {"clim": (2, 3), "hatch": "/", "zorder": 5},
        {"norm": LogNorm(1, 4)},
        {"bins": "log"},
        {"bins": "log", "vmin": 2},
        {"bins": 4, "vmax": 3},
        {"transform": None},
    ],
)
@pytest.mark.parametrize("marginals", [False, True])
def test_a_picture_is_matplotlibs_to_the_pixel(options, marginals) -> None:
    ours, theirs = drawn_by_both(X, Y, C, marginals=marginals, reduce_C_function=np.max, **options)
    np.testing.assert_array_equal(canvas_of(ours), canvas_of(theirs))


def test_bars_have_no_lines_of_hexagons() -> None:
    ours, theirs = drawn_by_both(X, Y, C, marginals=True, linewidths=7, edgecolors="k")
    for bar, model in ((ours.hbar, theirs.hbar), (ours.vbar, theirs.vbar)):
        assert bar.get_linewidths() == model.get_linewidths()
    assert ours.get_linewidths() == [7]


def test_a_colorizer_is_taken_over_and_bars_have_its_colours(make_colorizer) -> None:
    colorizer = make_colorizer("magma", LogNorm())
    drawn = hb.hexbin(X, Y, C, gridsize=6, marginals=True, colorizer=colorizer, ax=axes())
    assert drawn.colorizer is colorizer
    assert drawn.get_clim() == (drawn.get_array().min(), drawn.get_array().max())
    assert drawn.hbar.get_cmap().name == "magma"


@pytest.mark.parametrize("options", [{"cmap": "jet"}, {"vmin": 1}, {"norm": "log"}, {"bins": "log"}])
def test_a_colorizer_beside_what_it_has_is_matplotlibs_error(make_colorizer, options) -> None:
    for hexbin in (axes().hexbin, lambda *a, **k: hb.hexbin(*a, ax=axes(), **k)):
        with pytest.raises(ValueError, match="colorizer"):
            hexbin(X, Y, colorizer=make_colorizer("magma"), **options)


def test_bars_of_counts_have_a_logarithmic_norm_of_their_own() -> None:
    drawn = hb.hexbin(X, Y, gridsize=6, bins="log", marginals=True, ax=axes())
    assert drawn.hbar.norm.vmax == drawn.hbar.get_array().max() > drawn.norm.vmax


@pytest.mark.parametrize("x", [18.0, 1.4, 0.03])
def test_limits_on_a_log_scale_are_matplotlibs_to_the_last_place(x) -> None:
    for hexagons in (drawn_by_both([x], [9.0], xscale="log"), drawn_by_both([9.0], [x], yscale="log")):
        ours, theirs = (each.axes.dataLim.get_points() for each in hexagons)
        np.testing.assert_array_equal(ours, theirs)


def test_a_property_that_there_is_none_of_is_matplotlibs_error() -> None:
    with pytest.raises(AttributeError, match="unexpected keyword argument 'closed'"):
        hb.hexbin(X, Y, closed=False, ax=axes())


def labels_of(artist: Any) -> list[Any]:
    return [artist.get_label(), artist.hbar.get_label(), artist.vbar.get_label()]


@pytest.mark.parametrize(
    "data",
    [
        {"a": X, "b": Y},
        {"a": X, "b": pd.Series(Y, name="height")},
        pd.DataFrame({"a": X, "b": Y}),
        pa.table({"a": X, "b": Y}),
    ],
)
@pytest.mark.parametrize("label", [{}, {"label": "mine"}, {"label": None}])
def test_hexagons_and_bars_have_the_label_that_matplotlib_gives_them(data, label) -> None:
    options = {"data": data, "gridsize": 6, "marginals": True, **label}
    wanted = labels_of(axes().hexbin("a", "b", **options))
    assert labels_of(hb.hexbin("a", "b", ax=axes(), **options)) == wanted


def test_hexagons_of_a_source_are_labelled_with_what_is_upwards(tmp_path) -> None:
    source = write(tmp_path / "points.parquet", {"a": X, "b": Y})
    drawn = hb.hexbin("a", "b * 2", data=source, gridsize=6, ax=axes())
    assert drawn.get_label() == "b * 2"


def test_hexagons_without_data_have_no_label_of_their_own() -> None:
    ours, theirs = drawn_by_both(pd.Series(X), pd.Series(Y, name="height"))
    assert ours.get_label() == theirs.get_label()


@pytest.mark.parametrize(
    "change",
    [
        lambda ax: ax.set_xscale("symlog"),
        lambda ax: ax.set_autoscale_on(False),
        lambda ax: ax.margins(0.2),
        lambda ax: ax.plot([-9, 9], [0, 1]),
        lambda ax: ax.set_ylim(0, 1),
    ],
)
@pytest.mark.parametrize("before", [lambda ax: ax.plot([0], [0]), lambda ax: ax.set_autoscaley_on(False)])
def test_limits_follow_what_is_done_to_the_axes_as_in_matplotlib(change, before) -> None:
    drawn = []
    for hexbin in (lambda ax: hb.hexbin(X, Y, gridsize=6, ax=ax), lambda ax: ax.hexbin(X, Y, gridsize=6)):
        ax = axes()
        before(ax)
        hexbin(ax)
        change(ax)
        drawn.append((ax.get_xlim(), ax.get_ylim()))
    assert drawn[0] == drawn[1]
