"""The options that say what is binned by what, and what is told of it: each does what it says, or nothing at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

import heatbin as hb
from data import write
from heatbin.cli.session import run

ROWS = 900


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    rng = np.random.default_rng(5)
    columns = {
        "x": rng.random(ROWS) * 10,
        "y": rng.normal(size=ROWS),
        "fare": np.where(rng.random(ROWS) < 0.1, -1.0, 10 ** rng.uniform(0, 4, ROWS)),
        "tip": rng.integers(0, 20, ROWS),
        "kind": rng.choice(["a", "b", "N/A"], ROWS),
        "at": np.datetime64("2024-01-01", "s") + rng.integers(0, 90 * 86400, ROWS),
    }
    return write(tmp_path_factory.mktemp("rides") / "rides.parquet", columns)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plot(source: str, *options: str, x: str = "x", y: str = "y", output: str = "map.png") -> int:
    return run(["plot", source, "--x", x, "--y", y, "--bins", "8", "-o", output, *options])


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def kept(source: str, *options: str, **columns: str) -> hb.Histogram:
    """Return what a run saves."""
    assert plot(source, "--save", "map.heatbin", "--quiet", *options, **columns) == 0
    assert Path("map.png").read_bytes().startswith(b"\x89PNG")
    return hb.load("map.heatbin")


def assert_alike(one: hb.Histogram, other: hb.Histogram) -> None:
    assert one.axes == other.axes
    assert one.statistics == other.statistics
    for name in one.statistics:
        np.testing.assert_array_equal(one[name].values(), other[name].values())


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "request_"),
    [
        (["--agg", "mean:tip"], {"agg": "mean:tip"}),
        (
            ["--agg", "n=count", "--agg", "p=p95:fare"],
            {"agg": {"n": hb.count(), "p": hb.quantile("fare", 0.95)}},
        ),
        (["--agg", "best=max_by:tip,fare"], {"agg": {"best": hb.max_by("tip", "fare")}}),
        (["--weight", "fare"], {"weight": "fare"}),
        (["--by", "kind"], {"by": "kind"}),
        (["--by", "tip > 9", "--agg", "sum:tip"], {"by": "tip > 9", "agg": hb.sum("tip")}),
        (["--hex"], {"bins": hb.HexLattice(8)}),
        (
            ["--hex", "--by", "kind", "--agg", "mean:tip"],
            {"bins": hb.HexLattice(8), "by": "kind", "agg": "mean:tip"},
        ),
        (["--x-edges", "0,1,2.5,10"], {"bins": ([0, 1, 2.5, 10], 8)}),
        (["--y-edges", "-1, 0, 1"], {"bins": (8, [-1, 0, 1])}),
        (["--y-scale", "symlog:0.5"], {"bins": (8, hb.Symlog(8, linthresh=0.5))}),
        (["--y-scale", "symlog:.5"], {"bins": (8, hb.Symlog(8, linthresh=0.5))}),
        (["--y-scale", "symlog:1e+2"], {"bins": (8, hb.Symlog(8, linthresh=100))}),
        (
            ["--y-scale", "symlog", "--y-range", "-2", "auto"],
            {"bins": (8, hb.Symlog(8)), "range": (None, (-2, None))},
        ),
        (["--x-scale", "linear"], {"bins": 8}),
        (["--where", "kind != 'a'", "--by", "kind"], {"where": "kind != 'a'", "by": "kind"}),
    ],
    ids=" ".join,
)
def test_options_ask_for_what_the_arguments_of_aggregate_ask_for(source, options, request_) -> None:
    assert_alike(kept(source, *options), hb.aggregate(source, "x", "y", **{"bins": 8, **request_}))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("x", "options", "axis"),
    [
        ("fare", ["--x-scale", "log"], hb.Log(8)),
        ("fare", ["--x-scale", "log", "--x-range", "1", "auto"], hb.Log(8, 1)),
        ("fare", ["--x-scale", "log", "--x-range", "p5", "p95"], None),
        ("at", ["--x-every", "1mo"], hb.Time("1mo")),
        (
            "at",
            ["--x-every", "1w", "--x-range", "2024-02-01", "2024-03-01"],
            hb.Time("1w", "2024-02-01", "2024-03-01"),
        ),
        (
            "at",
            ["--x-edges", "2024-01-01,2024-02-01,2024-03-01"],
            hb.Variable(["2024-01-01", "2024-02-01", "2024-03-01"]),
        ),
    ],
    ids=str,
)
def test_scales_edges_and_periods_make_axes(source, x, options, axis) -> None:
    histogram = kept(source, *options, x=x)
    request: dict[str, Any] = {"bins": (axis, 8)}
    if axis is None:
        request = {"bins": (hb.Log(8), 8), "range": (("p5", "p95"), None)}
    assert_alike(histogram, hb.aggregate(source, x, "y", **request))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("x", "options", "axis"),
    [
        ("lasted", ["--x-range", "0h", "90min"], hb.Regular(8, "0h", "90min")),
        ("lasted", ["--x-edges", "0s,10min,1.5h"], hb.Variable(["0s", "10min", "1.5h"])),
        ("clock", ["--x-range", "06:00", "12:30:15"], hb.Regular(8, "06:00", "12:30:15")),
        ("clock", ["--x-edges", "00:00,06:00,12:00"], hb.Variable(["00:00", "06:00", "12:00"])),
    ],
    ids=str,
)
def test_durations_and_times_of_day_are_written_as_in_python(tmp_path, x, options, axis) -> None:
    seconds = [300, 1800, 24_000, 43_200]
    columns = {
        "lasted": pa.array(seconds, pa.duration("s")),
        "clock": pa.array(seconds, pa.time32("s")),
        "y": [1.0, 2.0, 3.0, 4.0],
    }
    source = write(tmp_path / "times.parquet", columns)
    assert_alike(kept(source, *options, x=x), hb.aggregate(source, x, "y", bins=(axis, 8)))


@pytest.mark.usefixtures("folder")
def test_hexagons_may_lie_on_a_logarithmic_scale(source) -> None:
    histogram = kept(source, "--hex", "--x-scale", "log", x="fare")
    assert_alike(histogram, hb.aggregate(source, "fare", "y", bins=hb.HexLattice(8, xscale="log")))


def test_a_statistic_is_drawn_by_name(source, folder) -> None:
    agg = ["--agg", "n=count", "--agg", "tip=mean:tip"]
    assert plot(source, *agg, "--quiet") == 0
    assert plot(source, *agg, "--draw", "tip", "--quiet", output="tip.png") == 0
    assert plot(source, "--agg", "tip=mean:tip", "--quiet", output="alone.png") == 0
    pictures = {name: np.asarray(Image.open(folder / f"{name}.png")) for name in ("map", "tip", "alone")}
    np.testing.assert_array_equal(pictures["tip"], pictures["alone"])
    assert not np.array_equal(pictures["map"], pictures["tip"])


def test_each_category_has_a_picture_whatever_its_name(source, folder, capsys) -> None:
    assert plot(source, "--by", "kind", "--json", output="map-{by}.png") == 0
    assert json.loads(capsys.readouterr().out)["outputs"] == ["map-N_A.png", "map-a.png", "map-b.png"]
    assert names_in(folder) == ["map-N_A.png", "map-a.png", "map-b.png"]


def test_categories_whose_names_are_one_in_files_have_pictures_of_their_own(folder, capsys) -> None:
    kinds = ["a/b", "a_b", "A:B", "", "_"]
    source = write(folder / "kinds.parquet", {"x": np.arange(5.0), "y": np.arange(5.0), "kind": kinds})
    assert plot(str(source), "--by", "kind", "--json", output="map-{by}.png") == 0
    outputs = json.loads(capsys.readouterr().out)["outputs"]
    assert len({path.lower() for path in outputs}) == len(kinds)
    assert {"map-a_b.png", "map-_.png"} < set(outputs)
    assert names_in(folder) == sorted([*outputs, "kinds.parquet"])


@pytest.mark.parametrize("command", ["render", "merge", "compare"])
def test_no_output_takes_the_place_of_a_file_of_a_state(source, folder, capsys, command) -> None:
    assert run(["update", "kept", source, "--x", "x", "--y", "y", "--bins", "9x9", "--quiet"]) == 0
    before = {path: path.read_bytes() for path in (folder / "kept").rglob("*") if path.is_file()}
    for name in before:
        outputs = {
            "render": ["-o", "map.png", "--save", str(name)],
            "merge": ["-o", str(name)],
            "compare": ["kept", "-o", f"{name}.png"],
        }[command]
        assert run([command, "kept", *outputs]) == 2
        assert "lies in kept, which is read: name an output elsewhere" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (folder / "kept").rglob("*") if path.is_file()} == before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("named", ["rides.parquet", "./*.parquet", ".", "../{}/rides.parquet"])
@pytest.mark.parametrize("output", ["--save", "--export"])
def test_no_output_takes_the_place_of_an_input(source, folder, capsys, named, output) -> None:
    before = Path(source).read_bytes()
    Path("rides.parquet").write_bytes(before)
    assert plot(named.format(folder.name), output, "rides.parquet") == 2
    assert "rides.parquet is an output, and " in capsys.readouterr().err
    assert names_in(folder) == ["rides.parquet"]
    assert Path("rides.parquet").read_bytes() == before


def test_no_picture_of_a_category_takes_the_place_of_another_output(source, folder, capsys) -> None:
    assert plot(source, "--by", "kind", "--save", "a.png", output="{by}.png") == 2
    assert "a.png is named twice" in capsys.readouterr().err
    assert names_in(folder) == ["a.png"]
    assert hb.load("a.png").tally.total == ROWS


def test_the_summary_of_an_axis_that_reaches_to_infinity_is_json(source, capsys) -> None:
    assert plot(source, "--x-edges=-inf,0.5,inf", "--json") == 0
    assert json.loads(capsys.readouterr().out)["x"]["edges"] == ["-inf", "inf"]


@pytest.mark.usefixtures("folder")
def test_a_log_axis_that_finds_nothing_says_what_it_takes(source, capsys) -> None:
    assert plot(source, "--x-scale", "log", x="0 - x") == 0
    assert (
        "a log axis has room only for values above 0, of which 0 - x may have none" in capsys.readouterr().err
    )


@pytest.mark.usefixtures("folder")
def test_a_sum_that_64_bits_do_not_hold_is_the_fault_of_the_data(capsys) -> None:
    write(Path("large.parquet"), {"x": np.zeros(2), "y": np.zeros(2), "n": np.full(2, 2**63 - 1)})
    assert plot("large.parquet", "--agg", "sum:n") == 65
    assert "64 bits do not hold" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_the_summary_tells_of_every_axis_statistic_and_sample(source, capsys) -> None:
    assert plot(source, "--by", "kind", "--agg", "tip=mean:tip", "--agg", "fare=max:fare", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["by"]["categories"] == ["N/A", "a", "b"]
    assert told["statistics"] == {"tip": "mean(tip)", "fare": "max(fare)"}
    assert told["tally"]["samples"] == {
        "tip": {"null": 0, "nan": 0, "inf": 0},
        "fare": {"null": 0, "nan": 0, "inf": 0},
    }


@pytest.mark.usefixtures("folder")
def test_a_statistic_without_any_value_is_said_to_be_in_no_bin(source, capsys) -> None:
    assert plot(source, "--agg", "m=mean:tip*0/0") == 0
    assert "8 x 8 bins, m in no bin" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_plan_takes_the_same_options(source, capsys) -> None:
    options = [
        "--x",
        "fare",
        "--y",
        "y",
        "--x-scale",
        "log",
        "--by",
        "kind",
        "--agg",
        "p95:fare",
        "--bins",
        "8",
    ]
    assert run(["plan", source, *options]) == 0
    told = capsys.readouterr().out
    assert "8 bins, from data to data, found in a pass over the data" in told
    assert "kind     as many bins as it takes, one for each value" in told
    assert "p95(fare)" in told


WRONG = [
    (["--x-scale", "log", "--x-edges", "0,1"], "--x-scale and --x-edges are two kinds of axis"),
    (["--y-every", "1d", "--y-edges", "0,1"], "--y-edges and --y-every are two kinds of axis"),
    (["--x-edges", "0,1", "--x-range", "0", "5"], "--x-edges and --x-range both say where the bins lie"),
    (
        ["--bins", "9x5", "--x-edges", "0,1"],
        "--bins 9x5 has two numbers for one axis beside --x-edges; --bins 5",
    ),
    (
        ["--bins", "9x5", "--y-every", "1d"],
        "--bins 9x5 has two numbers for one axis beside --y-every; --bins 9",
    ),
    (["--x-edges", "0,1", "--y-every", "1d"], "--bins 8 serves no axis beside --x-edges and --y-every"),
    (["--bins", "0", "--x-scale", "log"], "'--bins': the number of bins must be at least 1"),
    (["--bins", "0", "--hex"], "'--bins': the number of bins must be at least 1"),
    (["--x-scale", "cubic"], "'cubic' is no scale; linear, log, symlog or symlog:0.5 would be"),
    (["--y-scale", "symlog:0"], "linthresh must be positive"),
    (["--x-edges", "0"], "'0' are no edges"),
    (["--x-edges", "0,,2"], "'0,,2' are no edges"),
    (["--x-edges", "a,b"], "'a,b' are no edges; 0,1,10,100 would be, and so would dates"),
    (["--x-edges", "auto,1"], "'auto,1' are no edges"),
    (["--x-range", "1"], "requires 2 arguments. Try 'heatbin plot --help'"),
    (["--x-edges", "0,p99"], "'0,p99' are no edges"),
    (["--x-edges", "2,1"], "edges"),
    (["--x-edges", "2024-01-01,2024-02-01"], "no number"),
    (["--x-every", "1d"], "x: a Time axis needs a column of times, not of numbers"),
    (["--x-every", "fortnight"], "fortnight"),
    (["--agg", "maen:tip"], "no statistic 'maen'; did you mean 'mean'?"),
    (["--agg", "mean"], "mean needs a sample"),
    (["--agg", "mean:tpi"], "no column 'tpi' in"),
    (["--agg", "a=count", "--agg", "a=mean:tip"], "two statistics have one name: a, a"),
    (["--agg", "distinct:tip,fare"], "distinct takes one sample, not 'tip,fare'"),
    (["--agg", "p95:tip,fare"], "p95 takes one sample, not 'tip,fare'"),
    (["--agg", "p200:tip"], "p200 is beyond the largest"),
    (["--agg", "mean:tip", "--weight", "fare"], "weight goes with counts, not with mean(tip)"),
    (["--agg", "n=count", "--draw", "m"], "no statistic 'm'"),
    (["--draw", "conut"], "no statistic 'conut' to draw; did you mean 'count'?"),
    (["-o", "map-{by}.png"], "there is no --by to name pictures after"),
    (["--export", "cells-{by}.csv"], "only pictures are named after categories"),
    (["--save", "all-{by}.heatbin"], "only pictures are named after categories"),
    (["--by", "y"], "categories are text, integers or booleans"),
    (["--by", "knid"], "no column 'knid' in"),
    (["--hex", "--y-scale", "symlog"], "hexagons lie on linear and logarithmic scales alone"),
    (["--hex", "--x-edges", "0,1"], "hexagons lie on linear and logarithmic scales alone"),
    (["--hex", "--x-range", "0", "auto"], "hexagons need both ends"),
    (["--x-scale", "log", "--x-range", "-1", "1"], "a logarithmic axis needs a positive range"),
    (
        ["--agg", "d=distinct:kind", "--bins", "3000", "--memory", "1GB"],
        "d: distinct(kind) within 0.046 may need 4.6",
    ),
]


@pytest.mark.parametrize(("options", "said"), WRONG, ids=[" ".join(options) for options, _ in WRONG])
def test_wrong_options_are_one_line_and_nothing_is_written(source, folder, capsys, options, said) -> None:
    assert plot(source, "--save", "map.heatbin", "--export", "cells.csv", *options) == 2
    told = capsys.readouterr()
    (line,) = told.err.splitlines()
    assert line.startswith("heatbin: error: ")
    assert said in line
    assert told.out == ""
    assert names_in(folder) == []


def test_a_sample_that_is_text_is_bad_data_and_nothing_is_written(source, folder, capsys) -> None:
    assert plot(source, "--agg", "mean:kind") == 65
    assert "only how many there are and how many are distinct" in capsys.readouterr().err
    assert names_in(folder) == []


def test_a_wrong_axis_in_a_job_is_refused_with_its_line(source, folder, capsys) -> None:
    job = folder / "night.toml"
    job.write_text(f'source = "{source}"\nx = "x"\ny = "y"\nx-edges = [3, 2, 1]\noutput = "map.png"\n')
    assert run(["run", str(job)]) == 2
    assert f"{job}, line 4: x-edges: edges must increase" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bins", "range_", "said"),
    [
        (
            (hb.Log(3, 1, 10), 3),
            ((5, 7), None),
            r"x: range gives \(5, 7\), but Log\(n=3, lo=1.0, hi=10.0\) says",
        ),
        ((hb.Log(3, 1), 3), ((5, 7), None), r"x: range gives \(5, 7\), but Log"),
        ((3, hb.Regular(3, hi=1)), (None, (None, "p99")), r"y: range gives \(None, p99\), but Regular"),
        ((hb.Variable([0, 1]), 3), ((0, 5), None), "x: range gives .* but Variable"),
        ((3, hb.Cyclic(4, 10)), (None, (0, 5)), "y: range gives .* but Cyclic"),
        ((3, 3, hb.Category(["a"])), (None, None, (0, 1)), "by: range gives .* but Category"),
        ((3, 3), (None, None, (0, 1)), r"by: range gives .* but Category\(\)"),
        (hb.HexLattice(4, (0, 1), None), (None, (0, 1)), None),
        (hb.HexLattice(4, (0, 1), None), ((0, 2), (0, 1)), "x: range gives .* but HexLattice"),
        ((hb.Log(3, 1), 3), ((None, 7), None), None),
        ((hb.Log(3, 1, 10), 3), ((None, None), None), None),
        (([0, 1], 3), ((0, 5), None), None),
    ],
    ids=str,
)
def test_a_range_says_nothing_of_an_axis_that_has_its_own(source, bins, range_, said) -> None:
    def planned() -> hb.Plan:
        return hb.plan(source, "fare", "tip", by="kind", bins=bins, range=range_)

    if said is None:
        assert planned().rows == ROWS
    else:
        with pytest.raises(hb.UsageError, match=said):
            planned()


def test_a_state_takes_the_range_that_made_it_beside_its_axes(source, folder, capsys) -> None:
    asked = ["--x", "fare", "--y", "tip", "--x-scale", "log", "--x-range", "1", "100", "--y-edges", "0,5,20"]
    for options in (asked, asked, []):
        assert run(["update", str(folder / "rides.state"), source, "--quiet", *options]) == 0
    extra = write(folder / "extra.parquet", {"fare": [10.0, 1e9], "tip": [1, 1]})
    assert run(["update", str(folder / "rides.state"), extra, "--json", *asked]) == 0
    tally = json.loads(capsys.readouterr().out)["tally"]
    assert (tally["binned"], tally["outside"]) == (1, 1)


def test_a_plan_estimates_the_time_of_every_pass(source) -> None:
    named, from_data = hb.Category(["a", "b"]), {"where": "x >= 0"}
    requests: list[dict[str, Any]] = [{"bins": (8, 8, named)}, {}, from_data]
    told = [hb.plan(source, "x", "y", by="kind", threads=1, **each).summary() for each in requests]
    assert [each["passes"] for each in told] == [1, 2, 3]
    one, two, three = (each["seconds_estimated"] for each in told)
    assert three - two == pytest.approx(two - one)
    assert two > one
    both = {**from_data, "range": (("p5", "p95"), None)}
    assert hb.plan(source, "x", "y", **both).summary()["passes"] == 3


def test_pruning_is_on_or_off(source) -> None:
    with pytest.raises(TypeError, match="prune must be True or False, not 'no'"):
        hb.plan(source, "x", "y", prune="no")  # type: ignore[arg-type]
