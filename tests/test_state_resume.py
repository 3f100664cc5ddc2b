"""A run that is stopped is gone on with by the next, and ends as if it had never been stopped."""

from __future__ import annotations

import _thread
import os
import signal
import time

import pyarrow as pa
import pytest

import heatbin as hb
from data import points, write
from heatbin.plan import tasks
from heatbin.sources.files import FileSource
from heatbin.state import StateFolder
from test_cli_process import finished, heatbin_process
from test_state_update import Fault

GRID = {"bins": (60, 17), "range": ((-3.0, 3.0), (-900, 800))}
ROWS = 4000
NEVER = 10**6


@pytest.fixture
def days(tmp_path):
    folder = tmp_path / "days"
    for day in range(4):
        write(folder / f"{day}.parquet", points(ROWS + day, seed=day), row_group_size=500)
    return folder


@pytest.fixture(autouse=True)
def small_runs(monkeypatch):
    """Let workers come by for checkpoints after every row group, and nothing be too often."""
    monkeypatch.setattr(tasks, "SMALLEST_TASK_ROWS", 1)
    monkeypatch.setattr("heatbin.updating.intake.MOST_COST", float("inf"))


class Crash(Exception):  # noqa: N818
    """Strikes in place of a power cut."""


@pytest.fixture
def crash(monkeypatch):
    """Return what lets runs end right after their n-th checkpoint."""
    real = StateFolder.checkpoint

    def after(nth):
        left = iter(range(nth - 1, -1, -1))

        def checkpoint(self, *args, **options):
            manifest = real(self, *args, **options)
            if next(left, 0) == 0:
                raise Crash
            return manifest

        monkeypatch.setattr(StateFolder, "checkpoint", checkpoint)

    yield after
    monkeypatch.setattr(StateFolder, "checkpoint", real)


def run(state, source, **options):
    return hb.update(state, source, x="x", y="y", **{**GRID, "checkpoint_every": 0, **options})


def manifest(state):
    return StateFolder(state).manifest()


def partials(state):
    return [partial.file for partial in manifest(state).counting]


def assert_ends_as_undisturbed(state, days, tmp_path, **options):
    run(tmp_path / "undisturbed", days, **options)
    assert partials(state) == partials(tmp_path / "undisturbed")
    assert manifest(state).in_flight == ()


@pytest.mark.parametrize("threads", [1, 2])
def test_stopped_at_any_checkpoint_it_ends_in_the_bytes_of_an_undisturbed_run(tmp_path, days, crash, threads):
    run(tmp_path / "clean", days)
    for nth in range(1, 200):
        state = tmp_path / f"{nth}"
        crash(nth)
        try:
            run(state, days, threads=threads)
        except Crash:
            crash(NEVER)
            done = run(state, days, threads=threads)
            assert done.resumed or done.known
            assert partials(state) == partials(tmp_path / "clean")
        else:
            break
    assert nth > (20 if threads == 1 else 2)


def test_stopped_again_and_again_it_comes_to_its_end(tmp_path, days, crash):
    for _ in range(100):
        crash(1)
        try:
            run(tmp_path / "state", days)
        except Crash:
            continue
        break
    crash(NEVER)
    assert_ends_as_undisturbed(tmp_path / "state", days, tmp_path)


def test_what_was_read_before_the_checkpoint_is_not_read_again(tmp_path, days, crash, monkeypatch):
    crash(7)
    with pytest.raises(Crash):
        run(tmp_path / "state", days, threads=1)
    stopped = manifest(tmp_path / "state")
    counted = {each.path for each in hb.load(tmp_path / "state").inputs}
    (flying,) = stopped.in_flight
    assert flying.row_groups
    crash(NEVER)
    read = []
    real = FileSource.batches
    monkeypatch.setattr(
        FileSource, "batches", lambda self, task, columns: read.append(task.part) or real(self, task, columns)
    )
    done = run(tmp_path / "state", days, threads=1)
    assert not counted & {part.path for part in read}
    again = {(g.number, g.start) for part in read if part.path == flying.path for g in part.row_groups}
    assert not again & set(flying.row_groups)
    assert done.resumed == sum(500 for _ in flying.row_groups)


