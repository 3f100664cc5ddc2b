"""Every kind of axis beside the regular one, one thread: from values to bins, and whole rows, from memory to counts."""

from functools import cache

import numpy as np
import pyarrow as pa
import pytest

import figures
import heatbin as hb
from datasets import ROWS
from heatbin.axes import Category, Cyclic, HexLattice, Integer, Log, Regular, Symlog, Time, Variable
from heatbin.logical import LogicalType
from in_turn import clocked

IN_MEMORY = max(ROWS // 3, 1)
BLOCK_ROWS = 1 << 15
YEAR = ("2024-01-01", "2025-01-01")
BERLIN = LogicalType("timestamp", "us", zone="Europe/Berlin")
RNG = np.random.default_rng(0)

# As quantiles of data lie: they crowd at one place.
CROWDING = np.sort(np.concatenate([[1, 1000], RNG.normal(300, 40, 999)]))
FAR = 10**15
CROWDS = np.sort(np.concatenate([crowd + RNG.integers(0, 2000, 200) for crowd in (10**6, 10**10, 10**14)]))
FLOAT_CROWDS = np.sort(np.concatenate([crowd * (1 + RNG.random(200) * 1e-3) for crowd in (1, 300, 9e5)]))
MANY_CROWDS = np.sort(np.concatenate([n + RNG.integers(0, 2000, 16) for n in np.arange(1, 65) * (FAR // 64)]))
MANY_FLOAT_CROWDS = np.sort(
    np.concatenate([n * (1 + RNG.random(16) * 1e-6) for n in np.linspace(1, 999, 64)])
)
RANDOM_FAR = np.sort(RNG.integers(1, FAR, 500))
IDENTIFIERS = np.sort(RNG.choice(10**12, 50, replace=False))

AXES = {
    "10 edges": ("float64", lambda: Variable(np.geomspace(1, 1000, 10))),
    "1000 random edges": ("float64", lambda: Variable(np.sort(RNG.uniform(1, 1000, 1000)))),
    "1000 edges that crowd": ("float64", lambda: Variable(CROWDING)),
    "Log": ("float64", lambda: Log(512, 1, 1000)),
    "Symlog": ("float64", lambda: Symlog(512, -1000, 1000, 1.0)),
    "500 random edges, each twice": (
        "float64",
        lambda: Variable(np.sort(RNG.uniform(1, 1000, 500)).repeat(2)),
    ),
    "Cyclic, angles": ("float64", lambda: Cyclic(24, 360.0)),
    "Cyclic, angles from -45": ("float64", lambda: Cyclic(7, 360.0, -45.0)),
    "Cyclic, radians": ("float64", lambda: Cyclic(32, 2 * np.pi)),
    "Cyclic, angles ": ("float32", lambda: Cyclic(24, 360.0)),
    "1000 random edges ": ("int64", lambda: Variable(np.sort(RNG.uniform(1, 1000, 1000)))),
    "500 random edges, each twice ": ("int64 to 1e15", lambda: Variable(RANDOM_FAR.repeat(2))),
    "1000 edges, geometric": ("int64 to 1e15", lambda: Variable(np.geomspace(1, FAR, 1000).astype(np.int64))),
    "1000 edges, geometric ": (
        "int64 to 1e15, geometric",
        lambda: Variable(np.geomspace(1, FAR, 1000).astype(np.int64)),
    ),
    "3 crowds of edges  ": ("float64 in the crowds", lambda: Variable(FLOAT_CROWDS)),
    "3 crowds of edges": ("int64 to 1e15", lambda: Variable(CROWDS)),
    "3 crowds of edges ": ("int64 in the crowds", lambda: Variable(CROWDS)),
    "64 crowds of edges": ("float64 in 64 crowds", lambda: Variable(MANY_FLOAT_CROWDS)),
    "64 crowds of edges ": ("int64 in 64 crowds", lambda: Variable(MANY_CROWDS)),
    "Integer": ("int64", lambda: Integer(1, 1000)),
    "Cyclic, 24 hours": ("int64", lambda: Cyclic(24, 24)),
    "Cyclic, 7 days": ("int64 to 1e15", lambda: Cyclic(7, 7)),
    "Cyclic, 24 hours ": ("uint64", lambda: Cyclic(24, 24)),
    "Cyclic, 48 halves of 24 hours": ("int64", lambda: Cyclic(48, 24)),
    "Category, near": ("int64", lambda: Category(range(1, 51))),
    "Category, 50 identifiers": ("identifiers", lambda: Category(IDENTIFIERS.tolist())),
    "Category, 50 identifiers and others": ("identifiers and others", lambda: Category(IDENTIFIERS.tolist())),
    "Log ": ("int64", lambda: Log(512, 1, 1000)),
    "Time, hours": ("timestamps", lambda: Time("1h", *YEAR).of(BERLIN)),
    "Time, days": ("timestamps", lambda: Time("1d", *YEAR).of(BERLIN)),
    "Time, months": ("timestamps", lambda: Time("1mo", *YEAR).of(BERLIN)),
    "Cyclic, hours in UTC": ("timestamps", lambda: Cyclic(24, "1d", zone="UTC").of(BERLIN)),
    "Cyclic, hours in Berlin": ("timestamps", lambda: Cyclic(24, "1d").of(BERLIN)),
    "Cyclic, hours in Berlin, in order": ("timestamps in order", lambda: Cyclic(24, "1d").of(BERLIN)),
    "HexLattice, beside two": ("float64", lambda: HexLattice(100, (1, 1000), (1, 1000))),
}
"""What is binned, and between which edges."""


def some_others():
    """Return identifiers, half of them replaced by others."""
    return np.where(RNG.random(IN_MEMORY) < 0.5, values_of("identifiers"), RNG.integers(0, 10**12, IN_MEMORY))


MAKERS = {
    "float64": lambda: RNG.uniform(1.0, 1000.0, IN_MEMORY),
    "float32": lambda: values_of("float64").astype(np.float32),
    "int64": lambda: RNG.integers(1, 1001, IN_MEMORY),
    "uint64": lambda: values_of("int64").astype(np.uint64),
    "int64 to 1e15": lambda: RNG.integers(1, FAR, IN_MEMORY),
    "int64 to 1e15, geometric": lambda: np.exp(RNG.uniform(0, np.log(FAR), IN_MEMORY)).astype(np.int64),
    "int64 in the crowds": lambda: RNG.choice(CROWDS, IN_MEMORY) + RNG.integers(0, 9, IN_MEMORY),
    "float64 in the crowds": lambda: (
        RNG.choice(FLOAT_CROWDS, IN_MEMORY) * RNG.uniform(1, 1 + 1e-5, IN_MEMORY)
    ),
    "int64 in 64 crowds": lambda: RNG.choice(MANY_CROWDS, IN_MEMORY) + RNG.integers(0, 9, IN_MEMORY),
    "float64 in 64 crowds": lambda: (
        RNG.choice(MANY_FLOAT_CROWDS, IN_MEMORY) * RNG.uniform(1, 1 + 1e-8, IN_MEMORY)
    ),
    "identifiers": lambda: RNG.choice(IDENTIFIERS, IN_MEMORY),
    "identifiers and others": some_others,
}


@cache
def values_of(kind):
    """Return many values in no order; the two ends of the axes are among them."""
    if kind in MAKERS:
        return MAKERS[kind]()
    moments = RNG.integers(*(int(BERLIN.encode(day, "day")) for day in YEAR), IN_MEMORY)
    return np.sort(moments) if kind == "timestamps in order" else moments


def regular(kind, size=512):
    return Regular(size, *YEAR).of(BERLIN) if kind.startswith("timestamps") else Regular(size, 1, 1000)


def binned(axis, columns):
    """Return a function that bins columns block by block, and returns the last block's cells.

    An axis that takes fewer columns than there are bins each of them.
    """
    taken = [columns[start : start + axis.takes] for start in range(0, len(columns), axis.takes)]
    index = axis.bind([column.dtype for column in taken[0]])
    cells, one = np.empty(BLOCK_ROWS, np.uint32), np.uint32(1)

    def run():
        for start in range(0, columns[0].size, BLOCK_ROWS):
            out = cells[: columns[0].size - start]
            out.fill(0)
            for each in taken:
                index([column[start : start + BLOCK_ROWS] for column in each], one, out)
        return out

    return run


def check_bins(bins, axis, values):
    """Hold that the bins of numbers are those between their edges."""
    if isinstance(axis, Category):
        found = np.searchsorted(axis.values, values).clip(max=len(axis.values) - 1)
        np.testing.assert_array_equal(
            bins, np.where(np.take(axis.values, found) == values, found + 1, axis.size)
        )
        return
    if isinstance(axis, Cyclic):
        values = np.mod(values - axis.edges[0], axis.period) + axis.edges[0]
    passed = np.searchsorted(axis.edges, values, side="right")
    on_last = (values == axis.edges[-1]) & (not isinstance(axis, Integer | Time))
    np.testing.assert_array_equal(bins, np.where(on_last, axis.size, passed))


def check_counts(histogram, axis, values):
    """Hold that the counts along the first axis are those of the bins of all values, which `check_bins` checks."""
    cells = np.zeros(values.size, np.uint32)
    axis.bind([values.dtype])([values], np.uint32(1), cells)
    along = histogram.values(flow=True).sum(axis=1)
    np.testing.assert_array_equal(along, np.bincount(cells, minlength=axis.size + 3)[: along.size])


def column(kind):
    """Return values as a column of what they are."""
    values = values_of(kind)
    return pa.array(values, pa.timestamp("us", "Europe/Berlin")) if kind.startswith("timestamps") else values


def even(kind):
    """Return the kind of values of the same type that are spread evenly."""
    if kind == "timestamps in order":
        return kind
    return kind.split()[0].replace("identifiers", "int64")


def counting(axis, kind):
    """Return a function that counts rows on an axis and, unless it takes both columns, another of 512 equal bins."""
    columns = {"x": column(kind), "y": values_of("float64")}
    bins = axis if axis.takes == 2 else (axis, Regular(512, 1, 1000))
    return lambda: hb.aggregate(columns, "x", "y", bins=bins, threads=1, progress=False)


@pytest.mark.parametrize("name", AXES)
def test_an_axis_beside_the_regular_one(in_turn, row, name):
    kind, make = AXES[name]
    axis, values = make(), values_of(kind)
    run = binned(axis, [values] * axis.takes)
    beside = binned(regular(kind), [values] * axis.takes)
    last = values[-run().size :]
    if axis.takes == 1 and not kind.startswith("timestamps"):
        check_bins(run(), axis, last)
    elif isinstance(axis, Time):
        check_bins(run(), axis, last.view("M8[us]"))
    assert beside().size == last.size

    rounds = in_turn(clocked(run), clocked(beside), rounds=15)
    row("axes", cells_of(name, kind, rounds))


@pytest.mark.parametrize("name", AXES)
def test_rows_on_an_axis_beside_the_regular_one(in_turn, row, name):
    kind, make = AXES[name]
    axis = make()
    counted = counting(axis, kind)
    beside = counting(regular(kind, axis.size if axis.takes == 1 else 512), even(kind))
    if axis.takes == 1:
        check_counts(counted(), axis, values_of(kind))
    assert counted().tally.read == beside().tally.read == IN_MEMORY

    rounds = in_turn(clocked(counted), clocked(beside), rounds=15)
    row("rows", cells_of(name, kind, rounds) | {"promised": "≤ 2"})


def cells_of(name, kind, rounds):
    """Return what stands in a row."""
    return {
        "axis": name.strip(),
        "of": kind,
        "ns a row": f"{rounds.seconds(0) / IN_MEMORY * 1e9:.2f}",
        "Regular, ns a row": f"{rounds.seconds(1) / IN_MEMORY * 1e9:.2f}",
        "ratio": figures.ratio(rounds.ratio()),
    }
