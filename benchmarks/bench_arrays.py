"""Arrays in memory, one thread: heatbin.histogram2d beside NumPy, fast-histogram and boost-histogram."""

from functools import cache

import numpy as np
import pytest

import figures
import heatbin as hb
from agreement import Reference
from datasets import ROWS, WINDOW, coordinates
from environments import needs
from in_turn import clocked

SIZES = [256, 512, 1024, 2048, 4096]


def with_numpy(x, y, bins):
    return np.histogram2d(x, y, bins, WINDOW)[0]


def with_fast_histogram(x, y, bins):
    import fast_histogram

    return fast_histogram.histogram2d(x, y, bins, WINDOW)


def with_boost_histogram(x, y, bins):
    import boost_histogram as bh

    axes = [bh.axis.Regular(bins, *ends) for ends in WINDOW]
    return bh.Histogram(*axes, storage=bh.storage.Int64()).fill(x, y).values()


RIVALS = [
    pytest.param("fast-histogram", with_fast_histogram, 9, marks=needs("fast_histogram")),
    pytest.param("boost-histogram", with_boost_histogram, 9, marks=needs("boost_histogram")),
    pytest.param("NumPy", with_numpy, 3),
]
"""Each rival, and how many rounds it takes to know it."""


@cache
def arrays():
    return coordinates(max(ROWS // 3, 1))


@cache
def expected(bins):
    return Reference.of(*arrays(), bins)


@pytest.mark.parametrize("bins", SIZES)
@pytest.mark.parametrize(("rival", "with_rival", "times"), RIVALS)
def test_points_in_memory(in_turn, row, rival, with_rival, times, bins):
    x, y = arrays()

    def count():
        return hb.histogram2d(x, y, bins, WINDOW)[0]

    def count_with_rival():
        return with_rival(x, y, bins)

    differing = expected(bins).cells_that_differ(count_with_rival())
    assert expected(bins).cells_that_differ(count()) == 0

    rounds = in_turn(clocked(count), clocked(count_with_rival), rounds=times)
    row(
        "arrays",
        {
            "bins": f"{bins}²",
            "beside": rival,
            "heatbin, rows/s": figures.rate(x.size, rounds.seconds(0)),
            "the other, rows/s": figures.rate(x.size, rounds.seconds(1)),
            "heatbin's time over its": figures.ratio(rounds.ratio()),
            "its cells that are not NumPy's": f"{differing:,}",
        },
    )
