"""Rows told apart by the period that their time lies in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.axes import Index, Time
from heatbin.axes.periods import NS, Period
from heatbin.axes.zones import FIRST, LAST
from heatbin.columns import Bitmap, Column, Points
from heatbin.errors import BadInputError, UsageError
from heatbin.logical import PER_SECOND, LogicalType, zone_named

__all__ = ["Calendar"]

NO_TIME = -1
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MINUTE = 60 * NS
# How much of 2026-11-01T05:00:00 names a period.
MINUTES, YEARS, DATES = 16, 4, {"day": 10, "month": 7}


class Calendar:
    """Says of rows in which period they lie.

    Parameters
    ----------
    every : str
        The period, as `heatbin.Time` takes it.
    logical : LogicalType
        What the numbers of the rows' times mean.

    Examples
    --------
    >>> days = Calendar("1d", LogicalType("timestamp", "s", "Europe/Berlin"))
    >>> times = Column(np.array([1_730_000_000, 1_730_000_000 + 86400]))
    >>> [(day, len(rows)) for day, rows in days.split(Points((times,), moment=times))]
    [('2024-10-27', 1), ('2024-10-28', 1)]
    """

    def __init__(self, every: str, logical: LogicalType) -> None:
        self._period = Period.parse(every)
        self._open: Time = Time(every).of(logical)
        self._axis = self._open
        self._edges = np.empty(0, "M8[s]")
        self._bound: dict[np.dtype[Any], Index] = {}
        self._known = tuple(int(end * PER_SECOND[logical.unit]) for end in (FIRST, LAST))
        self._zone = zone_named(logical.zone) if logical.zone else None

    def split(self, points: Points) -> Iterator[tuple[str | None, Points]]:
        """Yield the rows of each period, in the order of the periods; those without a time under None, first."""
        if points.moment is None:
            raise ValueError("these rows have no time")
        bins = self._bins(points.moment)
        if np.any(bins[1:] < bins[:-1]):
            order = np.argsort(bins, kind="stable")
            bins, points = bins[order], _taken(points, order)
        starts = np.concatenate([[0], np.flatnonzero(bins[1:] != bins[:-1]) + 1])
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), bins.size], strict=True):
            bin_ = int(bins[start])
            yield None if bin_ == NO_TIME else self._label(bin_), _sliced(points, start, stop)

    def _bins(self, moments: Column) -> npt.NDArray[np.int64]:
        """Return the number of each row's period on the axis as it is now."""
        present = self._present(moments)
        values = moments.values if present is None else moments.values[present]
        bins = np.full(len(moments), NO_TIME)
        if values.size:
            self._reach(int(values.min()), int(values.max()))
            cells = np.zeros(values.size, np.uint32)
            self._index(values.dtype)([values], np.uint32(1), cells)
            bins[slice(None) if present is None else present] = cells.astype(np.int64) - 1
        return bins

    def _present(self, moments: Column) -> npt.NDArray[np.bool_] | None:
        """Return which rows have a time, in years that calendars have; None if all have."""
        present = moments.present
        values, (first, last) = moments.values, self._known
        if values.size and (int(values.min()) < first or int(values.max()) >= last):
            known = (values >= first) & (values < last)
            present = known if present is None else present & known
        return present

    def _reach(self, lo: int, hi: int) -> None:
        """Let the axis hold two times, and what it held."""
        if not self._axis.open and self._axis.lo <= lo and hi < self._axis.hi:
            return
        before = [] if self._axis.open else [self._axis.lo, self._axis.hi - 1]
        try:
            self._axis = self._open.between(min([lo, *before]), max([hi, *before]))
            self._edges = self._axis.edges.astype("M8[s]" if self._period.ticks == 1 else "M8[ns]")
        except UsageError as error:
            raise BadInputError(f"its times cannot be divided into periods: {error}") from error
        self._bound.clear()

    def _index(self, dtype: np.dtype[Any]) -> Index:
        if dtype not in self._bound:
            self._bound[dtype] = self._axis.bind([dtype])
        return self._bound[dtype]

    def _label(self, bin_: int) -> str:
        """Return what a period is called: the date that it begins with, or for parts of days a moment in UTC."""
        moment = self._edges[bin_]
        if self._period.unit == "ns":
            shown = str(moment) if self._period.count % MINUTE else str(moment)[:MINUTES]
            return f"{shown}Z" if self._zone else shown
        date = str(moment) if self._zone is None else self._date(int(moment.astype(np.int64)))
        return date[
            : YEARS
            if self._period.unit == "month" and self._period.count % 12 == 0
            else DATES[self._period.unit]
        ]

    def _date(self, seconds: int) -> str:
        """Return the date on the wall."""
        return (EPOCH + dt.timedelta(seconds=seconds)).astimezone(self._zone).date().isoformat()


def _packed(bits: npt.NDArray[np.bool_]) -> Bitmap:
    return np.packbits(bits, bitorder="little")


def _taken(points: Points, order: npt.NDArray[np.int64]) -> Points:
    def take(column: Column) -> Column:
        present = column.present
        validity = None if present is None else _packed(present[order])
        return Column(column.values[order], validity)

    return _each(points, take)


def _sliced(points: Points, start: int, stop: int) -> Points:
    if stop - start == len(points):
        return points
    return _each(points, lambda c: Column(c.values[start:stop], c.validity, c.offset + start))


def _each(points: Points, change: Any) -> Points:
    return Points(
        tuple(change(column) for column in points.coordinates),
        tuple(change(column) for column in points.samples),
        None if points.selected is None else change(points.selected),
    )
