"""What axes ask of their arguments: one check, one helper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from math import inf, isfinite, ulp
from operator import index as as_index
from typing import Any, TypeGuard

import numpy as np

from heatbin.axes.rationals import Number
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = [
    "MOST_BINS",
    "bin_count",
    "check_closed",
    "check_fits",
    "check_range",
    "checked_linthresh",
    "closed_ends",
    "encoded",
    "is_number",
    "plain_end",
    "shown",
    "unsettled",
]

MOST_BINS = 1 << 31
READABLE = 10**20
INT64 = 1 << 63

WRITTEN = (str, Decimal, dt.date, dt.time, dt.timedelta, np.datetime64, np.timedelta64)


def bin_count(n: Any) -> int:
    """Return a number of bins as an int.

    Raises
    ------
    TypeError
        When it is not an integer.
    UsageError
        When it is below 1, or more than can be numbered.
    """
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"the number of bins must be an integer, not {n!r}")
    count = as_index(n)
    if not 1 <= count < MOST_BINS:
        raise UsageError(f"the number of bins must be at least 1 and below 2³¹, not {count}")
    return count


def is_number(end: Any) -> TypeGuard[Number]:
    """Tell whether an end is a number, not None and not a time or decimal as it was written."""
    return isinstance(end, int | float | Fraction)


def plain_end(end: Any, name: str) -> Any:
    """Return an end as a Python number; None, and what only the column's type can tell the meaning of, as it is.

    Parameters
    ----------
    end : number, None, str, Decimal, datetime, date, time, timedelta, numpy.datetime64 or numpy.timedelta64
        What a user gave.
    name : str
        What an error calls it.

    Raises
    ------
    TypeError
        When it is none of these.
    """
    if isinstance(end, np.integer | np.floating):
        end = end.item()
    if end is None or isinstance(end, WRITTEN) or (is_number(end) and not isinstance(end, bool)):
        return end
    raise TypeError(f"{name} must be a number or a time, not {end!r}")


def encoded(end: Any, logical: LogicalType, name: str) -> Any:
    """Return an end as a number of the column; None stays."""
    if end is None:
        return None
    number = logical.encode(end, name)
    return int(number) if isinstance(number, Fraction) and number.denominator == 1 else number


def check_closed(closed: Any, *, is_open: bool = False) -> None:
    """Hold that `closed` is True or False, and True where the upper end `is_open`.

    Raises
    ------
    TypeError
        When it is neither.
    UsageError
        When the data are to give the upper end, which would then leave out their largest value.
    """
    if not isinstance(closed, bool):
        raise TypeError(f"closed must be True or False, not {closed!r}")
    if is_open and not closed:
        raise UsageError(
            "closed=False needs hi: a range up to the largest value of the data would leave it out"
        )


def checked_linthresh(linthresh: Any) -> Any:
    """Return how far from zero a symlog scale is linear, as `plain_end` does.

    Raises
    ------
    UsageError
        When it is a number that cannot be that.
    """
    plain = plain_end(linthresh, "linthresh")
    if is_number(plain) and not 0 < plain < inf:
        raise UsageError(f"linthresh must be positive and finite, not {plain}")
    return plain


def check_range(lo: Number, hi: Number, logical: LogicalType = NUMBER) -> None:
    """Hold that a range is finite, not reversed, not empty, and that its width is a finite double.

    Parameters
    ----------
    lo, hi : number
        The ends, as numbers of the column.
    logical : LogicalType, optional
        What they mean, so that the error shows it.

    Raises
    ------
    UsageError
        When it is not so.
    """
    if not (_is_finite(lo) and _is_finite(hi)):
        raise UsageError(f"the range must be finite, not {shown(lo)} to {shown(hi)}")
    if not lo < hi:
        first, last = (lo, hi) if logical == NUMBER else logical.decode([Fraction(lo), Fraction(hi)])
        raise UsageError(f"the range must go from a smaller to a larger value, not from {first} to {last}")
    if not _is_finite(float(hi) - float(lo)):
        raise UsageError(
            f"the range {shown(lo)} to {shown(hi)} is too wide: its width is beyond the largest double"
        )


def check_fits(coordinate: Any, name: str) -> None:
    """Hold that decimals that are in a bin fit the 64 bits that columns have; those that do not lie at their ends.

    Parameters
    ----------
    coordinate : Coordinate
        An open one reaches nowhere yet.
    name : str
        What an error calls its column.

    Raises
    ------
    UsageError
        When it reaches further.
    """
    if coordinate.open or coordinate.reach is None:
        return
    is_one = coordinate.takes == 1
    logicals = [coordinate.logical] if is_one else [coordinate.xlogical, coordinate.ylogical]
    for logical, (lo, hi) in zip(logicals, [coordinate.reach] if is_one else coordinate.reach, strict=True):
        if logical.kind == "decimal" and not -INT64 < lo <= hi < INT64 - 1:
            raise UsageError(
                f"{name}: decimals with {logical.scale} digits behind the point are binned as integers of 64 bits, so "
                f"up to {INT64 / 10**logical.scale:.6g}, and the bins reach further; float(…) of them would work"
            )


def unsettled(*, is_open: bool) -> UsageError:
    """Return the error of an axis whose edges are asked for too early."""
    if is_open:
        return UsageError("the axis has no range yet: the data give it when they are read")
    return UsageError("the ends of the axis become numbers when the type of the column is known")


def shown(number: Number) -> str:
    """Return a number as errors show it: one of more digits than anybody reads in scientific form.

    Examples
    --------
    >>> shown(10**20), shown(10**300), shown(0.5)
    ('100000000000000000000', '1.00000e+300', '0.5')
    """
    readable = isinstance(number, float) or -READABLE <= number <= READABLE
    return str(number) if readable else f"{Decimal(int(number)):.6g}"


def closed_ends(lo: Number | None, hi: Number | None, n: int) -> tuple[Number, Number]:
    """Return the ends of an axis of `n` bins for data that lie between `lo` and `hi`.

    Constant data get half a unit on both sides, or as little more as doubles can tell apart; no data (None) the
    range (0, 1), or a unit beside the end that there is.
    """
    if lo is None:
        return (0, 1) if hi is None else (hi - 1, hi)
    if hi is None:
        return lo, lo + 1
    if lo != hi:
        return lo, hi
    if not isinstance(lo, float):
        return lo - Fraction(1, 2), lo + Fraction(1, 2)
    reach = max(0.5, 2 * n * ulp(lo))
    return lo - reach, lo + reach


def _is_finite(number: Number) -> bool:
    try:
        return isfinite(number)
    except OverflowError:
        return False
