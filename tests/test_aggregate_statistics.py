"""Every statistic through the front door: what Python's big integers say, and the same bytes however it is read."""

from __future__ import annotations

import decimal
import functools
import itertools
import math
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import heatbin as hb
from data import write
from exactly import nearest, nearest_root, variance_of
from heatbin import accumulator
from heatbin.plan import tasks
from heatbin.sources import parquet

ROWS = 3000
BINS = (4, 3)
LIMITS = ((0.0, 4.0), (0, 3))
INSIDE: dict[str, Any] = {"bins": BINS, "range": LIMITS}
DECIMALS = pa.decimal128(24, 2)
KINDS = {
    "n": "count",
    "there": "count:{}",
    "sum": "sum:{}",
    "mean": "mean:{}",
    "var": "var:{}",
    "std": "std:{}",
    "least": "min:{}",
    "most": "max:{}",
    "some": "any:{}",
    "p5": "p5:{}",
    "p50": "p50:{}",
    "different": "distinct:{}",
    "first": "min_by:{},rank",
    "last": "max_by:{},rank",
    "weighed": "weight:{}",
}


def drawn() -> pa.Table:
    """Return points with nulls, NaN and infinities among coordinates and samples of every kind."""
    rng = np.random.default_rng(7)
    x = rng.uniform(-0.5, 4.5, ROWS)
    x[::97], x[1::211] = np.nan, np.inf
    wide = rng.normal(size=ROWS) * 10.0 ** rng.integers(-90, 90, ROWS)
    wide[::53] = np.nan
    whole = rng.integers(-(2**31), 2**31, ROWS)
    absent = rng.random((6, ROWS)) < 0.1
    cents = [decimal.Decimal(int(n)).scaleb(-2) for n in whole * rng.choice([1, 10**12], ROWS)]
    return pa.table(
        {
            "x": x,
            "y": pa.array(rng.integers(-1, 5, ROWS).astype(np.int16), mask=absent[0]),
            "wide": pa.array(wide, mask=absent[1]),
            "narrow": pa.array(rng.gamma(2, 9, ROWS).astype(np.float32), mask=absent[2]),
            "whole": pa.array(whole, mask=absent[3]),
            "small": pa.array(rng.integers(-100, 100, ROWS).astype(np.int8)),
            "price": pa.array(cents, DECIMALS, mask=absent[4]),
            "flag": pa.array(rng.random(ROWS) < 0.4, mask=absent[5]),
            "took": pa.array(rng.integers(0, 10**9, ROWS), pa.duration("us")),
            "rank": rng.integers(0, 40, ROWS).astype(np.uint64),
            "word": pa.array([f"w{n}" for n in rng.integers(0, 9, ROWS)]).dictionary_encode(),
            "at": pa.array(rng.integers(0, 7, ROWS), pa.timestamp("ns")),
        }
    )


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return drawn()