def test_readers_find_whole_files_only(tmp_path, days, crash):
    crash(12)
    with pytest.raises(Crash):
        run(tmp_path / "state", days, threads=1)
    kept = hb.load(tmp_path / "state")
    assert 0 < len(kept.inputs) < 4
    assert kept.tally == hb.aggregate([each.path for each in kept.inputs], "x", "y", **GRID).tally


def test_a_state_whose_first_file_is_not_read_yet_holds_nothing(tmp_path, days, crash):
    crash(1)
    with pytest.raises(Crash):
        run(tmp_path / "state", days / "0.parquet", range=None, threads=1)
    with pytest.raises(hb.NoInputError, match="holds nothing yet"):
        hb.load(tmp_path / "state")
    crash(NEVER)
    write(days / "5.parquet", {"x": [-99.0, 99.0], "y": [0, 1]})
    run(tmp_path / "state", days, range=None)
    first = hb.aggregate(days / "0.parquet", "x", "y", bins=GRID["bins"])
    assert hb.load(tmp_path / "state").axes == first.axes


def test_a_file_that_changed_since_is_read_anew(tmp_path, days, crash):
    crash(1)
    with pytest.raises(Crash):
        run(tmp_path / "state", days / "0.parquet", threads=1)
    crash(NEVER)
    write(days / "0.parquet", points(ROWS, seed=9), row_group_size=500)
    assert run(tmp_path / "state", days).resumed == 0
    assert_ends_as_undisturbed(tmp_path / "state", days, tmp_path)


def test_what_was_left_behind_and_is_damaged_is_read_anew(tmp_path, days, crash):
    crash(7)
    with pytest.raises(Crash):
        run(tmp_path / "state", days, threads=1)
    for _, file in (each for flying in manifest(tmp_path / "state").in_flight for each in flying.files):
        place = tmp_path / "state" / file
        place.write_bytes(place.read_bytes()[:-9])
    crash(NEVER)
    assert run(tmp_path / "state", days).resumed == 0
    assert_ends_as_undisturbed(tmp_path / "state", days, tmp_path)


def test_what_waits_to_be_gone_on_with_outlives_other_runs(tmp_path, days, crash):
    for source in (days / "1.parquet", [days / "0.parquet", days / "1.parquet"]):
        crash(2)
        with pytest.raises(Crash):
            run(tmp_path / "state", source, threads=1)
    crash(NEVER)
    assert run(tmp_path / "state", days).resumed == 2 * 1000
    assert_ends_as_undisturbed(tmp_path / "state", days, tmp_path)


def test_what_a_stopped_run_added_becomes_one_with_the_rest_when_nothing_is_new(tmp_path, days, crash):
    crash(9)
    with pytest.raises(Crash):
        run(tmp_path / "state", days, threads=1)
    counted = [each.path for each in hb.load(tmp_path / "state").inputs]
    crash(NEVER)
    assert manifest(tmp_path / "state").begun
    assert run(tmp_path / "state", counted).added == ()
    assert manifest(tmp_path / "state").begun == ()
    assert [each.path for each in hb.load(tmp_path / "state").inputs] == counted


def test_all_statistics_are_gone_on_with(tmp_path, days, crash):
    asked = {"agg": ["mean:fare", "p90:fare", "distinct:fare"], "where": "y > -500"}
    crash(3)
    with pytest.raises(Crash):
        run(tmp_path / "state", days, threads=1, **asked)
    crash(NEVER)
    assert run(tmp_path / "state", days).resumed
    assert_ends_as_undisturbed(tmp_path / "state", days, tmp_path, **asked)


