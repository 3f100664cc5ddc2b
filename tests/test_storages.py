"""What is kept per cell: one law for all kinds, and what each kind promises."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactly import any_doubles, filled
from heatbin.accumulator import Accumulator
from heatbin.axes import Regular
from heatbin.binning import Binning
from heatbin.columns import Column, Points
from heatbin.errors import MemoryBudgetError, StateError, UsageError
from heatbin.statistics import any as any_
from heatbin.statistics import bind, count, distinct, max_by, mean, quantile
from heatbin.statistics import max as max_
from heatbin.statistics import min as min_
from heatbin.statistics import sum as sum_
from heatbin.storages import Buckets, Count, Extreme, ExtremeBy, Flags, Group, Recipe, Registers, Sums, table

SHARED = Path(__file__).parents[2] / "shared"
CELLS = 6
RECIPES = [
    Recipe(Count),
    Recipe(Sums, (1,)),
    Recipe(Sums, (2,)),
    Recipe(Extreme, ("min",)),
    Recipe(Extreme, ("max",)),
    Recipe(ExtremeBy, ("min",)),
    Recipe(ExtremeBy, ("max",)),
    Recipe(Flags),
    Recipe(Buckets, (0.02,)),
    Recipe(Registers, (4,)),
]
ALL = np.arange(CELLS)

floats = st.one_of(
    st.floats(allow_nan=False),
    st.floats(-100, 100),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, 1e37, 1e-300]),
)
rows = st.lists(st.tuples(st.integers(0, CELLS), floats, floats), max_size=60)


def storage_of(recipe: Recipe, drawn: list, kind: type) -> object:
    cells = np.array([cell for cell, _, _ in drawn], dtype=np.uint32)
    columns = [np.array([row[i] for row in drawn], dtype=np.float64) for i in (1, 2)]
    if kind is int:
        columns = [np.clip(column, -(2.0**62), 2.0**62).astype(np.int64) for column in columns]
    takes = 2 if recipe.kind is ExtremeBy else 1
    return filled(recipe, CELLS, cells, *columns[:takes], block=17)


def bytes_of(storage: object) -> dict:
    return {name: (array.dtype, array.shape, array.tobytes()) for name, array in storage.state().items()}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@given(rows, rows, st.sampled_from([float, int]), st.randoms(use_true_random=False))
def test_filling_two_batches_equals_filling_them_apart_in_any_order_and_merging(
    recipe, first, second, kind, random
) -> None:
    expected = bytes_of(storage_of(recipe, first + second, kind))
    merged = storage_of(recipe, first, kind)
    merged.merge(pickle.loads(pickle.dumps(storage_of(recipe, second, kind))))
    assert bytes_of(merged) == expected
    shuffled = first + second
    random.shuffle(shuffled)
    assert bytes_of(storage_of(recipe, shuffled, kind)) == expected
    back = recipe.blank(CELLS + 1)
    back.restore(merged.state())
    assert bytes_of(back) == expected


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@given(rows, st.lists(st.integers(0, 3), min_size=CELLS, max_size=CELLS))
def test_putting_cells_together_equals_filling_the_larger_cells(recipe, drawn, groups) -> None:
    groups = np.array([*groups, 3])
    grouped = recipe.blank(4)
    grouped.merge(storage_of(recipe, drawn, float), groups)
    cells = np.array([groups[cell] for cell, _, _ in drawn], dtype=np.uint32)
    columns = [np.array([row[i] for row in drawn], dtype=np.float64) for i in (1, 2)]
    direct = filled(recipe, 3, cells, *columns[: 2 if recipe.kind is ExtremeBy else 1])
    assert bytes_of(grouped) == bytes_of(direct)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@given(rows, rows, st.sampled_from([float, int]))
def test_merging_only_the_cells_that_hold_something_equals_merging_all(recipe, first, second, kind) -> None:
    merged, few = (storage_of(recipe, first, kind) for _ in range(2))
    other = storage_of(recipe, second, kind)
    merged.merge(other)
    few.merge(other, only=np.unique(np.array([cell for cell, _, _ in second], dtype=np.int64)))
    assert bytes_of(few) == bytes_of(merged)


def test_a_count_knows_which_cells_few_rows_touched() -> None:
    count = Count(1000)
    assert count.touched().tolist() == []
    for cells in ([7, 3], [7, 999]):
        count.fill(np.array(cells, np.uint32))
    assert count.touched().tolist() == [3, 7, 999]
    other = Count(1000)
    other.merge(count, only=count.touched())
    np.testing.assert_array_equal(other.counts, count.counts)
    assert other.touched() is None
    count.fill(np.arange(1000, dtype=np.uint32))
    assert count.touched() is None


def test_counts_add_up_by_cell() -> None:
    counts = storage_of(Recipe(Count), [(0, 1.0, 1.0), (0, 2.0, 2.0), (5, 1.0, 1.0)], float)
    counts.merge(counts, np.array([1, 1, 1, 1, 1, 1, 6]))
    assert counts.counts.tolist() == [2, 3, 0, 0, 0, 1, 0]


# --- extremes -------------------------------------------------------------------------------------------------------


def extreme(end: str, values: np.ndarray) -> np.ndarray:
    storage = filled(Recipe(Extreme, (end,)), 2, np.zeros(values.size), values)
    return storage.values(np.array([0, 1]), np.array([values.size, 0]))


@pytest.mark.parametrize("size", [10, 1 << 16, 1 << 20, (1 << 20) + 1])
def test_grids_near_and_far_count_alike(size) -> None:
    cells = np.random.default_rng(size).integers(0, size, 5000).astype(np.uint32)
    count = Count(size)
    count.fill(cells)
    np.testing.assert_array_equal(count.counts, np.bincount(cells, minlength=size))


@pytest.mark.parametrize("size", [3, (1 << 20) + 1])
def test_bytes_carry_over_whenever_the_counts_are_read(size) -> None:
    cells = np.random.default_rng(size).integers(0, 3, 4000).astype(np.uint32)
    count, read, other = Count(size), Count(size), Count(size)
    for part in np.array_split(cells, 7):
        count.fill(part)
        read.fill(part)
        read.counts.sum()
        other.fill(part[::-1])
    expected = np.bincount(cells, minlength=size)
    for each in (count, read, pickle.loads(pickle.dumps(other))):
        np.testing.assert_array_equal(each.counts, expected)
    count.merge(other)
    np.testing.assert_array_equal(count.counts, 2 * expected)


TOGETHER = [
    [Recipe(Sums, (1,)), Recipe(Sums, (2,))],
    [Recipe(Extreme, ("min",)), Recipe(Extreme, ("max",))],
    [Recipe(Extreme, ("max",)), Recipe(Sums, (1,))],
    [recipe for recipe in RECIPES[1:] if recipe.kind is not ExtremeBy],
]


@pytest.mark.parametrize("odd", [[], [np.nan], [np.inf], [np.nan, -np.inf, 1e300, 5e-324]])
@pytest.mark.parametrize("recipes", TOGETHER, ids=lambda recipes: "+".join(recipe.name for recipe in recipes))
@pytest.mark.parametrize("nulls", [False, True])
def test_storages_beside_each_other_hold_what_each_holds_alone(recipes, odd, nulls) -> None:
    rng = np.random.default_rng(len(odd))
    values = rng.permutation([*rng.normal(size=500), *odd])
    cells = rng.integers(0, 4, values.size).astype(np.uint32)
    present = rng.random(values.size) < 0.9 if nulls else np.ones(values.size, np.bool_)
    column = Column(values, np.packbits(present, bitorder="little") if nulls else None)

    def group_of(*some: Recipe) -> Group:
        """Return a group that took in the rows in three parts: two, a pickle between them, and one merged."""
        first, last = Group(6, (0,), some), Group(6, (0,), some)
        for start, stop in ((0, 3), (3, 200), (200, values.size)):
            group = last if start == 200 else first
            group.fill(cells[start:stop], [column], start, lambda: np.ones(6, np.uint8))
            first = pickle.loads(pickle.dumps(first))
        first.merge(last)
        return first

    together = group_of(*recipes)
    nan, infinite = (int(of(values[present]).sum()) for of in (np.isnan, np.isinf))
    assert together.absent.told.tolist() == [[int((~present).sum()), nan, infinite]]
    for recipe in recipes:
        for name, kept in group_of(recipe).named().items():
            for key, array in kept.state().items():
                np.testing.assert_array_equal(
                    array, together.named()[name].state()[key], err_msg=f"{name}: {key}"
                )


def test_minus_zero_is_smaller_than_zero_whichever_came_first() -> None:
    for values in ([0.0, -0.0], [-0.0, 0.0]):
        assert np.signbit(extreme("min", np.array(values))[0])
        assert not np.signbit(extreme("max", np.array(values))[0])


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=30))
def test_extremes_of_floats_are_among_the_samples(values) -> None:
    assert extreme("min", np.array(values)).tolist()[:1] == [min(values)]
    assert extreme("max", np.array(values)).tolist()[:1] == [max(values)]
    assert np.isnan(extreme("min", np.array(values))[1])


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30))
def test_extremes_of_large_integers_are_exact_and_empty_cells_masked(values) -> None:
    smallest = extreme("min", np.array(values, dtype=np.uint64))
    assert int(smallest[0]) == min(values)
    assert np.ma.getmaskarray(smallest)[1] or np.isnan(smallest[1])
    assert (smallest.dtype == np.uint64) == (min(values) > 2**53)


@pytest.mark.parametrize("end", ["min", "max"])
def test_among_ties_the_smallest_value_is_chosen(end) -> None:
    by = np.array([3.0, 7.0, 7.0, 3.0, 3.0])
    value = np.array([5, 9, -4, -5, 0])
    chosen = filled(Recipe(ExtremeBy, (end,)), 1, np.zeros(5), value, by)
    assert chosen.values(np.array([0]), np.array([5])).tolist() == [-5.0 if end == "min" else -4.0]


# --- quantiles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accuracy", [0.1, 0.01, 0.0005])
def test_quantiles_of_any_doubles_are_within_their_accuracy(accuracy) -> None:
    values = np.sort(any_doubles(np.random.default_rng(0), 4001))
    buckets = filled(Recipe(Buckets, (accuracy,)), 1, np.zeros(values.size), values)
    for place in (0, 1, 13, 1000, 1990, 2000, 2010, 3333, 3999, 4000):
        (found,) = buckets.quantiles(np.array([0]), place / 4000)
        assert found == pytest.approx(values[place], rel=accuracy, abs=0)


def test_quantiles_lie_between_two_samples_as_numpy_has_it() -> None:
    values = np.array([10.0, 20.0, 40.0, 1000.0])
    buckets = filled(Recipe(Buckets, (1e-4,)), 2, np.zeros(4), values)
    for q in (0.0, 0.1, 0.5, 0.9, 1.0):
        found = buckets.quantiles(np.arange(2), q)
        assert found[0] == pytest.approx(np.quantile(values, q), rel=1e-4)
        assert np.isnan(found[1])


def test_quantiles_hold_zeros_infinities_and_integers() -> None:
    buckets = filled(Recipe(Buckets, (0.01,)), 1, np.zeros(5), np.array([-np.inf, -0.0, 0.0, 5.0, np.inf]))
    assert [buckets.quantiles(np.array([0]), q)[0] for q in (0.0, 0.25, 0.5, 1.0)] == [-np.inf, 0, 0, np.inf]
    whole = filled(Recipe(Buckets, (0.01,)), 1, np.zeros(3), np.array([2**64 - 1] * 3, dtype=np.uint64))
    assert whole.quantiles(np.array([0]), 0.5)[0] == pytest.approx(2.0**64, rel=0.01)


def test_many_sorted_runs_hold_what_one_does(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    cells, values = rng.integers(0, CELLS, 20_000), rng.normal(size=20_000)
    whole = filled(Recipe(Buckets, (0.05,)), CELLS, cells, values)
    monkeypatch.setattr(table, "PENDING_KEYS", 100)
    monkeypatch.setattr(table, "COUNTED_IN_32_BITS", 5000)
    runs = filled(Recipe(Buckets, (0.05,)), CELLS, cells, values, block=64)
    assert bytes_of(runs) == bytes_of(whole)


def test_quantiles_stop_at_their_share_of_memory() -> None:
    buckets = Recipe(Buckets, (0.001,)).blank(CELLS + 1)
    buckets.limit = 10_000
    with pytest.raises(MemoryBudgetError, match=r"accuracy of 0.001 fill more than the 10.0 kB .* coarser"):
        buckets.merge(filled(Recipe(Buckets, (0.001,)), CELLS, np.zeros(9000), np.arange(9000)))


# --- distinct values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 10, 100, 1000, 30_000])
def test_distinct_values_are_estimated_within_the_stated_error(size) -> None:
    rng = np.random.default_rng(size)
    wanted = distinct("x", accuracy=0.02)
    cells = np.repeat(np.arange(20), 2 * size)
    values = np.concatenate([np.tile(rng.normal(size=size), 2) for _ in range(20)])
    registers = filled(wanted.recipes[0], 20, cells, values)
    estimates = wanted.values([registers], np.arange(21), np.zeros(21))
    assert estimates.dtype == np.int64
    assert estimates[20] == 0
    error = np.sqrt(np.mean((estimates[:20] / size - 1) ** 2))
    assert error <= 1.5 * wanted.error
    assert wanted.error <= 0.02


def test_both_zeros_are_one_value() -> None:
    registers = filled(Recipe(Registers, (8,)), 1, np.zeros(4), np.array([0.0, -0.0, 1.0, 1.0]))
    assert registers.estimates(np.array([0])).tolist() == [2]


# --- rows without a sample ------------------------------------------------------------------------------------------


def accumulated(
    statistics: dict, columns: dict, validity: dict | None = None, **options: object
) -> Accumulator:
    """Return what one row of two cells, [0, 1) and [1, 2], keeps of some columns."""
    needed, bound = bind(statistics)
    made = Accumulator(Binning((Regular(2, 0, 2),)), bound)
    bitmaps = {name: np.packbits(bits, bitorder="little") for name, bits in (validity or {}).items()}
    samples = tuple(Column(np.asarray(columns[name]), bitmaps.get(name)) for name in needed)
    made.fill(Points((Column(np.asarray(columns["x"])),), samples, **options))
    return made


def test_null_and_nan_samples_are_skipped_and_told_apart() -> None:
    nan, inf = np.nan, np.inf
    grid = accumulated(
        {"mean": mean("v"), "n": count("v"), "rows": count(), "most": max_("v")},
        {"x": [0.5, 0.5, 0.5, 1.5, 1.5, 9.0], "v": [1.0, nan, 4.0, nan, inf, nan]},
        {"v": [1, 1, 1, 0, 1, 1]},
    )
    assert grid.values("n").tolist() == [2, 1]
    assert grid.values("rows").tolist() == [3, 2]
    assert grid.values("mean").tolist() == [2.5, inf]
    assert grid.values("most").tolist() == [4.0, inf]
    assert grid.absent()["v"].tolist() == [1, 1, 1]


def test_what_stands_under_a_null_changes_nothing() -> None:
    wanted = {"sum": sum_("v"), "least": min_("v"), "some": any_("v"), "half": quantile("v", 0.5)}
    kept = []
    for garbage in (0.0, 1e300, np.nan, -np.inf, 5e-324):
        values = np.where(np.arange(1000) % 3 == 0, garbage, np.arange(1000) / 7)
        grid = accumulated(wanted, {"x": np.full(1000, 0.5), "v": values}, {"v": np.arange(1000) % 3 != 0})
        kept.append({name: bytes_of(storage) for name, storage in grid.stored().items()})
    assert all(each == kept[0] for each in kept[1:])


def test_a_row_needs_both_samples_where_one_is_chosen_by_another() -> None:
    grid = accumulated(
        {"best": max_by("v", "w")},
        {"x": [0.5] * 4, "v": [1.0, np.nan, 3.0, 4.0], "w": [1, 9, 5, 8]},
        {"w": [1, 1, 1, 0]},
    )
    assert grid.values("best").tolist()[0] == 3.0
    assert grid.present("best").tolist() == [2, 0]
    assert [told.tolist() for told in grid.absent().values()] == [[0, 1, 0], [1, 0, 0]]


def test_filtered_rows_are_in_no_statistic_and_no_tally() -> None:
    columns = {"x": [0.5, 0.5, 1.5], "v": [1.0, np.nan, 2.0]}
    grid = accumulated({"sum": sum_("v")}, columns, selected=Column(np.array([1, 0, 0], np.uint8)))
    assert grid.values("sum").tolist()[0] == 1.0
    assert np.isnan(grid.values("sum")[1])
    assert grid.absent()["v"].tolist() == [0, 0, 0]


def test_offsets_of_bitmaps_are_heeded_across_blocks() -> None:
    size = 70_001
    valid = np.random.default_rng(0).random(size + 5) < 0.7
    needed, bound = bind({"n": count("v"), "sum": sum_("v")})
    assert needed == ("v",)
    grid = Accumulator(Binning((Regular(1, 0, 1),)), bound)
    column = Column(np.arange(size), np.packbits(valid, bitorder="little"), 5)
    grid.fill(Points((Column(np.full(size, 0.5)),), (column,)))
    assert grid.values("n").tolist() == [valid[5:].sum()]
    assert grid.values("sum").tolist() == [np.arange(size)[valid[5:]].sum()]


def test_integer_sums_of_empty_cells_are_zero_and_of_floats_nan() -> None:
    whole = accumulated({"sum": sum_("v")}, {"x": [0.5], "v": np.array([3], np.uint8)})
    assert whole.values("sum").dtype == np.int64
    assert whole.values("sum").tolist() == [3, 0]
    assert np.isnan(accumulated({"sum": sum_("v")}, {"x": [0.5], "v": [3.0]}).values("sum")[1])
    _, bound = bind({"sum": sum_("v")}, {"v": np.dtype(np.int16)})
    assert Accumulator(Binning((Regular(2, 0, 2),)), bound).values("sum").tolist() == [0, 0]


def test_samples_of_two_kinds_are_an_error() -> None:
    grid = accumulated({"most": max_("v")}, {"x": [0.5], "v": [3.0]})
    with pytest.raises(UsageError, match="make it one type"):
        grid.merge(accumulated({"most": max_("v")}, {"x": [0.5], "v": [3]}))


@pytest.mark.parametrize("recipe", RECIPES[1:], ids=lambda recipe: recipe.name)
def test_a_state_of_another_grid_is_refused(recipe) -> None:
    drawn = [(cell, 1.5, 2.5) for cell in range(CELLS)]
    with pytest.raises(StateError, match="damaged"):
        recipe.blank(4).restore(storage_of(recipe, drawn, float).state())


# --- answers of others ----------------------------------------------------------------------------------------------

INDEX = SHARED / "golden" / "index.json"
GOLDEN = {
    name: entry
    for name, entry in (json.loads(INDEX.read_text()) if INDEX.exists() else {}).items()
    if entry["has_c_stats"]
}


@pytest.mark.skipif(not GOLDEN, reason="the golden grids are not here")
@pytest.mark.parametrize("name", GOLDEN or ["none"])
def test_statistics_of_real_data_equal_those_of_scipy(name) -> None:
    entry, golden = GOLDEN[name], np.load(SHARED / "golden" / f"{name}.npz")
    columns = [column_of(entry["file"], entry[which]) for which in ("x", "y", "c")]
    axes = [Regular(n, *entry[ends]) for n, ends in zip(entry["bins"], ("xrange", "yrange"), strict=True)]
    wanted = {"count": count("c"), "sum": sum_("c"), "mean": mean("c"), "min": min_("c"), "max": max_("c")}
    grid = Accumulator(Binning(tuple(axes)), bind(wanted)[1])
    grid.fill(Points(tuple(columns[:2]), (columns[2],)))
    some = golden["count"] > 0
    np.testing.assert_array_equal(grid.values("count"), golden["count"])
    for statistic in ("min", "max"):
        np.testing.assert_array_equal(grid.values(statistic), golden[statistic])
    for statistic in ("sum", "mean"):
        np.testing.assert_allclose(grid.values(statistic)[some], golden[statistic][some], rtol=1e-12)


def column_of(file: str, name: str) -> Column:
    path = SHARED / "data" / file
    table = pq.read_table(path) if path.suffix == ".parquet" else pyarrow.feather.read_table(path)
    array = table.column(name).combine_chunks()
    bitmap, values = array.buffers()
    dtype = array.type.to_pandas_dtype()
    flat = np.frombuffer(values, dtype=dtype)[array.offset : array.offset + len(array)]
    return Column(flat, None if bitmap is None else np.frombuffer(bitmap, np.uint8), array.offset)