@pytest.fixture(scope="module")
def paths(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return three files of unequal length, in row groups that do not divide them."""
    folder, cuts = tmp_path_factory.mktemp("points"), [0, 900, 901, ROWS]
    return [
        write(folder / f"{i}.parquet", table.slice(start, stop - start), row_group_size=350)
        for i, (start, stop) in enumerate(itertools.pairwise(cuts))
    ]


def asked(sample: str) -> dict[str, str]:
    return {name: kind.format(sample) for name, kind in KINDS.items()}


def plain(value: Any) -> Any:
    """Return a sample as the number that statistics take, None where there is none."""
    if value is None or value != value:
        return None
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value.total_seconds() if hasattr(value, "total_seconds") else value


def rows_of_cells(table: pa.Table, sample: str) -> dict[tuple[int, int], list[tuple[Any, int]]]:
    """Return the samples and ranks of the rows in each cell, as Python's own."""
    cells: dict[tuple[int, int], list[tuple[Any, int]]] = {
        (i, j): [] for i in range(BINS[0]) for j in range(BINS[1])
    }
    for x, y, value, rank in zip(
        *(table[name].to_pylist() for name in ("x", "y", sample, "rank")), strict=True
    ):
        if y is not None and 0 <= x <= 4 and 0 <= y <= 3:
            cells[min(int(x), 3), min(y, 2)].append((plain(value), rank))
    return cells


def total(values: list[Any]) -> Any:
    return math.fsum(values) if isinstance(values[0], float) else sum(values)


def by_rank(rows: list[tuple[Any, int]], end: Callable[..., Any]) -> Any:
    best = end(rank for _, rank in rows)
    return min(value for value, rank in rows if rank == best)


REFERENCES: dict[str, Callable[[list[Any], list[tuple[Any, int]]], Any]] = {
    "there": lambda values, _: len(values),
    "sum": lambda values, _: total(values),
    "mean": lambda values, _: nearest(sum(map(Fraction, values)) / len(values)),
    "var": lambda values, _: nearest(variance_of(values)),
    "std": lambda values, _: nearest_root(variance_of(values)),
    "least": lambda values, _: min(values),
    "most": lambda values, _: max(values),
    "some": lambda values, _: any(values),
    "first": lambda _, rows: by_rank(rows, min),
    "last": lambda _, rows: by_rank(rows, max),
    "weighed": lambda values, _: total(values),
}


@pytest.mark.parametrize("sample", ["wide", "narrow", "whole", "small", "price", "flag", "took"])
def test_each_statistic_of_each_kind_of_sample_is_the_exact_one(paths, table, sample) -> None:
    histogram = hb.aggregate(paths, "x", "y", **INSIDE, agg=asked(sample))
    found = {name: histogram[name].values() for name in KINDS}
    for cell, rows in rows_of_cells(table, sample).items():
        present = [row for row in rows if row[0] is not None]
        values = [value for value, _ in present]
        assert found["n"][cell] == len(rows)
        assert histogram["mean"].counts()[cell] == len(values)
        for name, reference in REFERENCES.items():
            assert found[name][cell] == reference(values, present), name
        for name, q in (("p5", 0.05), ("p50", 0.5)):
            low, high = (
                float(np.quantile(np.array(values, float), q, method=way)) for way in ("lower", "higher")
            )
            assert low - 0.01 * abs(low) <= found[name][cell] <= high + 0.01 * abs(high)
        assert found["different"][cell] == pytest.approx(len(set(values)), rel=0.2)


def test_integers_stay_integers_and_truth_stays_truth(paths) -> None:
    histogram = hb.aggregate(paths, "x", "y", **INSIDE, agg=asked("whole"))
    kinds = {name: histogram[name].values().dtype.kind for name in KINDS}
    assert {name for name, kind in kinds.items() if kind == "i"} == {
        "n",
        "there",
        "sum",
        "different",
        "weighed",
    }
    assert kinds["some"] == "b"


def test_decimals_beyond_what_doubles_hold_are_the_nearest_ones(tmp_path) -> None:
    written = ["0.1", "90071992547409.93", "123456789012345678901.2345", "-9999999999999999999999.9999"]
    prices = pa.array([decimal.Decimal(text) for text in [*written, "0.3"]], pa.decimal256(40, 4))
    source = write(tmp_path / "p.parquet", {"x": np.arange(5.0), "price": prices})
    histogram = hb.aggregate(source, "x", "x", bins=5, agg="sum:price")
    assert np.diag(histogram.values()).tolist() == [*map(float, written), 0.3]


def test_infinite_samples_are_taken_in_as_ieee_says_and_counted(tmp_path) -> None:
    sample = [1.0, np.inf, -np.inf, np.inf, 2.0, None, np.nan]
    source = write(tmp_path / "p.parquet", {"x": [0, 1, 2, 3, 3, 3, 3], "s": sample})
    histogram = hb.aggregate(source, "x", "0", bins=(4, 1), agg=["sum:s", "mean:s", "max:s", "var:s"])
    assert histogram.values()[:, 0].tolist() == [1, np.inf, -np.inf, np.inf]
    assert histogram["max(s)"].values()[:, 0].tolist() == [1, np.inf, -np.inf, np.inf]
    assert np.isnan(histogram["var(s)"].values()[1:, 0]).all()
    assert histogram.tally.samples == {"s": hb.Absences(null=1, nan=1, inf=3)}


def test_absent_samples_are_told_by_name_of_the_rows_that_are_binned(paths, table) -> None:
    told = hb.aggregate(paths, "x", "y", **INSIDE, agg=["mean:wide", "max:narrow", "max_by:wide,rank"]).tally
    inside = [value for rows in rows_of_cells(table, "wide").values() for value, _ in rows]
    assert told.binned == len(inside)
    assert set(told.samples) == {"wide", "narrow", "rank"}
    assert told.samples["wide"].null + told.samples["wide"].nan == inside.count(None)
    assert told.samples["rank"] == hb.Absences()
    assert told.plain()["samples"]["narrow"]["nan"] == 0


def test_text_and_times_are_told_apart_and_no_more(paths, table) -> None:
    told_apart = {"words": "distinct:word", "times": "distinct:at", "there": "count:word"}
    histogram = hb.aggregate(paths, "x", "y", **INSIDE, agg=told_apart)
    assert set(histogram["words"].values().ravel()) == {9}
    assert set(histogram["times"].values().ravel()) == {7}
    assert histogram["there"].values().sum() == histogram.tally.binned
    with pytest.raises(
        hb.BadInputError, match=r"'at' .* timestamp\[ns\], .* only how many .*; year\(t\) or hour"
    ):
        hb.aggregate(paths, "x", "y", agg="max:at")
    with pytest.raises(
        hb.BadInputError, match=r"'word' .* only how many there are and how many are distinct$"
    ):
        hb.aggregate(paths, "x", "y", agg=["distinct:word", "max_by:word,rank"])


@pytest.mark.parametrize(
    "values", [pa.array([b"a"]), pa.array([[1]]), pa.array([{"a": 1}])], ids=["bytes", "list", "struct"]
)
def test_a_sample_that_is_no_sample_is_named_before_anything_is_read(values) -> None:
    with pytest.raises(hb.BadInputError, match=r"'s' of .*, of which heatbin takes no statistic"):
        hb.aggregate(pa.table({"x": [1], "s": values}), "x", "x", agg="distinct:s")


def test_a_weight_may_be_negative_and_nan_poisons_nothing(tmp_path) -> None:
    weights = pa.array([-1.5, 0.25, np.nan, None, 4.0])
    source = write(tmp_path / "p.parquet", {"x": [0, 0, 0, 1, 1], "w": weights})
    histogram = hb.aggregate(source, "x", "0", bins=(2, 1), weight="w")
    assert histogram.values().ravel().tolist() == [-1.25, 4.0]
    assert histogram.tally.samples["w"] == hb.Absences(null=1, nan=1)
    squares = hb.aggregate(source, "x", "0", bins=(2, 1), agg=hb.weight("w", squares=True)).variances()
    assert squares is not None
    assert squares.ravel().tolist() == [2.3125, 16.0]


# Whatever way it goes, the bytes are the same


AGG = {"n": "count", "different": "distinct:word", **asked("wide"), "p1": "p1:whole", "whole": "sum:whole"}


@functools.cache
def usual(paths: tuple[str, ...]) -> hb.Histogram:
    return hb.aggregate(list(paths), "x", "y", **INSIDE, agg=AGG, threads=1)


def saved(histogram: hb.Histogram, folder: Path) -> bytes:
    histogram.save(folder / "h.heatbin")
    return (folder / "h.heatbin").read_bytes()


def assert_same(one: hb.Histogram, other: hb.Histogram) -> None:
    for name in one.statistics:
        assert one[name].values().tobytes() == other[name].values().tobytes(), name
    assert one.tally.binned == other.tally.binned
    assert one.tally.samples == other.tally.samples


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "SMALLEST_TASK_ROWS", 1)
    monkeypatch.setattr(parquet, "BATCH_ROWS", 301)
    monkeypatch.setattr(accumulator, "BLOCK_ROWS", 64)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("how", [{"threads": 1}, {"threads": 3}, {"threads": 2, "on_error": "skip"}], ids=str)
