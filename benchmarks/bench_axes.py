"""Every kind of axis beside the regular one: from values to bins, one thread."""

from functools import cache

import numpy as np
import pytest

import figures
from datasets import ROWS
from heatbin.axes import Cyclic, HexLattice, Integer, Log, Regular, Symlog, Time, Variable
from heatbin.logical import LogicalType
from in_turn import clocked

IN_MEMORY = max(ROWS // 3, 1)
BLOCK_ROWS = 1 << 15
YEAR = ("2024-01-01", "2025-01-01")
BERLIN = LogicalType("timestamp", "us", zone="Europe/Berlin")
RNG = np.random.default_rng(0)

# As quantiles of data lie: they crowd at one place.
CROWDING = np.sort(np.concatenate([[1, 1000], RNG.normal(300, 40, 999)]))

AXES = {
    "10 edges": ("float64", lambda: Variable(np.geomspace(1, 1000, 10))),
    "1000 random edges": ("float64", lambda: Variable(np.sort(RNG.uniform(1, 1000, 1000)))),
    "1000 edges that crowd": ("float64", lambda: Variable(CROWDING)),
    "Log": ("float64", lambda: Log(512, 1, 1000)),
    "Symlog": ("float64", lambda: Symlog(512, -1000, 1000, 1.0)),
    "Cyclic, angles": ("float64", lambda: Cyclic(24, 360.0)),
    "1000 random edges ": ("int64", lambda: Variable(np.sort(RNG.uniform(1, 1000, 1000)))),
    "Integer": ("int64", lambda: Integer(1, 1000)),
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


@cache
def values_of(kind):
    """Return many values in no order; the two ends of the axes are among them."""
    if kind == "float64":
        return RNG.uniform(1.0, 1000.0, IN_MEMORY)
    if kind == "int64":
        return RNG.integers(1, 1001, IN_MEMORY)
    moments = RNG.integers(*(int(BERLIN.encode(day, "day")) for day in YEAR), IN_MEMORY)
    return np.sort(moments) if kind == "timestamps in order" else moments


def regular(kind):
    return Regular(512, *YEAR).of(BERLIN) if kind.startswith("timestamps") else Regular(512, 1, 1000)


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
    if isinstance(axis, Cyclic):
        values = np.mod(values, axis.period)
    passed = np.searchsorted(axis.edges, values, side="right")
    on_last = (values == axis.edges[-1]) & (not isinstance(axis, Integer | Time))
    np.testing.assert_array_equal(bins, np.where(on_last, axis.size, passed))


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
    row(
        "axes",
        {
            "axis": name.strip(),
            "of": kind,
            "ns a row": f"{rounds.seconds(0) / values.size * 1e9:.2f}",
            "Regular, ns a row": f"{rounds.seconds(1) / values.size * 1e9:.2f}",
            "ratio": figures.ratio(rounds.ratio()),
            "promised": "≤ 2",
        },
    )
