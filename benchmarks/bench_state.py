"""States and saved histograms: what it costs to add to them, to keep them safe, and to keep days apart."""

from contextlib import contextmanager
from itertools import count
from shutil import copyfile, rmtree

import pyarrow.parquet as pq
import pytest

import figures
import heatbin as hb
from datasets import FILES, ROWS, WINDOW, daily_points, many_files, points
from in_turn import clocked

ONE_FILE = max(ROWS // 10, 1)


@pytest.fixture
def fresh(tmp_path):
    """Return a function that names a new folder or file at each call."""
    numbers = count()
    return lambda name="state": tmp_path / f"{next(numbers)}-{name}"


def update(state, source, **options):
    return hb.update(state, source, x="lon", y="lat", range=WINDOW, threads=2, progress=False, **options)


def aggregate(source, bins=1024):
    return hb.aggregate(source, "lon", "lat", bins=bins, range=WINDOW, threads=2, progress=False)


def check_same(state, histogram):
    kept = hb.load(state)
    assert kept.tally.binned == histogram.tally.binned
    assert (kept.values() == histogram.values()).all()


@contextmanager
def removed(state):
    """Give a state that is not there yet, and remove it afterwards."""
    yield state
    rmtree(state)


def test_one_new_file_beside_thousands(in_turn, row, fresh, tmp_path):
    folder, file, state = many_files(FILES), points("zstd, rounded", ONE_FILE), tmp_path / "state"
    arrived = [copyfile(file, fresh("new.parquet"))]
    assert len(update(state, [folder, *arrived]).added) == FILES + 1
    check_same(state, aggregate([folder, *arrived]))

    def add():
        arrived.append(copyfile(file, fresh("new.parquet")))
        return clocked(lambda: update(state, [folder, *arrived]))()

    rounds = in_turn(add, clocked(lambda: aggregate(file)), rounds=7)
    assert hb.load(state).tally.read == ROWS + len(arrived) * ONE_FILE
    more = rounds.seconds(0) - 1.15 * rounds.seconds(1)
    row(
        "one new file",
        {
            "inputs before": f"{FILES:,}",
            "rows of the new one": figures.count(ONE_FILE),
            "adding it": figures.time(rounds.seconds(0)),
            "counting it alone": figures.time(rounds.seconds(1)),
            "beyond 1.15 times that": figures.time(max(more, 0.0)),
            "promised": "≤ 0.3 s",
        },
    )


@pytest.mark.parametrize("every", ["1min", "1s", "0.1s"])
def test_checkpoints(in_turn, row, fresh, every):
    path = points("zstd, rounded")
    generations = set()

    def run(**options):
        with removed(fresh()) as state:
            done = clocked(lambda: generations.add(update(state, path, **options).generation))()
            check_same(state, whole)
        return done

    whole = aggregate(path)
    run(checkpoint_every=None)
    generations.clear()
    run(checkpoint_every=every)
    checkpoints = max(generations) - 1

    rounds = in_turn(lambda: run(checkpoint_every=every), lambda: run(checkpoint_every=None), rounds=11)
    row(
        "checkpoints",
        {
            "a checkpoint every": every,
            "were made": str(checkpoints),
            "with them": figures.time(rounds.seconds(0)),
            "without": figures.time(rounds.seconds(1)),
            "ratio": figures.ratio(rounds.ratio()),
            "promised": "≤ 1.03",
        },
    )


def test_saving_and_loading(in_turn, row, tmp_path):
    histogram, path = aggregate(many_files(FILES), bins=2048), tmp_path / "points.heatbin"
    histogram.save(path)
    again = hb.load(path)
    assert again.inputs == histogram.inputs
    assert (again.values() == histogram.values()).all()

    rounds = in_turn(clocked(lambda: histogram.save(path)), clocked(lambda: hb.load(path)), rounds=9)
    row(
        "saved",
        {
            "bins": "2048²",
            "inputs": f"{len(again.inputs):,}",
            "size": figures.size(path.stat().st_size),
            "save": figures.time(rounds.seconds(0)),
            "load": figures.time(rounds.seconds(1)),
            "both": figures.time(rounds.seconds(0) + rounds.seconds(1)),
            "promised": "≤ 300 ms",
        },
    )


def test_a_year_of_days(benchmark, row, tmp_path):
    year, state = daily_points(), tmp_path / "state"
    benchmark.pedantic(lambda: update(state, year, period="1d", time="time"))
    check_same(state, aggregate(year))
    days = len(pq.read_table(year, columns=["time"])["time"].cast("date32").unique())
    size = sum(file.stat().st_size for file in state.rglob("*") if file.is_file())
    row(
        "days",
        {
            "days": str(days),
            "rows a day": figures.count(hb.load(state).tally.read // days),
            "bins": "1024²",
            "the state on disk": figures.size(size),
            "made in": figures.time(benchmark.stats.stats.median if benchmark.stats else 0.0),
            "promised": "≤ 100 MB",
        },
    )
