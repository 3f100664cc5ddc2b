"""Compiled kernels are kept for the next run, and whatever is wrong with where they are kept, runs go on."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import heatbin
from data import points, write
from heatbin.kernels import cache
from heatbin.kernels.jit import kernel

ANNOUNCED = "compiling kernels for this machine"
AT_ONCE = 8


def add_double(values: Any, out: Any) -> None:
    for k in range(values.size):
        out[k] += 2 * values[k]


def add_triple(values: Any, out: Any) -> None:
    for k in range(values.size):
        out[k] += 3 * values[k]


@pytest.fixture(autouse=True)
def _new_process(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Forget which folder was found and what was said, as a new process would have to."""
    caplog.set_level(logging.INFO, "heatbin")
    once_a_process = (cache.cache_folder, cache.announce_compiling, cache.warn_once)
    for function in once_a_process:
        function.cache_clear()
    yield
    for function in once_a_process:
        function.cache_clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new user's home; nothing else is configured, and temporary files have a folder of their own."""
    folder = tmp_path / "home"
    folder.mkdir()
    (tmp_path / "tmp").mkdir()
    for name in (cache.CACHE_VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return folder


@pytest.fixture
def configured(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the user configured, which is not there yet."""
    folder = tmp_path / "configured"
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(folder))
    return folder


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what tells the messages that a user saw since it was asked last."""

    def messages() -> list[str]:
        seen = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return seen

    return messages


def was_loaded(function: Callable[..., None] = add_double, factor: int = 2) -> bool:
    """Call a kernel as a new process would, check what it computes, and tell whether it was kept from before."""
    dispatcher: Any = kernel(function)
    out = np.ones(3)
    dispatcher(np.arange(3.0), out)
    assert out.tolist() == [1.0, 1.0 + factor, 1.0 + 2 * factor]
    return bool(sum(dispatcher.stats.cache_hits.values()))


def kept_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def python(code: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start code that sees what heatbin logs on its standard error."""
    source = str(Path(heatbin.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": source, **options.pop("env", {})}
    listen = "import logging; logging.basicConfig(format='%(message)s', level=logging.INFO)\n"
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-c", listen + code, *arguments]
    return subprocess.Popen(command, env=environment, text=True, **streams, **options)


def finished(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out, err


COUNTING = """
import numpy as np
from heatbin.kernels.count import add_count
low, counts = np.zeros(4, np.uint8), np.zeros(4, np.uint32)
add_count(np.array([1, 3, 3], np.uint32), low, counts)
print(low.tolist())
"""


RUNS = """
import sys
from heatbin import aggregate
uneven = [-900.0, -10.5, 0.0, 30.25, 800.0]
for bins, where in ((16, None), (16, "fare > 10"), (([-3.0, -1.0, 0.5, 3.0], uneven), None)):
    grid = aggregate(sys.argv[1], "x", "y", bins=bins, where=where)
    print(grid.tally, grid.values().tolist())
"""


def test_a_compiled_kernel_is_loaded_by_the_next_process(configured, said):
    assert not was_loaded()
    assert said() == [f"{ANNOUNCED}; later runs start at once"]
    assert was_loaded()
    assert said() == []


def test_each_type_of_column_has_a_compiled_kernel_of_its_own(configured):
    for dtype in (np.float64, np.int16):
        out = np.zeros(2, dtype)
        kernel(add_double)(np.array([3, 4], dtype), out)
        assert out.tolist() == [6, 8]
    assert len(kept_in(configured)) == 2
    assert was_loaded()


def test_a_kernel_cannot_take_variables_from_around_it_which_would_be_kept_under_one_name():
    factor = 4

    def add_scaled(values: Any, out: Any) -> None:
        out += factor * values

    with pytest.raises(TypeError, match=r"add_scaled must take \('factor',\) as arguments"):
        kernel(add_scaled)


def test_loading_spares_the_import_of_the_compiler_and_leaves_it_usable(configured, tmp_path):
    environment = {cache.CACHE_VARIABLE: str(configured)}
    finished(python(COUNTING, env=environment))
    then_compile = """
import sys
print("numba.cpython.unicode" in sys.modules)
import numba
print(numba.njit(lambda a: a.sum() + np.zeros(2).sum())(np.ones(3)))
"""
    assert finished(python(COUNTING + then_compile, env=environment)) == ("[0, 1, 0, 2]\nFalse\n3.0\n", "")


def test_a_run_on_kept_kernels_gives_the_same_as_the_one_that_compiled_them(configured, tmp_path):
    path = write(tmp_path / "points.parquet", points(1000))
    environment = {cache.CACHE_VARIABLE: str(configured)}
    first, announced = finished(python(RUNS, path, env=environment))
    assert announced == f"{ANNOUNCED}; later runs start at once\n"
    assert finished(python(RUNS, path, env=environment)) == (first, "")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda whole: whole[:20], id="cut in its checksum"),
        pytest.param(lambda whole: whole[:-1000], id="cut in its code"),
        pytest.param(lambda whole: whole[:5000] + b"?" + whole[5001:], id="one byte changed"),
        pytest.param(lambda _: b"garbage" * 1000, id="garbage"),
        pytest.param(lambda _: hashlib.sha256(b"?").digest() + b"?", id="whole, but no kernel"),
    ],
)
def test_a_damaged_file_means_compiling_again(configured, said, damage):
    was_loaded()
    (file,) = kept_in(configured)
    whole = file.read_bytes()
    assert len(whole) > 6000
    file.write_bytes(damage(whole))
    said()
    cache.announce_compiling.cache_clear()

    assert not was_loaded()
    assert said() == [f"{ANNOUNCED}; later runs start at once"]
    assert was_loaded()


def test_a_read_only_home_leaves_a_private_folder_beside_other_temporary_files(home, tmp_path, said):
    home.rmdir()
    home.touch()  # a file in its place: no permission is asked for, so it stops root too
    assert not was_loaded()
    assert was_loaded()
    (folder,) = (tmp_path / "tmp").iterdir()
    assert len(kept_in(folder)) == 1
    assert said() == [f"{ANNOUNCED}; later runs start at once"]


@pytest.mark.parametrize("temporary", ["a file", "none"])
def test_without_any_folder_each_run_compiles_and_says_so(home, tmp_path, monkeypatch, said, temporary):
    home.rmdir()
    home.touch()
    if temporary == "a file":
        monkeypatch.setattr(tempfile, "tempdir", str(home))
    else:
        monkeypatch.setattr(tempfile, "gettempdir", _no_temporary_folder)
    assert not was_loaded()
    assert not was_loaded(add_triple, 3)
    warning = "no folder to keep compiled kernels in; set HEATBIN_CACHE_DIR to one that only you can write to"
    assert said() == [warning, ANNOUNCED]


def _no_temporary_folder() -> str:
    raise FileNotFoundError("No usable temporary directory found")


def test_a_user_without_a_home_gets_no_folder_in_the_working_directory(home, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for name in ("HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, "~")
    if sys.platform != "win32":
        was_loaded()
        assert was_loaded()
        assert list(Path.cwd().iterdir()) == []


def test_a_full_disk_means_compiling_again_next_time(configured, said):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # no kernel is as small
    try:
        assert not was_loaded()
        assert not was_loaded(add_triple, 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    announced, warning = said()
    assert announced.startswith(ANNOUNCED)
    assert warning.startswith(f"compiled kernels cannot be kept in {configured}")
    assert warning.endswith("; each run compiles them again")
    assert kept_in(configured) == []
    assert not was_loaded()
    assert was_loaded()


def test_a_folder_that_is_deleted_during_a_run_does_not_end_it(configured, said):
    was_loaded()
    shutil.rmtree(configured)
    said()
    assert not was_loaded(add_triple, 3)
    assert "No such file or directory; each run compiles them again" in said()[-1]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows guards folders by access lists")
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o722])
def test_a_folder_that_others_can_write_to_is_refused(home, configured, monkeypatch, said, mode):
    monkeypatch.setenv(cache.CACHE_VARIABLE, f"{configured}/")
    configured.mkdir()
    configured.chmod(mode)
    assert not was_loaded()
    refusal, _ = said()
    assert refusal == f"compiled kernels cannot be kept in {configured}: other users can write to it"
    assert kept_in(configured) == []
    assert len(kept_in(home)) == 1
    assert was_loaded()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows guards files by access lists")
def test_a_file_that_others_can_write_to_is_not_loaded(configured):
    was_loaded()
    kept_in(configured)[0].chmod(0o606)
    assert not was_loaded()
    assert was_loaded()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows guards folders by access lists")
def test_the_folders_that_are_made_are_private_whatever_the_umask(configured):
    umask = os.umask(0)
    try:
        was_loaded()
    finally:
        os.umask(umask)
    (file,) = kept_in(configured)
    assert [path.stat().st_mode & 0o777 for path in (configured, file.parent, file)] == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("edited", ["count.py", "index.py"])
def test_an_edit_to_any_kernel_file_makes_all_kernels_new(configured, tmp_path, edited):
    source = tmp_path / "source"
    shutil.copytree(
        Path(heatbin.__file__).parent, source / "heatbin", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = {cache.CACHE_VARIABLE: str(configured), "PYTHONPATH": str(source)}
    assert ANNOUNCED in finished(python(COUNTING, env=environment))[1]

    file = source / "heatbin" / "kernels" / edited
    file.write_text(file.read_text().replace("low[cell] + np.uint8(1)", "low[cell] + np.uint8(5)") + "\n")
    counted = "[0, 5, 0, 10]" if edited == "count.py" else "[0, 1, 0, 2]"
    out, err = finished(python(COUNTING, env=environment))
    assert (out.strip(), ANNOUNCED in err) == (counted, True)


def test_eight_first_runs_at_once_all_count_right_and_leave_whole_files(configured):
    environment = {cache.CACHE_VARIABLE: str(configured)}
    processes = [python(COUNTING, env=environment) for _ in range(AT_ONCE)]
    for process in processes:
        out, err = finished(process)
        assert out == "[0, 1, 0, 2]\n"
        assert err.count("\n") <= 1
    assert [file.suffix for file in kept_in(configured)] == [".kernel"]
    assert finished(python(COUNTING, env=environment)) == ("[0, 1, 0, 2]\n", "")


def test_threads_that_need_a_kernel_at_once_compile_it_once(configured, said):
    dispatcher: Any = kernel(add_double)
    ready = threading.Barrier(4)
    results = []

    def work() -> None:
        out = np.zeros(2)
        ready.wait()
        dispatcher(np.array([1.0, 2.0]), out)
        results.append(out.tolist())

    _at_once(*[work] * 4)
    assert results == [[2.0, 4.0]] * 4
    assert sum(dispatcher.stats.cache_misses.values()) == 1


def test_compiling_is_announced_once_however_many_kernels_and_threads(configured, said):
    _at_once(was_loaded, lambda: was_loaded(add_triple, 3), was_loaded, lambda: was_loaded(add_triple, 3))
    assert said() == [f"{ANNOUNCED}; later runs start at once"]


def _at_once(*work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
