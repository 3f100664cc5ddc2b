"""The main job: from Parquet to a grid, the same to the byte however it is read, with every row accounted for."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
import pyarrow as pa
import pytest

import heatbin as hb
from data import ROWS, counted_by_numpy, points, write
from heatbin.accumulator import Accumulator
from heatbin.plan import tasks
from heatbin.plan.planner import MOST_THREADS
from heatbin.sources import parquet
from heatbin.storages import Count
from paths import SHARED, needs_shared

LIMITS = ((-3.0, 3.0), (-900, 800))


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return points()


@pytest.fixture(scope="module")
def path(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("points") / "points.parquet", table, row_group_size=7000)


@pytest.fixture
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "SMALLEST_TASK_ROWS", 1)


def assert_adds_up(histogram: hb.Histogram, rows: int) -> None:
    tally = histogram.tally
    assert tally.read == tally.binned + tally.outside + tally.missing + tally.filtered
    assert tally.total == rows
    assert tally.binned == histogram.values().sum()


def test_the_cells_are_numpys(path, table) -> None:
    histogram = hb.aggregate(path, "x", "y", bins=(60, 17), range=LIMITS)
    np.testing.assert_array_equal(histogram.values(), counted_by_numpy(table, (60, 17), LIMITS))
    assert histogram.values().dtype == np.int64
    assert_adds_up(histogram, ROWS)


@pytest.mark.parametrize(("most_kept", "given_back"), [(1 << 40, 0), (0, 1)])
def test_what_was_decoded_into_is_kept_for_the_next_run_unless_it_is_much(
    path, monkeypatch, most_kept, given_back
) -> None:
    calls: list[None] = []
    monkeypatch.setattr("heatbin.passes.release_buffers", lambda: calls.append(None))
    monkeypatch.setattr("heatbin.passes.MOST_KEPT_BYTES", most_kept)
    hb.aggregate(path, "x", "y", bins=60, range=LIMITS)
    assert len(calls) == given_back


def test_a_row_is_missing_before_it_is_outside(tmp_path) -> None:
    source = write(
        tmp_path / "p.parquet",
        {"x": [0.5, None, np.nan, np.inf, 9.0, 9.0], "y": [0.5, 0.5, 9.0, 0.5, 0.5, None]},
    )
    tally = hb.aggregate(source, "x", "y", bins=2, range=((0, 1), (0, 1))).tally
    assert (tally.binned, tally.outside, tally.missing, tally.filtered) == (1, 2, 3, 0)


def test_a_filtered_row_is_filtered_whatever_else_it_is(tmp_path) -> None:
    source = write(
        tmp_path / "p.parquet",
        {"x": [0.5, None, 9.0, 0.5], "y": [0.5] * 4, "keep": [True, False, False, None]},
    )
    tally = hb.aggregate(source, "x", "y", bins=2, range=((0, 1), (0, 1)), where="keep").tally
    assert (tally.binned, tally.outside, tally.missing, tally.filtered) == (1, 0, 0, 3)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("row_group_size", [999, 7000, ROWS])
@pytest.mark.parametrize("batch_rows", [1000, 1 << 17])
def test_the_bytes_do_not_depend_on_threads_row_groups_or_batches(
    tmp_path, table, monkeypatch, small_tasks, threads, row_group_size, batch_rows
) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", batch_rows)
    source = write(tmp_path / "p.parquet", table, row_group_size=row_group_size)
    histogram = hb.aggregate(source, "x", "y", bins=(60, 17), range=LIMITS, threads=threads)
    assert histogram.values().tobytes() == counted_by_numpy(table, (60, 17), LIMITS).tobytes()
    assert_adds_up(histogram, ROWS)


def test_one_grid_shared_by_all_workers_counts_as_well(path, table, small_tasks) -> None:
    planned = hb.plan(path, "x", "y", bins=300, range=LIMITS, threads=4, memory="1GB")
    least = planned.memory.total - planned.memory.grid * (planned.memory.grids - 1)
    granted = hb.plan(path, "x", "y", bins=300, range=LIMITS, threads=4, memory=least)
    assert (granted.threads, granted.memory.grids) == (4, 1)
    tight = hb.aggregate(path, "x", "y", bins=300, range=LIMITS, threads=4, memory=least)
    np.testing.assert_array_equal(tight.values(), counted_by_numpy(table, 300, LIMITS))


@pytest.mark.parametrize("skip", ["raise", "skip"])
def test_spawned_processes_give_the_bytes_of_threads(path, small_tasks, skip) -> None:
    here = hb.aggregate(path, "x", "y", bins=50, range=LIMITS, on_error=skip)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        there = hb.aggregate(path, "x", "y", bins=50, range=LIMITS, executor=executor, on_error=skip)
    assert there.values().tobytes() == here.values().tobytes()
    assert there.tally == here.tally


def test_any_executor_finds_the_same_range(path, small_tasks) -> None:
    here = hb.aggregate(path, "x", "y", bins=50, where="fare > 10")
    with ThreadPoolExecutor(3) as executor:
        there = hb.aggregate(path, "x", "y", bins=50, where="fare > 10", executor=executor)
    assert there.axes == here.axes
    assert there.values().tobytes() == here.values().tobytes()


@pytest.mark.parametrize("skip", ["raise", "skip"])
def test_threads_beyond_all_use_are_cut_to_some(path, skip) -> None:
    asked = {"bins": 60, "range": LIMITS, "on_error": skip}
    planned = hb.plan(path, "x", "y", threads=np.int64(10**7), memory="100GB", **asked)
    assert planned.threads == MOST_THREADS
    assert planned.memory.total <= planned.memory.limit


def test_a_plan_is_plain_data_that_pickles(path) -> None:
    planned = hb.plan(path, "x", "y", range=LIMITS)
    again = pickle.loads(pickle.dumps(planned))
    assert again == planned
    assert sum(task.rows for task in again.tasks) == ROWS


def test_the_range_of_a_plain_column_comes_from_the_footer(path) -> None:
    planned = hb.plan(path, "y", "fare", bins=10)
    assert not planned.open


def test_where_a_footer_holds_infinity_the_data_give_the_finite_range(path, table) -> None:
    assert hb.plan(path, "x", "y", bins=10).open
    histogram = hb.aggregate(path, "x", "y", bins=10)
    x = np.array(table["x"])
    finite = x[np.isfinite(x)]
    assert tuple(histogram.axes[0].edges[[0, -1]]) == (finite.min(), finite.max())
    assert histogram.tally.outside == np.isinf(x).sum() - (np.isinf(x) & np.array(table["y"].is_null())).sum()


def test_each_end_of_a_range_can_be_given_by_itself(path) -> None:
    histogram = hb.aggregate(path, "y", "fare", bins=10, range=((0, None), (None, 50)))
    (x, y) = histogram.axes
    assert x.edges[0] == 0
    assert y.edges[-1] == 50
    assert histogram.tally.outside > 0


def test_a_range_from_filtered_data_spans_what_passes(path, table) -> None:
    histogram = hb.aggregate(path, "fare", "fare", bins=4, where="20 < fare <= 30")
    fares = np.array(table["fare"])
    passing = fares[(fares > 20) & (fares <= 30)]
    assert tuple(histogram.axes[0].edges[[0, -1]]) == (passing.min(), passing.max())
    assert_adds_up(histogram, ROWS)


def test_skipped_row_groups_change_no_cell(tmp_path, table) -> None:
    ordered = table.sort_by("fare")
    source = write(tmp_path / "p.parquet", ordered, row_group_size=2000)
    request: dict[str, Any] = {"bins": 40, "range": ((10, 12), (-900, 800))}
    pruned, whole = (hb.aggregate(source, "fare", "y", prune=prune, **request) for prune in (True, False))
    assert pruned.tally.skipped > 0
    assert whole.tally.skipped == 0
    assert pruned.values().tobytes() == whole.values().tobytes()
    assert_adds_up(pruned, ROWS)
    with pytest.raises(ValueError, match="prune=False"):
        pruned.values(flow=True)


def test_several_files_a_glob_and_a_folder_are_one_source(tmp_path, table) -> None:
    halves = [table.slice(0, 20_000), table.slice(20_000)]
    names = [write(tmp_path / f"tree/k{i}/part-{i}.parquet", half) for i, half in enumerate(halves)]
    (tmp_path / "tree/_SUCCESS").touch()
    (tmp_path / "tree/k0/.part-0.parquet.crc").write_bytes(b"crc")
    (tmp_path / "tree/k0/part-9.parquet").touch()
    (tmp_path / "tree/_temporary").mkdir()
    write(tmp_path / "tree/_temporary/part-7.parquet", halves[0])
    expected = counted_by_numpy(table, 20, LIMITS).tobytes()
    for source in (
        names,
        names[::-1],
        str(tmp_path / "tree"),
        tmp_path / "tree",
        f"{tmp_path}/tree/**/*.parquet",
    ):
        histogram = hb.aggregate(source, "x", "y", bins=20, range=LIMITS)
        assert histogram.values().tobytes() == expected
        assert histogram.summary()["files"] == 2


def test_only_the_needed_columns_are_read(path) -> None:
    needed = hb.plan(path, "x", "y").bytes
    assert (
        needed < hb.plan(path, "x", "fare", where="y > 0 and kind == 'a'").bytes < Path(path).stat().st_size
    )


def test_counts_do_not_wrap_where_32_bits_end(path, table, monkeypatch) -> None:
    home = importlib.import_module(Count.__module__)
    monkeypatch.setattr(home, "COUNTED_IN_32_BITS", 1000)
    histogram = hb.aggregate(path, "x", "y", bins=20, range=LIMITS)
    assert histogram.accumulator.count.counts.dtype == np.int64
    np.testing.assert_array_equal(histogram.values(), counted_by_numpy(table, 20, LIMITS))


def test_outliers_that_squeeze_the_picture_are_told_with_the_remedy(tmp_path) -> None:
    x = np.append(np.random.default_rng(0).normal(size=5000), 1e6)
    source = write(tmp_path / "p.parquet", {"x": x, "y": np.arange(5001)})
    (warning,) = hb.aggregate(source, "x", "y", bins=100).warnings
    assert "along x" in warning
    assert "range=(('p1', 'p99'), None) (--x-range p1 p99)" in warning
    (warning,) = hb.aggregate(source, "y", "x", bins=100).warnings
    assert "range=(None, ('p1', 'p99')) (--y-range p1 p99)" in warning
    assert hb.aggregate(source, "y", "x", bins=100, range=(None, ("p1", "p99"))).axes[1].edges[-1] < 100
    assert hb.aggregate(source, "x", "y", bins=100, range=((-4, 1e6), None)).warnings == ()


def test_rows_outside_the_range_are_told(path) -> None:
    histogram = hb.aggregate(path, "x", "y", range=((0, 1), None))
    assert any("outside the range" in warning for warning in histogram.warnings)


def test_a_file_of_no_rows_gives_an_empty_grid_and_says_so(tmp_path) -> None:
    source = write(tmp_path / "p.parquet", {"x": pa.array([], pa.float64()), "y": pa.array([], pa.int8())})
    histogram = hb.aggregate(source, "x", "y", bins=3)
    assert histogram.values().sum() == 0
    assert tuple(histogram.axes[0].edges[[0, -1]]) == (0, 1)
    assert "no rows" in histogram.warnings[0]


def test_constant_columns_get_half_a_unit_on_both_sides(tmp_path) -> None:
    source = write(tmp_path / "p.parquet", {"x": [5, 5], "y": [1e300, 1e300]})
    histogram = hb.aggregate(source, "x", "y", bins=3)
    assert tuple(histogram.axes[0].edges[[0, -1]]) == (4.5, 5.5)
    assert histogram.tally.binned == 2


def test_a_bad_file_is_left_out_whole_when_asked(tmp_path, table) -> None:
    good = write(tmp_path / "a.parquet", table)
    bad = Path(write(tmp_path / "b.parquet", table, row_group_size=5000))
    content = bytearray(bad.read_bytes())
    content[4:60] = b"\xff" * 56
    bad.write_bytes(content)
    (tmp_path / "c.parquet").write_bytes(b"PAR1 no more than that PAR1")
    histogram = hb.aggregate(str(tmp_path), "x", "y", bins=20, range=LIMITS, on_error="skip")
    assert [Path(out.path).name for out in histogram.left_out] == ["b.parquet", "c.parquet"]
    np.testing.assert_array_equal(
        histogram.values(), hb.aggregate(good, "x", "y", bins=20, range=LIMITS).values()
    )
    assert_adds_up(histogram, ROWS)
    with pytest.raises(hb.BadInputError):
        hb.aggregate(str(tmp_path), "x", "y", bins=20, range=LIMITS)


def test_bad_files_leave_no_grids_behind(tmp_path, table, monkeypatch) -> None:
    alive: WeakSet[Accumulator] = WeakSet()
    most = [0]

    class Counted(Accumulator):
        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            alive.add(self)
            most[0] = max(most[0], len(alive))

    monkeypatch.setattr("heatbin.passes.Accumulator", Counted)
    for number in range(8):
        place = Path(write(tmp_path / f"{number}.parquet", table, row_group_size=5000))
        content = bytearray(place.read_bytes())
        content[4:60] = b"\xff" * 56
        if number:
            place.write_bytes(content)
    histogram = hb.aggregate(str(tmp_path), "x", "y", bins=20, range=LIMITS, on_error="skip", threads=1)
    assert len(histogram.left_out) == 7
    assert most[0] == 2


def test_progress_counts_every_row(path) -> None:
    seen: list[tuple[int, int | None]] = []
    hb.aggregate(path, "x", "y", range=LIMITS, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (ROWS, ROWS)


@needs_shared
def test_the_golden_grids_come_out() -> None:
    index = json.loads((SHARED / "golden/index.json").read_text())
    for name, case in index.items():
        if not case["file"].endswith(".parquet"):
            continue
        limits = (case["xrange"], case["yrange"])
        histogram = hb.aggregate(
            SHARED / "data" / case["file"], case["x"], case["y"], bins=tuple(case["bins"]), range=limits
        )
        golden = np.load(SHARED / f"golden/{name}.npz")
        np.testing.assert_array_equal(histogram.values(), golden["count"], err_msg=name)
        np.testing.assert_array_equal(histogram.axes[0].edges, golden["xe"])
        assert histogram.tally.binned == case["in_range"]
        assert histogram.tally.missing == case["dropped_null_or_nan"]
        assert_adds_up(histogram, case["rows"])


def test_a_sample_reads_its_share_of_the_row_groups_and_scales_the_counts(tmp_path, table) -> None:
    source = write(tmp_path / "p.parquet", table, row_group_size=500)
    whole = hb.aggregate(source, "x", "y", bins=4, range=LIMITS)
    part = hb.aggregate(source, "x", "y", bins=4, range=LIMITS, sample=0.1)
    again = hb.aggregate(source, "x", "y", bins=4, range=LIMITS, sample=0.1, threads=1)
    assert part.summary()["row_groups"]["read"] == 10
    assert part.summary()["sample"] == {"share": 0.1, "estimates": True}
    assert part.values().tobytes() == again.values().tobytes()
    np.testing.assert_allclose(part.values().sum(), whole.values().sum(), rtol=0.02)


def test_percentiles_leave_their_share_of_the_rows_outside(path, table) -> None:
    histogram = hb.aggregate(path, "fare", "y", bins=50, range=(("p1", "p99"), None))
    fares = np.array(table["fare"])
    lo, hi = histogram.axes[0].edges[[0, -1]]
    assert abs((fares < lo).mean() - 0.01) < 0.002
    assert abs((fares > hi).mean() - 0.01) < 0.002


def test_a_percentile_and_the_largest_value_make_one_range(path, table) -> None:
    lo, hi = hb.aggregate(path, "fare", "y", bins=50, range=(("p5", None), None)).axes[0].edges[[0, -1]]
    fares = np.array(table["fare"])
    assert hi == fares.max()
    assert abs((fares < lo).mean() - 0.05) < 0.005


def test_rows_that_can_be_read_only_once_get_a_range_that_grows(table) -> None:
    batches = table.select(["fare", "y"]).to_batches(max_chunksize=777)
    once = hb.aggregate(iter(batches), "fare", "y", bins=64)
    backwards = hb.aggregate(iter(batches[::-1]), "fare", "y", bins=64)
    assert once.axes == backwards.axes
    assert once.values().tobytes() == backwards.values().tobytes()
    assert once.tally.outside == 0
    assert "grew while it was read" in once.warnings[0]
    grown = hb.aggregate(table, "fare", "y", bins=64, range="grow")
    assert grown.values().tobytes() == once.values().tobytes()


def test_rows_that_can_be_read_only_once_have_no_percentiles(table) -> None:
    with pytest.raises(hb.UsageError, match="read only once"):
        hb.aggregate(iter(table.to_batches()), "fare", "y", range=(("p1", "p99"), None))
