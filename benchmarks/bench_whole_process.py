"""From Parquet to a picture, each tool in a process of its own: its start, its reading, counting and drawing."""

from pathlib import Path

import numpy as np
import pytest

import figures
from agreement import reference
from datasets import WINDOW, points
from environments import interpreter, needs
from processes import heatmap, run

RIVALS = {"duckdb": "DuckDB", "polars": "Polars, streaming", "datashader": "datashader, Dask"}
BINS = 1024


@pytest.mark.parametrize("rival", [pytest.param(rival, marks=needs(rival)) for rival in RIVALS])
def test_parquet_to_picture(in_turn, row, tmp_path, rival):
    source, picture, other_picture = points("zstd, rounded"), tmp_path / "ours.png", tmp_path / "theirs.png"
    ours = heatmap(source, picture, bins=BINS)
    script = [interpreter(rival), Path(__file__).parent / "rivals" / f"with_{rival}.py", source]
    request = [
        "--bins",
        str(BINS),
        "--window",
        *(str(end) for ends in WINDOW for end in ends),
        "--threads",
        "2",
    ]

    run([*script, tmp_path / "counts.npy", *request])
    expected = reference(source, BINS)
    differing = expected.cells_that_differ(np.load(tmp_path / "counts.npy"))
    assert run(ours).json["tally"]["binned"] == expected.counts.sum()

    rounds = in_turn(lambda: run(ours), lambda: run([*script, other_picture, *request]), rounds=5)
    assert picture.stat().st_size > 0
    assert other_picture.stat().st_size > 0
    row(
        "whole process",
        {
            "beside": RIVALS[rival],
            "heatbin": figures.time(rounds.seconds(0)),
            "its peak": figures.size(rounds.peak_bytes(0)),
            "the other": figures.time(rounds.seconds(1)),
            "the other's peak": figures.size(rounds.peak_bytes(1)),
            "heatbin's time over the other's": figures.ratio(rounds.ratio()),
            "cells in which the other is not NumPy": f"{differing:,} of {BINS * BINS:,}",
        },
    )
