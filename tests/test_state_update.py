"""A state that is kept up to date: each input counts once, and nothing that goes wrong spoils what was there."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import heatbin as hb
from data import points, write
from heatbin.cli.session import run
from heatbin.plan import DEFAULT_BINS
from heatbin.state import StateFolder

GRID = {"bins": (60, 17), "range": ((-3.0, 3.0), (-900, 800))}
OPTIONS = ["--x", "x", "--y", "y", "--bins", "60x17", "--x-range", "-3", "3", "--y-range", "-900", "800"]


@pytest.fixture
def days(tmp_path):
    folder = tmp_path / "days"
    for day in range(3):
        write(folder / f"{day}.parquet", points(1000 + day, seed=day))
    return folder


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def counts_of(source):
    return hb.aggregate(source, "x", "y", **GRID)


def assert_holds(state, source):
    kept, clean = hb.load(state), counts_of(source)
    np.testing.assert_array_equal(kept.values(), clean.values())
    assert kept.tally == clean.tally
    assert [i.path for i in kept.inputs] == [i.path for i in clean.inputs]


def first(state, source, **options):
    return hb.update(state, source, x="x", y="y", **GRID, **options)


# Each input once


def test_only_what_is_new_is_added(state, days):
    assert len(first(state, days / "0.parquet").added) == 1
    done = hb.update(state, days)
    assert [Path(path).name for path in done.added] == ["1.parquet", "2.parquet"]
    assert done.known == 1
    assert_holds(state, days)


def test_nothing_new_changes_nothing(state, days):
    generation = first(state, days).generation
    before = sorted((path.name, path.stat().st_mtime_ns) for path in state.iterdir() if path.name != "lock")
    done = hb.update(state, days)
    assert (done.generation, done.added, done.known) == (generation, (), 3)
    assert (
        sorted((path.name, path.stat().st_mtime_ns) for path in state.iterdir() if path.name != "lock")
        == before
    )


def test_a_file_under_many_names_counts_once(state, days, tmp_path):
    (tmp_path / "link.parquet").symlink_to(days / "0.parquet")
    (tmp_path / "hard.parquet").hardlink_to(days / "0.parquet")
    first(
        state, [str(days / "*.parquet"), days, tmp_path / "link.parquet", days / ".." / "days" / "1.parquet"]
    )
    assert hb.update(state, [tmp_path / "hard.parquet", tmp_path / "link.parquet"]).added == ()
    assert_holds(state, days)


def test_two_new_names_of_one_file_count_once(state, days, tmp_path):
    (tmp_path / "hard.parquet").hardlink_to(days / "0.parquet")
    first(state, [tmp_path / "hard.parquet", days / "0.parquet"])
    assert hb.load(state).tally.read == 1000


def test_many_runs_end_in_few_partials_and_the_bytes_of_one(state, tmp_path):
    folder = tmp_path / "days"
    for day in range(11):
        write(folder / f"{day:02}.parquet", points(200, seed=day))
        first(state, folder)
    assert len(StateFolder(state).manifest().partials) <= 4
    first(tmp_path / "clean", folder)
    for name in ("state", "clean"):
        hb.load(tmp_path / name).save(tmp_path / f"{name}.heatbin")
    assert (tmp_path / "state.heatbin").read_bytes() == (tmp_path / "clean.heatbin").read_bytes()


def test_the_range_of_the_first_run_stays(state, days):
    hb.update(state, days / "0.parquet", x="x", y="y", bins=10, where="x > -100 and x < 100")
    axes = hb.load(state).axes
    hb.update(state, days)
    assert hb.load(state).axes == axes


# What changed


def test_a_changed_input_is_an_error_that_names_it(state, days):
    first(state, days)
    write(days / "1.parquet", points(500, seed=9))
    with pytest.raises(hb.BadInputError, match=r"1\.parquet changed since it was counted") as error:
        hb.update(state, days)
    assert "on_changed='replace' (--on-changed replace)" in str(error.value)


def test_a_changed_input_can_be_replaced_exactly(state, days):
    for day in range(3):
        first(state, days / f"{day}.parquet")
    write(days / "1.parquet", points(500, seed=9))
    assert [Path(path).name for path in hb.update(state, days, on_changed="replace").replaced] == [
        "1.parquet"
    ]
    assert_holds(state, days)


def test_a_changed_input_can_be_left_as_it_was_counted(state, days):
    first(state, days)
    before = hb.load(state).values()
    write(days / "1.parquet", points(500, seed=9))
    assert len(hb.update(state, days, on_changed="ignore").ignored) == 1
    np.testing.assert_array_equal(hb.load(state).values(), before)


def test_what_was_counted_beside_a_changed_input_must_be_there_to_replace_it(state, days):
    first(state, days)
    before = hb.load(state).values()
    write(days / "1.parquet", points(500, seed=9))
    (days / "2.parquet").unlink()
    with pytest.raises(hb.BadInputError, match=r"2\.parquet changed or is gone"):
        hb.update(state, days, on_changed="replace")
    np.testing.assert_array_equal(hb.load(state).values(), before)


def test_a_file_that_was_only_touched_or_copied_is_known(state, days):
    first(state, days)
    content = (days / "1.parquet").read_bytes()
    (days / "1.parquet").unlink()
    (days / "1.parquet").write_bytes(content)
    os.utime(days / "2.parquet")
    assert hb.update(state, days).known == 3


# What cannot be read, or not yet


def test_a_file_that_cannot_be_read_yet_is_tried_again(state, days):
    whole = (days / "1.parquet").read_bytes()
    (days / "1.parquet").write_bytes(whole[:-100])
    done = first(state, days)
    assert [Path(out.path).name for out in done.left_out] == ["1.parquet"]
    assert len(done.added) == 2
    (days / "1.parquet").write_bytes(whole)
    assert len(hb.update(state, days).added) == 1
    assert_holds(state, days)


def test_files_that_may_still_be_written_wait(state, days):
    os.utime(days / "0.parquet", (time.time() - 3600,) * 2)
    done = first(state, days, min_age="60s")
    assert [Path(path).name for path in done.added] == ["0.parquet"]
    assert len(done.waiting) == 2


@pytest.mark.parametrize("on_changed", ["raise", "replace", "ignore"])
def test_files_that_were_just_changed_wait_too(state, days, on_changed):
    for path in days.iterdir():
        os.utime(path, (time.time() - 3600,) * 2)
    first(state, days)
    before = hb.load(state).values()
    changed = write(days / "1.parquet", points(999, seed=9))
    done = hb.update(state, days, min_age="60s", on_changed=on_changed)
    assert done.waiting == (str(Path(changed).resolve()),)
    assert (done.replaced, done.ignored) == ((), ())
    np.testing.assert_array_equal(hb.load(state).values(), before)


def test_files_that_are_replaced_wait_for_those_that_were_just_changed(state, days):
    for path in days.iterdir():
        os.utime(path, (time.time() - 3600,) * 2)
    first(state, days)
    for day in (0, 1):
        write(days / f"{day}.parquet", points(999, seed=9 + day))
    os.utime(days / "0.parquet", (time.time() - 1800,) * 2)
    done = hb.update(state, days, min_age="60s", on_changed="replace")
    assert sorted(Path(path).name for path in done.waiting) == ["0.parquet", "1.parquet"]
    assert done.replaced == ()
    os.utime(days / "1.parquet", (time.time() - 1800,) * 2)
    assert len(hb.update(state, days, min_age="60s", on_changed="replace").replaced) == 2
    assert_holds(state, days)


def test_periods_are_kept_where_there_are_any(state, days):
    with pytest.raises(hb.UsageError, match="keep says how many periods stay"):
        first(state, days, keep=3)
    assert not state.exists()


def test_a_clock_that_goes_backwards_keeps_no_file_waiting(state, days):
    os.utime(days / "0.parquet", (time.time() + 86400,) * 2)
    assert len(first(state, days / "0.parquet", min_age=60).added) == 1


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(state, days):
    assert len(first(state, days, dry_run=True).added) == 3
    assert not state.exists()


# What a state refuses


def test_other_options_than_the_states_are_refused(state, days):
    first(state, days)
    for other in ({"x": "fare"}, {"bins": 10}, {"range": ((0, 1), (0, 1))}, {"where": "x > 0"}):
        with pytest.raises(hb.UsageError, match=f"{next(iter(other))} is .* the state was made with"):
            hb.update(state, days, **other)


def test_the_first_run_must_say_what_to_count(state, days):
    with pytest.raises(hb.UsageError, match="y must be given"):
        hb.update(state, days, x="x")
    assert not state.exists()


@pytest.mark.parametrize("argument", ["min_age", "checkpoint_every"])
def test_a_length_of_time_that_is_none_is_named(state, days, argument):
    with pytest.raises(hb.UsageError, match=f"{argument} must be a duration such as .*, not 'soon'"):
        first(state, days, **{argument: "soon"})
    with pytest.raises(TypeError, match=rf"{argument} must be in seconds, .*, not \[1\]"):
        first(state, days, **{argument: [1]})
    with pytest.raises(TypeError, match=f"{argument} must be in seconds, .*, not True"):
        first(state, days, **{argument: True})
    for never in (-1, np.nan):
        with pytest.raises(hb.UsageError, match=f"{argument} must be 0 seconds or more, not {never}"):
            first(state, days, **{argument: never})
    assert not state.exists()


def test_the_state_is_made_with_the_number_of_bins_of_a_plan_where_nothing_is_said(state, days):
    hb.update(state, days, x="x", y="y")
    assert hb.load(state).values().shape == (DEFAULT_BINS, DEFAULT_BINS)


def test_a_folder_of_something_else_is_left_alone(days):
    with pytest.raises(hb.StateError, match=r"no state: it holds 0\.parquet"):
        first(days, days)
    assert len(list(days.iterdir())) == 3


def test_only_files_can_be_told_apart(state):
    with pytest.raises(hb.UsageError, match="kept of files"):
        first(state, {"x": np.zeros(3), "y": np.zeros(3)})


def test_damage_is_found_wherever_it_is(state, days):
    first(state, days)
    for path in (path for path in state.iterdir() if path.name != "lock"):
        content = path.read_bytes()
        damaged = bytearray(content)
        damaged[len(damaged) // 2] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(hb.StateError, match="damaged"):
            hb.load(state)
        path.unlink()
        with pytest.raises((hb.StateError, hb.NoInputError)):
            hb.load(state)
        path.write_bytes(content)
    assert_holds(state, days)


# Two at once, and what can go wrong in between


def test_a_second_writer_is_told_who_holds_the_state(state, days):
    first(state, days / "0.parquet")
    code = "import sys, heatbin as hb; hb.update(sys.argv[1], sys.argv[2])"
    with StateFolder(state).lock():
        with pytest.raises(hb.BusyError, match=f"updated by process {os.getpid()} on"):
            hb.update(state, days)
        other = subprocess.run(
            [sys.executable, "-c", code, state, days], capture_output=True, text=True, check=False
        )
    assert f"BusyError: {state} is being updated by process {os.getpid()}" in other.stderr
    assert len(hb.update(state, days).added) == 2


@pytest.mark.parametrize("call", ["open", "fsync", "replace", "write"])
def test_whatever_call_fails_the_state_is_readable_and_the_next_run_ends_as_a_clean_one(
    state, days, monkeypatch, call
):
    first(state, days / "0.parquet")
    before = counts_of(days / "0.parquet").values()
    after = counts_of(days).values()
    for nth in range(1, 50):
        fault = Fault(monkeypatch, call, nth)
        with fault:
            failed = attempt(state, days)
        kept = hb.load(state).values()
        assert np.array_equal(kept, before) or np.array_equal(kept, after)
        if not fault.struck:
            assert not failed
            break
    else:
        pytest.fail("it never ended")
    assert nth > 2
    assert_holds(state, days)
    assert {path.name for path in state.iterdir()} == {
        "lock",
        "manifest.json",
        *(partial.file for partial in StateFolder(state).manifest().partials),
    }


class Fault:
    """Lets the n-th of some calls that concern a state fail, as on a full disk."""

    def __init__(self, monkeypatch, call, nth):
        self._patching, self._call, self._left = monkeypatch, call, nth
        self.struck = False

    def __enter__(self):
        owner, name = {
            "open": (os, "open"),
            "fsync": (os, "fsync"),
            "replace": (Path, "replace"),
            "write": (Path, "write_bytes"),
        }[self._call]
        real = getattr(owner, name)

        def failing(*args, **options):
            self._left -= 1
            if self._left == 0:
                self.struck = True
                if self._call == "write":
                    real(args[0], args[1][: len(args[1]) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **options)

        self._context = self._patching.context()
        self._context.__enter__().setattr(owner, name, failing)

    def __exit__(self, *raised):
        self._context.__exit__(*raised)


def attempt(state, days):
    try:
        hb.update(state, days)
    except OSError:
        return True
    return False


def test_readers_find_a_whole_state_while_it_is_updated(state, tmp_path):
    folder = tmp_path / "days"
    write(folder / "00.parquet", points(100, seed=0))
    first(state, folder)
    wrong, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            try:
                read = hb.load(state).tally.read
            except Exception as error:
                wrong.append(error)
                return
            wrong.extend([read] * (read % 100))

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for day in range(1, 15):
        write(folder / f"{day:02}.parquet", points(100, seed=day))
        hb.update(state, folder)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert hb.load(state).tally.read == 1500


# The command


def test_the_command_adds_renders_and_says_so(state, days, tmp_path, capsys):
    assert run(["update", str(state), str(days / "0.parquet"), *OPTIONS, "--json", "--quiet"]) == 0
    assert len(json.loads(capsys.readouterr().out)["added"]) == 1
    assert run(["update", str(state), str(days), "--dry-run"]) == 0
    assert "would add 2 inputs" in capsys.readouterr().err
    assert run(["update", str(state), str(days), "--x-range", "-3", "3"]) == 0
    assert "added 2 inputs" in capsys.readouterr().err
    assert run(["update", str(state), str(days), *OPTIONS]) == 0
    assert "nothing new" in capsys.readouterr().err
    assert run(["render", str(state), "-o", str(tmp_path / "map.png"), "--quiet"]) == 0
    assert run(["show", str(state), "--check"]) == 0
    assert_holds(state, days)


def test_the_exit_codes_are_those_of_the_page(state, days, capsys):
    assert run(["update", str(state), str(days)]) == 2
    assert run(["update", str(state), str(days), *OPTIONS, "--quiet"]) == 0
    assert run(["update", str(state), str(days), "--bins", "7"]) == 2
    (days / "3.parquet").write_bytes(b"PAR1 not yet")
    assert run(["update", str(state), str(days)]) == 3
    assert "3.parquet" in capsys.readouterr().err
    (days / "3.parquet").unlink()
    write(days / "0.parquet", points(10, seed=9))
    assert run(["update", str(state), str(days)]) == 65
    with StateFolder(state).lock():
        assert run(["update", str(state), str(days)]) == 75
