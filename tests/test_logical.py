"""What users write becomes the column's numbers, exactly, and edges become what users read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from heatbin.errors import UsageError
from heatbin.logical import LogicalType, zone_named

NANOSECONDS = LogicalType("timestamp", "ns")
AHEAD = LogicalType("timestamp", "s", zone="+02:00")
TIME = LogicalType("time", "ns")


def nanoseconds(text: str) -> int:
    """Return what NumPy reads."""
    return int(np.datetime64(text, "ns").astype(np.int64))


@pytest.mark.parametrize(
    "text", ["2024-01-01T00:00:00.123456789", "2024-01-01 00:00:00.1", "1969-12-31T23:59:59.999999999"]
)
def test_text_keeps_all_digits_behind_its_seconds(text):
    assert NANOSECONDS.encode(text, "lo") == nanoseconds(text)
    assert NANOSECONDS.encode(text.replace(".", ",") + "+01:00", "lo") == nanoseconds(text) - 3600 * 10**9
    microseconds = LogicalType("timestamp", "us")
    assert microseconds.encode(text, "lo") == Fraction(nanoseconds(text), 1000)


def test_times_of_day_keep_all_digits_too():
    assert TIME.encode("12:30:00.000000001", "lo") == 45_000 * 10**9 + 1
    assert TIME.encode(dt.time(12, 30, 0, 5), "lo") == 45_000 * 10**9 + 5000
    assert TIME.encode("12:30", "lo") == 45_000 * 10**9


@pytest.mark.parametrize(("text", "first"), [("2024", "2024-01-01"), ("2024-02", "2024-02-01")])
def test_a_year_or_a_month_stands_for_its_first_moment(text, first):
    assert NANOSECONDS.encode(text, "lo") == nanoseconds(first)
    assert LogicalType("date", "D").encode(text, "lo") == np.datetime64(first).astype(int)


@pytest.mark.parametrize("text", ["2024-13", "202401", "24", "yesterday", ""])
def test_text_that_is_no_time_is_an_error_that_names_the_argument(text):
    with pytest.raises(UsageError, match=f"lo: '{text}' is no timestamp, which the column holds"):
        NANOSECONDS.encode(text, "lo")


@pytest.mark.parametrize("kind", ["duration", "time"])
@pytest.mark.parametrize("value", [5, 1.5, np.int64(3)])
def test_a_number_is_no_length_of_time(kind, value):
    with pytest.raises(UsageError, match=f"hi: {value} is no {kind}, which the column holds"):
        LogicalType(kind, unit="s").encode(value, "hi")


def test_lengths_of_time_may_be_those_of_numpy():
    assert LogicalType("duration", unit="ms").encode(np.timedelta64(2, "s"), "hi") == 2000


def test_a_column_may_have_a_fixed_offset_for_a_zone():
    noon = int(dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC).timestamp())
    assert AHEAD.encode("2024-07-01T12:00", "lo") == noon
    assert AHEAD.encode("2024-07-01T12:00+00:00", "lo") == noon + 7200
    assert AHEAD.encode(dt.datetime(2024, 7, 1, 12), "lo") == noon
    assert AHEAD.decode([noon]).tolist() == [dt.datetime(2024, 7, 1, 10)]
    assert str(AHEAD) == "timestamp[s, +02:00]"


def test_zones_have_names_or_offsets():
    assert zone_named("-0530").utcoffset(None) == -dt.timedelta(hours=5, minutes=30)
    assert zone_named("Europe/Berlin").utcoffset(dt.datetime(2024, 7, 1)) == dt.timedelta(hours=2)
    for unknown in ("Mars/Olympus", "+2", "../etc/passwd"):
        with pytest.raises(UsageError, match="no time zone"):
            zone_named(unknown)
    with pytest.raises(UsageError, match="no time zone 'Mars'"):
        LogicalType("timestamp", "s", zone="Mars").encode("2024-01-01", "lo")


def test_decimals_are_encoded_and_shown_as_written():
    price = LogicalType("decimal", scale=2)
    assert price.encode("1.005", "lo") == Fraction(1005, 10)
    assert price.encode(Decimal("-0.01"), "lo") == -1
    assert price.decode([100, -1]).tolist() == [1.0, -0.01]


def test_moments_too_far_out_for_nanoseconds_are_read_in_the_finest_unit_that_holds_them():
    moments = LogicalType("timestamp", "s").decode([0, 10**11, Fraction(1, 10**9)])
    assert moments.dtype == "M8[us]"
    assert moments[1] == np.datetime64(10**11, "s")
    assert LogicalType("timestamp", "s").decode([0, 10**14, Fraction(1, 2)]).dtype == "M8[ms]"
