"""Job files, and what runs that nobody watches say, leave behind, and return."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

import heatbin as hb
from data import points, write
from heatbin.cli import exits, messages, voices
from heatbin.cli.session import run
from heatbin.jobs import expand

posix = pytest.mark.skipif(sys.platform == "win32", reason="these signals and limits are POSIX's")

TRIPS = """
source = "days/*.parquet"
x = "x"
y = "y"
bins = "60x17"
x-range = [-3, 3]
y-range = [-900, 800]
"""
OPTIONS = ["--x", "x", "--y", "y", "--bins", "60x17", "--x-range", "-3", "3", "--y-range", "-900", "800"]


@pytest.fixture(autouse=True)
def outside(monkeypatch, tmp_path):
    """Keep the variables of whoever runs the tests out of them, and start jobs from another folder."""
    for name in [*os.environ]:
        if name.startswith("HEATBIN_") and name != "HEATBIN_CACHE_DIR":
            monkeypatch.delenv(name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    yield
    voices.begin("text")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "jobs"
    for day in (1, 2):
        write(folder / "days" / f"2026-11-{day:02}.parquet", points(1000, seed=day))
    return folder


@pytest.fixture
def job(folder):
    def written(text, top=TRIPS):
        path = folder / "night.toml"
        path.write_text(top + text)
        return str(path)

    return written


def summary_of(capsys):
    return json.loads(capsys.readouterr().out)


def log_of(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def complaint(capsys):
    return capsys.readouterr().err.splitlines()[0].removeprefix("heatbin: error: ")


# What stands for what


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("${ROOT}/x", "/data/x"),
        ("${ROOT:-/other}/x", "/data/x"),
        ("${NOWHERE:-/other}/${EMPTY:-none}${EMPTY}", "/other/none"),
        ("${NOWHERE:-}", ""),
        ("${date}", "2026-03-01"),
        ("${date-1d}", "2026-02-28"),
        ("${date+2w:%d.%m.%y}", "15.03.26"),
        ("${date-3h:%Y%m%dT%H%M}", "20260301T0230"),
        ("${date:%G-W%V-%u %j %%}", "2026-W09-7 060 %"),
        ("$${date} costs $5 and $$ {x}", "${date} costs $5 and $$ {x}"),
        ("${ROOT}${date}", "/data2026-03-01"),
    ],
)
def test_variables_and_dates_stand_in_texts(text, meaning):
    environment = {"ROOT": "/data", "EMPTY": ""}
    assert expand(text, date=datetime(2026, 3, 1, 5, 30), environment=environment) == meaning


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("${NOWHERE}", "the variable NOWHERE is not set"),
        ("${}", "${} is none of ${NAME}"),
        ("${home}", "${home} is none of"),
        ("${$(rm -r /)}", "is none of"),
        ("${date", "${date is none of"),
        ("${date-1m}", "is none of"),
        ("${date -1d}", "is none of"),
        ("${date:%A}", "${date:%A}: a date may hold %Y"),
        ("${date:100%}", "a date may hold"),
        ("${date-999999w}", "${date-999999w} is beyond the dates that there are"),
    ],
)
def test_whatever_else_is_refused(text, reason):
    with pytest.raises(hb.UsageError) as refused:
        expand(text, date=datetime(2026, 3, 1), environment={})
    assert reason in str(refused.value)


# A job does what the command does


def test_a_job_makes_the_bytes_that_the_command_makes(folder, job):
    assert run(["run", job('output = "job.png"\nnorm = "log"\nsave = "job.heatbin"'), "--quiet"]) == 0
    written = ["-o", str(folder / "plot.png"), "--save", str(folder / "plot.heatbin")]
    assert run(["plot", str(folder / "days/*.parquet"), *OPTIONS, *written, "--norm", "log", "--quiet"]) == 0
    assert (folder / "job.png").read_bytes() == (folder / "plot.png").read_bytes()
    jobs, plots = (hb.load(folder / f"{name}.heatbin") for name in ("job", "plot"))
    np.testing.assert_array_equal(jobs.values(), plots.values())
    assert jobs.tally == plots.tally


def test_the_same_job_makes_the_same_bytes_again(folder, job):
    pictures = "".join(
        f'[[picture]]\noutput = "map.{kind}"\nnorm = "log"\n' for kind in ("png", "svg", "pdf")
    )
    path = job('save = "map.heatbin"\nexport = "${CELLS:-cells.parquet}"\n' + pictures)
    outputs = ["map.png", "map.svg", "map.pdf", "map.heatbin"]
    exports = ["cells.parquet", "cells.csv", "cells.npz"]

    def made():
        for export in exports:
            assert run(["run", path, "--quiet", "--export", str(folder / export)]) == 0
        return [(folder / name).read_bytes() for name in [*outputs, *exports]]

    before = made()
    time.sleep(2.1)  # zip files hold times in steps of two seconds
    assert made() == before


def test_many_pictures_come_out_of_one_pass(folder, job, monkeypatch, capsys):
    from heatbin import aggregate as module  # noqa: F401

    rooms = sys.modules["heatbin.aggregate"]
    passes = []
    count = rooms.aggregate
    monkeypatch.setattr(rooms, "aggregate", lambda **asked: passes.append(asked) or count(**asked))
    text = 'cmap = "magma"\njson = true\n[[picture]]\noutput = "a.png"\n[[picture]]\noutput = "b.png"\ncmap = "gray"\n'
    assert run(["run", job(text), "--quiet"]) == 0
    assert len(passes) == 1
    assert summary_of(capsys)["outputs"] == [str(folder / "a.png"), str(folder / "b.png")]
    assert run(["run", job('output = "c.png"\ncmap = "gray"'), "--quiet"]) == 0
    assert (
        (folder / "b.png").read_bytes() == (folder / "c.png").read_bytes() != (folder / "a.png").read_bytes()
    )


def test_options_go_before_variables_and_these_before_the_file(job, monkeypatch, capsys):
    path = job(
        'output = "a.png"\njson = true\nquiet = true\nbins = 7', top=TRIPS.replace('bins = "60x17"', "")
    )
    assert run(["run", path]) == 0
    assert summary_of(capsys)["x"]["bins"] == 7
    monkeypatch.setenv("HEATBIN_BINS", "8x9")
    assert run(["run", path]) == 0
    assert summary_of(capsys)["x"]["bins"] == 8
    assert run(["run", path, "--bins", "10"]) == 0
    assert summary_of(capsys)["x"]["bins"] == 10


def test_options_and_variables_reach_the_pictures_in_tables(folder, job, monkeypatch):
    path = job('[[picture]]\noutput = "a.png"\ncmap = "gray"\nnorm = "sqrt-like"')
    monkeypatch.setenv("HEATBIN_CMAP", "magma")
    assert run(["run", path, "--quiet", "--norm", "log"]) == 0
    assert run(["run", job('output = "b.png"\nnorm = "log"'), "--quiet"]) == 0
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()


def test_every_command_takes_variables(folder, monkeypatch, capsys):
    for name, value in {
        "X_RANGE": "-3 3",
        "THREADS": "1",
        "JSON": "1",
        "QUIET": "true",
        "PRUNE": "no",
    }.items():
        monkeypatch.setenv(f"HEATBIN_{name}", value)
    words = ["--x", "x", "--y", "y", "-o", str(folder / "map.png")]
    assert run(["plot", str(folder / "days"), *words]) == 0
    assert summary_of(capsys)["x"]["edges"] == [-3, 3]
    monkeypatch.setenv("HEATBIN_THREADS", "none")
    assert run(["plot", str(folder / "days"), *words]) == 2
    assert complaint(capsys).startswith(
        "Invalid value for HEATBIN_THREADS: 'none' is not a valid integer range."
    )


def test_paths_are_beside_the_file_and_those_of_options_where_one_is(folder, job, tmp_path):
    assert run(["run", job('output = "../b.png"'), "--quiet"]) == 0
    assert run(["run", job('output = "a.png"'), "--quiet", "-o", "c.png"]) == 0
    assert (tmp_path / "b.png").exists()
    assert (tmp_path / "elsewhere" / "c.png").exists()
    assert not (folder / "a.png").exists()


def test_a_folder_with_the_characters_of_a_pattern_is_no_pattern(tmp_path):
    odd = tmp_path / "a[1]*"
    write(odd / "days" / "1.parquet", points(100))
    (odd / "night.toml").write_text(TRIPS + 'output = "a.png"')
    assert run(["run", str(odd / "night.toml"), "--quiet"]) == 0


def test_a_date_names_the_day_that_a_job_is_for(folder, job):
    top = TRIPS.replace("*", "${date-1d}")
    assert run(["run", job('output = "${date:%d}.png"', top), "--date", "2026-11-02", "--quiet"]) == 0
    assert (folder / "02.png").exists()
    assert run(["run", job('output = "${date}.png"', top), "--date", "2026-11-09T03:00"]) == 66


def test_lists_tables_dates_and_plain_numbers_are_what_their_texts_are(folder, job, capsys):
    top = 'source = ["days/2026-11-01.parquet", "days/2026-11-02.parquet"]\nx = "x"\ny = "y"\n'
    words = (
        'bins = 9\nx-range = ["p1", "auto"]\ny-range = "auto"\nsize = "4x3"\nthreads = 1\nmemory = "1GB"\n'
    )
    assert run(["run", job(f'{words}output = "a.png"\njson = true\nquiet = true', top)]) == 0
    assert summary_of(capsys)["tally"]["read"] == 2000
    (folder / "days.csv").write_text("x;y\n2024-01-01;2\n2024-03-01;3\n")
    words = (
        'x-range = [2024-01-01, 2024-02-01]\nformat = "csv"\noutput = "a.png"\n[option]\ndelimiter = ";"\n'
    )
    assert run(["run", job(words, 'source = "days.csv"\nx = "x"\ny = "y"\njson = true\nquiet = true\n')]) == 0
    assert summary_of(capsys)["x"]["edges"][0].startswith("2024-01-01")


# What is wrong with a job is said in one line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("bisn = 7", "line 8: bisn is no word of a job; did you mean 'bins'? words: "),
        ("x_range = [0, 1]", "line 8: x_range is no word of a job; did you mean 'x-range'?"),
        ("debug = true", "line 8: debug is no word of a job"),
        ("threads = 2.5", "line 8: threads: '2.5' is not a valid integer"),
        ("\nthreads = 0", "line 9: threads: 0 is not in the range x>=1"),
        ("threads = true", "line 8: threads must be as on the command line, N, not True"),
        ("memory = [1]", "line 8: memory must be as on the command line, SIZE, not [1]"),
        ("title = 7", 'line 8: title must be text, as in "…", not 7'),
        ("quiet = 1", "line 8: quiet must be true or false, not 1"),
        ('"quiet" = "true"', "line 8: quiet must be true or false, not 'true'"),
        ('on-error = "ignore"', "line 8: on-error: 'ignore' is not one of"),
        ('cmap = "${COLOURS}"', "line 8: cmap: the variable COLOURS is not set"),
        ('cmap = ["${colours}"]', "line 8: cmap: ${colours} is none of"),
        ("title = ?", "is no TOML: Invalid value (at line 8, column"),
        ('min-age = "60s"', "line 8: min-age means nothing in a job without a state"),
        ('state = "s"\nprune = false', "line 9: prune means nothing in a job with a state"),
        ("[picture]\nnorm = 1", "line 8: picture: each picture is a table [[picture]]"),
        ('[[picture]]\nouptut = "b.png"', "line 9: ouptut is no word of a job; did you mean 'output'?"),
        ('[[picture]]\nx = "lon"', "line 9: x is no word of a job"),
        ('norm = "log"\n[[picture]]\nnorm = "log"', "output is missing in a [[picture]]"),
        (
            'output = "a.png"\n[[picture]]\noutput = "b.png"',
            "line 8: output stands beside [[picture]] tables",
        ),
        ('[[picture]]\noutput = "a.png"\n[[picture]]\n\ndpi = "x"', "line 12: dpi: 'x' is not a valid float"),
        ("", "there is no [[picture]], nor output, save or export: nothing to do"),
    ],
)
def test_each_mistake_is_named_with_its_place(job, capsys, words, message):
    path = job(words)
    assert run(["run", path]) == 2
    told = complaint(capsys)
    assert path in told
    assert message in told


def test_a_job_must_say_what_to_count(job, capsys):
    assert run(["run", job('output = "a.png"', 'y = "y"\n')]) == 2
    assert complaint(capsys).endswith("night.toml: source and x must be given")
    assert run(["run", job("", 'state = "s"\n')]) == 2
    assert complaint(capsys).endswith("night.toml: source must be given")


def test_options_that_mean_nothing_in_a_job_are_refused_but_not_variables(job, monkeypatch, capsys):
    monkeypatch.setenv("HEATBIN_MIN_AGE", "60s")
    assert run(["run", job('output = "a.png"'), "--quiet"]) == 0
    assert run(["run", job('output = "a.png"'), "--min-age", "60s"]) == 2
    assert complaint(capsys) == "--min-age means nothing in a job without a state"


def test_two_outputs_in_one_file_are_refused_before_anything_is_read(job, capsys):
    text = '[[picture]]\noutput = "a.png"\n[[picture]]\noutput = "days/../a.png"\n'
    assert run(["run", job(text)]) == 2
    assert "a.png is named twice" in complaint(capsys)


def test_a_file_that_is_no_job_is_told_apart_from_one_that_is_not_there(folder, capsys):
    assert run(["run", str(folder / "nowhere.toml")]) == 66
    assert run(["run", str(folder)]) == 74
    (folder / "night.toml").write_bytes(b"x = '\xff'")
    assert run(["run", str(folder / "night.toml")]) == 2
    assert "is no TOML: byte 5 is not UTF-8" in capsys.readouterr().err
    (folder / "night.toml").write_text("x = " + "[" * 100_000)
    assert run(["run", str(folder / "night.toml")]) == 2


# A job that keeps a state

KEPT = 'state = "trips.state"\n' + TRIPS
PICTURE = '[[picture]]\noutput = "map.png"\n'


def test_a_job_with_a_state_adds_what_is_new_and_draws_the_whole(folder, job, capsys):
    path = job('save = "trips.heatbin"\n' + PICTURE, KEPT)
    assert run(["run", path, "--json", "--quiet"]) == 0
    assert len(summary_of(capsys)["added"]) == 2
    write(folder / "days" / "2026-11-03.parquet", points(500, seed=3))
    assert run(["run", path]) == 0
    assert "added 1 input: " in capsys.readouterr().err
    before = (folder / "map.png").read_bytes()
    assert run(["run", path]) == 0
    assert "nothing new" in capsys.readouterr().err
    assert (folder / "map.png").read_bytes() == before
    clean = hb.aggregate(str(folder / "days"), "x", "y", bins=(60, 17), range=((-3, 3), (-900, 800)))
    np.testing.assert_array_equal(hb.load(folder / "trips.heatbin").values(), clean.values())


def test_a_job_that_has_nothing_to_draw_yet_says_so(folder, job, capsys):
    assert run(["run", job('output = "a.png"\nmin-age = "1h"', KEPT)]) == 0
    assert "a.png: trips.state holds nothing yet" in capsys.readouterr().err.replace(f"{folder}/", "")
    assert not (folder / "a.png").exists()


def test_pictures_of_a_job_show_spans_of_the_state(folder, job, capsys):
    for day in (1, 2):
        hours = np.datetime64(f"2026-11-0{day}", "us") + np.arange(24) * np.timedelta64(1, "h")
        write(
            folder / "days" / f"2026-11-0{day}.parquet", {"x": np.zeros(24), "y": np.zeros(24), "at": hours}
        )
    spans = ['last = "1d"\n', 'period = "2026-11-01"\n', ""]
    tables = [f'[[picture]]\noutput = "{at}.png"\n{span}' for at, span in enumerate(spans)]
    path = job('save = "all.heatbin"\n' + "".join(tables), KEPT + 'period = "1d"\n')
    assert run(["run", path]) == 0
    told = [line.rpartition("jobs/")[2] for line in capsys.readouterr().err.splitlines()]
    assert told[-3:] == ["all.heatbin: 48 rows", "0.png: 24 rows", "1.png: 24 rows"]
    assert run(["run", job("".join(tables)), "--quiet"]) == 2
    assert "line 10: last means nothing in a job without a state" in complaint(capsys)


def test_a_dry_run_of_a_job_writes_nothing(folder, job, capsys):
    assert run(["run", job(PICTURE, KEPT), "--dry-run"]) == 0
    assert "would add 2 inputs" in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["days", "night.toml"]


def test_a_job_that_could_read_nothing_yet_is_incomplete_and_draws_nothing(folder, job):
    for path in (folder / "days").iterdir():
        path.write_bytes(b"PAR1 not yet")
    assert run(["run", job(PICTURE, KEPT)]) == 3
    assert not (folder / "map.png").exists()


# The page about jobs

PAGE = Path(__file__).parent.parent / "docs" / "batch-jobs.md"


def blocks_of(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", blocks_of("toml"))
def test_the_jobs_of_the_page_do_what_it_says(folder, job, text, monkeypatch):
    for day in (1, 2):
        write(folder / "data" / "2026" / "11" / f"{day:02}" / "0.parquet", trips(day))
    for name in ("www", "days"):
        (folder / name).mkdir(exist_ok=True)
    path = job(text.replace("/data/trips", "data"), "")
    monkeypatch.setenv("HEATBIN_MIN_AGE", "0s")
    for _ in range(2):
        assert run(["run", path, "--date", "2026-11-03", "--quiet"]) == 0
    daily = {f"2026-11-02.{ending}" for ending in ("png", "parquet", "heatbin")}
    made = {"trips.png", "trips.pdf"} if "state" in text else daily
    assert made <= {path.name for path in folder.glob("*/*")}


def trips(seed):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-75, -73, 1000), rng.uniform(40, 41, 1000)
    return {"lon": lon, "lat": lat, "fare": rng.gamma(2, 10, 1000)}


def test_the_exit_codes_of_the_page_are_those_of_the_command():
    page = PAGE.read_text(encoding="utf-8")
    told = {
        int(code) for row in re.findall(r"^\| ([\d, ]+) \|", page, re.MULTILINE) for code in row.split(",")
    }
    codes = {value for value in vars(exits).values() if isinstance(value, int)}
    assert told == codes | {130, 143}


def test_the_python_of_the_page_is_python():
    for code in blocks_of("python"):
        compile(code, PAGE.name, "exec")


# What is said to programs


def test_each_message_is_one_json_line_with_time_level_event_and_run(job, capsys):
    assert run(["run", job('output = "a.png"\nlog-format = "json"')]) == 0
    log = log_of(capsys)
    assert {line["run"] for line in log} == {log[0]["run"]}
    assert all(datetime.fromisoformat(line["time"]).utcoffset().total_seconds() == 0 for line in log)
    *told, done = log
    assert "warning" in {line["level"] for line in told if "outside" in line["message"]}
    assert (done["event"], done["tally"]["read"], done["files"], done["outputs"]) == ("done", 2000, 2, 1)
    assert done["rows_per_second"] > 0
    assert done["peak_rss_bytes"] > 1e6
    assert "a.png: 60 x 17 bins" in done["message"]


def test_the_summary_and_the_log_carry_the_same_run(job, capsys):
    assert run(["run", job('output = "a.png"\njson = true'), "--log-format", "json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["run"] == json.loads(captured.err.splitlines()[-1])["run"]


@pytest.mark.parametrize("command", [["update", "state"], ["merge"], ["show"], ["plan"], ["compare"]])
def test_an_error_is_one_json_line_with_the_exit_code(tmp_path, capsys, monkeypatch, command):
    monkeypatch.setenv("HEATBIN_LOG_FORMAT", "json")
    assert run([*command, "--nonsense"]) == 2
    assert run([*command, str(tmp_path / "nowhere.heatbin"), *_needed(command, tmp_path)]) == 66
    parsed, absent = log_of(capsys)
    assert (parsed["level"], parsed["event"], parsed["exit_code"]) == ("error", "error", 2)
    assert (absent["exit_code"], "nowhere.heatbin" in absent["message"]) == (66, True)
    assert parsed["run"] != absent["run"]


def _needed(command, folder):
    if command[0] == "merge":
        return ["-o", str(folder / "merged.heatbin")]
    if command[0] == "compare":
        return [str(folder / "another.heatbin")]
    return ["--x", "x", "--y", "y"] if command[0] in ("update", "plan") else []


def test_a_traceback_stays_in_its_line(job, capsys):
    assert run(["run", job('output = "nowhere/a.png"'), "--log-format=json", "--debug"]) == 74
    (line,) = log_of(capsys)
    assert line["traceback"].startswith("Traceback")


def test_progress_is_told_in_lines_at_growing_gaps(capsys, monkeypatch):
    clock = iter([0.0, 0.0, 5.0, 10.0, 15.0, 30.0, 40.0, 70.0])
    monkeypatch.setattr(voices.time, "monotonic", lambda: next(clock))
    voices.begin("json")
    advance = messages.progress(quiet=False)
    for rows in range(1, 7):
        advance(rows * 1000, 10_000)
    log = log_of(capsys)
    assert [(line["event"], line["rows"], line["rows_of"]) for line in log] == [
        ("progress", 2000, 10_000),
        ("progress", 4000, 10_000),
        ("progress", 6000, 10_000),
    ]
    assert messages.progress(quiet=True) is False


def test_quiet_json_logs_hold_errors_alone(job, capsys):
    assert run(["run", job('output = "a.png"\nquiet = true\nlog-format = "json"')]) == 0
    assert capsys.readouterr() == ("", "")


# What a run that fails leaves behind


def started(*arguments, **options):
    source = str(Path(hb.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "heatbin", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@posix
def test_a_job_that_is_stopped_leaves_what_was_there(folder, job):
    pictures = '[[picture]]\noutput = "a.png"\n[[picture]]\noutput = "b.png"\nnorm = "log"\n'
    path = job('save = "all.heatbin"\n' + pictures)
    assert run(["run", path, "--quiet"]) == 0
    before = contents(folder)
    reading = ["--source", "-", "--format", "csv", "--log-format", "json"]
    process = started("run", path, *reading, stdin=subprocess.PIPE)
    # more than a pipe holds: when it is written, the job is reading
    process.stdin.write("x,y\n" + "0.5,7\n" * 500_000)
    process.send_signal(signal.SIGTERM)
    error = process.stderr.read()
    assert process.wait(30) == 143
    process.stderr.close()
    with suppress(BrokenPipeError):
        process.stdin.close()
    last = json.loads(error.splitlines()[-1])
    assert (last["event"], last["exit_code"], last["message"]) == ("stopped", 143, "stopped by SIGTERM")
    assert contents(folder) == before


@posix
@pytest.mark.parametrize("output", ["output", "save", "export"])
def test_a_job_on_a_full_disk_leaves_what_was_there(folder, job, output):
    import resource

    name = {"output": "a.png", "save": "a.heatbin", "export": "a.csv"}[output]
    path = job(f'{output} = "{name}"')
    assert run(["run", path, "--quiet"]) == 0
    before = contents(folder)

    def almost_full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    process = started("run", path, "--quiet", preexec_fn=almost_full)
    _, error = process.communicate(timeout=60)
    assert (process.returncode, f"cannot write {folder / name}" in error) == (74, True)
    assert contents(folder) == before


def test_a_job_is_not_what_it_writes(job, capsys):
    path = job('output = "map.png"\nsave = "night.toml"\n')
    text = Path(path).read_text()
    assert run(["run", path]) == 2
    assert "night.toml is the job itself: name another output" in capsys.readouterr().err
    assert Path(path).read_text() == text
