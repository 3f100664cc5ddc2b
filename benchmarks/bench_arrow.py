"""A memory-mapped Arrow file, compared with reading its two columns, and beside vaex."""

from pathlib import Path

import numpy as np
import pytest

import figures
import heatbin as hb
from agreement import reference
from datasets import ROWS, WINDOW, arrow_file, points
from environments import interpreter, needs
from in_turn import clocked
from limits import sum_columns
from processes import serving

PROMISES = {256: "≥ 45 %", 1024: "≥ 30 %"}


@pytest.fixture
def count():
    """Count the points of the Arrow file."""

    def counting(bins):
        return hb.aggregate(
            arrow_file(), "lon", "lat", bins=bins, range=WINDOW, threads=2, progress=False
        ).values()

    return counting


@pytest.mark.parametrize("bins", PROMISES)
def test_counting_beside_adding_up(in_turn, row, count, bins):
    assert (count(bins) == reference(points("zstd, rounded"), bins).counts).all()
    sum_columns(arrow_file(), threads=2)

    rounds = in_turn(
        clocked(lambda: count(bins)), clocked(lambda: sum_columns(arrow_file(), threads=2)), rounds=15
    )
    row(
        "arrow",
        {
            "bins": f"{bins}²",
            "beside": "adding up both columns",
            "heatbin, rows/s": figures.rate(ROWS, rounds.seconds(0)),
            "the other, rows/s": figures.rate(ROWS, rounds.seconds(1)),
            "heatbin's share of its rate": f"{1 / rounds.ratio():.0%}",
            "promised": PROMISES[bins],
        },
    )


@needs("vaex")
@pytest.mark.parametrize("bins", PROMISES)
def test_counting_beside_vaex(in_turn, row, count, tmp_path, bins):
    counts, window = tmp_path / "counts.npy", [str(end) for ends in WINDOW for end in ends]
    script = [interpreter("vaex"), Path(__file__).parent / "rivals" / "with_vaex.py"]
    command = [*script, arrow_file(), counts, "--bins", str(bins), "--threads", "2", "--window", *window]
    count(bins)

    with serving(command) as vaex:
        differing = reference(points("zstd, rounded"), bins).cells_that_differ(np.load(counts))
        rounds = in_turn(clocked(lambda: count(bins)), vaex, rounds=9)
    row(
        "arrow",
        {
            "bins": f"{bins}²",
            "beside": f"vaex ({differing:,} of its cells are not NumPy's)",
            "heatbin, rows/s": figures.rate(ROWS, rounds.seconds(0)),
            "the other, rows/s": figures.rate(ROWS, rounds.seconds(1)),
            "heatbin's share of its rate": f"{1 / rounds.ratio():.0%}",
            "promised": "> 100 %",
        },
    )
