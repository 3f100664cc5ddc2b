"""Whatever befalls a state, its inputs or its outputs: one clear error, and what was there stays."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pickle
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import heatbin as hb
from data import points, write
from heatbin.accumulator import Accumulator
from heatbin.cli.session import run
from heatbin.sources.files import FileSource
from heatbin.sources.parquet import ParquetFormat
from heatbin.state import StateFolder
from heatbin.storages.count import MOST_ROWS
from paths import PROJECT

GRID = {"bins": (60, 17), "range": ((-3.0, 3.0), (-900, 800))}
OPTIONS = ["--x", "x", "--y", "y", "--bins", "60x17", "--x-range", "-3", "3", "--y-range", "-900", "800"]
DAYS = 4
ROWS, LONG = 1000, 300_000
BAD_DATA, IO_ERROR = 65, 74
unix = pytest.mark.skipif(os.name == "nt", reason="such files are of Unix")


@pytest.fixture
def days(tmp_path):
    for day in range(DAYS):
        write(tmp_path / "days" / f"{day}.parquet", points(ROWS + day, seed=day), row_group_size=200)
    return tmp_path / "days"


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def kept(state, days):
    """Return a state that holds all but the last day."""
    for day in range(DAYS - 1):
        update(state, days / f"{day}.parquet")
    return state


@pytest.fixture
def long_day(days):
    """Return a file of three batches."""
    return Path(write(days / "1.parquet", points(LONG, seed=1), row_group_size=50_000)).resolve()


def update(state, source, **options):
    return hb.update(state, source, x="x", y="y", **{**GRID, **options})


def assert_holds(state, source):
    kept, clean = hb.load(state), hb.aggregate(source, "x", "y", **GRID)
    np.testing.assert_array_equal(kept.values(), clean.values())
    assert kept.tally == clean.tally


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def left_out(done):
    return [Path(out.path).name for out in done.left_out]


def try_faults(*options):
    return subprocess.run(
        [sys.executable, PROJECT / "scripts" / "try-faults", *options],
        capture_output=True,
        text=True,
        check=False,
    )


@unix
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "call"), [("whole", "fsync"), ("periods", "rename"), ("statistics", "renamed")]
)
def test_a_state_survives_being_killed_and_stopped_wherever_it_writes(kind, call):
    how = ["--every", "3", "--random", "2", "--at-once", "2"]
    tried = try_faults(*how, "--kinds", kind, "--calls", call)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert tried.stdout.endswith("held what one clean run counts, to the byte\n")


# Inputs that break, or change under our hands


def test_a_read_error_in_the_middle_of_a_file_leaves_out_that_file_alone(state, long_day, monkeypatch):
    real, days = ParquetFormat.read, long_day.parent

    def read(self, file, part, **options):
        for number, batch in enumerate(real(self, file, part, **options)):
            if part.path == str(long_day) and number == 1:
                raise OSError(errno.EIO, "Input/output error")
            yield batch

    with monkeypatch.context() as patching:
        patching.setattr(ParquetFormat, "read", read)
        assert left_out(update(state, days)) == ["1.parquet"]
    assert_holds(state, [path for path in days.iterdir() if path != long_day])
    assert len(update(state, days).added) == 1
    assert_holds(state, days)


def test_a_file_with_a_damaged_page_is_left_out_until_it_is_whole(state, days):
    whole = (days / "2.parquet").read_bytes()
    middle = len(whole) // 2
    (days / "2.parquet").write_bytes(whole[:middle] + b"\xff" * 600 + whole[middle + 600 :])
    assert left_out(update(state, days)) == ["2.parquet"]
    (days / "2.parquet").write_bytes(whole)
    update(state, days)
    assert_holds(state, days)


def replaced(path):
    write(path.with_suffix(".new"), points(700, seed=9), row_group_size=200)
    path.with_suffix(".new").replace(path)


def truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def written_anew(path):
    write(path, points(ROWS + 1, seed=9), row_group_size=200)


@pytest.mark.parametrize("change", [replaced, truncated, written_anew, Path.unlink])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_file_that_changes_while_it_is_read_counts_wholly_or_not_at_all(
    state, long_day, monkeypatch, change, nth
):
    real, seen = FileSource.batches, []

    def batches(self, task, columns):
        for batch in real(self, task, columns):
            seen.append(batch.num_rows)
            if len(seen) == nth:
                change(long_day)
            yield batch

    with monkeypatch.context() as patching:
        patching.setattr(FileSource, "batches", batches)
        done = update(state, long_day, threads=1)
    assert len(seen) >= nth
    if left_out(done):
        with pytest.raises(hb.NoInputError, match=r"holds nothing yet|no state"):
            hb.load(state)
    else:
        assert hb.load(state).tally.total == LONG
    if change in (replaced, written_anew):
        update(state, long_day.parent, on_changed="replace")
        assert_holds(state, long_day.parent)


@pytest.mark.parametrize("change", [replaced, truncated, written_anew, Path.unlink])
def test_a_file_that_changes_after_it_was_planned_is_left_to_the_next_run(state, days, monkeypatch, change):
    real, target = FileSource.survey, days / "1.parquet"

    def survey(self, *args, **options):
        surveyed = real(self, *args, **options)
        change(target)
        return surveyed

    with monkeypatch.context() as patching:
        patching.setattr(FileSource, "survey", survey)
        assert left_out(update(state, days)) == ["1.parquet"]
    assert_holds(state, [path for path in days.iterdir() if path != target])
    if change in (replaced, written_anew):
        update(state, days)
        assert_holds(state, days)


# One file under many names


@pytest.mark.parametrize("moment", [None, 0, 1, -86400 * 10**9], ids=["now", "0", "1 ns", "before 1970"])
def test_a_file_named_in_many_ways_counts_once_whenever_it_was_written(state, days, tmp_path, moment):
    if moment is not None:
        for path in days.iterdir():
            os.utime(path, ns=(moment, moment))
    (tmp_path / "hard.parquet").hardlink_to(days / "0.parquet")
    (tmp_path / "soft.parquet").symlink_to(days / "1.parquet")
    (tmp_path / "folder").symlink_to(days)
    names = [days, days / "*.parquet", days / ".." / "days" / "2.parquet", tmp_path / "folder" / "3.parquet"]
    update(state, [*map(str, names), tmp_path / "hard.parquet", tmp_path / "soft.parquet"])
    assert_holds(state, days)
    again = hb.update(state, [tmp_path / "hard.parquet", tmp_path / "soft.parquet", tmp_path / "folder"])
    assert again.added == ()
    assert_holds(state, days)


@pytest.mark.parametrize("on_changed", ["replace", "ignore"])
def test_another_name_of_a_file_that_was_touched_or_changed_adds_nothing(kept, days, tmp_path, on_changed):
    (tmp_path / "hard.parquet").hardlink_to(days / "0.parquet")
    os.utime(days / "0.parquet", (1, 1))
    both = [tmp_path / "hard.parquet", days / "0.parquet"]
    assert hb.update(kept, both).added == ()
    write(days / "0.parquet", points(ROWS + 9, seed=9))
    assert hb.update(kept, both, on_changed=on_changed).added == ()
    assert hb.load(kept).tally.total == sum(ROWS + day for day in range(3)) + 9 * (on_changed == "replace")


def test_two_names_of_a_file_that_was_written_in_1970_do_not_merge(days, tmp_path):
    os.utime(days / "0.parquet", (0, 0))
    (tmp_path / "hard.parquet").hardlink_to(days / "0.parquet")
    both = [hb.aggregate(path, "x", "y", **GRID) for path in (days / "0.parquet", tmp_path / "hard.parquet")]
    with pytest.raises(hb.StateError, match=r"\.parquet"):
        hb.merge(both)


# Clocks


def test_clocks_may_go_backwards(state, days, monkeypatch):
    hour = 3600 * 10**9
    now = time.time_ns()
    for number, moment in enumerate((now, now - 10 * hour, now - 20 * hour, 0)):
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment)
        monkeypatch.setattr(time, "time", lambda moment=moment: moment / 1e9)
        done = hb.update(state, days / f"{number}.parquet", x="x", y="y", **GRID, min_age=60)
        assert len(done.waiting) == (number == 0)
        assert done.generation == number
    monkeypatch.undo()
    update(state, days)
    assert_holds(state, days)


# States that somebody else wrote


def forged(state, **entries):
    """Change the manifest of a state, under a good seal."""
    place = state / "manifest.json"
    known = json.loads(place.read_bytes().partition(b"\n")[2])
    sealed(state, json.dumps({**known, **entries}).encode())


def sealed(state, text):
    seal = f"heatbin-state {hashlib.sha256(text).hexdigest()}\n".encode()
    (state / "manifest.json").write_bytes(seal + text)


def entry(state, **entries):
    known = json.loads((state / "manifest.json").read_bytes().partition(b"\n")[2])["partials"]
    return [{**known[0], **entries}, *known[1:]]


def partials(state):
    return [state / partial.file for partial in StateFolder(state).manifest().counting]


def swapped(state):
    first, second = partials(state)[:2]
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


def instead(name, make):
    """Put something else in the place of a file of a state."""

    def put(state):
        place = state / name if name != "partial" else partials(state)[0]
        place.unlink()
        make(place)

    return put


HOSTILE = {
    "random bytes": lambda state: (state / "manifest.json").write_bytes(os.urandom(4000)),
    "nothing": lambda state: (state / "manifest.json").write_bytes(b""),
    "a pickle": lambda state: (state / "manifest.json").write_bytes(pickle.dumps({"schema": 1})),
    "a sealed pickle": lambda state: sealed(state, pickle.dumps(os.getcwd)),
    "deep JSON": lambda state: sealed(state, b"[" * 10**6),
    "a deep request": lambda state: sealed(state, b'{"request":' * 10**5 + b"1" + b"}" * 10**5),
    "a path upwards": lambda state: forged(state, partials=entry(state, file="../../../etc/passwd")),
    "an absolute path": lambda state: forged(state, partials=entry(state, file="/etc/passwd")),
    "a long name": lambda state: forged(state, partials=entry(state, file="a" * 10**6)),
    "a height of text": lambda state: forged(state, partials=entry(state, height="high")),
    "a period of numbers": lambda state: forged(state, partials=entry(state, period=7)),
    "a partial twice": lambda state: forged(state, partials=entry(state) + entry(state)),
    "a partial that is not there": lambda state: forged(
        state, partials=entry(state, file="0" * 32 + ".heatbin")
    ),
    "no request": lambda state: forged(state, request=[]),
    "another request": lambda state: forged(state, request={"mapping": [["x", 1], ["y", "y"]]}),
    "a generation of text": lambda state: forged(state, generation="7"),
    "a negative schema": lambda state: forged(state, schema=-1),
    "pieces of text": lambda state: forged(state, in_flight=["x"]),
    "partials swapped": swapped,
    "a partial of random bytes": lambda state: partials(state)[0].write_bytes(os.urandom(5000)),
    "a pickled partial": lambda state: partials(state)[0].write_bytes(pickle.dumps({"cells": 1})),
    "an empty partial": lambda state: partials(state)[0].write_bytes(b""),
    "a folder for a manifest": instead("manifest.json", Path.mkdir),
    "a folder for a partial": instead("partial", Path.mkdir),
}
LINKS = {
    "a link for a manifest": instead("manifest.json", lambda place: place.symlink_to("/etc/passwd")),
    "a device for a manifest": instead("manifest.json", lambda place: place.symlink_to("/dev/zero")),
    "a pipe for a manifest": instead("manifest.json", os.mkfifo if os.name != "nt" else Path.touch),
    "a link for a partial": instead("partial", lambda place: place.symlink_to("/etc/passwd")),
    "a device for a partial": instead("partial", lambda place: place.symlink_to("/dev/zero")),
}


@pytest.mark.parametrize("what", [*HOSTILE, *(pytest.param(name, marks=unix) for name in LINKS)])
def test_a_hostile_state_is_one_clear_error(kept, days, what, capsys):
    {**HOSTILE, **LINKS}[what](kept)
    names = names_in(kept)
    for command in (["show"], ["render", "-o", str(days / "map.png")], ["update", str(days)]):
        assert run([command[0], str(kept), *command[1:]]) == BAD_DATA
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("heatbin: error: ")
        assert said.err.count("\n") == 1
    assert names_in(kept) == names


@unix
@pytest.mark.parametrize(
    "make", [Path.mkdir, lambda place: place.symlink_to(place.parent.parent / "precious")]
)
def test_a_lock_that_is_none_is_refused_and_leads_nowhere(kept, days, tmp_path, make):
    (tmp_path / "precious").write_text("keep me")
    instead("lock", make)(kept)
    assert run(["update", str(kept), str(days)]) == BAD_DATA
    assert (tmp_path / "precious").read_text() == "keep me"
    assert hb.load(kept).tally.total == sum(ROWS + day for day in range(DAYS - 1))


# Numbers that grow too large


def test_counts_beyond_64_bits_are_an_error_and_the_state_stays(state, days):
    update(state, days / "0.parquet")
    folder = StateFolder(state)
    with folder.lock():
        before = folder.manifest()
        saved = folder.partial(before.partials[0])
        counts = np.where(saved.accumulator.count.counts, 1, 0).astype(np.int64)
        counts[counts.argmax()] = MOST_ROWS - counts.sum() + 1
        full = Accumulator(saved.accumulator.binning)
        full.count.restore({"counts": counts})
        saved, empty = replace(saved, accumulator=full), replace(before, partials=())
        folder.commit({None: saved}, before=empty, after=before, request=before.request)
    names = names_in(state)
    assert run(["update", str(state), str(days)]) == BAD_DATA
    assert names_in(state) == names
    assert hb.load(state).accumulator.count.rows == MOST_ROWS


# Where outputs go


@unix
def test_outputs_and_states_may_be_reached_through_links_and_parents(days, tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "map.png").symlink_to(tmp_path / "real" / "picture.png")
    (tmp_path / "real" / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "real" / "sub")
    outputs = ["-o", "../../map.png", "--save", "../grid.heatbin", "--export", "../../linked/cells.parquet"]
    assert run(["plot", str(days), *OPTIONS, *outputs, "--quiet"]) == 0
    assert run(["update", "../../linked/state", str(days / "0.parquet"), *OPTIONS, "--quiet"]) == 0
    assert run(["update", "../state", str(days), "--quiet"]) == 0
    assert names_in(tmp_path / "real") == [
        "cells.parquet",
        "grid.heatbin",
        "picture.png",
        "state",
        "sub",
    ]
    assert (tmp_path / "map.png").is_symlink()
    assert_holds(tmp_path / "real" / "state", days)


@pytest.mark.parametrize("option", ["-o", "--save", "--export"])
@pytest.mark.parametrize("place", ["missing/file", "folder", "file/below"])
def test_outputs_that_cannot_be_written_are_said_before_anything_is_read(
    days, tmp_path, monkeypatch, capsys, option, place
):
    monkeypatch.chdir(tmp_path)
    Path("folder.parquet").mkdir()
    Path("folder.png").mkdir()
    Path("folder.heatbin").mkdir()
    Path("file").touch()
    suffix = {"-o": ".png", "--save": ".heatbin", "--export": ".parquet"}[option]
    before = names_in(tmp_path)
    outputs = [option, place + suffix, *([] if option == "-o" else ["-o", "map.png"])]
    monkeypatch.setattr(FileSource, "batches", None)
    assert run(["plot", str(days), *OPTIONS, *outputs, "--quiet"]) == IO_ERROR
    assert f"cannot write {place}{suffix}" in capsys.readouterr().err
    assert names_in(tmp_path) == before


def test_a_state_that_cannot_be_is_said(days, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(["update", str(tmp_path / "file"), str(days), *OPTIONS]) == BAD_DATA
    assert "is a file; a state is a folder" in capsys.readouterr().err
    assert run(["update", str(tmp_path / "file" / "state"), str(days), *OPTIONS]) == IO_ERROR
    assert f"cannot write {tmp_path / 'file' / 'state'}" in capsys.readouterr().err


# Full disks

LIMITED = """
import resource, sys
from heatbin.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
main()
"""


@unix
@pytest.mark.parametrize("limit", [0, 100, 4000])
def test_a_file_that_may_grow_no_further_leaves_the_state_as_it_was(kept, days, limit):
    names = names_in(kept)
    command = ["update", str(kept), str(days), "--quiet"]
    tried = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), *command], capture_output=True, text=True, check=False
    )
    assert tried.returncode == IO_ERROR
    assert tried.stderr.startswith("heatbin: error: cannot write ")
    assert tried.stderr.count("\n") == 1
    assert names_in(kept) == names
    update(kept, days)
    assert_holds(kept, days)


def in_small_disk(script, *arguments):
    """Run a script of the shell in a folder that holds 64 KiB, as a user that may mount one for itself."""
    mounted = 'mount -t tmpfs -o size=64k tmpfs "$1" && ' + script
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", mounted, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@unix
@pytest.mark.skipif(shutil.which("unshare") is None, reason="mounts are of Linux")
def test_a_full_disk_leaves_the_state_as_it_was(kept, days, tmp_path):
    (disk := tmp_path / "disk").mkdir()
    if in_small_disk("true", disk).returncode:
        pytest.skip("this user may not mount a disk")
    update_ = f'{shlex.quote(sys.executable)} -m heatbin update "$1/state" "$3" --quiet'
    tried = in_small_disk(
        f'cp -r "$2" "$1/state" && (cat /dev/zero > "$1/filling" 2>/dev/null; {update_}; echo $?; '
        f'ls -A "$1/state"; {shlex.quote(sys.executable)} -m heatbin show "$1/state" --check; '
        f'rm "$1/filling"; {update_}; echo $?; cp -r "$1/state" "$4")',
        disk,
        kept,
        days,
        tmp_path / "rescued",
    )
    names = names_in(kept)
    lines = tried.stdout.splitlines()
    assert lines[0] == str(IO_ERROR), tried.stderr
    assert sorted(lines[1 : 1 + len(names)]) == names
    assert lines[-1] == "0", tried.stderr
    assert "cannot write" in tried.stderr
    assert "No space left on device" in tried.stderr
    assert_holds(tmp_path / "rescued", days)