def test_what_is_saved_does_not_depend_on_batches_blocks_and_threads(paths, tmp_path, how) -> None:
    histogram = hb.aggregate(paths, "x", "y", **INSIDE, agg=AGG, **how)
    assert_same(histogram, usual(tuple(paths)))
    assert saved(histogram, tmp_path) == saved(usual(tuple(paths)), tmp_path)


@pytest.mark.usefixtures("small_blocks")
def test_the_order_of_files_and_of_rows_does_not_show(paths, table, tmp_path) -> None:
    backwards = hb.aggregate(paths[::-1], "x", "y", **INSIDE, agg=AGG)
    assert saved(backwards, tmp_path) == saved(usual(tuple(paths)), tmp_path)
    shuffled = table.take(np.random.default_rng(0).permutation(ROWS))
    assert_same(hb.aggregate(shuffled, "x", "y", **INSIDE, agg=AGG), usual(tuple(paths)))


@pytest.mark.usefixtures("small_blocks")
def test_threads_of_an_executor_give_the_bytes_of_ours(paths, tmp_path) -> None:
    with ThreadPoolExecutor(2) as executor:
        there = hb.aggregate(paths, "x", "y", **INSIDE, agg=AGG, executor=executor)
    assert saved(there, tmp_path) == saved(usual(tuple(paths)), tmp_path)


