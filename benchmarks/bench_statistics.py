"""Statistics: exact means beside plain ones, several statistics in one pass, and means from a file."""

from functools import cache

import numpy as np
import pytest

import figures
import heatbin as hb
from datasets import ROWS, WINDOW, arrays, points
from in_turn import clocked
from limits import decode
from plain_mean import check_means, plain_means

IN_MEMORY = max(ROWS // 3, 1)
COLUMNS = ("lon", "lat", "fare")
FOUR = {"mean": "mean:fare", "std": "std:fare", "least": "min:fare", "most": "max:fare"}


@cache
def in_memory():
    return dict(zip(COLUMNS, arrays(IN_MEMORY, *COLUMNS), strict=True))


def aggregate(source, *, threads, bins=1024, **options):
    return hb.aggregate(
        source, "lon", "lat", bins=bins, range=WINDOW, threads=threads, progress=False, **options
    )


@pytest.mark.parametrize("bins", [256, 1024, 2048])
def test_exact_means_beside_plain_ones(in_turn, row, bins):
    columns = in_memory()

    def exact():
        return aggregate(columns, threads=1, bins=bins, agg="mean:fare").values()

    def plain():
        return plain_means(*columns.values(), bins)

    check_means(exact(), *columns.values())
    assert np.nanmedian(abs(plain() - exact())) < 1e-9

    rounds = in_turn(clocked(exact), clocked(plain), rounds=9)
    row(
        "means",
        {
            "bins": f"{bins}²",
            "exact, rows/s": figures.rate(IN_MEMORY, rounds.seconds(0)),
            "plain, rows/s": figures.rate(IN_MEMORY, rounds.seconds(1)),
            "exact over plain": figures.ratio(rounds.ratio()),
            "promised": "≤ 2.5" if bins == 1024 else "",
        },
    )


@pytest.mark.parametrize("rows", ["in memory", "zstd, rounded"])
def test_four_statistics_in_one_pass(rows, in_turn, row):
    source, threads = (in_memory(), 1) if rows == "in memory" else (points(rows), 2)

    def together():
        return aggregate(source, threads=threads, agg=FOUR)

    def alone(name):
        return aggregate(source, threads=threads, agg={name: FOUR[name]})

    grid = together()
    for name in FOUR:
        np.testing.assert_array_equal(grid[name].values(), alone(name).values())

    rounds = in_turn(clocked(together), *(clocked(lambda name=name: alone(name)) for name in FOUR), rounds=7)
    row(
        "one pass",
        {
            "statistics": ", ".join(FOUR.values()),
            "rows": rows if rows == "in memory" else f"Parquet, {rows}",
            "one pass": figures.time(rounds.seconds(0)),
            "a pass each, together": figures.time(sum(rounds.seconds(k) for k in range(1, 1 + len(FOUR)))),
            "ratio": figures.ratio(rounds.ratio()),
            "promised": "≤ 0.6",
        },
    )


def test_an_exact_mean_from_parquet(in_turn, row):
    path = points("zstd, rounded")

    def exact():
        return aggregate(path, threads=2, agg="mean:fare").values()

    def decode_alone():
        return decode(path, list(COLUMNS), threads=2)

    check_means(exact(), *arrays(ROWS, *COLUMNS))
    assert decode_alone() == ROWS

    rounds = in_turn(clocked(exact), clocked(decode_alone), rounds=15)
    row(
        "mean from Parquet",
        {
            "bins": "1024²",
            "heatbin, rows/s": figures.rate(ROWS, rounds.seconds(0)),
            "decoding three columns alone, rows/s": figures.rate(ROWS, rounds.seconds(1)),
            "time over decoding": figures.ratio(rounds.ratio()),
            "promised": "≤ 1.45",
        },
    )
