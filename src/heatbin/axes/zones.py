"""What clocks on the wall show: the offsets of time zones, and when they change."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.errors import UsageError
from heatbin.logical import zone_named

__all__ = ["Offsets", "offsets_between"]

DAY = 86400
# In the IANA database no offset has lasted, or is to last, less than 6.9 days (3.99 with the old zones of its file
# `backzone`): none escapes a look every three.
GLANCE = 3 * DAY
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# One day short of the years that datetimes have, so that any offset can be added.
FIRST, LAST = -62135510400, 253402214400


class Offsets(NamedTuple):
    """The offsets of a zone from UTC over some time.

    Parameters
    ----------
    starts : ndarray of int64
        From when on each holds, in seconds since 1970 UTC, sorted.
    offsets : ndarray of int64
        In seconds, to be added to UTC.
    """

    starts: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]


@cache
def offsets_between(name: str | None, first: int, last: int) -> Offsets:
    """Return the offsets of a zone, None being UTC, from `first` to `last`, in seconds since 1970 UTC.

    Raises
    ------
    UsageError
        When there is no such zone, or the time is beyond the years 1 to 9999.
    """
    if not (FIRST <= first <= last <= LAST):
        raise UsageError("time zones are known for the years 1 to 9999 only, and the range goes beyond them")
    zone = dt.UTC if name is None else zone_named(name)
    starts, found = [first], [_offset(zone, first)]
    if not isinstance(zone, dt.timezone):
        _add_changes(zone, starts, found, last)
    return Offsets(np.array(starts), np.array(found))


def _add_changes(zone: dt.tzinfo, starts: list[int], found: list[int], last: int) -> None:
    for glance in range(starts[0] + GLANCE, last + GLANCE, GLANCE):
        while _offset(zone, min(glance, last)) != found[-1]:
            before, offset = max(starts[-1], glance - GLANCE), found[-1]
            waiting = range(before, glance)
            changed = bisect_left(waiting, True, key=lambda at: _offset(zone, at) != offset)
            starts.append(before + changed)
            found.append(_offset(zone, before + changed))


def _offset(zone: dt.tzinfo, seconds: int) -> int:
    offset = (EPOCH + dt.timedelta(seconds=seconds)).astimezone(zone).utcoffset()
    return 0 if offset is None else offset.days * DAY + offset.seconds
