"""What the calls that draw share: where their columns are, and whose axes they draw on."""

from __future__ import annotations

import os
from collections.abc import Iterable, KeysView, ValuesView
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array
from heatbin.compat.columns import absent
from heatbin.compat.hexagons import Extent
from heatbin.errors import KindError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.collections import Collection

__all__ = ["columns_of", "drawn_on", "extent_on", "made_current", "placed_on"]


def columns_of(data: Any, **named: Any) -> dict[str, Any] | None:
    """Return the columns that arguments name, where `data` gives them by name itself.

    Parameters
    ----------
    data : mapping, data frame, table or source, optional
        Where the columns are.
    **named : str, array_like or None
        The arguments.

    Returns
    -------
    dict or None
        The arguments as arrays; None where a text among them is no column that `data` hands out: then `data` is a
        source, and they are expressions.

    Raises
    ------
    TypeError
        When `data` is a path in bytes.
    """
    if isinstance(data, bytes):
        raise TypeError(
            f"data must be rows or where they are; a path is text, not bytes: {os.fsdecode(data)!r}"
        )
    found = {}
    for argument, value in named.items():
        column = value
        if data is not None and isinstance(value, str):
            try:
                column = data[value]
            except Exception:  # each library has an error of its own for a column that is not there
                return None
            # What is taken of a query is a query again.
            if not isinstance(column, Iterable):
                return None
        found[argument] = list(column) if isinstance(column, KeysView | ValuesView) else column
    return found


def drawn_on(ax: Axes | None) -> Axes:
    """Return where to draw: pyplot's current axes, unless others are given."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.gca()


def placed_on(ax: Axes, x: Any, y: Any) -> tuple[Any, Any]:
    """Return columns as the numbers at which x and y of axes place them: dates, and what else has units there.

    Raises
    ------
    KindError
        When one is text that does not say numbers, though axes would give each a place.
    """
    return _placed(ax.xaxis, "x", x), _placed(ax.yaxis, "y", y)


def _placed(axis: Axis, name: str, column: Any) -> Any:
    """Return a column as the numbers at which an axis places it, NaN in the place of what is absent."""
    plain = np.ma.asarray(column)
    if plain.dtype.kind in "biufc":
        return plain
    gone = absent(plain.data) | np.ma.getmaskarray(plain) if plain.dtype.kind == "O" else np.bool_(False)
    there = plain.data[~gone] if gone.any() else plain.data
    numbers = _said(there, name)
    if numbers is None:
        there = there if gone.any() else column
        axis.update_units(there)  # type: ignore[no-untyped-call]
        numbers = axis.convert_units(there)  # type: ignore[no-untyped-call]
    if not gone.any():
        return numbers
    placed = np.full(plain.shape, np.nan)
    placed[~gone] = numbers
    return placed


def _said(column: Array, name: str) -> npt.NDArray[np.float64] | None:
    """Return the numbers that text says; None where a column is no text."""
    is_text = column.dtype.kind in "SU" or (
        column.size and all(isinstance(value, str) for value in column.flat)
    )
    if not is_text:
        return None
    try:
        return column.astype(np.float64)
    except ValueError as error:
        raise KindError(f"{name} must be numbers or times: {error}") from error


def extent_on(ax: Axes, extent: Extent | None) -> Extent | None:
    """Return the ends along x and along y as the numbers at which axes place them."""
    if extent is None:
        return None
    xmin, xmax, ymin, ymax = extent
    return (*_ends_on(ax.xaxis, xmin, xmax, "x"), *_ends_on(ax.yaxis, ymin, ymax, "y"))


def _ends_on(axis: Axis, lo: Any, hi: Any, name: str) -> tuple[float, float]:
    try:
        return _typed(axis.convert_units(lo)), _typed(axis.convert_units(hi))  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):
        raise KindError(
            f"extent: {name}min and {name}max must be numbers, or dates where these are, not {lo!r} and {hi!r}"
        ) from None


def _typed(number: Any) -> Any:
    """Return a number of which matplotlib's arithmetic keeps the type as it is, and any other as a double."""
    return number if isinstance(number, np.float16 | np.float32 | np.integer) else float(number)


def made_current(ax: Axes | None, artist: Collection) -> None:
    """Make an artist the one that ``plt.colorbar()`` goes by, if it was drawn on pyplot's axes."""
    if ax is None:
        from matplotlib import pyplot as plt

        plt.sci(artist)
