"""Axes, statistics and requests as plain JSON, and back: exact numbers, known classes only."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from inspect import signature
from typing import Any

import numpy as np

from heatbin import axes
from heatbin._version import __version__
from heatbin.errors import StateError
from heatbin.logical import LogicalType
from heatbin.statistics import KINDS, Statistic, quantile

__all__ = ["MOST_BINS", "check_not_newer", "from_plain", "to_plain", "whole_number"]

# Readers of JSON in other languages keep whole numbers up to here.
EXACT_IN_JSON = 1 << 53
MOST_BINS = 1 << 22
"""An axis with more bins than this is read only where the cells themselves are there to prove it."""

AXES: dict[str, type[Any]] = {
    name: kind
    for name in axes.__all__
    if isinstance(kind := getattr(axes, name), type) and is_dataclass(kind)
}
"""The axes that can be saved, by the name of their class."""

STATISTICS: dict[str, type[Any]] = {**KINDS, quantile.kind: quantile}
"""The statistics that can be saved, by their kind."""


def to_plain(value: Any) -> Any:
    """Return `value` as what JSON can hold, without loss.

    Numbers stay numbers; what JSON cannot hold becomes an object of one entry, whose key says what it is.

    Raises
    ------
    StateError
        When the value is of a kind that cannot be saved.

    Examples
    --------
    >>> to_plain([1, 0.1, Fraction(1, 3), 2**60, float("inf")])
    [1, 0.1, {'fraction': '1/3'}, {'integer': '1152921504606846976'}, {'float': 'inf'}]
    """
    if isinstance(value, np.generic) and value.dtype.kind not in "mM":
        value = value.item()
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= EXACT_IN_JSON else {"integer": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, Fraction):
        return {"fraction": f"{value.numerator}/{value.denominator}"}
    return _compound(value)


def from_plain(value: Any, *, bins: int | None = None) -> Any:
    """Return what `to_plain` was given; sequences come back as tuples.

    Parameters
    ----------
    value : object
        What JSON held.
    bins : int, optional
        Refuse an axis that claims more bins than this, before it is made; but not the whole of which it is a part.

    Raises
    ------
    StateError
        When it is nothing that `to_plain` returns.
    """
    if isinstance(value, list):
        return tuple(from_plain(each, bins=bins) for each in value)
    if not isinstance(value, dict):
        return value
    if "axis" in value:
        return _axis(value, bins)
    if "statistic" in value:
        return _made("statistic", STATISTICS, value)
    if len(value) != 1 or next(iter(value)) not in _READERS:
        raise StateError(f"cannot be read: it holds an unknown kind of value, {sorted(value)}")
    ((kind, content),) = value.items()
    return _READERS[kind](content)


def whole_number(value: Any, of: str) -> int:
    """Return a number of something that JSON held, if it can be one.

    Raises
    ------
    StateError
        When it is not whole, or below 0.
    """
    if type(value) is not int or value < 0:
        raise StateError(f"is damaged: {value!r:.80} is no number of {of}")
    return value


def check_not_newer(entries: Mapping[str, Any], newest: int) -> None:
    """Raise a StateError where JSON is of a schema that only a newer heatbin can read."""
    if entries["schema"] > newest:
        raise StateError(
            f"has schema {entries['schema']}, written by heatbin {entries.get('heatbin', '?')!s:.40}; this is heatbin "
            f"{__version__}, which reads up to schema {newest}: upgrade heatbin"
        )


def _compound(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": {"dtype": value.dtype.str, "values": to_plain(_numbers(value).tolist())}}
    if isinstance(value, LogicalType | Statistic) or type(value).__name__ in AXES:
        return _described(value)
    if isinstance(value, Mapping):
        return {"mapping": [[to_plain(key), to_plain(content)] for key, content in value.items()]}
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    if isinstance(value, Decimal | dt.date | dt.time | dt.timedelta | np.datetime64 | np.timedelta64):
        return str(value)
    raise StateError(f"a value of the kind {type(value).__name__} cannot be saved: {value!r:.80}")


def _described(value: Any) -> dict[str, Any]:
    """Return what the class of a frozen object was given to make it; the raw field where a property reads it."""
    known = {field.name for field in fields(value)}
    names = signature(type(value)).parameters
    entries = {name: to_plain(getattr(value, name if name in known else f"_{name}")) for name in names}
    if isinstance(value, LogicalType):
        return {"logical": entries}
    if isinstance(value, Statistic):
        return {"statistic": value.kind, **entries}
    return {"axis": type(value).__name__, **entries}


def _axis(entries: Mapping[str, Any], bins: int | None) -> Any:
    claimed = entries.get("n")
    if bins is not None and isinstance(claimed, int) and claimed > bins:
        raise StateError(f"is damaged: an axis claims {claimed} bins")
    return _made("axis", AXES, entries)


def _made(what: str, kinds: Mapping[str, type[Any]], entries: Mapping[str, Any]) -> Any:
    """Return an object of a known class out of what it was made with."""
    name = entries[what]
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        raise StateError(f"cannot be read: this version knows no {what} {name!r:.80}")
    return kind(**{name: from_plain(entry) for name, entry in entries.items() if name != what})


def _numbers(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.view(np.int64) if array.dtype.kind in "mM" else array


def _array(content: Any) -> Any:
    dtype = np.dtype(content["dtype"])
    if dtype.kind not in "iufbmMO" or dtype.itemsize > 8:
        raise StateError(f"is damaged: it claims an array of {dtype}")
    values = from_plain(content["values"])
    stored = np.dtype(np.int64) if dtype.kind in "mM" else dtype
    return np.array(values, dtype=stored).view(dtype)


def _fraction(text: str) -> Fraction:
    if not re.fullmatch(r"-?\d+/\d+", text):
        raise StateError(f"is damaged: {text!r:.80} is no fraction")
    return Fraction(text)


_READERS: dict[str, Callable[[Any], Any]] = {
    "integer": int,
    "float": float,
    "fraction": _fraction,
    "array": _array,
    "logical": lambda content: LogicalType(**content),
    "mapping": lambda content: {from_plain(key): from_plain(each) for key, each in content},
}
