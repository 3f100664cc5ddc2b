"""Time axes: periods as clocks and calendars have them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from binned import BERLIN, DATE, DURATION, MICROSECONDS, bins, moments
from heatbin.axes import Time
from heatbin.errors import UsageError
from heatbin.logical import LogicalType

RNG = np.random.default_rng(0)


def hours(axis):
    return (axis.widths.astype("m8[s]").astype(np.int64) / 3600).tolist()


def shown(axis):
    return np.datetime_as_string(axis.edges, unit="m").tolist()


def test_periods_cover_the_data_whole_and_their_last_moment_is_the_next_ones_first():
    first, last = moments("2024-01-31T10:20", "2024-02-29T00:00")
    axis = Time("1d").of(MICROSECONDS).between(first, last)
    assert axis.edges[[0, -1]].tolist() == [dt.datetime(2024, 1, 31), dt.datetime(2024, 3, 1)]
    assert axis.size == 30
    assert bins(axis, [first, last - 1, last, last + 86400 * 10**6 - 1, last + 86400 * 10**6]) == [
        1,
        29,
        30,
        30,
        31,
    ]


@pytest.mark.parametrize(
    ("every", "edges"),
    [
        ("1mo", ["2023-12-01T00:00", "2024-01-01T00:00", "2024-02-01T00:00"]),
        ("1q", ["2023-10-01T00:00", "2024-01-01T00:00", "2024-04-01T00:00"]),
        ("1y", ["2023-01-01T00:00", "2024-01-01T00:00", "2025-01-01T00:00"]),
        ("w", ["2023-12-25T00:00", "2024-01-01T00:00", "2024-01-08T00:00"]),
        ("12h", ["2023-12-31T12:00", "2024-01-01T00:00", "2024-01-01T12:00"]),
        ("15 min", ["2023-12-31T23:45", "2024-01-01T00:00", "2024-01-01T00:15"]),
        ("1min", ["2023-12-31T23:59", "2024-01-01T00:00", "2024-01-01T00:01"]),
    ],
)
def test_periods_begin_where_clocks_and_calendars_begin_them(every, edges):
    axis = Time(every).of(MICROSECONDS).between(*moments("2023-12-31T23:59", "2024-01-01T00:00:59"))
    assert shown(axis) == edges


def test_days_have_the_hours_that_the_clocks_of_their_zone_give_them():
    assert hours(Time("1d", "2024-03-30", "2024-04-02").of(BERLIN)) == [24, 23, 24]
    assert hours(Time("1d", "2024-10-26", "2024-10-29").of(BERLIN)) == [24, 25, 24]
    # Cuba's clocks go back at one, so its day begins at the first of two midnights.
    assert hours(Time("1d", "2024-11-02", "2024-11-05", "America/Havana").of(MICROSECONDS)) == [24, 25, 24]
    # Samoa left out the 30th when it changed sides of the date line.
    apia = Time("1d", "2011-12-28", "2012-01-02", "Pacific/Apia").of(MICROSECONDS)
    assert hours(apia) == [24] * 4


def test_hours_are_as_long_as_the_clock_on_the_wall_makes_them():
    assert set(hours(Time("1h", "2024-10-27", "2024-10-28").of(BERLIN))) == {1.0}
    assert Time("1h", "2024-10-27", "2024-10-28").of(BERLIN).size == 25
    assert Time("1h", "2024-03-31", "2024-04-01").of(BERLIN).size == 23
    assert hours(Time("6h", "2024-03-31", "2024-04-01").of(BERLIN)) == [5, 6, 6, 6]
    assert hours(Time("6h", "2024-10-27", "2024-10-28").of(BERLIN)) == [7, 6, 6, 6]
    kathmandu = Time("1h", "2024-01-01T00:00", "2024-01-01T02:00", "Asia/Kathmandu").of(MICROSECONDS)
    assert shown(kathmandu) == ["2023-12-31T18:15", "2023-12-31T19:15", "2023-12-31T20:15"]
    # Clocks on Lord Howe Island move by half an hour: one hour is skipped into, another is read one and a half times.
    island = "Australia/Lord_Howe"
    assert hours(Time("1h", "2024-10-06T01:00", "2024-10-06T05:00", island).of(MICROSECONDS)) == [
        1,
        0.5,
        1,
        1,
    ]
    assert hours(Time("1h", "2024-04-07T00:00", "2024-04-07T04:00", island).of(MICROSECONDS)) == [
        1,
        1.5,
        1,
        1,
    ]


@given(
    st.sampled_from(["1h", "15min", "6h", "1d", "1w", "1mo", "1q", "36h"]),
    st.sampled_from(
        [None, "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "America/Sao_Paulo", "+05:45"]
    ),
    st.integers(-(10**9), 2 * 10**9),
    st.integers(0, 10**7),
)
@example("1h", "Africa/Casablanca", 1_500_000_000, 4 * 10**7)
def test_a_period_holds_the_times_whose_wall_clocks_agree(every, zone, lo, span):
    from heatbin.axes.zones import offsets_between

    axis = Time(every, zone=zone).of(LogicalType("timestamp", "s")).between(lo, lo + span)
    edges = axis.edges.astype("M8[s]").astype(np.int64)
    assert edges[0] <= lo
    assert lo + span < edges[-1]
    assert np.all(np.diff(edges) > 0)
    at = RNG.integers(edges[0], edges[-1], 200)
    starts, offsets = offsets_between(zone, int(edges[0]), int(edges[-1]))
    walls = [times + offsets[np.searchsorted(starts, times, side="right") - 1] for times in (at, edges)]
    floors = [_floor_of(every, wall) for wall in walls]
    into = np.array(bins(axis, at)) - 1
    same = floors[0] == floors[1][into]
    # An edge whose clock skipped the beginning of the period shows a later time, but of the same period.
    assert np.all(same | (np.diff(edges)[into] > 0) & (floors[0] >= floors[1][into]))
    assert same.mean() > 0.9


def _floor_of(every, wall):
    units = {"1h": 3600, "15min": 900, "6h": 6 * 3600, "36h": 36 * 3600, "1d": 86400}
    if every in units:
        return wall // units[every]
    days = wall.astype("M8[s]").astype("M8[D]").astype(np.int64)
    if every == "1w":
        return (days - 4) // 7
    months = wall.astype("M8[s]").astype("M8[M]").astype(np.int64)
    return months // (3 if every == "1q" else 1)


def test_dates_durations_and_times_of_day_have_periods_too():
    assert hours(Time("1mo").of(DATE).between(0, 58)) == [31 * 24, 28 * 24]
    assert Time("1mo").of(DATE).between(0, 58).edges.dtype == np.dtype("M8[D]")
    assert bins(Time("1w").of(DATE).between(0, 10), [-3, -4, 3, 4, 10, 11]) == [1, 0, 1, 2, 2, 3]
    clock = Time("15min").of(LogicalType("time", "us")).between(0, 86_399_999_999)
    assert clock.edges[[1, -1]].tolist() == [dt.timedelta(minutes=15), dt.timedelta(days=1)]
    half_seconds = Time("500ms").of(LogicalType("timestamp", "s")).between(0, 0)
    assert half_seconds.edges.astype("M8[ms]").astype(np.int64).tolist() == [0, 500, 1000]
    assert bins(half_seconds, [-1, 0, 1]) == [0, 1, 3]
    for every in ("1mo", "1q", "1y"):
        with pytest.raises(UsageError, match="has no calendar"):
            Time(every).of(DURATION)


def test_given_ends_are_of_the_zone_and_are_covered_whole():
    axis = Time("1mo", "2024-01-15", dt.datetime(2024, 3, 1)).of(BERLIN)
    assert shown(axis) == ["2023-12-31T23:00", "2024-01-31T23:00", "2024-02-29T23:00"]
    assert Time("1mo", lo="2024-01-15").of(BERLIN).between(None, None).size == 1
    assert (
        Time("1mo", hi="2024-01-15")
        .of(BERLIN)
        .between(*moments("1999-01-01", "1999-12-31", logical=BERLIN))
        .size
        == 301
    )
    with pytest.raises(UsageError, match=r"from 2024-02-01.* to 2024-01-01"):
        Time("1d", "2024-02-01", "2024-01-01").of(MICROSECONDS)
    with pytest.raises(UsageError, match="no timestamp"):
        Time("1d", "today").of(MICROSECONDS)


def test_what_is_no_period_or_zone_is_an_error():
    for every in ("1x", "", "h1", "1.5h", "0h", 5):
        with pytest.raises(UsageError, match="every must be a period such as '15min'"):
            Time(every)
    for zone in ("Mars/Phobos", "", "../etc/passwd"):
        with pytest.raises(UsageError, match="no time zone"):
            Time("1h", zone=zone)
    with pytest.raises(UsageError, match="needs a column of times, not of numbers"):
        Time("1h").of(LogicalType())


def test_too_many_periods_are_an_error_before_they_are_made():
    with pytest.raises(UsageError, match=r"about 31,536,\d\d\d periods .* choose a longer period"):
        Time("1s", "2023-01-01", "2024-01-01").of(MICROSECONDS)
    with pytest.raises(UsageError, match="periods"):
        Time("1h").of(MICROSECONDS).between(-(2**63), 2**63 - 1)
    with pytest.raises(UsageError, match="the years 1 to 9999"):
        Time("1y").of(LogicalType("timestamp", "s")).between(0, 400_000_000_000)
