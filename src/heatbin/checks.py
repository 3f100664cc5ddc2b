"""Checks of arguments that many calls share."""

from __future__ import annotations

from operator import index
from typing import Any

from heatbin.errors import UsageError

__all__ = ["whole_number"]


def whole_number(name: str, value: Any, *, least: int) -> int:
    """Return a whole number, of NumPy's too, as an int.

    Parameters
    ----------
    name : str
        What errors call it.
    value : int
        The number.
    least : int
        The smallest that is allowed.

    Raises
    ------
    TypeError
        When it is no whole number.
    UsageError
        When it is below `least`.

    Examples
    --------
    >>> whole_number("threads", 2, least=1)
    2
    >>> whole_number("threads", 0, least=1)
    Traceback (most recent call last):
    heatbin.errors.UsageError: threads must be 1 or more, not 0
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    number = index(value)
    if number < least:
        raise UsageError(f"{name} must be {least} or more, not {number}")
    return number
