"""How soon the command is there, and how soon a small picture."""

import sys
from itertools import count
from pathlib import Path

import pytest

import figures
from processes import heatbin, run

SMALL = Path(__file__).parents[1] / "examples" / "hipparcos2.parquet"


@pytest.fixture
def plot(tmp_path):
    """Return the command that draws a small file."""
    return heatbin("plot", SMALL, "--x", "bv", "--y", "hpmag", "-o", tmp_path / "small.png", "--quiet")


@pytest.fixture
def start_row(row):
    """Put a row into the table of starts."""

    def put(what, rounds, beside, promise):
        row(
            "start",
            {
                "what": what,
                "time": figures.time(rounds.seconds(0)),
                "beside": beside,
                "its time": figures.time(rounds.seconds(1)),
                "ratio": figures.ratio(rounds.ratio()),
                "promised": promise,
            },
        )

    return put


def python(code):
    """Return a contender that runs a line of Python in a process of its own."""
    return lambda: run([sys.executable, "-c", code])


def test_the_help(in_turn, start_row):
    command = heatbin("--help")
    assert "heatbin" in run(command).stdout

    rounds = in_turn(lambda: run(command), python("pass"), rounds=15)
    start_row("`heatbin --help`", rounds, "an empty Python program", "≤ 200 ms")


def test_a_small_picture(in_turn, start_row, plot, tmp_path):
    libraries = python("import numba, pyarrow.parquet, matplotlib.figure")
    libraries()
    run(plot)
    assert (tmp_path / "small.png").read_bytes().startswith(b"\x89PNG")

    rounds = in_turn(lambda: run(plot), libraries, rounds=9)
    start_row(
        "a small file to PNG", rounds, "importing numba, pyarrow.parquet, matplotlib.figure", "ratio ≤ 1.5"
    )


def test_the_first_picture_of_all(in_turn, start_row, plot, tmp_path):
    caches = (str(tmp_path / f"cache {number}") for number in count())

    rounds = in_turn(lambda: run(plot, HEATBIN_CACHE_DIR=next(caches)), lambda: run(plot), rounds=3)
    start_row("the same, kernels not yet compiled", rounds, "kernels compiled before", "")
