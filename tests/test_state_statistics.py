"""Saved statistics: all that a grid keeps comes back as it was, and merges to the bytes of one fill."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import heatbin.statistics as hb
from heatbin.accumulator import Accumulator
from heatbin.axes import Arc, Category, Cyclic, HexLattice, Integer, Log, Regular, Symlog, Time, Variable
from heatbin.binning import Binning
from heatbin.columns import Column, Points
from heatbin.errors import StateError
from heatbin.logical import LogicalType
from heatbin.state import Input, Saved, from_plain, merged, read_file, to_plain
from heatbin.state.files import content_of
from heatbin.storages import MOST_ROWS, Count
from paths import PROJECT
from test_statistics import EVERY

SAVED = Path(__file__).parent / "saved"
DTYPES = {"fare": np.dtype(np.float32), "tip": np.dtype(np.int16)}
US = LogicalType("timestamp", "us", zone="Europe/Berlin")
DAY = 86_400_000_000


def columns_of(size: int = 4000, seed: int = 0) -> dict[str, Column]:
    """Return columns with nulls, NaN, infinities and values far apart."""
    rng = np.random.default_rng(seed)
    fare = (rng.normal(size=size) * 10.0 ** rng.integers(-30, 30, size)).astype(np.float32)
    fare[::50], fare[7::90], fare[9::400] = np.nan, np.inf, -np.inf
    valid = rng.random((2, size)) < 0.9
    return {
        "x": Column(rng.uniform(-0.5, 6.5, size)),
        "y": Column(rng.uniform(-0.5, 2.5, size).astype(np.float32)),
        "fare": Column(fare, np.packbits(valid[0], bitorder="little")),
        "tip": Column(rng.integers(-5, 100, size).astype(np.int16), np.packbits(valid[1], bitorder="little")),
    }


def part_of(column: Column, rows: slice) -> Column:
    return Column(column.values[rows], column.validity, column.offset + rows.start)


def grid_of(columns: dict, wanted: dict, rows: slice | None = None, axes: tuple | None = None) -> Accumulator:
    samples, bound = hb.bind(wanted, DTYPES)
    grid = Accumulator(Binning(axes or (Regular(6, 0, 6), Regular(2, 0, 2))), bound)
    rows = slice(0, columns["x"].values.size) if rows is None else rows
    taken = {name: part_of(column, rows) for name, column in columns.items()}
    grid.fill(Points((taken["x"], taken["y"]), tuple(taken[name] for name in samples)))
    return grid


def saved_of(grid: Accumulator, inputs: tuple[Input, ...] = ()) -> Saved:
    return Saved(grid, ("x", "y"), inputs, {"x": "x", "y": "y", "agg": "count"})


def through(path: Path, saved: Saved) -> Saved:
    path.write_bytes(content_of(saved))
    return read_file(path)


# The law


@pytest.mark.parametrize("name", [*EVERY, "all"])
def test_what_is_saved_loaded_and_merged_in_any_tree_is_the_bytes_of_one_fill(name, tmp_path) -> None:
    wanted = EVERY if name == "all" else {name: EVERY[name]}
    columns = columns_of()
    cuts = [0, 1, 40, 40, 900, 901, 2500, 4000]
    inputs = tuple(Input(f"/data/{i}.parquet", i, i + 1, str(i)) for i in range(len(cuts) - 1))
    whole = content_of(saved_of(grid_of(columns, wanted), inputs))
    for seed in range(3):
        chance = random.Random(seed)
        parts = [
            through(tmp_path / "part", saved_of(grid_of(columns, wanted, slice(*ends)), (each,)))
            for ends, each in zip(itertools.pairwise(cuts), inputs, strict=True)
        ]
        while len(parts) > 1:
            chance.shuffle(parts)
            taken = [parts.pop() for _ in range(min(len(parts), chance.choice([2, 2, 3])))]
            parts.append(through(tmp_path / "merged", merged(taken)))
        assert content_of(parts[0]) == whole


def test_grids_of_few_rows_each_merge_to_the_bytes_of_one_fill() -> None:
    columns, axes = columns_of(), (Regular(60, 0, 6), Regular(50, 0, 2))
    total = grid_of(columns, EVERY, slice(0, 0), axes)
    for start in range(0, 4000, 80):
        part = grid_of(columns, EVERY, slice(start, start + 80), axes)
        assert part.count.touched() is not None
        total.merge(part)
    assert content_of(saved_of(total)) == content_of(saved_of(grid_of(columns, EVERY, None, axes)))


@pytest.mark.parametrize("rows", [0, 1, 30, 4000])
def test_all_values_come_back(rows, tmp_path) -> None:
    grid = grid_of(columns_of(), EVERY, slice(0, rows))
    back = through(tmp_path / "h", saved_of(grid)).accumulator
    assert {name: bound.statistic for name, bound in back.statistics.items()} == EVERY
    for name in EVERY:
        for flow in (False, True):
            np.testing.assert_array_equal(back.values(name, flow=flow), grid.values(name, flow=flow))
    assert back.count.rows == rows
    assert {name: told.tolist() for name, told in back.absent().items()} == {
        name: told.tolist() for name, told in grid.absent().items()
    }


def test_integers_stay_integers_where_there_are_no_rows(tmp_path) -> None:
    wanted = {"sum": hb.sum("tip")}
    back = through(tmp_path / "h", saved_of(grid_of(columns_of(), wanted, slice(0, 0))))
    assert back.accumulator.values("sum").dtype == np.int64
    back.accumulator.merge(grid_of(columns_of(), wanted))
    np.testing.assert_array_equal(back.accumulator.values("sum"), grid_of(columns_of(), wanted).values("sum"))


def test_sums_are_kept_digit_by_digit_and_not_rounded(tmp_path) -> None:
    one = Column(np.array([0.5]))
    files = []
    for value in (1e300, 1.0, 5e-324, -1e300):
        _, bound = hb.bind({"sum": hb.sum("v")})
        grid = Accumulator(Binning((Regular(1, 0, 1), Regular(1, 0, 1))), bound)
        grid.fill(Points((one, one), (Column(np.array([value])),)))
        files.append(through(tmp_path / "h", saved_of(grid)))
    total = through(tmp_path / "h", merged(files))
    assert total.accumulator.values("sum").item() == 1.0


def test_a_sample_is_of_64_bits_whatever_the_files_had(tmp_path) -> None:
    wanted = {"most": hb.max("tip")}
    narrow = grid_of(columns_of(), wanted)
    _, bound = hb.bind(wanted, {"tip": np.dtype(np.int64)})
    wide = Accumulator(narrow.binning, bound)
    wide.merge(narrow)
    assert content_of(saved_of(wide)) == content_of(saved_of(narrow))


def test_files_stay_small_where_grids_are_sparse() -> None:
    axes = (Regular(500, 0, 6), Regular(500, 0, 2))
    size = {
        name: len(content_of(saved_of(grid_of(columns_of(1000), {name: each}, None, axes))))
        for name, each in EVERY.items()
    }
    assert max(size.values()) < 50_000
    assert size["n"] < 7000


def test_pyarrow_alone_reads_sums_and_quantiles_as_the_documentation_says(tmp_path, monkeypatch) -> None:
    columns = columns_of()
    (tmp_path / "trips.heatbin").write_bytes(content_of(saved_of(grid_of(columns, EVERY))))
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for code in re.findall(
        r"```python\n(.*?)```", (PROJECT / "docs" / "state-format.md").read_text(), re.DOTALL
    ):
        exec(code, names)
    fare = columns["fare"].values.astype(np.float64)
    valid = np.unpackbits(columns["fare"].validity, bitorder="little", count=fare.size) == 1
    x, y = (np.floor(columns[name].values).astype(int) for name in "xy")
    cells = (np.clip(x, -1, 6) + 1) * 5 + np.clip(y, -1, 2) + 1
    some = valid & ~np.isnan(fare)
    assert set(names["medians"]) == set(cells[some].tolist())
    for cell, median in names["medians"].items():
        found = np.sort(fare[some & (cells == cell)])
        low, high = found[(found.size - 1) // 2], found[found.size // 2]
        assert median == pytest.approx((low + high) / 2, abs=0.01 * max(abs(low), abs(high)))
        exact = sum(map(Fraction, found[np.isfinite(found)].tolist()))
        assert names["sums"].get(cell, 0) == exact


# Axes


EVERY_AXIS = [
    Regular(7, -1, 6),
    Regular(7, 0, 10 * DAY, US),
    Variable([0.0, 0.5, 0.5, np.inf]),
    Variable(np.array([0, DAY, 9 * DAY]), US),
    Log(5, 0.01, 10),
    Log(5, 1, 1000, LogicalType("decimal", scale=2)),
    Symlog(9, -5, 6, 0.25),
    Integer(-2, 5),
    Integer(0, 4, LogicalType("decimal", scale=1)),
    Time("1d", "2024-03-29", "2024-04-02", "Europe/Berlin").of(US),
    Time("6h", 0, 10 * DAY, logical=LogicalType("timestamp", "us")),
    Category((3, 1, 0)),
    Category((False, True), other=False),
    Category(("AA", "ö", "\ud800"), limit=7),
    Cyclic(24, 1.5, 0.25),
    Cyclic(24, "1d", zone="Asia/Kolkata").of(LogicalType("timestamp", "us")),
    Regular(7, -1, 6, closed=False),
    Variable([0.0, 0.5, 0.5, np.inf], closed=False),
    Log(5, 0.01, 10, closed=False),
    Symlog(9, -5, 6, 0.25, closed=False),
    Category((3, 1), without=(0,)),
    Arc(Cyclic(24, "1d").of(US), 6, 18, 3),
]


@pytest.mark.parametrize("axis", EVERY_AXIS, ids=lambda axis: f"{type(axis).__name__}-{axis.logical.kind}")
def test_every_axis_comes_back_with_all_that_it_was_made_with(axis, tmp_path) -> None:
    whole = isinstance(axis, Category) or axis.logical.kind != "number"
    values = np.arange(500) * (DAY // 24 if axis.logical.kind == "timestamp" else 1) - 3
    column = Column(values if whole else values / 50)
    grid = Accumulator(Binning((axis, Regular(3, 0, 500))))
    grid.fill(Points((column, Column(np.arange(500)))))
    back = through(tmp_path / "h", saved_of(grid)).accumulator
    assert back.binning.coordinates == grid.binning.coordinates
    assert repr(back.binning.coordinates) == repr(grid.binning.coordinates)
    back.fill(Points((column, Column(np.arange(500)))))
    np.testing.assert_array_equal(back.count.counts, 2 * grid.count.counts)


@pytest.mark.parametrize(
    "lattice",
    [
        HexLattice((7, 3), (-1, 6), (0, 2)),
        HexLattice(9, (-1.5, 1), (-2, 3), "log", "log"),
        HexLattice(5, ("1970-01-01", "1970-01-02"), (0, 2)).of(US, LogicalType("decimal", scale=1)),
    ],
)
def test_hexagons_come_back(lattice, tmp_path) -> None:
    grid = grid_of(columns_of(), EVERY, axes=(lattice,))
    back = through(tmp_path / "h", saved_of(grid))
    assert back.accumulator.binning.coordinates == (lattice,)
    assert content_of(back) == content_of(saved_of(grid))
    with pytest.raises(StateError, match="axes of x and y differ"):
        merged([back, saved_of(grid_of(columns_of(), EVERY, axes=(HexLattice((7, 4), (-1, 6), (0, 2)),)))])


def test_a_request_may_hold_axes_and_statistics_as_they_were_asked_for() -> None:
    asked = {
        "bins": (Category(), Time("1mo", dt.date(2024, 1, 1), "2024-05-01"), HexLattice(9, None, (0, 1))),
        "agg": EVERY,
        "by": None,
    }
    back = from_plain(json.loads(json.dumps(to_plain(asked), allow_nan=False)))
    assert back["agg"] == EVERY
    assert back["bins"] == (
        Category(),
        Time("1mo", "2024-01-01", "2024-05-01"),
        HexLattice(9, None, (0, 1)),
    )
    assert to_plain(Regular(3, Decimal("0.10"), Decimal(1)))["lo"] == "0.10"


# Merging


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        ({"a": hb.mean("fare")}, {"b": hb.mean("fare")}, "different statistics: a; and b"),
        ({"a": hb.mean("fare")}, {"a": hb.mean("tip")}, r"'a' differ: .*fare.* and .*tip"),
        ({"a": hb.mean("fare")}, {"a": hb.sum("fare")}, r"'a' differ: Mean.* and Sum"),
        (
            {"a": hb.quantile("fare", 0.5)},
            {"a": hb.quantile("fare", 0.5, accuracy=0.1)},
            r"'a' differ: .*0\.01\) and .*0\.1\)",
        ),
        (
            {"a": hb.mean("fare"), "b": hb.count()},
            {"b": hb.count(), "a": hb.mean("fare")},
            "different statistics: a, b; and b, a",
        ),
    ],
)
def test_statistics_that_clash_are_named(first, second, named) -> None:
    with pytest.raises(StateError, match=named):
        merged([saved_of(grid_of(columns_of(), each)) for each in (first, second)])


def test_samples_of_two_types_are_named() -> None:
    wanted = {"a": hb.mean("fare")}
    first = grid_of(columns_of(), wanted)
    second = Accumulator(first.binning, hb.bind(wanted, {"fare": np.dtype(np.uint8)})[1])
    with pytest.raises(StateError, match="samples of 'a' are of two types: float64 and int64"):
        merged([saved_of(first), saved_of(second)])
    unknown = Accumulator(first.binning, hb.bind(wanted)[1])
    unknown.fill(Points((Column(np.array([1])), Column(np.array([1]))), (Column(np.array([1])),)))
    with pytest.raises(StateError, match="make it one type"):
        merged([saved_of(first), saved_of(unknown)])


def count_of(rows: int) -> Count:
    count = Count(3)
    count.restore({"counts": np.array([rows, 0, 0])})
    return count


def test_rows_beyond_64_bits_are_an_error_and_nothing_wraps() -> None:
    most = count_of(MOST_ROWS)
    for more in (lambda: most.merge(count_of(1)), lambda: most.fill(np.zeros(1, np.uint32))):
        with pytest.raises(StateError, match="more rows than can be counted"):
            more()
    assert most.counts.tolist() == [MOST_ROWS, 0, 0]
    almost = count_of(MOST_ROWS - 2)
    almost.merge(count_of(1))
    almost.fill(np.ones(1, np.uint32))
    assert almost.counts.tolist() == [MOST_ROWS - 1, 1, 0]


def test_histograms_beyond_64_bits_do_not_merge(tmp_path) -> None:
    grid = Accumulator(Binning((Regular(1, 0, 1), Regular(1, 0, 1))))
    grid.count.restore({"counts": np.array([MOST_ROWS - 1, *[0] * 16])})
    half = through(tmp_path / "h", saved_of(grid))
    assert half.accumulator.count.rows == MOST_ROWS - 1
    with pytest.raises(StateError, match="more rows than can be counted"):
        merged([half, half])


# Older files


@pytest.mark.parametrize(("name", "cells"), [("counts", 16), ("few-counts", 9)])
def test_files_of_the_first_schema_are_read(name, cells) -> None:
    old = read_file(SAVED / f"{name}-version-1.heatbin")
    assert np.count_nonzero(old.accumulator.count.counts) == cells
    assert list(old.accumulator.statistics) == ["count"]
    assert old.accumulator.binning.coordinates[1].logical == LogicalType(
        "timestamp", "us", zone="Europe/Berlin"
    )
    assert [each.path for each in old.inputs] == ["/data/a.parquet", "/data/b.parquet"]
    assert (old.skipped, old.left_out) == (5, (("/data/c.parquet", "no footer"),))
    new = replace(old, inputs=(Input("/data/d.parquet", 1, 1, "1"),), request={**old.request, "agg": "count"})
    assert merged([old, new]).accumulator.count.rows == 2 * old.accumulator.count.rows
