"""What a filter costs, and what it saves: rows that are sent away, and row groups that are never read."""

import figures
import numpy as np
import pytest
from datasets import ROWS, WINDOW, points, sorted_points
from in_turn import clocked
from limits import decode

import heatbin as hb


@pytest.mark.parametrize("column", ["lat", "fare"])
def test_a_filter_beside_the_decoding_of_its_columns(in_turn, row, column):
    path = points("zstd, rounded")
    extra = [column] if column == "fare" else []
    where = {"lat": "lat > 40.75", "fare": "fare > 10"}[column]

    def count(where=None):
        return hb.aggregate(path, "lon", "lat", range=WINDOW, where=where, threads=2, progress=False)

    tally = count(where).tally
    assert tally.filtered > 0
    assert tally.read == count().tally.read == ROWS

    others = [clocked(count), *([clocked(lambda: decode(path, extra, threads=2))] if extra else [])]
    rounds = in_turn(clocked(lambda: count(where)), *others, rounds=9)
