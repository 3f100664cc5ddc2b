"""The command line as a process: what it loads, what it leaves behind, and how it stops."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import heatbin

HEAVY = ["matplotlib", "numba", "numpy", "pandas", "pyarrow", "tqdm"]
POINTS = ["points.parquet", "--x", "lon", "--y", "lat"]


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    """Where no output is there already."""
    monkeypatch.chdir(tmp_path)


def heatbin_process(*arguments, code=None, **options):
    """Start the command, or Python code that ends in it, in a process of its own."""
    source = str(Path(heatbin.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])}
    program = ["-m", "heatbin"] if code is None else ["-c", textwrap.dedent(code)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([sys.executable, *program, *arguments], env=environment, text=True, **streams)


def finished(process):
    """Return the exit code, standard output and standard error of a process that must end soon."""
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, out, err


def test_python_dash_m_heatbin_is_the_command():
    assert finished(heatbin_process("--version")) == (0, f"heatbin {heatbin.__version__}\n", "")


def test_help_loads_no_heavy_module():
    code = f"""
        import sys
        from heatbin.cli.session import run
        run(["plot", "--help"])
        print("loaded:", [name for name in {HEAVY} if name in sys.modules])
    """
    assert finished(heatbin_process(code=code))[1].endswith("loaded: []\n")


def test_importing_heatbin_loads_no_heavy_module_and_still_shows_its_names():
    code = f"""
        import sys, heatbin
        print(set(heatbin.__all__) == set(dir(heatbin)), [name for name in {HEAVY} if name in sys.modules])
    """
    assert finished(heatbin_process(code=code))[1] == "True []\n"


def test_functions_named_like_modules_stay_functions_whatever_is_imported():
    code = """
        import heatbin.aggregate, heatbin.plan, heatbin
        from heatbin.plan import Plan
        print(callable(heatbin.aggregate), callable(heatbin.plan), Plan is heatbin.Plan)
    """
    assert finished(heatbin_process(code=code)) == (0, "True True True\n", "")


def test_a_closed_pipe_is_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    process = heatbin_process("--help", stdout=writing)
    os.close(writing)
    assert finished(process) == (74, None, "")


def test_closed_standard_error_is_no_obstacle():
    reading, writing = os.pipe()
    os.close(reading)
    process = heatbin_process("plat", stderr=writing)
    os.close(writing)
    assert finished(process) == (2, "", None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_a_full_disk_under_standard_output_is_an_io_error():
    with Path("/dev/full").open("w") as full:
        code, _, err = finished(heatbin_process("--help", stdout=full))
    assert code == 74
    assert err == "heatbin: error: [Errno 28] No space left on device\n"


def test_a_real_run_counts_every_row_draws_them_and_accounts_for_them(tmp_path):
    lon, lat = [0.0, 0.5, 1.0, None, 9.0], [0.0, 0.5, 1.0, 0.5, 0.5]
    pq.write_table(pa.table({"lon": lon, "lat": lat}), tmp_path / "points.parquet")
    options = ["--bins", "4x2", "--x-range", "0", "1", "--json"]
    process = heatbin_process("plot", *POINTS, "-o", "map.png", *options, cwd=tmp_path)
    code, out, err = finished(process)
    summary = json.loads(out)
    assert (code, summary["outputs"], summary["max"]) == (0, ["map.png"], 1)
    tally = {"read": 5, "binned": 3, "outside": 1, "missing": 1, "filtered": 0, "skipped": 0}
    assert summary["tally"] == tally
    assert (summary["x"]["edges"], summary["x"]["bins"], summary["y"]["bins"]) == ([0, 1], 4, 2)
    assert "heatbin: warning: 1 of 5 rows lie outside the range\n" in err
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["map.png", "points.parquet"]


# How it stops

posix = pytest.mark.skipif(sys.platform == "win32", reason="these signals are POSIX's")

STOPPED_WHILE = {
    "waiting for a thread": "threading.Event().wait()",
    "computing in Python": "while True: pass",
    "in a call that never comes back": "hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)",
    "in a destructor": "lose_in_a_destructor()",
    "in code that takes everything for an error": "swallow()",
}

SLOW_HOUSE = """
    import hashlib, sys, threading, time
    from pathlib import Path
    from types import ModuleType

    class Destructor:
        def __del__(self):
            ready()
            time.sleep(60)

    def lose_in_a_destructor():
        Destructor()
        time.sleep(60)

    def swallow():
        try:
            time.sleep(60)
        except BaseException:
            time.sleep(60)

    def ready():
        print("ready", flush=True)

    def aggregate(**options):
        threading.Thread(target=time.sleep, args=(60,)).start()
        temporary.write_text("half")
        ready()
        {wait}

    def remove_unfinished():
        temporary.unlink()

    temporary = Path(sys.argv.pop())
    for name, contents in {{
        "aggregate": {{"aggregate": aggregate}},
        "render": {{"check": lambda **options: None, "save": None}},
        "outputs": {{"remove_unfinished": remove_unfinished}},
    }}.items():
        sys.modules["heatbin." + name] = module = ModuleType(name)
        module.__dict__.update(contents)

    from heatbin.cli import main
    main()
