"""The most memory that the whole process holds, whatever the number of rows and their layout."""

import sys
from functools import partial
from pathlib import Path

import pytest

import figures
import heatbin as hb
from datasets import LARGE, ROWS, WINDOW, arrow_file, csv_file, points
from environments import needs
from processes import heatmap, run

FEW = max(ROWS // 10, 1)
USAGE_ERROR = 2
SOURCES = {
    "Parquet, zstd, rounded": partial(points, "zstd, rounded"),
    "Parquet, zstd, one row group": partial(points, "zstd, one row group"),
    "Parquet, snappy, plain": partial(points, "snappy, plain"),
    "Arrow file": arrow_file,
    "CSV": csv_file,
}

large = pytest.mark.skipif(not LARGE, reason="HEATBIN_BENCH_LARGE is not 1")


@pytest.fixture
def picture(tmp_path):
    return tmp_path / "points.png"


@pytest.mark.parametrize(
    ("source", "rows", "bins"),
    [
        *((source, ROWS, 1024) for source in SOURCES),
        ("Parquet, zstd, rounded", ROWS, 4096),
        pytest.param("Parquet, zstd, rounded", 10 * ROWS, 1024, marks=large),
    ],
)
def test_peak_memory_does_not_grow_with_the_rows(in_turn, row, picture, source, rows, bins):
    many, few = SOURCES[source](rows), points("zstd, rounded", FEW)
    predicted = hb.plan(many, "lon", "lat", bins=bins, range=WINDOW, threads=2).memory.total

    def draw(path, expected):
        done = run(heatmap(path, picture, bins=bins))
        assert done.json["tally"]["read"] == expected
        return done

    rounds = in_turn(lambda: draw(many, rows), lambda: draw(few, FEW), rounds=3)
    peak, peak_of_few = rounds.peak_bytes(0), rounds.peak_bytes(1)
    row(
        "memory",
        {
            "rows": figures.count(rows),
            "source": source,
            "bins": f"{bins}²",
            "peak": figures.size(peak),
            f"over that of {figures.count(FEW)} rows": figures.ratio(peak / peak_of_few),
            "predicted by the plan": figures.size(predicted),
            "predicted over peak": figures.ratio(predicted / peak),
        },
    )


@pytest.mark.parametrize("budget", [300_000_000, 400_000_000])
def test_a_budget_is_kept_or_refused(benchmark, row, picture, budget):
    command = heatmap(points("zstd, rounded"), picture, "--memory", str(budget))
    done = benchmark.pedantic(lambda: run(command, may_fail=True))
    refused = done.exit_code == USAGE_ERROR and "would fit" in done.stderr
    kept = done.exit_code == 0 and done.peak_bytes <= budget
    row(
        "budget",
        {
            "budget": figures.size(budget),
            "outcome": "refused" if refused else "kept" if kept else "neither kept nor refused",
            "peak": figures.size(done.peak_bytes),
        },
    )
    assert kept or refused


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process start its peak anew")
@pytest.mark.parametrize("library", [pytest.param("polars", marks=needs("polars")), "pyarrow"])
def test_a_frame_in_memory_is_not_copied(benchmark, row, library):
    script = Path(__file__).parent / "held_frame.py"
    done = benchmark.pedantic(lambda: run([sys.executable, script, points("zstd, rounded"), library]).json)
    assert done["rows"] == ROWS
    row(
        "frames",
        {
            "frame": library,
            "its points": figures.size(ROWS * 16),
            "held before": figures.size(done["before"]),
            "at the peak": figures.size(done["peak"]),
            "raised by": figures.size(done["peak"] - done["before"]),
            "promised": "< 100 MB",
        },
    )
