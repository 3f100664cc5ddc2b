"""Python's own containers of numbers: a dict of arrays, a structured array, lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from heatbin.columns import Array
from heatbin.errors import BadInputError, UsageError
from heatbin.sources.memory import Chunks, Held, MemorySource, Strides

__all__ = ["of_arrays", "of_structured"]

NAME = "a dict of arrays"

# Arrow has times in these units; NumPy has more.
TIME_UNITS = ("D", "s", "ms", "us", "ns")


def of_arrays(columns: Mapping[str, Any]) -> MemorySource:
    """Return a dict of one-dimensional arrays as a source; numbers and times are not copied.

    Raises
    ------
    UsageError
        When they differ in length, or are no columns.
    BadInputError
        When one holds objects of several types.

    Examples
    --------
    >>> of_arrays({"x": [1, None, 3], "y": np.array([1.0, 2.0, 3.0])}).schema
    x: int64
    y: double
    """
    held = {str(name): _held(values, str(name)) for name, values in columns.items()}
    lengths = {name: len(column) for name, column in held.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise UsageError(f"the columns of source must be of one length: {told}")
    if not held:
        raise UsageError("source is a dict without columns")
    return MemorySource(tuple(held), tuple(held.values()), NAME)


def of_structured(array: Array) -> MemorySource:
    """Return a structured array as a source: its fields are the columns."""
    return of_arrays({name: array[name] for name in array.dtype.names or ()})


def _held(values: Any, name: str) -> Held:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return Chunks(values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values]))
    if hasattr(values, "__arrow_c_stream__"):
        return Chunks(pa.chunked_array(values))
    if hasattr(values, "__arrow_c_array__"):
        return Chunks(pa.chunked_array([pa.array(values)]))
    if isinstance(values, list | tuple | range):
        return _converted(list(values), name)
    array = values if isinstance(values, np.ndarray) else np.asarray(values)
    if array.ndim != 1:
        raise UsageError(f"column {name!r} of source must have one dimension, not {array.ndim}")
    return _of_numpy(array, name)


def _of_numpy(array: Array, name: str) -> Held:
    if array.dtype.kind in "OSU":
        return _converted(array, name)
    if array.dtype.kind in "Mm" and np.datetime_data(array.dtype) not in [(unit, 1) for unit in TIME_UNITS]:
        array = array.astype(f"{array.dtype.kind}8[s]")
    if array.dtype.kind == "m" and np.datetime_data(array.dtype)[0] == "D":
        array = array.astype("m8[s]")
    try:
        return Strides(array, pa.from_numpy_dtype(array.dtype.newbyteorder("=")))
    except (pa.ArrowNotImplementedError, NotImplementedError) as error:
        raise UsageError(
            f"column {name!r} of source is {array.dtype}; convert it, with .astype(float) say"
        ) from error


def _converted(values: Any, name: str) -> Held:
    """Return Python objects as Arrow's."""
    try:
        return Chunks(pa.chunked_array([pa.array(values, from_pandas=False)]))
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise BadInputError(
            f"column {name!r} of {NAME} holds what no column can: {error}; give it one type", path=NAME
        ) from error
