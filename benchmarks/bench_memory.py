"""The most memory that the whole process holds, whatever the number of rows and their layout."""

import sys
from functools import partial
from pathlib import Path

import pytest

import figures
import heatbin as hb
from datasets import CATEGORIES, LARGE, ROWS, WINDOW, arrow_file, csv_file, points
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


def squares(bins):
    """Return the options of the command, and the arguments of the plan, for so many bins."""
    return [], {"bins": bins}


def by_category(bins):
    return ["--by", "category"], {"bins": (bins, bins, hb.Category(CATEGORIES)), "by": "category"}


def hexagons(bins):
    return ["--hex"], {"bins": hb.HexLattice(bins)}


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
            "promised": "≤ 350 MB" if bins == 1024 else "",
        },
    )


@pytest.mark.parametrize("bins", [512, 1024])
@pytest.mark.parametrize(
    ("kept", "agg", "shape"),
    [
        ("means", "mean:fare", squares),
        ("standard deviations", "std:fare", squares),
        ("95th percentiles", "p95:fare", squares),
        ("distinct values", "distinct:fare", squares),
        ("counts by category", "count", by_category),
        ("means by category", "mean:fare", by_category),
        ("counts of hexagons", "count", hexagons),
        ("means of hexagons", "mean:fare", hexagons),
    ],
)
def test_the_peak_of_statistics_is_predicted(in_turn, row, picture, kept, agg, shape, bins):
    path, (options, axes) = points("zstd, categories"), shape(bins)
    predicted = hb.plan(path, "lon", "lat", range=WINDOW, threads=2, agg=agg, **axes).memory.total

    def draw():
        done = run(heatmap(path, picture, "--agg", agg, *options, bins=bins))
        assert done.json["tally"]["read"] == ROWS
        return done

    peak = in_turn(draw, rounds=3).peak_bytes(0)
    row(
        "memory of statistics",
        {
            "keeping": kept,
            "bins": f"{bins} across" if shape is hexagons else f"{bins}²",
            "peak": figures.size(peak),
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