def test_a_file_that_turns_out_bad_leaves_nothing_behind(tmp_path, days, monkeypatch):
    beside = points(ROWS, seed=7)
    beside = beside.set_column(1, "y", pa.array([30_000] * ROWS, pa.int16()))
    write(days / "1.parquet", pa.concat_tables([points(ROWS, seed=1), beside]), row_group_size=500)
    real = FileSource.batches

    def batches(self, task, columns):
        if task.part.path.endswith("1.parquet") and task.part.row_groups[0].number > 3:
            raise hb.BadInputError("bad", path=task.part.path)
        yield from real(self, task, columns)

    with monkeypatch.context() as patching:
        patching.setattr(FileSource, "batches", batches)
        done = run(tmp_path / "state", days)
        assert [out.path for out in done.left_out] == [str(days / "1.parquet")]
    assert hb.load(tmp_path / "state").tally.total == 3 * ROWS + 5
    run(tmp_path / "state", days)
    kept = hb.load(tmp_path / "state").tally
    assert (kept.total, kept.skipped) == (5 * ROWS + 5, ROWS)


def test_no_checkpoint_is_made_while_inputs_are_replaced(tmp_path, days, crash):
    run(tmp_path / "state", days, checkpoint_every=None)
    write(days / "0.parquet", points(ROWS, seed=9), row_group_size=500)
    crash(1)
    assert len(run(tmp_path / "state", days, on_changed="replace").replaced) == 1


def test_no_checkpoint_is_made_where_memory_has_no_room(tmp_path, days, crash, monkeypatch):
    monkeypatch.setattr("heatbin.updating.intake.COPIES", 1 << 40)
    crash(1)
    assert len(run(tmp_path / "state", days).added) == 4


def test_checkpoints_take_a_small_share_of_the_run(tmp_path, days, crash, monkeypatch):
    monkeypatch.setattr("heatbin.updating.intake.MOST_COST", 1e-9)
    crash(2)
    assert len(run(tmp_path / "state", days).added) == 4


# Told to stop


@pytest.fixture
def interruptible():
    """Have SIGINT interrupt Python, as it does unless the tests were started in the background of a script."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_what_was_read_to_the_next_run(tmp_path, days, monkeypatch):
    real, read = FileSource.batches, []

    def batches(self, task, columns):
        for batch in real(self, task, columns):
            read.append(batch.num_rows)
            if len(read) == 5:
                _thread.interrupt_main()
            time.sleep(0.01)
            yield batch

    with monkeypatch.context() as patching:
        patching.setattr(FileSource, "batches", batches)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "state", days, checkpoint_every="1h", threads=1)
    done = run(tmp_path / "state", days)
    assert done.resumed + ROWS * done.known >= 2000
    assert_ends_as_undisturbed(tmp_path / "state", days, tmp_path)


SLOW = """
    import sys, time
    from heatbin.plan import tasks
    from heatbin.sources.files import FileSource
    from heatbin.__main__ import main

    tasks.SMALLEST_TASK_ROWS = 1
    real = FileSource.batches

    def batches(self, task, columns):
        for batch in real(self, task, columns):
            print("batch", flush=True)
            time.sleep(0.05)
            yield batch

    FileSource.batches = batches
    main()
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM")
def test_sigterm_leaves_what_was_read_to_the_next_run(tmp_path, days):
    options = ["--x", "x", "--y", "y", "--bins", "60x17", "--x-range", "-3", "3", "--y-range", "-900", "800"]
    process = heatbin_process(
        "update", str(tmp_path / "state"), str(days), *options, "--threads", "1", code=SLOW
    )
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    code, _, error = finished(process)
    assert (code, error) == (143, "heatbin: stopped by SIGTERM\n")
    done = run(tmp_path / "state", days)
    assert done.resumed + ROWS * done.known >= 2000
    assert hb.load(tmp_path / "state").tally == hb.aggregate(days, "x", "y", **GRID).tally


# Whatever fails


@pytest.mark.parametrize("call", ["open", "fsync", "replace", "write"])
def test_whatever_call_fails_in_a_checkpoint_the_next_run_ends_as_undisturbed(
    tmp_path, days, monkeypatch, call
):
    source = days / "0.parquet"
    run(tmp_path / "clean", source)
    for nth in range(1, 200):
        state = tmp_path / f"{nth}"
        fault = Fault(monkeypatch, call, nth)
        with fault:
            try:
                run(state, source, threads=1)
            except OSError:
                assert fault.struck
        run(state, source)
        assert partials(state) == partials(tmp_path / "clean")
        if not fault.struck:
            break
    assert nth > 8