def test_processes_give_the_bytes_of_threads_categories_and_all(paths, tmp_path) -> None:
    request: dict[str, Any] = {"bins": (hb.Log(4, 0.1, 4), hb.Integer()), "by": "word", "agg": AGG}
    here = hb.aggregate(paths, "x", "y", **request)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        there = hb.aggregate(paths, "x", "y", **request, executor=executor)
    assert there.axes == here.axes
    assert saved(there, tmp_path) == saved(here, tmp_path)


def test_halves_added_up_are_the_bytes_of_the_whole(paths, tmp_path) -> None:
    parts = [hb.aggregate(path, "x", "y", **INSIDE, agg=AGG) for path in paths]
    for added in (parts[0] + parts[1] + parts[2], parts[2] + (parts[1] + parts[0])):
        assert saved(added, tmp_path) == saved(usual(tuple(paths)), tmp_path)


def test_a_saved_histogram_has_all_its_statistics(paths, tmp_path) -> None:
    usual(tuple(paths)).save(tmp_path / "h.heatbin")
    assert_same(hb.load(tmp_path / "h.heatbin"), usual(tuple(paths)))


def test_pruning_changes_no_statistic(table, tmp_path) -> None:
    source = write(tmp_path / "p.parquet", table.sort_by("x"), row_group_size=200)
    request: dict[str, Any] = {"bins": 5, "range": ((1, 2), LIMITS[1]), "agg": AGG}
    pruned, whole = (hb.aggregate(source, "x", "y", **request, prune=prune) for prune in (True, False))
    assert pruned.tally.skipped > 0
    assert_same(pruned, whole)


def test_a_file_that_cannot_be_read_leaves_nothing_behind(paths, tmp_path) -> None:
    damaged = tmp_path / "z.parquet"
    content = bytearray(Path(paths[2]).read_bytes())
    content[4:60] = b"\xff" * 56
    damaged.write_bytes(content)
    histogram = hb.aggregate([*paths, str(damaged)], "x", "y", **INSIDE, agg=AGG, on_error="skip")
    assert [Path(out.path).name for out in histogram.left_out] == ["z.parquet"]
    assert_same(histogram, usual(tuple(paths)))


def test_rows_that_come_once_have_the_statistics_of_rows_that_stay(table) -> None:
    agg = {"mean": "mean:wide", "p50": "p50:whole", "different": "distinct:word", "last": "max_by:small,rank"}
    batches = table.to_batches(max_chunksize=250)
    once = hb.aggregate(iter(batches), "small", "whole", bins=8, agg=agg)
    backwards = hb.aggregate(iter(batches[::-1]), "small", "whole", bins=8, agg=agg)
    limits = tuple((axis.edges[0], axis.edges[-1]) for axis in once.axes)
    again = hb.aggregate(
        table, "small", "whole", bins=tuple(a.size for a in once.axes), range=limits, agg=agg
    )
    assert_same(once, backwards)
    assert_same(once, again)


# Several in one histogram


def test_each_name_is_a_histogram_that_shows_its_statistic(paths) -> None:
    histogram = usual(tuple(paths))
    assert list(histogram.statistics) == list(AGG)
    assert histogram.statistics["mean"] == hb.mean("wide")
    one = histogram["mean"]
    assert (one.shown, list(one.statistics), one.tally.binned) == ("mean", ["mean"], histogram.tally.binned)
    assert "mean(wide)" in repr(one)
    with pytest.raises(hb.UsageError, match=r"no statistic 'maen'; did you mean 'mean'\?"):
        histogram["maen"]


def test_parts_and_sums_have_the_statistics_of_their_rows(paths, table) -> None:
    histogram = usual(tuple(paths))
    rows = rows_of_cells(table, "wide")
    column = [[v for j in range(3) for v, _ in rows[i, j] if v is not None] for i in range(4)]
    assert histogram.project("x")["sum"].values().tolist() == [math.fsum(values) for values in column]
    assert histogram.sum("y")["most"].values().tolist() == [max(values) for values in column]
    wider = histogram.rebin(x=2)["var"].project("x").values().tolist()
    assert wider == [nearest(variance_of(column[i] + column[i + 1])) for i in (0, 2)]
    first = histogram.select(x=0.5)["p50"]
    assert first.values().tolist() == histogram["p50"].values()[0].tolist()


