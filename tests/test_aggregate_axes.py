"""Every axis through the front door: categories, times, logarithms and hexagons, from any source."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure

import heatbin as hb
from data import write
from heatbin.plan import tasks

ROWS = 4000
ZONE = ZoneInfo("Europe/Berlin")
AIRLINES = ["UA", "AA", "DL", "B6", "WN"]
UNIT = ((0, 1), (0, 1))


def drawn() -> pa.Table:
    rng = np.random.default_rng(3)
    seconds = rng.integers(1_711_500_000, 1_712_100_000, ROWS)
    carrier = pa.array(rng.choice(AIRLINES, ROWS), mask=rng.random(ROWS) < 0.05)
    return pa.table(
        {
            "x": rng.random(ROWS),
            "y": rng.random(ROWS),
            "carrier": carrier,
            "code": carrier.dictionary_encode(),
            "large": carrier.cast(pa.large_string()),
            "view": carrier.cast(pa.string_view()),
            "flag": pa.array(rng.random(ROWS) < 0.3, mask=rng.random(ROWS) < 0.05),
            "month": pa.array(rng.integers(1, 13, ROWS).astype(np.int8), mask=rng.random(ROWS) < 0.05),
            "id": rng.integers(2**63, 2**63 + 3, ROWS, dtype=np.uint64),
            "size": np.where(rng.random(ROWS) < 0.1, -rng.random(ROWS), 10 ** rng.uniform(-2, 5, ROWS)),
            "delay": rng.normal(0, 40, ROWS).round(),
            "at": pa.array(seconds, pa.timestamp("s", "Europe/Berlin")),
        }
    )


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return drawn()


@pytest.fixture(scope="module")
def path(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("axes") / "flights.parquet", table, row_group_size=300)


def counted(histogram: hb.Histogram, axis: int = 2) -> dict[str, int]:
    """Return how many rows each category has."""
    counts = histogram.project(axis).values().tolist()
    return dict(zip(histogram.axes[axis].labels, counts, strict=True))


# Categories


@pytest.mark.parametrize("column", ["carrier", "code", "large", "view", "flag", "month", "id", "month > 6"])
def test_each_value_of_a_column_has_a_bin_in_their_order(path, table, column) -> None:
    histogram = hb.aggregate(path, "x", "y", bins=4, range=UNIT, by=column)
    values = table["month"].to_pylist() if ">" in column else table[column].to_pylist()
    if ">" in column:
        values = [None if value is None else value > 6 for value in values]
    expected = Counter(value for value in values if value is not None)
    assert counted(histogram) == {str(value): expected[value] for value in sorted(expected)}
    assert list(counted(histogram)) == [str(value) for value in sorted(expected)]
    assert histogram.tally.missing == values.count(None)
    assert histogram.tally.outside == 0


def test_the_values_do_not_depend_on_threads_row_groups_or_executors(path, table, monkeypatch) -> None:
    monkeypatch.setattr(tasks, "SMALLEST_TASK_ROWS", 1)
    request: dict[str, Any] = {"bins": (hb.Log(3), 4), "by": "code", "agg": ["count", "mean:delay"]}
    here = hb.aggregate(table, "size", "y", **request)
    with ThreadPoolExecutor(3) as executor:
        there = hb.aggregate(path, "size", "y", **request, executor=executor)
    for other in (there, hb.aggregate(path, "size", "y", **request, threads=3, on_error="skip")):
        assert other.axes == here.axes
        for name in here.statistics:
            assert other[name].values().tobytes() == here[name].values().tobytes()


def test_values_that_are_given_keep_their_order_and_the_rest_is_other(path, table) -> None:
    given = hb.Category(["WN", "AA", "ZZ"])
    histogram = hb.aggregate(path, "x", "y", bins=(4, 4, given), range=UNIT, by="carrier")
    expected = Counter(table["carrier"].to_pylist())
    rest = sum(expected[name] for name in ("UA", "DL", "B6"))
    assert counted(histogram) == {"WN": expected["WN"], "AA": expected["AA"], "ZZ": 0, "other": rest}
    assert histogram.tally.missing == expected[None]
    alone = hb.Category(["WN"], other=False)
    assert hb.aggregate(path, "x", "y", bins=(4, 4, alone), range=UNIT, by="carrier").tally.outside == (
        ROWS - expected[None] - expected["WN"]
    )


def test_x_and_y_may_be_categories_and_by_the_column_that_x_is(path, table) -> None:
    histogram = hb.aggregate(path, "carrier", "month", bins=hb.Category(), by="carrier")
    assert [axis.size for axis in histogram.axes] == [5, 12, 5]
    pairs = Counter(zip(table["carrier"].to_pylist(), table["month"].to_pylist(), strict=True))
    assert histogram.values()[1, 3, 1] == pairs["B6", 4]
    assert histogram.values()[1, 3, 0] == 0


def test_only_rows_that_pass_have_categories(path, table) -> None:
    request: dict[str, Any] = {"bins": 4, "range": UNIT, "by": "carrier"}
    some = hb.aggregate(path, "x", "y", **request, where="carrier in ('AA', 'UA') and month == 3")
    assert some.axes[2].labels == ("AA", "UA")
    march = [
        c for c, m in zip(table["carrier"].to_pylist(), table["month"].to_pylist(), strict=True) if m == 3
    ]
    assert sum(counted(some).values()) == march.count("AA") + march.count("UA")
    none = hb.aggregate(path, "x", "y", **request, where="carrier == 'ZZ'")
    assert (none.axes[2].labels, none.tally.filtered + none.tally.skipped) == (("other",), ROWS)


def test_more_values_than_the_limit_are_an_error_that_says_what_works(path) -> None:
    many = pa.table({"x": range(300), "name": [f"n{i}" for i in range(300)]})
    said = r"by \(name\): there are more than 256 categories \('n0', 'n1', 'n10', …\); take .* by where, .*limit="
    with pytest.raises(hb.UsageError, match=said):
        hb.aggregate(many, "x", "x", bins=2, by="name")
    with pytest.raises(hb.UsageError, match=r"x \(name\): there are more than 256 categories"):
        hb.aggregate(many, "name", "x", bins=(hb.Category(), 2))
    with pytest.raises(hb.UsageError, match=r"by \(carrier\): there are more than 4 categories"):
        hb.aggregate(path, "x", "y", bins=(2, 2, hb.Category(limit=4)), by="carrier")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            {"by": "delay"},
            r"by \(delay\): categories are text, integers or booleans, .* double; give it an Integer\(\) axis",
        ),
        (
            {"by": "at"},
            r"by \(at\): categories are .* timestamp.*; give it a Time\(\"1d\"\) axis, or .* month",
        ),
        (
            {"by": "carrier", "bins": (2, 2, hb.Category([1, 2]))},
            r"by \(carrier\): the categories are numbers, and the column is text",
        ),
        (
            {"by": "month", "bins": (2, 2, hb.Category(["1"]))},
            r"the categories are text, and the column is numbers",
        ),
        ({"bins": (2, 2, hb.Category()), "range": UNIT}, r"bins must be for x, y, and are for 3 columns"),
        ({"bins": (hb.HexLattice(4), 4)}, r"bins must be for x, y, and are for 3 columns"),
        ({"bins": (hb.Time("1d"), 4)}, r"x: a Time axis needs a column of times, not of numbers"),
        ({"bins": (hb.Log(4), 4), "range": ((-1, 1), None)}, r"x: a logarithmic axis needs a positive range"),
        ({"bins": hb.HexLattice(4), "range": ((0, None), None)}, r"x and y: hexagons need both ends"),
        (
            {"bins": (hb.Log(4), 4), "range": "grow"},
            r"x: the range of a Log axis cannot grow.*; give its ends",
        ),
        (
            {"by": "month", "range": "grow"},
            r"by: the range of a Category axis cannot grow.*; give its values",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_binned_is_found_before_reading(path, request_, said) -> None:
    with pytest.raises(hb.UsageError, match=said):
        hb.plan(path, "x", "y", **request_)


@pytest.mark.parametrize("bins", [hb.Log, (hb.Log, 4), True, 2.5, "10", (4, None)], ids=str)
def test_bins_of_a_wrong_kind_are_a_type_error_that_says_what_they_may_be(path, bins) -> None:
    with pytest.raises(
        TypeError, match=r"bins of (x|y) must be a whole number, a row of edges or an axis, not "
    ):
        hb.aggregate(path, "x", "y", bins=bins)


@pytest.mark.parametrize("range_", ["gorw", 5, {"x": (0, 1)}], ids=str)
def test_a_range_of_a_wrong_kind_is_a_type_error_that_says_what_it_may_be(path, range_) -> None:
    with pytest.raises(TypeError, match=r"range must be a pair of pairs \(lo, hi\), or 'grow', not "):
        hb.aggregate(path, "x", "y", range=range_)


def test_rows_that_come_once_may_have_categories_that_are_given(table) -> None:
    bins = (4, hb.Log(3, 1, 1e3), hb.Category(["AA"]))
    once = hb.aggregate(iter(table.to_batches(max_chunksize=300)), "x", "size", bins=bins, by="code")
    limits = once.axes[0].edges[[0, -1]]
    again = hb.aggregate(
        table, "x", "size", bins=(once.axes[0].size, *bins[1:]), range=(limits, None), by="code"
    )
    assert once.values().tobytes() == again.values().tobytes()
    with pytest.raises(hb.UsageError, match="give its values"):
        hb.aggregate(iter(table.to_batches()), "x", "y", by="code")


def test_a_text_file_has_categories_too(table, tmp_path) -> None:
    from pyarrow import csv

    csv.write_csv(table.select(["x", "y", "carrier", "month"]), tmp_path / "flights.txt")
    request: dict[str, Any] = {"bins": 4, "range": UNIT, "agg": ["count", "distinct:carrier", "max:month"]}
    read = hb.aggregate(tmp_path / "flights.txt", "x", "y", **request, by="month", format="csv")
    held = hb.aggregate(table, "x", "y", **request, by="month")
    assert read.axes == held.axes
    np.testing.assert_array_equal(read.values(), held.values())


# Numbers, times and cycles


def test_values_that_are_not_positive_are_under_a_log_axis_and_give_it_no_end(path, table) -> None:
    histogram = hb.aggregate(path, "size", "y", bins=(hb.Log(7), 1), prune=False)
    sizes = np.array(table["size"])
    positive = sizes[sizes > 0]
    edges = histogram.axes[0].edges
    assert (edges[0], edges[-1]) == (positive.min(), positive.max())
    np.testing.assert_array_equal(histogram.values()[:, 0], np.histogram(positive, edges)[0])
    assert histogram.tally.outside == (sizes <= 0).sum() == histogram.values(flow=True)[0].sum()


@pytest.mark.parametrize(
    ("limits", "percent", "ends"),
    [
        ((10, None), (None, 100), (10, None)),
        ((None, 10), (0, None), (None, 10)),
        (("p10", "p90"), (10, 90), (None, None)),
        (("p25", None), (25, 100), (None, None)),
    ],
    ids=str,
)
def test_a_log_axis_takes_what_ends_it_is_given_and_finds_the_others(
    path, table, limits, percent, ends
) -> None:
    edges = hb.aggregate(path, "size", "y", bins=(hb.Log(5), 4), range=(limits, None)).axes[0].edges
    sizes = np.array(table["size"])
    for edge, share, given in zip((edges[0], edges[-1]), percent, ends, strict=True):
        expected = given if given is not None else np.percentile(sizes[sizes > 0], share)
        assert edge == pytest.approx(expected, rel=0.05)


def test_symlog_variable_integer_and_cyclic_axes_bin_by_their_edges(path, table) -> None:
    delays = np.array(table["delay"])
    for axis in (hb.Symlog(9, linthresh=5), hb.Variable([-60, -1, 0, 0, 30, 1e9]), hb.Integer()):
        histogram = hb.aggregate(path, "delay", "y", bins=(axis, 1))
        edges = histogram.axes[0].edges
        if isinstance(axis, hb.Integer):
            edges = np.append(edges, edges[-1] + 1)  # NumPy's last bin is closed, an integer's is not.
            assert np.histogram(delays, edges)[0][:-1].tolist() == histogram.values()[:, 0].tolist()
        else:
            assert np.histogram(delays, edges)[0].tolist() == histogram.values()[:, 0].tolist()
    turned = hb.aggregate(path, "delay", "y", bins=(hb.Cyclic(6, 30), 1)).values()[:, 0]
    assert turned.tolist() == np.histogram(delays % 30, 6, (0, 30))[0].tolist()


def test_days_and_hours_are_those_of_the_clocks_of_the_zone(path, table) -> None:
    histogram = hb.aggregate(path, "at", "at", bins=(hb.Time("1d"), hb.Cyclic(24, "1d")))
    moments = [moment.astimezone(ZONE) for moment in table["at"].to_pylist()]
    days = Counter(moment.date() for moment in moments)
    hours = Counter(moment.hour for moment in moments)
    starts = [
        dt.datetime.fromtimestamp(edge.astype("M8[s]").astype(int), ZONE) for edge in histogram.axes[0].edges
    ]
    assert {start.time() for start in starts} == {dt.time()}
    assert np.ptp(np.diff(histogram.axes[0].edges)) == np.timedelta64(1, "h")  # the clocks go forward
    assert histogram.project("x").values().tolist() == [days[start.date()] for start in starts[:-1]]
    assert histogram.project("y").values().tolist() == [hours[hour] for hour in range(24)]


def test_three_axes_of_three_kinds_are_one_grid(path, table) -> None:
    bins = (hb.Time("1d"), 10, hb.Category())
    histogram = hb.aggregate(path, "at", "delay", bins=bins, by="carrier", agg={"n": "count", "m": "mean:x"})
    assert [axis.size for axis in histogram.axes] == [8, 10, 5]
    assert histogram.tally.binned == ROWS - table["carrier"].null_count
    flat = hb.aggregate(path, "at", "delay", bins=bins[:2], where="not is_null(carrier)", agg={"m": "mean:x"})
    assert histogram["m"].sum("by").values().tobytes() == flat.values().tobytes()
    one = histogram.select(by="AA")["n"]
    assert one.values().tolist() == histogram["n"].values()[:, :, 0].tolist()


# Hexagons


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_hexagons_are_matplotlibs(path, table, scale) -> None:
    column = "size" if scale == "log" else "x"
    kept = table.select(["x", "y", "size", "delay"]).filter(pa.array(np.array(table["size"]) > 0))
    x, y, c = (np.array(kept[name]) for name in (column, "y", "delay"))
    ax = Figure().add_subplot()
    drawn_counts = ax.hexbin(x, y, gridsize=11, xscale=scale).get_array()
    drawn_means = ax.hexbin(x, y, C=c, gridsize=11, xscale=scale, mincnt=1).get_array()
    lattice = hb.HexLattice(11, xscale=scale)
    histogram = hb.aggregate(path, column, "y", bins=lattice, where="size > 0", agg=["count", "mean:delay"])
    np.testing.assert_array_equal(histogram.values(), drawn_counts)
    means = histogram["mean(delay)"].values()
    np.testing.assert_allclose(means[~np.isnan(means)], drawn_means, rtol=1e-12, atol=1e-12)


def test_hexagons_may_be_apart_by_category(path) -> None:
    apart = hb.aggregate(path, "x", "y", bins=hb.HexLattice(6), by="flag", agg="mean:delay")
    together = hb.aggregate(
        path, "x", "y", bins=hb.HexLattice(6), where="not is_null(flag)", agg="mean:delay"
    )
    assert apart.axes[1].labels == ("False", "True")
    np.testing.assert_array_equal(apart.sum("by").values(), together.values())
    assert apart.titles.roles == ("xy", "by")


def test_hexagons_take_percentiles_as_their_range(path, table) -> None:
    lattice = hb.aggregate(path, "delay", "y", bins=hb.HexLattice(6), range=(("p5", "p95"), None)).axes[0]
    assert lattice.xrange == pytest.approx(np.percentile(np.array(table["delay"]), [5, 95]), abs=2)


def test_both_columns_of_hexagons_may_be_one(path) -> None:
    histogram = hb.aggregate(path, "x", "x", bins=hb.HexLattice(6), agg={"x": "mean:delay"})
    assert histogram.to_arrow().column_names == ["x_axis", "y", "x"]


# What a plan says


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"x": "x"}, "x        1024 bins, from 3.79"),
        (
            {"x": "size", "bins": (hb.Log(50), 9)},
            "size     50 bins, from data to data, found in a pass over the data",
        ),
        (
            {"x": "size", "bins": (hb.Log(50), 9), "range": (("p1", None), None)},
            "size     50 bins, from p1 to data, found in a pass over the data",
        ),
        (
            {"x": "delay", "bins": (hb.Integer(), 9)},
            "delay    314 bins, from -155 to 159, found in the footers",
        ),
        ({"x": "delay", "bins": (hb.Variable([0, 5, 90]), 9)}, "delay    2 bins, from 0 to 90, given"),
        ({"x": "delay", "bins": (hb.Cyclic(6, 30), 9)}, "delay    6 bins, from 0.0 to 30.0, given"),
        ({"x": "at", "bins": (hb.Time("1d"), 9)}, "at       8 bins, from 2024-03-26T23:00:00.000 to "),
        (
            {"x": "x", "by": "carrier"},
            "carrier  as many bins as it takes, one for each value, found in a pass over the data",
        ),
        (
            {"x": "x", "by": "carrier", "bins": (9, 9, hb.Category(["AA"]))},
            "carrier  2 bins, which are AA, other",
        ),
        (
            {"x": "x", "bins": hb.HexLattice(9)},
            "x        9 hexagons, from data to data, found in a pass over the data",
        ),
        ({"x": "x", "agg": {"m": "mean:delay"}}, "keep     m = mean(delay)"),
        ({"x": "x", "weight": "size"}, "keep     count = weight(size)"),
    ],
    ids=str,
)
def test_a_plan_tells_of_each_axis_and_statistic(path, request_, said) -> None:
    planned = hb.plan(path, y="y", **request_)
    assert said in planned.explain()
    assert {axis["name"] for axis in planned.summary()["axes"]} >= {request_["x"]}


def test_a_plan_counts_its_passes(path) -> None:
    passes = [
        hb.plan(path, "x", "y", **request).summary()["passes"]
        for request in ({}, {"by": "carrier"}, {"by": "carrier", "bins": (hb.Log(4), 4), "where": "x > 0"})
    ]
    assert passes == [1, 2, 3]


@pytest.fixture
def prices():
    """Decimals of which most do not fit 64 bits with all digits that they have behind the point."""
    values = pa.array([Decimal(number) for number in range(1, 101)], pa.decimal128(38, 18))
    return pa.table({"price": values, "y": [0.0] * 100})


@pytest.mark.parametrize(
    ("bins", "range_"),
    [
        (4, None),
        (4, ((0, 100), None)),
        (4, (("p1", "p99"), None)),
        ((hb.Variable([1, 2, 50]), 1), None),
        ((hb.Log(4), 1), None),
        ((hb.Integer(), 1), None),
        (hb.HexLattice(4), None),
    ],
)
def test_decimals_that_no_64_bits_hold_are_refused_where_bins_reach_them(prices, bins, range_) -> None:
    words = r"decimals with 18 digits .* up to 9\.22337, and the bins reach further; float\(…\) of them would work"
    with pytest.raises(hb.UsageError, match=words):
        hb.aggregate(prices, "price", "y", bins=bins, range=range_)
    with pytest.raises(hb.UsageError, match=words):
        hb.aggregate(iter(prices.to_batches()), "price", "y", bins=(4, 2))


def test_decimals_that_no_64_bits_hold_are_outside_of_other_bins(prices) -> None:
    for axis, inside in ((hb.Regular(4, 0, 5), 5), (hb.Cyclic(4, 2), 9), (hb.Variable([2, 4, 9]), 8)):
        histogram = hb.aggregate(prices, "price", "y", bins=(axis, 1))
        assert (histogram.tally.binned, histogram.tally.outside) == (inside, 100 - inside)
    counted = hb.aggregate(prices, "float(price)", "y", bins=(4, 1)).values()
    assert counted.ravel().tolist() == [25] * 4


@pytest.mark.parametrize("kind", ["table", "batches", "parquet", "arrow", "csv"])
def test_rows_are_counted_where_no_column_is_asked_for(tmp_path, kind) -> None:
    table = pa.table({"name": ["a", "b", "c"], "n": [1, 2, 3]})
    source = {"table": lambda: table, "batches": lambda: iter(table.to_batches())}
    if kind == "parquet":
        pq.write_table(table, tmp_path / "t.parquet")
    elif kind == "arrow":
        with pa.ipc.new_file(tmp_path / "t.arrow", table.schema) as writer:
            writer.write_table(table)
    elif kind == "csv":
        (tmp_path / "t.csv").write_text("name,n\na,1\nb,2\nc,3\n")
    given = source[kind]() if kind in source else tmp_path / f"t.{kind}"
    histogram = hb.aggregate(given, "1", "2", bins=2, range=((0, 2), (0, 3)))
    assert histogram.tally.binned == histogram.tally.read == 3
