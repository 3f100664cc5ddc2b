"""Cyclic axes: values come round again, exactly."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import inf, isnan, nan, nextafter, pi
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binned import BERLIN, DATE, DURATION, MICROSECONDS, NANOSECONDS, around, bins, extremes, moments
from heatbin.axes import Cyclic
from heatbin.axes.rings import bind_float_ring
from heatbin.errors import UsageError
from heatbin.logical import LogicalType

RNG = np.random.default_rng(0)


def phases(axis, values):
    """Return the bins by exact arithmetic."""
    starts = axis._starts()
    period = Fraction(axis.period)

    def bin_of(value):
        if isinstance(value, float) and not abs(value) < inf:
            return axis.n + 2 if isnan(value) else axis.n + 1 if value > 0 else 0
        into = (Fraction(value) - starts[0]) % period
        return sum(start - starts[0] <= into for start in starts)

    return [bin_of(value) for value in np.asarray(values).tolist()]


@given(
    st.integers(1, 40),
    st.one_of(st.sampled_from([1.0, 24.0, 360.0, 2 * pi, 0.1, 86400.0]), st.floats(1e-200, 1e200)),
    st.one_of(st.just(0.0), st.floats(-3, 3)),
    st.data(),
)
def test_a_value_belongs_to_the_bin_of_what_is_left_of_it_exactly(n, period, turns, data):
    axis = Cyclic(n, period, origin=turns * period)
    around = st.integers(-(2**27), 2**27).flatmap(
        lambda i: st.sampled_from([i * period / n, i * period, -i * period / 3])
    )
    near = st.tuples(around, st.sampled_from([-inf, 0, inf])).map(
        lambda p: nextafter(p[0], p[1]) if p[1] else p[0]
    )
    values = data.draw(st.lists(st.one_of(near, st.floats(allow_subnormal=True)), min_size=1, max_size=30))
    assert bins(axis, values, np.float64) == phases(axis, values)


@given(
    st.integers(1, 50),
    st.one_of(st.integers(1, 400), st.integers(1, 2**62)),
    st.one_of(st.integers(-(2**62), 2**62), st.sampled_from([Fraction(1, 2), Fraction(-7, 2)])),
    st.sampled_from(["i8", "u8", "i4", "u1", "i2"]),
    st.data(),
)
def test_integers_come_round_exactly_whatever_their_size(n, period, origin, kind, data):
    if Fraction(float(period)) != period or Fraction(float(origin)) != origin:
        axis = Cyclic(n, period, origin, logical=LogicalType("duration", "ns"))
    else:
        axis = Cyclic(n, period, origin)
    limits = np.iinfo(kind)
    column = np.array(data.draw(st.lists(st.integers(limits.min, limits.max), min_size=1, max_size=20)), kind)
    column = np.concatenate([column, extremes(np.dtype(kind))])
    assert bins(axis, column) == phases(axis, column)


@pytest.mark.parametrize("kind", ["i8", "u8", "i4", "u2"])
@pytest.mark.parametrize(
    ("n", "period", "origin"),
    [(24, 24, 0), (7, 7, 3), (48, 24, 0), (24, 86400, -7200), (7, 10**6, 5), (13, 2**62 - 1, 0)],
)
def test_the_edges_of_periods_near_and_far_are_met_exactly(n, period, origin, kind):
    axis, limits = Cyclic(n, period, origin, logical=LogicalType("duration", "ns")), np.iinfo(kind)
    turns = [t // period * period for t in (0, 2**51, -(2**51), 2**53, 2**62, 2**63, limits.min, limits.max)]
    edges = [turn + origin + period * i // n for turn in turns for i in range(n + 1)]
    near = [edge + step for edge in edges for step in (-1, 0, 1) if limits.min < edge + step < limits.max]
    column = np.array([*near, limits.min, limits.max], kind)
    assert bins(axis, column) == phases(axis, column)
    for alone in (column[-2:-1], column[-1:]):
        assert bins(axis, alone) == phases(axis, alone)


@pytest.mark.parametrize("kind", ["i8", "u8", "i4", "f8"])
def test_bins_between_doubles_that_are_far_apart_come_round_exactly(kind):
    axis = Cyclic(8, 4096.0, origin=2.0**62 + 2048) if kind != "f8" else Cyclic(6, 3.0, origin=2.0**52)
    column = np.concatenate([np.arange(9000), RNG.integers(0, 2**31 - 1, 500)]).astype(kind)
    assert bins(axis, column) == phases(axis, column)


@pytest.mark.parametrize(("n", "period", "origin"), [(24, 360.0, 0), (7, 360.0, -45), (32, 2 * pi, 0.1)])
def test_neighbours_of_the_edges_of_every_turn_are_told_apart(n, period, origin):
    axis = Cyclic(n, period, origin)
    starts = np.array([float(start) for start in axis._starts()])
    turned = np.concatenate([starts + turn * period for turn in (-(2**30), -5, -1, 0, 1, 2, 10**6, 2**40)])
    values = np.concatenate([around(turned), [inf, -inf, nan, -0.0, 1e300, -1e300, 5e-324]])
    assert bins(axis, values) == phases(axis, values)
    narrow = values[~(np.abs(values) > 1e38)].astype(np.float32)
    assert bins(axis, narrow) == phases(axis, narrow)


def test_an_angle_is_binned_by_its_edges_however_often_it_turned():
    axis = Cyclic(4, 360, origin=-45)
    assert axis.edges.tolist() == [-45, 45, 135, 225, 315]
    assert bins(axis, np.array([-45.0, 0, 44.9, 45, 315, 360, 3600, -360, 1e15, inf, -inf, nan])) == [
        1, 1, 1, 2, 1, 1, 1, 1, phases(axis, [1e15])[0], 5, 0, 6,
    ]  # fmt: skip
    assert bins(axis, [-45, 44, 45, 405]) == [1, 1, 2, 2]


def test_hours_of_the_day_are_those_of_the_wall_clock():
    utc = Cyclic(24, "1d").of(MICROSECONDS)
    assert bins(utc, moments("1969-12-31T23:59", "2024-07-01T00:00", "2024-07-01T12:30")) == [24, 1, 13]
    berlin = Cyclic(24, "1d").of(BERLIN)
    at = [
        "2024-01-01T00:30+00:00",
        "2024-07-01T00:30+00:00",
        "2024-10-27T00:30+00:00",
        "2024-10-27T01:30+00:00",
    ]
    assert bins(berlin, moments(*at, logical=BERLIN)) == [2, 3, 3, 3]
    fixed = Cyclic(24, "1d", zone="+05:45").of(NANOSECONDS)
    assert bins(fixed, moments("2024-01-01T00:00", logical=NANOSECONDS)) == [6]
    assert utc.edges[[0, 1, -1]].tolist() == [dt.timedelta(), dt.timedelta(hours=1), dt.timedelta(days=1)]


def wall_hours(axis, numbers):
    """Return the hours of the wall clock, counted from 1, that Python's own zones give for seconds."""
    zone = ZoneInfo(axis.logical.zone)
    return [dt.datetime.fromtimestamp(number, zone).hour + 1 for number in numbers.tolist()]


