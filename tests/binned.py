"""Bins of values, and what exact comparison says of them, for the tests of axes."""

from __future__ import annotations

from bisect import bisect_right
from math import inf, isnan, nan

import numpy as np

from heatbin.logical import LogicalType

DECIMAL = LogicalType("decimal", scale=2)
DATE = LogicalType("date", "D")
DURATION = LogicalType("duration", "s")
MICROSECONDS = LogicalType("timestamp", "us")
NANOSECONDS = LogicalType("timestamp", "ns")
BERLIN = LogicalType("timestamp", "s", zone="Europe/Berlin")


def bins(axis, values, dtype=None):
    """Return the bin of each value, flow counted, of a column as sources hand it over."""
    column = np.asarray(values, dtype)
    column = column.astype(
        np.float32
        if column.dtype.itemsize == 2 and column.dtype.kind == "f"
        else column.dtype.newbyteorder("=")
    )
    cells = np.zeros(column.size, np.uint32)
    axis.bind((column.dtype,))([column], np.uint32(1), cells)
    return cells.tolist()


def expected(edges, values, *, closed=True):
    """Return what Python's exact comparison of integers, floats and fractions says."""
    size = len(edges) - 1

    def bin_of(value):
        if isinstance(value, float) and isnan(value):
            return size + 2
        return size if closed and value == edges[-1] else bisect_right(edges, value)

    return [bin_of(value) for value in np.asarray(values).tolist()]


def extremes(dtype):
    """Return the values of a type at which arithmetic goes wrong first."""
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        ends = [limits.min, limits.max, limits.tiny, limits.smallest_subnormal, -limits.smallest_subnormal]
        return np.array([*ends, 0.0, -0.0, inf, -inf, nan], dtype)
    limits = np.iinfo(dtype)
    near = [limits.min, limits.min + 1, 0, 1, limits.max - 1, limits.max, limits.max // 2]
    return np.array([*near, *(2**53 + d for d in (-1, 0, 1) if 2**53 + d <= limits.max)], dtype)


def around(edges):
    """Return numbers of the type of edges: these, and their neighbours on both sides."""
    if edges.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.concatenate([edges, np.nextafter(edges, -inf), np.nextafter(edges, inf)])
    return np.concatenate([edges, edges - edges.dtype.type(1), edges + edges.dtype.type(1)])


def moments(*text, logical=MICROSECONDS):
    return [int(logical.encode(each, "moment")) for each in text]
