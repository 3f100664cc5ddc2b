"""The most memory that the whole process holds, whatever the number of rows and their layout."""

import figures
import pytest
from datasets import LARGE, ROWS, WINDOW, points
from processes import heatmap, run

import heatbin as hb

FEW = max(ROWS // 10, 1)
USAGE_ERROR = 2
BUDGET = 300_000_000

large = pytest.mark.skipif(not LARGE, reason="HEATBIN_BENCH_LARGE is not 1")


@pytest.fixture
def picture(tmp_path):
    return tmp_path / "points.png"


@pytest.mark.parametrize(
    ("layout", "rows", "bins"),
    [
        ("zstd, rounded", ROWS, 1024),
        ("zstd, one row group", ROWS, 1024),
        ("snappy, plain", ROWS, 1024),
        ("zstd, rounded", ROWS, 4096),
        pytest.param("zstd, rounded", 10 * ROWS, 1024, marks=large),
    ],
)
def test_peak_memory_does_not_grow_with_the_rows(in_turn, row, picture, layout, rows, bins):
    many, few = points(layout, rows), points("zstd, rounded", FEW)
    predicted = hb.plan(many, "lon", "lat", bins=bins, range=WINDOW, threads=2).memory.total

    def draw(source, expected):
        done = run(heatmap(source, picture, bins=bins))
        assert done.json["tally"]["read"] == expected
        return done

    rounds = in_turn(lambda: draw(many, rows), lambda: draw(few, FEW), rounds=3)
    peak, peak_of_few = rounds.peak_bytes(0), rounds.peak_bytes(1)
    row(
        "memory",
        {
            "rows": figures.count(rows),
            "layout": layout,
            "bins": f"{bins}²",
            "peak": figures.size(peak),
            f"peak with {figures.count(FEW)} rows": figures.size(peak_of_few),
            "ratio": figures.ratio(peak / peak_of_few),
            "predicted by the plan": figures.size(predicted),
            "predicted over peak": figures.ratio(predicted / peak),
        },
    )


def test_a_budget_is_kept_or_refused(benchmark, row, picture):
    command = heatmap(points("zstd, rounded"), picture, "--memory", str(BUDGET))
    done = benchmark.pedantic(lambda: run(command, may_fail=True))
    refused = done.exit_code == USAGE_ERROR and "would fit" in done.stderr
    kept = done.exit_code == 0 and done.peak_bytes <= BUDGET
    row(
        "budget",
        {
            "budget": figures.size(BUDGET),
            "outcome": "refused" if refused else "kept" if kept else "neither kept nor refused",
            "peak": figures.size(done.peak_bytes),
        },
    )
    assert kept or refused
