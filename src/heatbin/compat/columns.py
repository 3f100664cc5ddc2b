"""Columns as callers hold them: NumPy's own, and what it holds as objects."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from numbers import Real
from operator import eq
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array
from heatbin.errors import KindError, UsageError

__all__ = ["absent", "floats_of", "held_columns", "native"]

UNTYPED = (list, tuple, np.ndarray)
"""What says nothing of what its objects are, so that NumPy takes none that is absent."""

ARROW = ("__arrow_c_stream__", "__arrow_c_array__")
"""What a column has that can hand itself to Arrow, with its type and its nulls."""

EXACT_IN_FLOAT = 1 << 53

PLACES = (Decimal, dt.date, dt.time, dt.timedelta)
AMOUNTS = (Decimal, dt.timedelta)
"""The objects, beside numbers, that a coordinate and a weight may be; those of one column are of one kind."""


def absent(objects: Array) -> npt.NDArray[np.bool_]:
    """Return which of some objects stand for a value that is not there: None, NaN, NaT and pandas' NA.

    Examples
    --------
    >>> absent(np.array([None, 1, float("nan"), "a"], dtype=object)).tolist()
    [True, False, True, False]
    """
    gone = np.fromiter(map(_is_absent, objects.flat), dtype=np.bool_, count=objects.size)
    return gone.reshape(objects.shape)


def floats_of(objects: Array) -> npt.NDArray[np.float64] | None:
    """Return objects as doubles, NaN where one is absent; None where one is no number."""
    there = ~absent(objects)
    if not all(isinstance(value, Real | Decimal) for value in objects[there]):
        return None
    floats = np.full(objects.shape, np.nan)
    floats[there] = objects[there].astype(np.float64)
    return floats


def held_columns(x: Any, y: Any, weights: Any) -> dict[str, Any]:
    """Return columns by the names of the arguments, without one for weights that are None.

    Parameters
    ----------
    x, y, weights : array_like, shape (N,)
        Numbers; times, decimals or booleans; weights may be amounts of time.

    Returns
    -------
    dict of ndarray, or of what a source takes for one
        Arrays of numbers and times are not copied, those of other numbers are made such.

    Raises
    ------
    UsageError
        When they differ in length, or have more dimensions than one.
    KindError
        When they are none of these.
    """
    columns = {"x": _held(x, "x", "mM", PLACES), "y": _held(y, "y", "mM", PLACES)}
    if weights is not None:
        columns["weights"] = _held(weights, "weights", "m", AMOUNTS)
    rows = len(columns["x"])
    for name, column in columns.items():
        if len(column) != rows:
            raise UsageError(f"x and {name} must have the same length, not {rows} and {len(column)}")
    return columns


def native(values: Array) -> Array:
    """Return values as kernels take them: contiguous, in this machine's byte order, a float of 32 or 64 bits."""
    if values.dtype.kind == "b":
        return values.astype(np.uint8)
    if values.dtype.kind == "f" and values.dtype.itemsize not in (4, 8):
        return values.astype(np.float32 if values.dtype.itemsize == 2 else np.float64)
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))


def _held(column: Any, name: str, times: str, kinds: tuple[type, ...]) -> Any:
    """Return a column of numbers, of times of the dtypes `times` or objects of `kinds`."""
    array = np.asarray(column)
    if array.ndim == 0:
        raise KindError(f"{name} must be a row of numbers, not {column!r}")
    if array.ndim != 1:
        raise UsageError(f"{name} must have one dimension, not shape {array.shape}")
    if array.dtype.kind in "biuf" + times:
        return column if _is_rounded(column, array) else array
    found = _of_objects(column, array, kinds) if array.dtype.kind == "O" else None
    if found is None:
        raise KindError(f"{name} must be numbers{_beside(kinds)}, not {_described(array)}")
    return found


def _of_objects(column: Any, objects: Array, kinds: tuple[type, ...]) -> Any:
    """Return numbers as doubles, other objects as a source takes them; None where they are of no such kind."""
    gone = absent(objects)
    there = objects[~gone]
    are_typed = there.size and all(isinstance(value, kinds) for value in there)
    if are_typed and any(hasattr(column, protocol) for protocol in ARROW):
        return column
    if are_typed or _are_far(there):
        return [None if is_gone else value for value, is_gone in zip(objects, gone, strict=True)]
    is_taken = not isinstance(column, UNTYPED) or not any(value is None for value in objects)
    return floats_of(objects) if is_taken else None


def _are_far(objects: Array) -> bool:
    """Tell whether objects are integers, some beyond those that doubles equal."""
    whole = all(isinstance(value, int) for value in objects)
    return whole and any(abs(value) > EXACT_IN_FLOAT for value in objects)


def _is_rounded(column: Any, array: Array) -> bool:
    """Tell whether NumPy took large integers for doubles, since others of the column are absent."""
    if array.dtype.kind != "f" or not any(hasattr(column, protocol) for protocol in ARROW):
        return False
    if not array.size or not np.nanmax(np.abs(array), initial=0) > EXACT_IN_FLOAT:
        return False
    from heatbin.sources.arrow_types import holds_integers

    return holds_integers(column)


def _beside(kinds: tuple[type, ...]) -> str:
    return " or times" if kinds is PLACES else ""


def _described(array: Array) -> str:
    """Return what an array is of: its dtype, or the first of its objects that is no number."""
    others = (value for value in array.flat if not isinstance(value, Real | Decimal))
    return str(array.dtype) if array.dtype.kind != "O" else f"{type(next(others, None)).__name__}"


def _is_absent(value: Any) -> bool:
    is_same = value is not None and eq(value, value)
    # pandas' NA is neither equal to itself nor different from itself.
    return not (isinstance(is_same, bool | np.bool_) and is_same)
