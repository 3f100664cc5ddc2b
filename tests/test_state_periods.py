"""A state that keeps periods apart: together they are the whole, and each can be looked at, replaced and given up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import heatbin as hb
from data import write
from heatbin.cli.session import run as run_command
from heatbin.engine import Room
from heatbin.plan import tasks
from heatbin.state import StateFolder

GRID = {"bins": (40, 17), "range": ((-3.0, 3.0), (-3.0, 3.0))}
ROWS = 2000
NOVEMBER = dt.datetime(2026, 11, 1)


def day_of(number, rows=ROWS, *, seed=None, late=30):
    """Return the rows of a day, a few of them late by a day or without a time, some beside the grid or missing."""
    rng = np.random.default_rng(number if seed is None else seed)
    start = np.datetime64(NOVEMBER, "us") + np.timedelta64(number, "D")
    when = np.sort(start + rng.integers(0, 86400 * 10**6, rows).astype("m8[us]"))
    when[:late] -= np.timedelta64(1, "D")
    x, y = rng.normal(size=(2, rows))
    x[::97] = np.nan
    return pa.table(
        {
            "x": x,
            "y": 1.5 * y,
            "when": pa.array(when, mask=np.arange(rows) % 251 == 7),
            "fare": rng.gamma(2.0, 10.0, rows).round(2),
        }
    )


@pytest.fixture
def days(tmp_path):
    folder = tmp_path / "days"
    for number in range(4):
        write(folder / f"2026-11-{number + 1:02}.parquet", day_of(number), row_group_size=300)
    return folder


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def run(state, source, **options):
    return hb.update(state, source, x="x", y="y", **{**GRID, "period": "1d", **options})


def whole(source, **options):
    return hb.aggregate(source, "x", "y", **{**GRID, **options})


def saved_bytes(histogram, place):
    histogram.save(place)
    return place.read_bytes()


def assert_is_the_whole(state, source, tmp_path, **options):
    hb.update(tmp_path / "whole", source, x="x", y="y", **{**GRID, **options})
    together, undivided = hb.load(state), hb.load(tmp_path / "whole")
    assert together.tally == undivided.tally == whole(source, **options).tally
    assert saved_bytes(together, tmp_path / "a") == saved_bytes(undivided, tmp_path / "b")


def only(source, period, **options):
    return whole(
        source, where=f"when >= '{period}' and when < '{dt.date.fromisoformat(period) + DAY}'", **options
    )


DAY = dt.timedelta(days=1)


def test_the_periods_together_are_the_whole_to_the_byte(state, days, tmp_path):
    run(state, days)
    assert StateFolder(state).manifest().periods == [
        "2026-10-31",
        *(f"2026-11-0{day}" for day in range(1, 5)),
    ]
    assert_is_the_whole(state, days, tmp_path)


@pytest.mark.parametrize("threads", [1, 2])
def test_day_by_day_they_are_the_same(state, days, tmp_path, threads):
    for file in sorted(days.iterdir()):
        run(state, file, threads=threads)
    assert_is_the_whole(state, days, tmp_path)


def test_all_statistics_are_kept_apart(state, days, tmp_path):
    asked = {"agg": ["mean:fare", "p90:fare", "max:fare"], "where": "fare > 3"}
    for file in sorted(days.iterdir()):
        run(state, file, **asked)
    assert_is_the_whole(state, days, tmp_path, **asked)


def test_each_period_holds_the_rows_of_its_time_wherever_they_came(state, days):
    for file in sorted(days.iterdir()):
        run(state, file)
    for period in ("2026-10-31", "2026-11-02"):
        np.testing.assert_array_equal(hb.load(state, period=period).values(), only(days, period).values())
    untimed = hb.load(state, period="none").tally
    assert untimed.read == 4 * len(range(7, ROWS, 251))


def test_there_may_be_no_rows_without_a_period(state, days):
    table = day_of(0)
    timed = table.filter(table["when"].is_valid())
    run(state, write(days / "timed.parquet", timed))
    with pytest.raises(hb.NoInputError, match="no rows without a period"):
        hb.load(state, period="none")


def test_the_last_periods_can_be_chosen(state, days):
    run(state, days)
    last = sum(only(days, f"2026-11-0{day}").values() for day in (3, 4))
    for chosen in ("2d", "48h", 2, "2"):
        np.testing.assert_array_equal(hb.load(state, last=chosen).values(), last)
    for name in ("2026-11-03..2026-11-04", "2026-11-03.."):
        np.testing.assert_array_equal(hb.load(state, period=name).values(), last)
    assert hb.load(state, period="2026-11").tally.read == hb.load(state, last="4d").tally.read
    with pytest.raises(hb.NoInputError, match="no period 2027; there are 2026-10-31 to 2026-11-04"):
        hb.load(state, period="2027")
    with pytest.raises(hb.UsageError, match="last must be a number"):
        hb.load(state, last="fortnight")


def test_rows_in_any_order_find_their_period(state, tmp_path):
    table = pa.concat_tables([day_of(number) for number in range(40)])
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    write(tmp_path / "all.parquet", shuffled)
    run(state, tmp_path / "all.parquet")
    assert len(StateFolder(state).manifest().periods) == 41
    assert_is_the_whole(state, tmp_path / "all.parquet", tmp_path)
    np.testing.assert_array_equal(
        hb.load(state, period="2026-11-20").values(), only(tmp_path / "all.parquet", "2026-11-20").values()
    )


@pytest.mark.parametrize(
    ("period", "zone", "names"),
    [
        ("1d", "America/New_York", ["2026-10-31", "2026-11-01"]),
        ("1h", "Europe/Berlin", ["2026-11-01T00:00Z", "2026-11-01T05:00Z"]),
        ("90s", None, ["2026-11-01T00:00:00", "2026-11-01T05:00:00"]),
        ("1mo", None, ["2026-11"]),
        ("1q", None, ["2026-10"]),
        ("1y", "UTC", ["2026"]),
        ("1w", None, ["2026-10-26"]),
    ],
)
def test_periods_are_named_by_how_they_begin(state, tmp_path, period, zone, names):
    when = pa.array([NOVEMBER, NOVEMBER + dt.timedelta(hours=5)], pa.timestamp("ns", zone))
    write(tmp_path / "two.parquet", {"x": [0.0, 1.0], "y": [0.0, 1.0], "when": when})
    run(state, tmp_path / "two.parquet", period=period)
    assert StateFolder(state).manifest().periods == names


def test_dates_are_times_too_and_x_may_be_the_time(state, tmp_path):
    when = pa.array([dt.date(2026, 11, 1), dt.date(2026, 11, 2), None])
    write(tmp_path / "a.parquet", {"when": when, "other": when, "y": [0.0, 1.0, 2.0]})
    hb.update(state, tmp_path / "a.parquet", x="when", y="y", bins=4, period="1d")
    assert StateFolder(state).manifest().request["time"] == "when"
    assert StateFolder(state).manifest().periods == ["2026-11-01", "2026-11-02"]
    assert hb.load(state).tally == hb.Tally(read=3, binned=2, missing=1)


def test_times_that_no_calendar_has_are_in_no_period(state, tmp_path):
    when = pa.array([0, 2**62, -(2**62), None, 86400 * 10**6], pa.timestamp("us", "Europe/Berlin"))
    write(tmp_path / "a.parquet", {"x": [0.0] * 5, "y": [0.0] * 5, "when": when})
    run(state, tmp_path / "a.parquet")
    assert StateFolder(state).manifest().periods == ["1970-01-01", "1970-01-02"]
    assert hb.load(state, period="none").tally.read == 3


def test_a_file_of_too_many_periods_is_left_out_and_named(state, tmp_path):
    for name, seconds in (("even", 5), ("odd", 2**33)):
        when = pa.array([0, seconds], pa.timestamp("s"))
        write(tmp_path / f"{name}.parquet", {"x": [0.0] * 2, "y": [0.0] * 2, "when": when})
    done = run(state, tmp_path / "*.parquet", period="1s")
    assert [Path(out.path).name for out in done.left_out] == ["odd.parquet"]
    assert "more than 1,048,576" in done.left_out[0].reason


# Replaced and given up


def test_a_changed_file_is_replaced_exactly_without_reading_all_others(state, days, tmp_path):
    for file in sorted(days.iterdir()):
        run(state, file)
    before = {p.file for p in StateFolder(state).manifest().partials if p.period == "2026-11-04"}
    write(days / "2026-11-02.parquet", day_of(1, 700, seed=9))
    done = run(state, days, on_changed="replace")
    assert [Path(path).name for path in done.replaced] == ["2026-11-02.parquet"]
    assert before == {p.file for p in StateFolder(state).manifest().partials if p.period == "2026-11-04"}
    together = hb.load(state)
    np.testing.assert_array_equal(together.values(), whole(days).values())
    assert together.tally == whole(days).tally
    assert [each.path for each in together.inputs] == [each.path for each in whole(days).inputs]


def test_old_periods_are_given_up_and_their_files_stay_known(state, days):
    run(state, days)
    run(state, days, keep=2)
    assert StateFolder(state).manifest().periods == ["2026-11-03", "2026-11-04"]
    np.testing.assert_array_equal(hb.load(state).values(), hb.load(state).values())
    again = run(state, days, keep=2)
    assert (again.added, again.known) == ((), 4)
    write(days / "2026-11-05.parquet", day_of(4))
    assert len(run(state, days, keep=2).added) == 1
    assert StateFolder(state).manifest().periods == ["2026-11-04", "2026-11-05"]
    np.testing.assert_array_equal(
        hb.load(state, period="2026-11-04").values(), only(days, "2026-11-04").values()
    )


# By path


def test_files_find_their_period_by_their_paths(state, days, tmp_path):
    options = {"period": None, "partition_by": "{year}-{month}-{day}"}
    for _ in range(2):
        run(state, days, **options)
    assert StateFolder(state).manifest().periods == [f"2026-11-0{day}" for day in range(1, 5)]
    np.testing.assert_array_equal(
        hb.load(state, last="1d").values(), whole(days / "2026-11-04.parquet").values()
    )
    assert_is_the_whole(state, days, tmp_path)
    write(days / "2026-11-02.parquet", day_of(1, 700, seed=9))
    run(state, days, on_changed="replace", **options)
    assert hb.load(state).tally == whole(days).tally


def test_a_group_of_an_expression_names_periods_too(state, days):
    run(state, days / "2026-11-01.parquet", period=None, partition_by=r"/(?P<period>[^/]+)-01\.")
    assert StateFolder(state).manifest().periods == ["2026-11"]
    with pytest.raises(hb.UsageError, match=r"2026-11-02\.parquet has no period in its path"):
        run(state, days, period=None)


# Stopped, and short of memory


class Crash(Exception):  # noqa: N818
    """Strikes in place of a power cut."""


@pytest.mark.parametrize("options", [{}, {"period": None, "partition_by": "{year}-{month}-{day}"}])
def test_a_stopped_run_ends_as_an_undisturbed_one(state, days, tmp_path, monkeypatch, options):
    monkeypatch.setattr(tasks, "SMALLEST_TASK_ROWS", 1)
    monkeypatch.setattr("heatbin.updating.intake.MOST_COST", float("inf"))
    run(tmp_path / "clean", days, **options)
    real = StateFolder.checkpoint

    def checkpoint(self, *args, **put):
        real(self, *args, **put)
        raise Crash

    monkeypatch.setattr(StateFolder, "checkpoint", checkpoint)
    for _ in range(60):
        try:
            run(state, days, checkpoint_every=0, **options)
        except Crash:
            continue
        break
    files = [partial.file for partial in StateFolder(state).manifest().partials]
    assert files == [partial.file for partial in StateFolder(tmp_path / "clean").manifest().partials]


def test_more_periods_than_memory_holds_are_taken_in_one_after_the_other(state, days, tmp_path, monkeypatch):
    monkeypatch.setattr("heatbin.updating.intake.Room", lambda _: Room(6))
    run(state, days, threads=1)
    assert_is_the_whole(state, days, tmp_path)


def test_files_that_cannot_be_read_to_their_ends_take_no_room(state, days, tmp_path, monkeypatch):
    room, taken = Room(100), []
    monkeypatch.setattr("heatbin.sources.parquet.BATCH_ROWS", 200)
    monkeypatch.setattr("heatbin.updating.intake.Room", lambda _: room)
    monkeypatch.setattr(room, "give", lambda: (taken.append(room._taken), Room.give(room)))
    for number in (1, 2, 3):
        place = days / f"2026-11-{number + 1:02}.parquet"
        content = bytearray(place.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 400] = b"\xff" * 400
        place.write_bytes(content)
    assert len(run(state, days, threads=1).left_out) == 3
    assert room._taken == 3  # of the one file that is whole: its day, the day before, and no time
    assert max(taken) <= 6
    assert hb.load(state).tally.total == ROWS


def test_one_file_of_too_many_periods_is_refused(state, tmp_path, monkeypatch):
    write(tmp_path / "all.parquet", pa.concat_tables([day_of(number) for number in range(9)]))
    monkeypatch.setattr("heatbin.updating.intake.Room", lambda _: Room(6))
    with pytest.raises(hb.MemoryBudgetError, match="more periods than memory has room"):
        run(state, tmp_path / "all.parquet")


# What is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"period": "soon"}, "must be a period such as"),
        ({"time": "fare"}, "no date or timestamp"),
        ({"period": None, "time": "when"}, "period must say how long"),
        ({"partition_by": "{year}"}, "two ways to divide"),
        ({"period": None, "partition_by": "[0-9]"}, "neither {year} in it"),
        ({"keep": 0}, "keep must be 1 or more, not 0"),
    ],
)
def test_what_cannot_be_divided_so_is_refused(state, days, options, message):
    with pytest.raises(hb.UsageError, match=message):
        run(state, days, **options)


def test_the_time_must_be_named_where_it_could_be_several(state, tmp_path):
    when = pa.array([NOVEMBER])
    write(tmp_path / "a.parquet", {"x": [0.0], "y": [0.0], "start": when, "stop": when})
    with pytest.raises(hb.UsageError, match="of dates and timestamps there are start, stop"):
        run(state, tmp_path / "a.parquet")


def test_a_state_stays_as_it_is_divided(state, days):
    run(state, days, period=None)
    with pytest.raises(hb.UsageError, match="period is 1d here, and the state was made with None"):
        run(state, days)
    with pytest.raises(hb.UsageError, match="not kept in periods"):
        hb.load(state, last=3)


# The command


def test_the_command_keeps_draws_and_shows_periods(state, days, tmp_path, capsys):
    grid = ["--x", "x", "--y", "y", "--bins", "40x17", "--x-range", "-3", "3", "--y-range", "-3", "3"]
    assert (
        run_command(["update", str(state), str(days), *grid, "--period", "1d", "--keep", "3", "--quiet"]) == 0
    )
    assert (
        run_command(["render", str(state), "-o", str(tmp_path / "map.png"), "--last", "2d", "--quiet"]) == 0
    )
    assert run_command(["show", str(state)]) == 0
    assert "periods    3, from 2026-11-02 to 2026-11-04" in capsys.readouterr().out
    assert run_command(["show", str(state), "--period", "2026-11-01"]) == 66