def test_a_sum_over_categories_is_the_histogram_without_them(paths) -> None:
    apart = hb.aggregate(paths, "x", "y", **INSIDE, by="word", agg=AGG)
    assert apart.axes[2].size == 9
    assert_same(apart.sum("by"), usual(tuple(paths)))


def test_a_sample_scales_what_adds_up_and_nothing_else(paths) -> None:
    agg = ["count", "sum:small", "count:wide", "mean:small", "max:small", "distinct:rank"]
    part = hb.aggregate(paths, "x", "y", **INSIDE, agg=agg, sample=0.5)
    bare = {name: part.accumulator.values(name) for name in part.statistics}
    for name in agg[:3]:
        shown = part[hb.aggregate(paths, "x", "y", **INSIDE, agg=name).shown]
        np.testing.assert_array_equal(shown.values(), bare[shown.shown] * part.scale)
    for name in ("mean(small)", "max(small)", "distinct(rank)"):
        np.testing.assert_array_equal(part[name].values(), bare[name])


@pytest.mark.parametrize(
    "source", [{"x": [], "s": []}, {"x": [None] * 3, "s": [None] * 3}], ids=["none", "nulls"]
)
def test_where_there_is_nothing_every_statistic_says_so(source, tmp_path) -> None:
    table = pa.table({"x": pa.array(source["x"], pa.float64()), "s": pa.array(source["s"], pa.int32())})
    table = table.append_column("rank", table["s"])
    histogram = hb.aggregate(table, "x", "x", bins=2, agg=asked("s"))
    shown = {name: histogram[name].values()[0, 0] for name in KINDS}
    assert {name for name, value in shown.items() if value == 0} == {
        *("n", "there", "sum", "some", "different", "weighed")
    }
    assert histogram.summary()["max"] == 0
    histogram.save(tmp_path / "h.heatbin")
    assert_same(hb.load(tmp_path / "h.heatbin"), histogram)


# What cannot be


def test_a_quantile_that_does_not_fit_is_refused_before_reading_with_one_that_does(table) -> None:
    def read() -> Any:
        raise AssertionError
        yield

    source = pa.RecordBatchReader.from_batches(table.schema, read())
    with pytest.raises(
        hb.MemoryBudgetError, match=r"p95: p95\(wide\) within 0.01 may need .*GB.* are left for it; "
    ) as told:
        hb.aggregate(source, "x", "y", bins=3000, range=LIMITS, agg={"p95": "p95:wide"}, memory="1GB")
    assert "accuracy=" in str(told.value) or "take fewer bins" in str(told.value)


@pytest.mark.parametrize(
    ("agg", "said"),
    [
        ("maen:wide", r"no statistic 'maen'; did you mean 'mean'\?"),
        ("mean", r"mean needs a sample"),
        ("mean:wdie", r"no column 'wdie' in 3 files; did you mean 'wide'\?"),
        ("p101:wide", r"p101 is beyond"),
        (["mean:wide", "mean:wide"], r"two statistics have one name"),
        ({"a": "b=mean:wide", 3: "count"}, r"name must be text, not 3"),
        ([], r"names no statistic"),
    ],
    ids=str,
)
def test_what_is_no_statistic_is_an_error_that_says_what_is(paths, agg, said) -> None:
    with pytest.raises(hb.UsageError, match=said):
        hb.aggregate(paths, "x", "y", agg=agg)


def test_a_weight_goes_with_counts_alone(paths) -> None:
    with pytest.raises(hb.UsageError, match=r"weight goes with counts, not with mean\(wide\)"):
        hb.aggregate(paths, "x", "y", agg="mean:wide", weight="rank")


def test_errors_name_the_argument_that_a_sample_came_with() -> None:
    rows = {"x": [1.0], "y": [2.0]}
    for argument, given in (("weight", "i+"), ("agg", "sum:i+")):
        with pytest.raises(hb.UsageError, match=f"^{argument}: invalid syntax"):
            hb.aggregate(rows, "x", "y", **{argument: given})