@pytest.mark.parametrize("years", [(2024, 2024), (2021, 2024), (1970, 2037)])
@pytest.mark.parametrize("order", [np.sort, np.asarray])
def test_clocks_that_change_between_neighbouring_rows_are_read_right(years, order):
    first, last = (
        int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (years[0], years[1] + 1)
    )
    numbers = order(RNG.integers(first, last, 5000))
    axis = Cyclic(24, "1d").of(BERLIN)
    assert bins(axis, numbers) == wall_hours(axis, numbers)


@pytest.mark.parametrize("zone", ["America/Recife", "America/Noronha", "Africa/Tunis", "Europe/Dublin"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_clocks_that_change_twice_within_weeks_are_read_right(zone, unit):
    hours = np.arange(-1_000_000_000, 1_200_000_000, 3600)
    wall = [dt.datetime.fromtimestamp(second, ZoneInfo(zone)).hour + 1 for second in hours.tolist()[::7]]
    axis = Cyclic(24, dt.timedelta(days=1)).of(LogicalType("timestamp", unit, zone=zone))
    numbers = (hours[::7].astype("M8[s]").astype(f"M8[{unit}]")).astype(np.int64)
    order = RNG.permutation(numbers.size)
    assert bins(axis, numbers[order]) == np.array(wall)[order].tolist()


def test_bins_that_are_neighbouring_doubles_come_round_exactly():
    starts = [Fraction(0), Fraction(0.3), Fraction(nextafter(0.3, 1))]
    values, cells = np.array([0.2, 0.3, 1.3, nextafter(0.3, 1), 0.4, -0.6, inf]), np.zeros(7, np.uint32)
    bind_float_ring(1.0, starts)([values], np.uint32(1), cells)
    assert cells.tolist() == [1, 2, 3, 3, 3, 3, 4]


def test_weeks_begin_on_monday_unless_told_otherwise():
    days = [dt.date(2024, 1, day) for day in (1, 6, 7, 8)]
    numbers = [int(DATE.encode(day, "day")) for day in days]
    assert bins(Cyclic(7, "1w").of(DATE), numbers, np.int32) == [1, 6, 7, 1]
    assert bins(Cyclic(7, "1w", origin="2024-01-07").of(DATE), numbers, np.int32) == [2, 7, 1, 2]


@pytest.mark.parametrize("period", [2**63, 2.0**70, 1e30])
def test_a_period_beyond_64_bits_comes_round_on_integers_as_on_doubles(period):
    values = np.array([0, 5, -5, 2**62, -(2**63), 2**63 - 1024])
    assert bins(Cyclic(4, period), values) == bins(Cyclic(4, period), values.astype(np.float64))
    with pytest.raises(UsageError, match="a double equals, not 9223372036854775809: it is beyond 64 bits"):
        bins(Cyclic(4, 2**63 + 1), values)


def test_only_timestamps_have_clocks():
    for logical in (LogicalType("number"), DATE, DURATION):
        with pytest.raises(UsageError, match="zone='Europe/Berlin' is for columns of timestamps"):
            Cyclic(4, 4, zone="Europe/Berlin").of(logical)


def test_a_period_that_cannot_come_round_is_an_error():
    for period in (0, -1, inf, nan, 1e-300, 5e-324):
        with pytest.raises(UsageError, match="period must be positive and finite"):
            Cyclic(4, period)
    with pytest.raises(TypeError, match="period must be a number"):
        Cyclic(4, None)
    with pytest.raises(UsageError, match="a whole number of the column's units"):
        Cyclic(4, "1h").of(DATE)
    with pytest.raises(UsageError, match="no duration"):
        Cyclic(12, "1mo").of(DATE)


def test_a_period_that_no_double_equals_comes_round_for_integers_alone():
    axis = Cyclic(24, 2**61 - 1)
    assert bins(axis, [0, 2**61 - 2, 2**61 - 1], np.int64) == [1, 24, 1]
    with pytest.raises(UsageError, match=r"a double equals, not 2305843009213693951: .* floats"):
        axis.bind([np.dtype("f8")])


def test_bins_that_rounding_made_empty_stay_empty():
    axis = Cyclic(1000, 1.0, origin=1e15)
    values = 1e15 + RNG.integers(-80, 80, 200) / 8
    assert bins(axis, values) == phases(axis, values)


@pytest.mark.parametrize("origin", [2**63, -(2**63) - 1, 2**64, 10**19])
@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_periods_may_begin_beyond_the_integers_of_a_column(origin, dtype):
    limits = np.iinfo(dtype)
    values = np.array([limits.min, limits.min + 1, 5, 14, limits.max - 1, limits.max], dtype)
    assert bins(Cyclic(5, 10, origin), values) == [(int(v) - origin) % 10 // 2 + 1 for v in values]


@pytest.mark.parametrize(("zone", "hours"), [("-12:00", -12), ("+05:45", 5.75)])
def test_the_last_moment_comes_round_like_others_in_a_zone_of_one_offset(zone, hours):
    day, values = 86_400 * 10**9, np.array([2**63 - 1, 2**63 - 2, -(2**63), 0])
    for origin in (-(2**63), 2**63 - 1):
        axis = Cyclic(86_400, day, origin, zone=zone, logical=LogicalType("timestamp", "ns"))
        shift = int(hours * 3600 * 10**9) - origin
        assert bins(axis, values) == [(int(v) + shift) % day // 10**9 + 1 for v in values]
