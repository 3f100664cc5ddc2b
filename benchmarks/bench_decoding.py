"""A whole run in this process, compared with decoding alone."""

import pytest

import figures
import heatbin as hb
from agreement import reference
from datasets import ROWS, WINDOW, points
from in_turn import clocked
from limits import decode

COLUMNS = ["lon", "lat"]
PROMISES = {"zstd, rounded": "≤ 1.35", "snappy, plain": "≤ 1.9"}


@pytest.mark.parametrize("layout", PROMISES)
def test_a_whole_run_over_decoding_alone(in_turn, row, layout):
    path = points(layout)

    def count():
        return hb.aggregate(path, "lon", "lat", range=WINDOW, threads=2, progress=False)

    def decode_alone():
        return decode(path, COLUMNS, threads=2)

    assert (count().values() == reference(path, 1024).counts).all()
    assert decode_alone() == ROWS

    rounds = in_turn(clocked(count), clocked(decode_alone), rounds=15)
    row(
        "decoding",
        {
            "Parquet pages": layout,
            "heatbin, rows/s": figures.rate(ROWS, rounds.seconds(0)),
            "decoding alone, rows/s": figures.rate(ROWS, rounds.seconds(1)),
            "time over decoding": figures.ratio(rounds.ratio()),
            "promised": PROMISES[layout],
        },
    )
