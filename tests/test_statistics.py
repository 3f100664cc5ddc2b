"""Statistics as users write them, and what an accumulator makes of them."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

import heatbin.statistics as hb
from exactly import nearest, variance_of
from heatbin.accumulator import Accumulator
from heatbin.axes import Regular
from heatbin.binning import Binning
from heatbin.columns import Column, Points
from heatbin.errors import BadInputError, MemoryBudgetError, UsageError
from heatbin.statistics import Statistic, bind, check_budget, parse_agg, planned_bytes, statistics_of

EVERY = {
    "n": hb.count(),
    "fares": hb.count("fare"),
    "sum": hb.sum("fare"),
    "mean": hb.mean("fare"),
    "var": hb.var("fare", ddof=1),
    "std": hb.std("fare"),
    "min": hb.min("fare"),
    "max": hb.max("fare"),
    "any": hb.any("fare"),
    "p95": hb.quantile("fare", 0.95),
    "p50": hb.quantile("fare", 0.5),
    "different": hb.distinct("fare"),
    "best": hb.max_by("tip", "fare"),
    "worst": hb.min_by("tip", "fare"),
    "weight": hb.weight("tip", squares=True),
}


@pytest.mark.parametrize(
    ("text", "name", "statistic"),
    [
        ("count", "count", hb.count()),
        ("n=count", "n", hb.count()),
        ("mean:fare", "mean(fare)", hb.mean("fare")),
        ("fare=mean:fare", "fare", hb.mean("fare")),
        (" a = sum : x ", "a", hb.sum("x")),
        ("odd=any:a==b", "odd", hb.any("a==b")),
        ("any:a==b", "any(a==b)", hb.any("a==b")),
        ("x=mean:t:u=v", "x", hb.mean("t:u=v")),
        ("p95:delay", "p95(delay)", hb.quantile("delay", 0.95)),
        ("tail=p99.9:delay", "tail", hb.quantile("delay", 0.999)),
        ("p0:x", "p0(x)", hb.quantile("x", 0.0)),
        ("max_by:fare,tip", "max_by(fare, tip)", hb.max_by("fare", "tip")),
        ("b=min_by:f(a, b),col('x,y(')", "b", hb.min_by("f(a, b)", "col('x,y(')")),
        ("distinct:zone", "distinct(zone)", hb.distinct("zone")),
        ("w=weight:fare", "w", hb.weight("fare")),
        ("p95@0.02:delay", "p95(delay)", hb.quantile("delay", 0.95, accuracy=0.02)),
        ("tail = p99 @ 0.1 : a@b", "tail", hb.quantile("a@b", 0.99, accuracy=0.1)),
        ("distinct@0.01:zone", "distinct(zone)", hb.distinct("zone", accuracy=0.01)),
    ],
)
def test_text_says_a_name_a_kind_and_a_sample(text, name, statistic) -> None:
    assert parse_agg(text) == (name, statistic)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("maen:fare", r"no statistic 'maen'; did you mean 'mean'\? statistics: count, weight"),
        ("mean", r"mean needs a sample: mean:EXPR"),
        ("fare=mean:", r"mean needs a sample"),
        ("p95", r"p95 needs a sample"),
        ("p101:x", r"p101 is beyond the largest"),
        ("quantile:x", r"a quantile is written p50"),
        ("max_by:fare", r"max_by needs two samples, VALUE,BY, not 'fare'"),
        ("max_by:a,b,c", r"max_by needs two samples"),
        ("=mean:x", r"no name before ="),
        ("mean=delay", r"no statistic 'delay'; write mean:delay$"),
        ("p95=delay", r"no statistic 'delay'; write p95:delay$"),
        ("mean=sum(delay)", r"write sum:delay$"),
        ("mean=maen:delay", r"did you mean 'mean'"),
        ("", r"no statistic ''"),
        ("mean@0.1:x", r"mean\(x\) is exact: only quantiles and distinct have an accuracy after @"),
        ("p95@:x", r"the accuracy after @ must be a number, such as 0.02, not ''"),
        ("p95@7:x", r"accuracy must be from"),
    ],
)
def test_text_that_says_no_statistic_is_an_error_that_helps(text, message) -> None:
    with pytest.raises(UsageError, match=message):
        parse_agg(text)


def test_a_statistic_without_its_sample_is_an_error() -> None:
    with pytest.raises(
        UsageError, match=r"mean needs a sample: a column or an expression, such as mean\('fare'\)"
    ):
        hb.mean(" ")
    with pytest.raises(TypeError, match="max takes a column or an expression as text, not 3"):
        hb.max(3)
    with pytest.raises(TypeError):
        hb.sum()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: hb.quantile("x", 95), "q must be from 0 to 1, not 95"),
        (lambda: hb.quantile("x", float("nan")), "q must be from 0 to 1"),
        (lambda: hb.quantile("x", 0.5, accuracy=0), "accuracy must be from 1e-05 to 0.5, not 0"),
        (lambda: hb.distinct("x", accuracy=1e-9), "accuracy must be from"),
        (lambda: hb.var("x", ddof=-1), "ddof must be 0 or more, not -1"),
    ],
)
def test_arguments_that_cannot_work_are_named(make, message) -> None:
    with pytest.raises(UsageError, match=message):
        make()


def test_a_user_may_ask_in_many_ways() -> None:
    assert statistics_of("count") == {"count": hb.count()}
    assert statistics_of(hb.mean("x")) == {"mean(x)": hb.mean("x")}
    assert statistics_of({"a": "mean:x", "b": hb.count()}) == {"a": hb.mean("x"), "b": hb.count()}
    assert statistics_of(["a=mean:x", hb.count()]) == {"a": hb.mean("x"), "count": hb.count()}
    for wrong, error in (
        ([], UsageError),
        (["count", "count"], UsageError),
        (3, TypeError),
        ({"": "count"}, UsageError),
    ):
        with pytest.raises(error):
            statistics_of(wrong)


def test_statistics_are_values() -> None:
    assert hb.mean("x") == hb.mean("x") != hb.sum("x")
    assert len({*EVERY.values(), *EVERY.values()}) == len(EVERY)
    assert pickle.loads(pickle.dumps(EVERY)) == EVERY
    assert [str(each) for each in EVERY.values()][4:6] == ["var(fare, ddof=1)", "std(fare)"]


def test_statistics_of_one_sample_share_what_they_need() -> None:
    samples, bound = bind(EVERY)
    assert samples == ("fare", "tip")
    grid = Accumulator(Binning((Regular(2, 0, 1),)), bound)
    assert sorted(grid.stored()) == [
        "absent@0",
        "absent@1",
        "absent@1+0",
        "buckets-0_01@0",
        "count",
        "extreme-max@0",
        "extreme-min@0",
        "extremeby-max@1+0",
        "extremeby-min@1+0",
        "flags@0",
        "registers-9@0",
        "sums-1@0",
        "sums-1@1",
        "sums-2@0",
        "sums-2@1",
    ]


def grid_of(columns: dict[str, np.ndarray], batch: int) -> Accumulator:
    samples, bound = bind(EVERY)
    grid = Accumulator(Binning((Regular(3, 0, 3), Regular(2, 0, 2))), bound)
    size = columns["x"].size
    for start in range(0, size, batch):
        taken = {name: Column(values[start : start + batch]) for name, values in columns.items()}
        grid.fill(Points((taken["x"], taken["y"]), tuple(taken[name] for name in samples)))
    return grid


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    size = 40_000
    fare = rng.gamma(2.0, 9.0, size).round(2)
    fare[::100] = np.nan
    return {
        "x": rng.uniform(-0.5, 3.5, size),
        "y": rng.uniform(-0.5, 2.5, size).astype(np.float32),
        "fare": fare,
        "tip": rng.integers(-5, 100, size).astype(np.int16),
    }


def test_all_statistics_come_out_of_one_pass(columns) -> None:
    grid = grid_of(columns, 40_000)
    x, y, fare, tip = columns.values()
    inside = (x >= 1) & (x < 2) & (y >= 0) & (y < 1)
    some = inside & ~np.isnan(fare)
    of_fare, of_both = fare[some], tip[some]
    highest, lowest = of_fare == of_fare.max(), of_fare == of_fare.min()
    expected = {
        "n": inside.sum(),
        "fares": some.sum(),
        "sum": nearest(sum(map(Fraction, of_fare))),
        "mean": nearest(sum(map(Fraction, of_fare)) / len(of_fare)),
        "var": nearest(variance_of(of_fare, 1)),
        "std": pytest.approx(of_fare.std(), rel=1e-12),
        "min": of_fare.min(),
        "max": of_fare.max(),
        "any": True,
        "p95": pytest.approx(np.quantile(of_fare, 0.95), rel=0.01),
        "p50": pytest.approx(np.quantile(of_fare, 0.5), rel=0.01),
        "different": pytest.approx(np.unique(of_fare).size, rel=0.15),
        "best": of_both[highest].min(),
        "worst": of_both[lowest].min(),
        "weight": tip[inside].sum(),
    }
    assert {name: grid.values(name)[1, 0] for name in EVERY} == expected
    assert grid.variances("n")[1, 0] == inside.sum()
    assert grid.variances("weight")[1, 0] == (tip[inside].astype(float) ** 2).sum()
    assert grid.variances("mean") is None


def test_batches_merges_and_pickles_do_not_show(columns) -> None:
    whole = grid_of(columns, 40_000)
    halves = [
        pickle.loads(pickle.dumps(grid_of({name: values[part] for name, values in columns.items()}, 999)))
        for part in (slice(0, 11_111), slice(11_111, None))
    ]
    halves[1].merge(halves[0])
    for name in EVERY:
        for flow in (False, True):
            np.testing.assert_array_equal(halves[1].values(name, flow=flow), whole.values(name, flow=flow))
    told = [{sample: each.tolist() for sample, each in grid.absent().items()} for grid in (halves[1], whole)]
    assert told[0] == told[1]


def test_flow_is_shown_when_it_is_asked_for(columns) -> None:
    grid = grid_of(columns, 40_000)
    for name in EVERY:
        assert grid.values(name).shape == (3, 2)
        np.testing.assert_array_equal(grid.values(name, flow=True)[1:-1, 1:-1], grid.values(name))
    assert grid.values("n", flow=True).sum() == 40_000


def test_cells_put_together_have_the_statistics_of_both(columns) -> None:
    grid = grid_of(columns, 40_000)
    halved = Binning((Regular(1, 0, 3), Regular(2, 0, 2)))
    bins = np.array([0, 1, 1, 1, 2, 3])[:, None] * 5 + np.arange(5)
    grouped = grid.regrouped(halved, np.append(bins.ravel(), halved.filtered))
    direct = Accumulator(halved, bind(EVERY)[1])
    direct.fill(
        Points(
            (Column(columns["x"]), Column(columns["y"])), (Column(columns["fare"]), Column(columns["tip"]))
        )
    )
    for name in EVERY:
        np.testing.assert_array_equal(grouped.values(name), direct.values(name))


def test_memory_is_planned_and_a_too_fine_accuracy_refused_with_one_that_fits() -> None:
    _, bound = bind({"mean": hb.mean("x"), "p95": hb.quantile("x", 0.95, accuracy=0.001)})
    few, many = (planned_bytes(bound, cells=1 << 20, rows=rows) for rows in (10**6, 10**9))
    assert few < many < planned_bytes(bound, cells=1 << 22, rows=10**9)
    check_budget(bound, cells=1 << 20, rows=10**6, room=few)
    with pytest.raises(
        MemoryBudgetError, match=r"p95: p95\(x\) within 0.001 may need .* GB .*; accuracy=0.0\d+ would"
    ):
        check_budget(bound, cells=1 << 20, rows=10**9, room=10**9)


@pytest.mark.parametrize("others", [{}, {"mean": hb.mean("x")}], ids=["alone", "beside_a_mean"])
def test_no_accuracy_is_blamed_where_none_would_fit(others) -> None:
    bound = bind({**others, "p95": hb.quantile("x", 0.95, accuracy=0.001)})[1]
    check_budget(bound, cells=1 << 20, rows=10**9, room=10**6)
    check_budget(bound, cells=1 << 20, rows=10**9, room=planned_bytes(bind(others)[1], cells=1 << 20))


def fits(statistics: dict[str, Statistic], *, room: int, **size: int) -> bool:
    return planned_bytes(bind(statistics)[1], **size) <= room


@pytest.mark.parametrize("make", [hb.distinct, partial(hb.quantile, q=0.5)])
@pytest.mark.parametrize("accuracy", [0.01, 0.05, 0.15])
def test_the_accuracy_that_a_refusal_names_does_fit(make, accuracy) -> None:
    coarsest, refused = {"it": make("x", accuracy=0.5)}, 0
    for room in range(20_000_000, 1_200_000_000, 20_000_000):
        size = {"cells": 1 << 20, "rows": 10**7, "room": room}
        asked = {"it": make("x", accuracy=accuracy)}
        try:
            check_budget(bind(asked)[1], **size)
            assert fits(asked, **size) or not fits(coarsest, **size)
        except MemoryBudgetError as error:
            refused += 1
            named = re.search(r"accuracy=([\d.]+) would fit", str(error))
            assert named
            assert fits({"it": make("x", accuracy=float(named[1]))}, **size)
    assert refused


def test_accuracies_of_several_statistics_are_made_coarser_together() -> None:
    asked = {"a": hb.quantile("x", 0.5), "b": hb.quantile("x", 0.9), "n": hb.count(), "c": hb.distinct("y")}
    size = {"cells": 1 << 20, "rows": 10**7, "room": 120_000_000}
    with pytest.raises(MemoryBudgetError, match=r"a: p50\(x\) within 0.01, b: .*, c: distinct") as told:
        check_budget(bind(asked)[1], **size)
    named = {name: float(text) for text, name in re.findall(r"accuracy=([\d.]+) for (\w)", str(told.value))}
    assert sorted(named) == ["a", "b", "c"]
    coarse = {name: replace(asked[name], accuracy=accuracy) for name, accuracy in named.items()}
    assert fits(asked | coarse, **size)


def test_a_statistic_without_a_name_of_its_own_is_named_once() -> None:
    with pytest.raises(MemoryBudgetError, match=r"^distinct\(x\) within"):
        check_budget(bind({"distinct(x)": hb.distinct("x")})[1], cells=1 << 20, room=10**8)


@pytest.mark.parametrize(
    ("statistic", "instead"),
    [
        (hb.sum("n"), "take the mean, or the sum of 1.0 * the sample"),
        (hb.weight("n"), "weigh by 1.0 * n"),
        (hb.weight("n + 1"), "weigh by 1.0 * (n + 1)"),
    ],
    ids=str,
)
def test_a_sum_that_64_bits_do_not_hold_is_named(statistic, instead) -> None:
    _, bound = bind({"total": statistic})
    grid = Accumulator(Binning((Regular(1, 0, 1),)), bound)
    grid.fill(Points((Column(np.zeros(2)),), (Column(np.full(2, 2**63 - 1)),)))
    with pytest.raises(
        BadInputError, match=rf"^{re.escape(str(statistic))} is 1.84467e\+19.*{re.escape(instead)}$"
    ):
        grid.values("total")


def test_a_quantile_between_samples_of_both_signs_is_within_the_error_of_the_larger_one() -> None:
    _, bound = bind({"p50": hb.quantile("s", 0.5)})
    grid = Accumulator(Binning((Regular(1, 0, 1),)), bound)
    grid.fill(Points((Column(np.zeros(2)),), (Column(np.array([-100.0, 101.0])),)))
    assert grid.values("p50")[0] == pytest.approx(0.5, abs=0.01 * 101)


def test_what_is_held_stays_within_what_was_planned(columns) -> None:
    _, bound = bind(EVERY)
    grid = grid_of(columns, 40_000)
    assert grid.nbytes <= planned_bytes(bound, cells=grid.binning.cells, rows=40_000)


def test_naming_statistics_loads_no_compiler() -> None:
    code = "import sys, heatbin.statistics; assert not {'numba', 'pyarrow', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
