"""What the drop-ins refuse: errors of the kind that the models raise, which name the argument and what would work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import heatbin as hb
from data import write

X = np.linspace(1, 2, 50)
COLUMNS = {
    "x": X,
    "y": X[::-1],
    "far": np.where(X < 1.5, -1.7e308, 1.7e308),
    "when": np.datetime64("2024-01-01", "us") + np.arange(50),
    "lasts": np.arange(50).astype("m8[s]"),
    "name": np.array(["a", "b"])[np.arange(50) % 2],
    "big": np.full(50, 2**62),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("source") / "points.parquet", COLUMNS)


@pytest.fixture(params=["arrays", "source"])
def data(request: pytest.FixtureRequest, source: str) -> Any:
    return COLUMNS if request.param == "arrays" else source


def axes() -> Axes:
    return Figure().add_subplot()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"bins": "auto"}, TypeError, "bins of x must be an integer, or a row of edges, not 'auto'"),
        ({"bins": "10"}, TypeError, "bins of x must be an integer, or a row of edges, not '10'"),
        ({"bins": None}, TypeError, "bins of x must be an integer"),
        ({"bins": iter([1, 2, 3])}, TypeError, "bins of x must be an integer, or a row of edges"),
        ({"bins": (3, "auto")}, TypeError, "bins of y must be an integer, or a row of edges, not 'auto'"),
        ({"bins": (3, 0)}, ValueError, "bins of y must be positive, not 0"),
        ({"bins": (0.5, 3)}, ValueError, "bins of x must be positive, not 0.5"),
        ({"range": 5}, TypeError, "range must hold a pair for x and one for y, not 5"),
        ({"range": [(0, 1), 5]}, TypeError, "range must hold a pair of ends for y, .* not 5"),
        (
            {"range": [(None, 1), (0, 1)]},
            TypeError,
            r"range must hold a pair of ends for x, .* not \(None, 1\)",
        ),
        (
            {"range": [(0, 1), (0, None)]},
            TypeError,
            r"range must hold a pair of ends for y, .* not \(0, None\)",
        ),
        ({"range": [(0, 1), (1, 0)]}, ValueError, "the range of y must go from a smaller to a larger"),
    ],
)
def test_a_grid_that_cannot_be_is_an_error_of_numpys_kind_that_names_its_axis(
    data, options, error, words
) -> None:
    with pytest.raises(error):
        np.histogram2d(COLUMNS["x"], COLUMNS["y"], **options)
    with pytest.raises(error, match=words):
        hb.histogram2d("x", "y", data=data, **options)


def test_the_column_that_leaves_no_range_is_named() -> None:
    with pytest.raises(ValueError, match="y ranges from nan to nan: give a range"):
        hb.histogram2d([1, 2], [1, np.nan])


@pytest.mark.parametrize(
    ("call", "x", "y", "options"),
    [
        ("histogram2d", X, X, {"bins": []}),
        ("histogram2d", X, X, {"bins": [[], 5]}),
        ("histogram2d", X, X, {"bins": "a"}),
        ("histogram2d", X, None, {}),
        ("histogram2d", X, 3.0, {}),
        ("histogram2d", X, ["a"] * 50, {}),
        ("histogram2d", ["1"] * 50, ["2"] * 50, {}),
        ("histogram2d", X, X[:3], {}),
        ("histogram2d", X, X, {"weights": X[:3]}),
        ("hist2d", X, X, {"bins": []}),
        ("hist2d", 3.0, X, {}),
        ("hexbin", X, X, {"gridsize": 0}),
        ("hexbin", X, X, {"gridsize": 1}),
        ("hexbin", X, X, {"gridsize": (3, 0)}),
        ("hexbin", X, X, {"gridsize": float("nan")}),
        ("hexbin", X, X, {"gridsize": (1, 2, 3)}),
        ("hexbin", X, X, {"extent": "auto"}),
        ("hexbin", X, X, {"C": X[:3]}),
        ("hexbin", X, X, {"C": 3.0}),
        ("hexbin", X, 3.0, {}),
        ("hexbin", 3.0, X, {}),
        ("hexbin", 3.0, 3.0, {}),
        ("hexbin", X, X, {"gridsize": None, "extent": np.float32([1, 2, 1, 2])}),
        ("hexbin", X, X[:3], {}),
        ("hexbin", ["a"] * 50, X, {}),
        ("hexbin", X, np.array(["a", None] * 25, object), {}),
    ],
)
def test_what_the_model_raises_is_caught_by_who_catches_it(call, x, y, options) -> None:
    drawn = {} if call == "histogram2d" else {"ax": axes()}
    model = np.histogram2d if call == "histogram2d" else getattr(axes(), call)
    with pytest.raises((ValueError, TypeError, IndexError, ZeroDivisionError)) as models:
        model(x, y, **options)
    kind = next(each for each in models.type.__mro__ if each.__module__ == "builtins")
    with pytest.raises(kind) as ours:
        getattr(hb, call)(x, y, **drawn, **options)
    assert isinstance(ours.value, hb.HeatbinError | TypeError)


def test_numbers_that_are_text_are_numbers_to_hexbin() -> None:
    text, numbers = np.array(["1", "2.5", "4", "2"]), np.array([1, 2.5, 4, 2])
    for x in (text, text.astype(object)):
        drawn = hb.hexbin(x, numbers, gridsize=3, ax=axes())
        model = axes().hexbin(numbers, numbers, gridsize=3)
        np.testing.assert_array_equal(drawn.get_offsets(), model.get_offsets())
        np.testing.assert_array_equal(drawn.get_array(), model.get_array())


@pytest.mark.parametrize("call", [hb.histogram2d, hb.hexbin])
def test_a_path_in_bytes_is_a_type_error_that_names_data(call) -> None:
    with pytest.raises(TypeError, match="a path is text, not bytes: 'trips"):
        call("x", "y", data=b"trips.parquet")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"extent": 5}, TypeError, r"extent must be \(xmin, xmax, ymin, ymax\), not 5"),
        ({"extent": (0, 1)}, ValueError, r"extent must be \(xmin, xmax, ymin, ymax\), not \(0, 1\)"),
        ({"extent": (1, 0, 0, 1)}, ValueError, "extent: xmin and xmax must be .* not from 1.0 to 0.0"),
        ({"extent": (0, 1, 1, 0)}, ValueError, "extent: ymin and ymax must be .* not from 1.0 to 0.0"),
        ({"extent": (None, 1, 0, 1)}, TypeError, r"extent must be .* not \(None, 1, 0, 1\)"),
        ({"bins": "foo"}, ValueError, "bins must be 'log', a number of steps or a row of values, not 'foo'"),
    ],
)
def test_hexagons_that_cannot_be_are_an_error_of_matplotlibs_kind_that_says_why(
    data, options, error, words
) -> None:
    with pytest.raises(error):
        axes().hexbin("x", "y", data=COLUMNS, **options)
    with pytest.raises(error, match=words):
        hb.hexbin("x", "y", data=data, ax=axes(), **options)


@pytest.mark.parametrize("names", [("far", "x"), ("x", "far")])
def test_data_without_a_span_are_an_error_that_names_them(data, names) -> None:
    axis = "xy"[names.index("far")]
    with pytest.raises(ValueError, match=f"^{axis} has values so large or so far apart .* give an extent"):
        hb.hexbin(*names, data=data, ax=axes())


@pytest.mark.parametrize(
    ("extent", "ends"), [(("a", 1, 0, 1), "xmin and xmax"), ((0, 1, "2024-01-01", 1), "ymin and ymax")]
)
def test_ends_of_an_extent_that_are_no_numbers_are_named(source, extent, ends) -> None:
    with pytest.raises(ValueError, match=f"extent: {ends}: '.*' is no number"):
        hb.hexbin("x", "y", data=source, extent=extent, ax=axes())
    with pytest.raises(TypeError, match=f"extent: {ends} must be numbers, or dates where these are"):
        hb.hexbin("x", "y", data=COLUMNS, extent=extent, ax=axes())


@pytest.mark.parametrize("function", [None, "mean", 3])
def test_what_is_no_function_is_matplotlibs_type_error_with_a_name(data, function) -> None:
    with pytest.raises(TypeError):
        axes().hexbin("x", "y", "x", data=COLUMNS, reduce_C_function=function)
    with pytest.raises(TypeError, match="reduce_C_function must be a function, such"):
        hb.hexbin("x", "y", "x", data=data, reduce_C_function=function, ax=axes())


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("when", r"C: 'when': .*timestamp\[us\]"),
        ("lasts", r"C: 'lasts': needs a number, not duration"),
        ("name", "C: 'name': .*string"),
        ("when - when", r"C: 'when - when': needs a number, not duration"),
        ("x *", r"C: 'x \*': invalid syntax"),
        ("big * big", r"C: 'big \* big': overflow"),
        ("nope", "no column 'nope'"),
    ],
)
@pytest.mark.parametrize("function", [np.mean, len])
def test_a_sample_that_is_no_number_is_an_error_that_names_c(source, sample, words, function) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        hb.hexbin("x", "y", sample, data=source, reduce_C_function=function, ax=axes())
    assert "where" not in str(caught.value)
