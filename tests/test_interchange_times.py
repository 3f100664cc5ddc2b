"""Other programs get times as times, in their zone, and as seconds where they want numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import heatbin as hb
from heatbin.histogram import Histogram
from heatbin.logical import zone_named


def by_time(unit: str, zone: str | None, axis: Any) -> Histogram:
    """Return what is known of two days, in the local time of a zone, one of them with 23 hours in Berlin."""
    local = zone_named(zone or "UTC")
    seconds = [int(datetime(2024, 3, day, 13, tzinfo=local).timestamp()) for day in (30, 31)]
    times = (
        pa.array(seconds).cast(pa.timestamp("s")).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, tz=zone))
    )
    return hb.aggregate(pa.table({"t": times, "y": [0.0, 1.0]}), "t", "y", bins=(axis, 2))


@pytest.mark.parametrize("unit", ["s", "us"])
@pytest.mark.parametrize(
    ("zone", "first"),
    [(None, ""), ("UTC", "Z"), ("Europe/Berlin", "+0100"), ("+02:00", "+0200")],
)
def test_times_stay_in_their_zone_in_a_table_and_a_file(tmp_path, unit, zone, first) -> None:
    histogram = by_time(unit, zone, hb.Time("1d"))
    table = histogram.to_arrow()
    assert table.schema.types[:2] == [pa.timestamp(unit, tz=zone)] * 2
    midnights = [low.replace(tzinfo=None) for low in table["t_low"][::2].to_pylist()]
    assert midnights == [datetime(2024, 3, day) for day in (30, 31)]
    histogram.export(tmp_path / "cells.csv")
    line = (tmp_path / "cells.csv").read_text().splitlines()[1]
    assert line.split(",")[0] == f"2024-03-30 00:00:00{'.000000' * (unit == 'us')}{first}"


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_a_dataset_names_the_zone_of_its_times(zone) -> None:
    pytest.importorskip("xarray")
    dataset = by_time("us", zone, hb.Time("1d")).to_xarray()
    for name in ("t", "t_edges"):
        assert dataset[name].attrs == ({"time_zone": zone} if zone else {})


@pytest.mark.parametrize(("unit", "hour"), [("s", "3600"), ("ms", "3600.000"), ("ns", "3600.000000000")])
def test_lengths_of_time_are_seconds_in_csv(tmp_path, unit, hour) -> None:
    by_time(unit, "UTC", hb.Cyclic(24, "1d")).export(tmp_path / "cells.csv")
    assert (tmp_path / "cells.csv").read_text().splitlines()[1].split(",")[1] == hour


def test_the_zone_of_an_axis_is_that_of_its_edges_and_periods_have_none() -> None:
    tokyo = by_time("s", None, hb.Time("1d", zone="Asia/Tokyo")).to_arrow()
    assert tokyo.schema.field("t_low").type == pa.timestamp("s", tz="Asia/Tokyo")
    assert tokyo["t_low"][0].as_py().hour == 0
    hours = by_time("s", "Europe/Berlin", hb.Cyclic(24, "1d")).to_arrow()
    assert hours.schema.field("t_low").type == pa.duration("s")


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", "+02:00"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_an_axis_of_times_is_a_sequence_of_seconds(unit, zone) -> None:
    histogram = by_time(unit, zone, hb.Time("1d"))
    axis = histogram.axes[0]
    first = datetime(2024, 3, 30, tzinfo=zone_named(zone or "UTC")).timestamp()
    assert [low for low, _ in axis] == [first, first + 86400]
    assert axis.edges.dtype == f"M8[{unit}]"
    assert histogram._to_uhi_()["axes"][0]["edges"][:2].tolist() == [*axis[0]]
    assert by_time(unit, zone, hb.Cyclic(24, "1d")).axes[0][1] == (3600.0, 7200.0)


@pytest.mark.parametrize(
    "axis",
    [
        hb.Time("1h", zone="Europe/Berlin"),
        hb.Time("1mo"),
        hb.Cyclic(24, "1d"),
        hb.Cyclic(7, "1w"),
        hb.Regular(5),
        hb.Variable(["2024-03-01", "2024-03-30T12", "2024-05-01"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_mplhep_draws_times_where_hist_has_them(unit, axis) -> None:
    mplhep = pytest.importorskip("mplhep")
    hist = pytest.importorskip("hist")
    from matplotlib.figure import Figure

    histogram, ax = by_time(unit, "UTC", axis), Figure().add_subplot()
    ours = mplhep.hist2dplot(histogram, ax=ax, cbar=False).pcolormesh
    theirs = mplhep.hist2dplot(hist.Hist(histogram), ax=ax, cbar=False).pcolormesh
    np.testing.assert_array_equal(ours.get_coordinates(), theirs.get_coordinates())
    np.testing.assert_array_equal(ours.get_array(), histogram.values().T)
    mplhep.histplot(histogram.project("x"), ax=Figure().add_subplot(), w2method="sqrt")


def test_days_that_come_round_again_are_seconds_to_arrow() -> None:
    days = pa.array([1, 2, 3], pa.int32()).cast(pa.date32())
    table = hb.aggregate({"x": days, "y": [0.0] * 3}, "x", "y", bins=(hb.Cyclic(7, "7d"), 1)).to_arrow()
    assert table.schema.field("x_low").type == pa.duration("s")
    assert table["x_high"].to_pylist()[0].days == 1
