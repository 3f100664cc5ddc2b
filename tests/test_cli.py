"""The command line: what it takes, says and returns."""

import json
import logging
import sys
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import heatbin
from heatbin import errors, units
from heatbin.cli.session import run
from heatbin.plan import DEFAULT_BINS

OPTIONS = [
    "bins",
    "x-range",
    "y-range",
    "where",
    "norm",
    "vmin",
    "vmax",
    "cmap",
    "title",
    "size",
    "dpi",
    "threads",
    "memory",
    "on-error",
    "no-prune",
    "json",
    "quiet",
    "debug",
]
POINTS = ["points.parquet", "--x", "lon", "--y", "lat"]

SUMMARY = {
    "tally": {"read": 1000, "binned": 990, "outside": 7, "missing": 3, "filtered": 0, "skipped": 0},
    "bytes_read": 16_000,
    "files": 1,
    "row_groups": {"read": 1, "skipped": 0},
    "seconds": 0.5,
    "rows_per_second": 2000.0,
    "peak_rss_bytes": 210_000_000,
    "x": {"edges": [0.0, 1.0], "bins": 20},
    "y": {"edges": [0.0, 2.0], "bins": 10},
    "max": 42,
    "statistics": {"count": "count"},
}


class House:
    """The rooms below the command line, which only note what they are asked for."""

    def __init__(self):
        self.asked = {}
        self.artist = object()
        self.failure = None
        self.during = lambda: None
        self.histogram = SimpleNamespace(
            plot=lambda **options: self.note("plot", options),
            summary=lambda: dict(SUMMARY),
            warnings=("7 rows lie outside the range",),
            left_out=(),
        )

    def note(self, what, options):
        self.asked[what] = options
        return self.artist

    def aggregate(self, **options):
        self.note("aggregate", options)
        self.during()
        if self.failure:
            raise self.failure
        return self.histogram

    def plan(self, **options):
        self.note("aggregate", options)
        return SimpleNamespace(explain=lambda: "1 file", summary=lambda: {"files": 1})

    def check(self, **options):
        assert "aggregate" not in self.asked, "checked too late"
        self.note("check", options)

    def save(self, artist, path):
        assert artist is self.artist
        self.note("save", {"path": path})


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    """Where no output is there already."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def house(monkeypatch):
    house = House()
    for name in ("aggregate", "render"):
        module = ModuleType(f"heatbin.{name}")
        module.__dict__.update(
            {each: getattr(house, each) for each in ("aggregate", "plan", "check", "save")}
        )
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return house


def plot(*options):
    return run(["plot", *POINTS, "-o", "map.png", *options])


# What it takes


def test_what_the_user_asks_for_is_what_aggregate_is_asked_for(house):
    assert (
        plot("--bins", "200x100", "--x-range", "-74.5", "-73", "--where", "fare > 0", "--threads", "3") == 0
    )
    assert house.asked["aggregate"] == {
        "source": "points.parquet",
        "x": "lon",
        "y": "lat",
        "bins": (200, 100),
        "range": ((-74.5, -73), None),
        "weight": None,
        "by": None,
        "where": "fare > 0",
        "threads": 3,
        "memory": None,
        "on_error": "raise",
        "prune": True,
        "sample": None,
        "format": None,
        "options": {},
        "progress": True,
    }


def test_the_picture_is_what_the_user_asks_for(house):
    assert plot("--norm", "log", "--vmin", "-1", "--vmax", "1e3", "--cmap", "magma", "--title", "T") == 0
    picture = {"norm": "log", "vmin": -1.0, "vmax": 1000.0, "cmap": "magma", "size": None, "dpi": None}
    assert house.asked["check"] == {**picture, "output": Path("map.png")}
    assert house.asked["plot"] == {**picture, "title": "T", "only": None}
    assert house.asked["save"] == {"path": Path("map.png")}


def test_the_picture_has_the_size_that_the_user_asks_for(house):
    assert plot("--size", "4x3", "--dpi", "50") == 0
    for room in ("check", "plot"):
        assert (house.asked[room]["size"], house.asked[room]["dpi"]) == ((4.0, 3.0), 50.0)


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        (["-10", "-.5"], (-10, -0.5)),
        (["-1e-3", "+2"], (-0.001, 2)),
        (["p1", "p99.5"], ("p1", "p99.5")),
        (["2024-01-01", "2024-02-01T12:30:00+01:00"], ("2024-01-01", "2024-02-01T12:30:00+01:00")),
        (["auto", "10"], (None, 10)),
        (["auto", "auto"], (None, None)),
        (["auto"], (None, None)),
        (["9007199254740993", "auto"], (9007199254740993, None)),
    ],
)
def test_a_range_takes_numbers_dates_percentiles_and_auto(house, words, ends):
    assert plot("--x-range", *words, "--y-range", *words) == 0
    assert house.asked["aggregate"].get("range", ((None, None),) * 2) == (ends, ends)


def test_an_auto_before_a_source_stands_for_both_ends(house):
    assert run(["plot", "--x", "a", "--y", "b", "-o", "m.png", "--x-range", "auto", "trips.parquet"]) == 0
    assert house.asked["aggregate"]["source"] == "trips.parquet"


def test_several_sources_are_one_job(house):
    assert run(["plot", "a.parquet", "b.parquet", "--x", "a", "--y", "b", "-o", "m.png"]) == 0
    assert house.asked["aggregate"]["source"] == ["a.parquet", "b.parquet"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--bins", "12x"], "'--bins': '12x' is no number of bins; 1024 or 1024x512 would be"),
        (["--bins", "0"], "'--bins': the number of bins must be at least 1 and below 2³¹, not 0"),
        (["--x-edges", "3,2,1"], "'--x-edges': edges must increase: each at least the one before it"),
        (["--x-every", "1foo"], "'--x-every': every must be a period such as '15min', '1h', '1d', '1w' or"),
        (["--y-scale", "symlog:0"], "'--y-scale': linthresh must be positive and finite, not 0.0"),
        (["--x-range", "p5.", "p95"], "'--x-range': 'p5.' is no number, date (2024-01-31), percentile"),
        (["--size", "0x3"], "'--size': '0x3' is no size in inches; 8x6 would be"),
        (
            ["--memory", "much"],
            "'--memory': memory must be a size such as '300MB', '1GB' or '2GiB', not 'much'",
        ),
        (
            ["--x-range", "p101", "2"],
            "'--x-range': 'p101' is no number, date (2024-01-31), percentile (p99), time of day",
        ),
        (["--y-range", "-o", "2"], "'--y-range': '-o' is no number"),
        (["--threads", "0"], "'--threads': 0 is not in the range x>=1"),
        (["--on-error", "ignore"], "'--on-error': 'ignore' is not one of 'raise', 'skip'"),
        (["--vmin", "low"], "'--vmin': 'low' is not a valid float"),
    ],
)
def test_a_wrong_value_is_refused_with_its_option_before_anything_is_read(house, capsys, options, complaint):
    assert plot(*options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"heatbin: error: Invalid value for {complaint}")
    assert line.endswith(". Try 'heatbin plot --help' for help.")
    assert not house.asked


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Missing command."),
        (["plat"], "No such command 'plat'."),
        (["plot", *POINTS], "Missing option '-o' / '--output'."),
        (["plot", "--x", "a", "--y", "b", "-o", "m.png"], "Missing argument 'SOURCE...'."),
        (["plot", *POINTS, "-o", "m.png", "--tilte", "x"], "No such option '--tilte'."),
    ],
)
def test_an_incomplete_command_is_told_what_it_lacks_in_one_line(capsys, arguments, complaint):
    assert run(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"heatbin: error: {complaint}")
    assert line.endswith(" --help' for help.")


def test_plan_takes_the_same_options_as_plot_and_needs_no_output(house, capsys):
    assert run(["plan", *POINTS]) == 0
    assert capsys.readouterr().out == "1 file\n"
    assert run(["plan", *POINTS, "-o", "m.png", "--norm", "log", "--bins", "10", "--no-prune", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": 1}
    assert house.asked["aggregate"]["bins"] == 10
    assert house.asked["aggregate"]["prune"] is False


# What it says


def test_json_is_the_only_thing_on_standard_output(house, capsys):
    assert plot("--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {**SUMMARY, "outputs": ["map.png"]}
    assert captured.err == "heatbin: warning: 7 rows lie outside the range\n"


def test_without_json_people_get_a_few_lines_on_standard_error(house, capsys):
    assert plot() == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "heatbin: warning: 7 rows lie outside the range",
        "heatbin: 990 rows binned in 0.50 s (2.00k rows/s, 16.0 kB read, 210 MB of memory)",
        "heatbin: rows in no bin: 7 outside, 3 missing",
        "heatbin: map.png: 20 x 10 bins, 42 in the fullest",
    ]


def test_quiet_says_nothing_and_shows_no_progress(house, capsys):
    house.during = lambda: logging.getLogger("heatbin").warning("a warning")
    assert plot("--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert house.asked["aggregate"]["progress"] is False


def test_quiet_keeps_the_errors_and_the_json(house, capsys):
    assert plot("--quiet", "--json") == 0
    assert json.loads(capsys.readouterr().out)["max"] == 42
    house.asked.clear()
    house.failure = errors.BadInputError("bad")
    assert plot("--quiet") == 65
    assert capsys.readouterr().err == "heatbin: error: bad\n"


def test_what_heatbin_logs_becomes_a_message(house, capsys):
    def log():
        logging.getLogger("heatbin").info("compiling kernels")
        logging.getLogger("heatbin").warning("no cache folder")
        logging.getLogger("another").info("chatter")

    house.during = log
    assert plot("--json") == 0
    assert capsys.readouterr().err.splitlines()[:2] == [
        "heatbin: compiling kernels",
        "heatbin: warning: no cache folder",
    ]


def test_what_libraries_warn_of_becomes_one_line(house, capsys):
    def warn():
        with warnings.catch_warnings(action="default"):
            warnings.warn("glyph missing", UserWarning, stacklevel=1)

    house.during = warn
    assert plot("--json") == 0
    assert capsys.readouterr().err.splitlines()[0] == "heatbin: warning: glyph missing"


def test_a_run_leaves_logging_as_it_was(house):
    root, ours = logging.getLogger(), logging.getLogger("heatbin")
    before = (list(root.handlers), root.level, ours.level, warnings.showwarning)
    assert plot("--json") == 0
    assert (list(root.handlers), root.level, ours.level, warnings.showwarning) == before


def test_help_names_every_option_of_the_design(capsys):
    assert run(["plot", "--help"]) == 0
    shown = capsys.readouterr().out
    for option in OPTIONS:
        assert f"--{option}" in shown


def test_the_help_of_compare_says_that_rows_are_compared(capsys):
    assert run(["compare", "--help"]) == 0
    assert "how many rows each cell holds" in " ".join(capsys.readouterr().out.split())


def test_help_tells_the_number_of_bins_that_a_plan_has_where_nothing_is_said(capsys):
    assert run(["plot", "--help"]) == 0
    assert f"[default: {DEFAULT_BINS};" in " ".join(capsys.readouterr().out.split())


def test_the_version_is_the_packages(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"heatbin {heatbin.__version__}\n"


# What it returns


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (errors.UsageError("why"), 2),
        (errors.MemoryBudgetError("why"), 2),
        (errors.BadInputError("why", path="a.parquet"), 65),
        (errors.StateError("why"), 65),
        (errors.NoInputError("why"), 66),
        (errors.OutputError("why"), 74),
        (OSError("why"), 74),
        (errors.BusyError("why"), 75),
        (MemoryError("why"), 70),
        (KeyError("why"), 70),
        (TypeError("why"), 70),
    ],
)
def test_each_kind_of_error_has_its_exit_code_and_one_line(house, capsys, failure, code):
    house.failure = failure
    assert plot() == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "heatbin: error: " if code != 70 or isinstance(failure, MemoryError) else "heatbin: internal"
    )
    assert "why" in line


def test_a_wrong_kind_of_argument_is_a_usage_error(house, capsys):
    house.during = lambda: units.parse_bytes(1.5)
    assert plot() == 2
    assert capsys.readouterr().err.startswith(
        "heatbin: error: memory must be a size such as '1GB' or an integer"
    )


def test_debug_shows_where_an_error_came_from(house, capsys):
    house.failure = errors.BadInputError("bad")
    assert plot("--debug") == 65
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback")
    assert shown.endswith("heatbin: error: bad\n")


def test_inputs_left_out_are_told_by_the_exit_code_and_by_name(house, capsys):
    house.histogram.left_out = tuple(SimpleNamespace(reason=f"{i}.parquet is damaged") for i in range(1234))
    assert plot() == 3
    told = [line for line in capsys.readouterr().err.splitlines() if "left out" in line]
    assert len(told) == 11
    assert told[0] == "heatbin: warning: left out: 0.parquet is damaged"
    assert told[-1] == "heatbin: warning: left out: 1,224 more inputs, which --json lists"
