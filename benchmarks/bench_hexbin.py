"""Hexagons: heatbin.hexbin beside matplotlib's, and from a file."""

from functools import cache

import numpy as np
from matplotlib.figure import Figure

import figures
import heatbin as hb
from datasets import ROWS, WINDOW, arrays, points
from in_turn import clocked
from limits import decode

GRIDSIZE = 100
ROUNDS = 7
EXTENT = (*WINDOW[0], *WINDOW[1])
IN_MEMORY = max(ROWS // 3, 1)


@cache
def with_matplotlib(rows):
    return Figure().add_subplot().hexbin(*arrays(rows, "lon", "lat"), gridsize=GRIDSIZE, extent=EXTENT)


def test_hexbin_beside_matplotlib(in_turn, row):
    x, y = arrays(IN_MEMORY, "lon", "lat")
    empty = [Figure().add_subplot() for _ in range(2 * ROUNDS + 1)]  # made before the clock starts

    def draw():
        return hb.hexbin(x, y, gridsize=GRIDSIZE, extent=EXTENT, ax=empty.pop())

    def draw_with_matplotlib():
        return empty.pop().hexbin(x, y, gridsize=GRIDSIZE, extent=EXTENT)

    np.testing.assert_array_equal(draw().get_array(), with_matplotlib(IN_MEMORY).get_array())

    rounds = in_turn(clocked(draw), clocked(draw_with_matplotlib), rounds=ROUNDS)
    row(
        "hexbin",
        {
            "points": figures.count(IN_MEMORY),
            "heatbin": figures.time(rounds.seconds(0)),
            "matplotlib": figures.time(rounds.seconds(1)),
            "times as fast": f"{1 / rounds.ratio():.0f}",
            "promised": "≥ 20",
        },
    )


def test_hexagons_from_parquet(in_turn, row):
    path = points("zstd, rounded")
    lattice = hb.HexLattice(GRIDSIZE, *WINDOW)

    def count():
        return hb.aggregate(path, "lon", "lat", bins=lattice, threads=2, progress=False).values()

    def decode_alone():
        return decode(path, ["lon", "lat"], threads=2)

    np.testing.assert_array_equal(count(), with_matplotlib(ROWS).get_array())
    assert decode_alone() == ROWS

    rounds = in_turn(clocked(count), clocked(decode_alone), rounds=9)
    row(
        "hexagons from Parquet",
        {
            "gridsize": str(GRIDSIZE),
            "heatbin, rows/s": figures.rate(ROWS, rounds.seconds(0)),
            "decoding alone, rows/s": figures.rate(ROWS, rounds.seconds(1)),
            "time over decoding": figures.ratio(rounds.ratio()),
            "promised": "≤ 1.6",
        },
    )
