"""histogram2d is NumPy's, to the bit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import heatbin as hb
from paths import SHARED, needs_shared
from strategies import bin_counts, columns, ranges, sizes, values_near


def assert_equal_to_numpy(x: Any, y: Any, *args: Any, **kwargs: Any) -> None:
    expected = np.histogram2d(x, y, *args, **kwargs)
    found = hb.histogram2d(x, y, *args, **kwargs)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def is_in_order(lo: float, hi: float, n: int) -> bool:
    edges = np.linspace(lo, hi, n + 1)
    return bool(np.all(edges[:-1] <= edges[1:]))


@given(st.data(), sizes, bin_counts, bin_counts, ranges(), ranges())
def test_any_columns_in_any_range_are_counted_as_numpy_counts_them(
    data, rows, nx, ny, x_range, y_range
) -> None:
    assume(is_in_order(*x_range, nx) and is_in_order(*y_range, ny))
    x, y = data.draw(columns(rows)), data.draw(columns(rows))
    with np.errstate(all="ignore"):
        assert_equal_to_numpy(x, y, (nx, ny), [x_range, y_range])


@given(st.data(), ranges(), st.integers(1, 2000))
def test_a_value_within_an_ulp_of_an_edge_falls_where_the_edge_says(data, x_range, n) -> None:
    assume(is_in_order(*x_range, n))
    x = data.draw(values_near(np.linspace(*x_range, n + 1), 60))
    assert_equal_to_numpy(x, np.zeros(60), (n, 1), [x_range, (-1, 1)])


@given(st.data(), sizes, bin_counts)
def test_a_range_from_the_data_has_numpys_edges_and_their_type(data, rows, n) -> None:
    x, y = data.draw(columns(rows, nan=False)), data.draw(columns(rows, nan=False))
    with np.errstate(all="ignore"):
        try:
            np.histogram2d(x, y, n)
        except (ValueError, OverflowError):
            assume(False)
        edges = np.histogram2d(x, y, n)[1:]
        assume(all(np.isfinite(e).all() and np.all(e[:-1] <= e[1:]) for e in edges))
        assert_equal_to_numpy(x, y, n)


@given(st.data(), st.lists(st.floats(allow_nan=False, width=32), min_size=2, max_size=30).map(sorted))
def test_any_sorted_edges_serve_duplicates_and_infinities_too(data, edges) -> None:
    x = data.draw(values_near(np.array(edges), 40))
    assert_equal_to_numpy(x, np.zeros(40), [np.array(edges), np.array([-1.0, 1.0])])


@pytest.mark.parametrize("dtype", ["f4", "f8", "i1", "i8", "u1"])
def test_no_point_of_a_lattice_of_hundredths_is_misplaced(dtype) -> None:
    steps = np.arange(101) / 100 if dtype[0] == "f" else np.arange(101)
    x, y = (grid.ravel().astype(dtype) for grid in np.meshgrid(steps, steps))
    top = steps[-1]
    assert_equal_to_numpy(x, y, 10, [(0, top), (0, top)])


def test_density_is_divided_as_numpy_divides_it() -> None:
    rng = np.random.default_rng(1)
    assert_equal_to_numpy(rng.normal(size=1000), rng.normal(size=1000), (7, [-1, 0, 0.3, 2]), density=True)


@pytest.mark.parametrize(
    "bins",
    [
        5,
        (3, 4),
        [3, 4],
        [0, 1, 2.5],
        np.array([0, 1, 5]),
        (3, [0, 1, 2]),
        ([0, 1], 2),
        np.int64(4),
        [4, 4, 9],
    ],
)
def test_bins_mean_what_they_mean_to_numpy(bins) -> None:
    x, y = np.linspace(0, 5, 50), np.linspace(-1, 3, 50)
    assert_equal_to_numpy(x, y, bins)


def test_no_points_give_an_empty_grid_from_0_to_1() -> None:
    assert_equal_to_numpy([], [], 4)


def test_constant_data_get_half_a_unit_on_both_sides() -> None:
    assert_equal_to_numpy(np.full(3, 2.0), np.full(3, 7), 4)


@pytest.mark.parametrize("dtype", ["i1", "i4"])
def test_a_range_wider_than_its_integers_does_not_wrap(dtype) -> None:
    limits = np.iinfo(dtype)
    x = np.array([limits.min, -1, 0, 1, limits.max], dtype)
    assert_equal_to_numpy(x.astype("f8"), x.astype("f8"), 2)
    np.testing.assert_array_equal(
        hb.histogram2d(x, x, 2)[0], np.histogram2d(x.astype("f8"), x.astype("f8"), 2)[0]
    )


def test_large_integers_stay_apart_where_doubles_would_merge_them() -> None:
    x = np.array([2**60, 2**60 + 1, 2**60 + 3], np.int64)
    counts = hb.histogram2d(x, x, [np.array([2**60, 2**60 + 1, 2**60 + 3])] * 2)[0]
    np.testing.assert_array_equal(counts, [[1, 0], [0, 2]])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([1, 2], [1], 3), ValueError, "x and y must have the same length."),
        (([1], [1], [3]), ValueError, "list of one"),
        (([1], [1], 2.5), TypeError, "integer"),
        (([1], [1], 0), ValueError, "positive"),
        (([1], [1], [3, 2, 1]), ValueError, "increase"),
        (([1.0, np.nan], [1, 2]), ValueError, "NaN"),
        (([1.0, np.inf], [1, 2]), ValueError, "infinity"),
        (([1], [1], 3, [[1, 0], [0, 1]]), ValueError, "smaller to a larger"),
        (([1], [1], 3, [[0, np.inf], [0, 1]]), ValueError, "finite"),
        (([1], [1], 3, [[0, 1]]), ValueError, "range"),
        (([0.0], [0.0], 300, [[0, 1e-320], [0, 1]]), ValueError, "too narrow"),
        (([0.0], [0.0], 3, [[-1.7e308, 1.7e308], [0, 1]]), ValueError, "too wide"),
        ((["a"], ["b"]), TypeError, "numbers"),
    ],
)
def test_what_cannot_work_is_an_error_that_says_why(arguments, error, words) -> None:
    with pytest.raises(error, match=words):
        hb.histogram2d(*arguments)


@needs_shared
def test_the_cases_of_other_libraries_come_out_as_theirs() -> None:
    cases = json.loads((SHARED / "golden/peer_cases.json").read_text())["cases"]
    counted = [
        case for case in cases if case.get("agg") == "count" and case.get("orient") and not case.get("w")
    ]
    assert len(counted) >= 15
    for case in counted:
        if "log" in str(case.get("note")):
            continue
        dtype = case["xbins"].get("dtype", "f8") if isinstance(case["xbins"], dict) else "f8"
        x, y = (np.array(case[name], dtype) for name in "xy")
        counts = hb.histogram2d(x, y, *_grid(case))[0]
        expected = np.array(case["expected"], dtype=float)
        np.testing.assert_array_equal(
            counts.T if case["orient"] == "yx" else counts, expected, err_msg=case["name"]
        )


def _grid(case: dict[str, Any]) -> tuple[Any, Any]:
    bins = [asked if isinstance(asked, list) else asked["n"] for asked in (case["xbins"], case["ybins"])]
    limits = [None if isinstance(asked, list) else asked["range"] for asked in (case["xbins"], case["ybins"])]
    return bins, None if "auto" in limits else [limit or [0, 1] for limit in limits]


def test_counting_arrays_loads_no_library_that_reads_or_draws() -> None:
    code = (
        "import sys, heatbin; heatbin.histogram2d([0.5], [0.5]);"
        "assert not {'pyarrow', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