"""


def slow_run(tmp_path, wait, *options):
    """Start a run that waits, with half an output and a thread that nobody waits for, and wait for that."""
    code = textwrap.dedent(SLOW_HOUSE).format(wait=wait)
    process = heatbin_process("plot", *POINTS, "-o", "map.png", *options, str(tmp_path / "half"), code=code)
    assert process.stdout.readline() == "ready\n"
    return process


@posix
@pytest.mark.parametrize("wait", STOPPED_WHILE.values(), ids=STOPPED_WHILE)
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_run_and_leaves_nothing_half_written(tmp_path, wait, signum, code):
    process = slow_run(tmp_path, wait)
    process.send_signal(signum)
    assert finished(process)[0] == code
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_stopped_run_says_so_in_one_line(tmp_path):
    process = slow_run(tmp_path, "time.sleep(60)")
    process.send_signal(signal.SIGHUP)
    assert finished(process) == (129, "", "heatbin: stopped by SIGHUP\n")


@posix
def test_more_signals_change_nothing(tmp_path):
    process = slow_run(tmp_path, "swallow()")
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGINT, signal.SIGHUP):
        process.send_signal(signum)
    code, _, err = finished(process)
    assert code in (129, 130, 143)
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@posix
def test_under_nohup_a_run_outlives_its_terminal(tmp_path):
    ignore = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    code = (
        f"import signal\n{ignore}\n{textwrap.dedent(SLOW_HOUSE).format(wait='time.sleep(0.5); sys.exit(5)')}"
    )
    process = heatbin_process("plot", *POINTS, "-o", "map.png", str(tmp_path / "half"), code=code)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGHUP)
    assert finished(process)[0] == 74


@posix
@pytest.mark.parametrize(
    "module", ["click", "heatbin.cli.options", "numpy", "numba", "pyarrow", "matplotlib"]
)
def test_a_signal_during_an_import_stops_the_run(tmp_path, module):
    points = tmp_path / "points.parquet"
    pq.write_table(pa.table({"lon": [1.0, 2.0], "lat": [3.0, 4.0]}), points)
    code = f"""
        import os, signal, sys
        from heatbin.cli import main

        def strike(event, arguments):
            if event == "import" and arguments[0] == {module!r}:
                os.kill(os.getpid(), signal.SIGINT)

        sys.addaudithook(strike)
        main()
    """
    process = heatbin_process("plot", str(points), *POINTS[1:], "-o", str(tmp_path / "map.png"), code=code)
    assert finished(process) == (130, "", "heatbin: stopped by SIGINT\n")
    assert list(tmp_path.iterdir()) == [points]
