"""What a filter costs beside the decoding of its columns, and what a small range saves."""

import numpy as np
import pyarrow.parquet as pq
import pytest

import figures
import heatbin as hb
from datasets import ROWS, WINDOW, points, sorted_points
from in_turn import clocked
from limits import decode


@pytest.mark.parametrize(("column", "low"), [("lat", 40.75), ("fare", 10.0)])
def test_a_filter_beside_the_decoding_of_its_column(in_turn, row, column, low):
    path, where = points("zstd, rounded"), f"{column} > {low}"

    def count(where=None):
        return hb.aggregate(path, "lon", "lat", range=WINDOW, where=where, threads=2, progress=False)

    values = pq.read_table(path, columns=[column])[column].to_numpy()
    assert count(where).tally.filtered == np.count_nonzero(values <= low)
    count()

    decoding = [clocked(lambda: decode(path, [column], threads=2))] if column == "fare" else []
    rounds = in_turn(clocked(lambda: count(where)), clocked(count), *decoding, rounds=9)
    row(
        "filter",
        {
            "filter": f"`{where}`",
            "with it": figures.time(rounds.seconds(0)),
            "without": figures.time(rounds.seconds(1)),
            "decoding its column alone": figures.time(rounds.seconds(2)) if decoding else "done anyway",
            "with it over the others": figures.ratio(rounds.ratio()),
            "promised": "≤ 1.15",
        },
    )


def test_one_percent_of_a_sorted_file(in_turn, row):
    path = sorted_points()
    x, y = (pq.read_table(path, columns=[name])[name].to_numpy() for name in ("lon", "lat"))
    small = window_with(ROWS // 100, x, y)

    def count(window):
        return hb.aggregate(path, "lon", "lat", range=window, threads=2, progress=False)

    assert (count(small).values() == np.histogram2d(*within(small, x, y), 1024, small)[0]).all()
    whole, part = count(WINDOW), count(small)

    rounds = in_turn(clocked(lambda: count(small)), clocked(lambda: count(WINDOW)), rounds=9)
    row(
        "range",
        {
            "rows binned": f"{part.tally.binned / whole.tally.total:.1%}",
            "row groups read": f"{part.origin['row_groups']['read']} of {whole.origin['row_groups']['read']}",
            "time": figures.time(rounds.seconds(0)),
            "time of all rows": figures.time(rounds.seconds(1)),
            "times as fast": figures.rate(1, rounds.ratio()),
            "promised": "≥ 15",
        },
    )


def window_with(rows, x, y):
    """Return a window around the middle of the points that holds so many of them."""
    middle = np.median(x), np.median(y)
    reach = np.maximum(np.abs(x - middle[0]), np.abs(y - middle[1]))
    half = np.partition(reach, rows)[rows]
    return tuple((center - half, center + half) for center in middle)


def within(window, x, y):
    """Return the points in a window."""
    (left, right), (bottom, top) = window
    inside = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    return x[inside], y[inside]
