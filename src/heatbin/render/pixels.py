"""Which cells a row of pixels shows, such that every cell in view is in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from heatbin.render.grids import Cells, farthest
from heatbin.render.views import Floats

__all__ = ["Combine", "Farthest", "Strip", "shown", "strip_of"]

Indices = npt.NDArray[np.intp]


class Combine(Protocol):
    """What a pixel shows of several cells, passing over NaN: fmax, fmin, or the value farthest from 0."""

    def __call__(self, one: Any, other: Any, /) -> Any:
        """Return the value for pairs of cells."""

    def reduceat(self, cells: Any, starts: Any, /, axis: Any) -> Any:
        """Return the value for all cells from each of the `starts` to the next."""


class Farthest:
    """The value farthest from 0."""

    def __call__(self, one: Any, other: Any, /) -> Any:
        """Return the value for pairs of cells."""
        return farthest(np.fmax(one, other), np.fmin(one, other))

    def reduceat(self, cells: Any, starts: Any, /, axis: Any) -> Any:
        """Return the value for all cells from each of the `starts` to the next."""
        return farthest(np.fmax.reduceat(cells, starts, axis), np.fmin.reduceat(cells, starts, axis))


@dataclass(frozen=True, slots=True)
class Strip:
    """The pixels that one axis of a grid covers.

    Parameters
    ----------
    first : int
        The number of the first pixel; pixel `i` reaches from `i` to `i + 1`.
    owners : ndarray of int
        For each pixel the cell at its centre.
    others : ndarray of int
        Cells in view that lie at no pixel's centre.
    homes : ndarray of int
        The pixel, counted from `first`, which holds the middle of each of the `others`; non-decreasing.
    """

    first: int
    owners: Indices
    others: Indices
    homes: Indices


def strip_of(edges: Floats, view: tuple[float, float]) -> Strip | None:
    """Return the pixels for cells between `edges` within `view`, all in pixels; None where none is in view.

    Parameters
    ----------
    edges : ndarray of shape (cells + 1,)
        Where the edges fall: all in rising or all in falling order.
    view : tuple of float
        The part of the canvas that may be drawn on.

    Examples
    --------
    >>> strip_of(np.array([0.0, 0.8, 1.1, 3.0]), (0.0, 100.0))
    Strip(first=0, owners=array([0, 2, 2]), others=array([1]), homes=array([0]))
    """
    if edges[0] > edges[-1]:
        return _mirrored(strip_of(edges[::-1], view), len(edges) - 2)
    low, high = max(edges[0], view[0]), min(edges[-1], view[1])
    if low > high:
        return None
    # Rounded as Agg rounds the box that it clips to; a view thinner than a pixel still gets one.
    first = int(np.floor(low + 0.5))
    count = max(int(np.floor(high + 0.5)) - first, 1)
    centres = first + 0.5 + np.arange(count)
    owners = np.searchsorted(edges, centres, side="right") - 1
    owners = np.clip(owners, 0, len(edges) - 2)
    others = _unowned(edges, owners, low, high)
    middles = (edges[others] + edges[others + 1]) / 2
    homes = np.clip(np.floor(middles).astype(np.intp) - first, 0, count - 1)
    return Strip(first, owners, others, homes)


def shown(cells: Cells, rows: Strip, columns: Strip, combine: Combine) -> Cells:
    """Return the value of every pixel.

    Parameters
    ----------
    cells : ndarray of shape (ny, nx)
        The cells as they are drawn, y first.
    rows, columns : Strip
        The pixels along y and along x.
    combine : Combine
        What a pixel shows of several cells.
    """
    along_y = _gather(cells, rows, 0, combine)
    return _gather(along_y, columns, 1, combine)


def _unowned(edges: Floats, owners: Indices, low: float, high: float) -> Indices:
    left, right = edges[:-1], edges[1:]
    # A bin without width is in view up to the very border, another only where it reaches across.
    unowned = ((right > low) & (left < high)) | ((left == right) & (left >= low) & (left <= high))
    unowned[owners] = False
    return np.flatnonzero(unowned)


def _mirrored(strip: Strip | None, last: int) -> Strip | None:
    if strip is None:
        return None
    return Strip(strip.first, last - strip.owners, last - strip.others, strip.homes)


def _gather(cells: Cells, strip: Strip, axis: int, combine: Combine) -> Cells:
    pixels: Cells = cells.take(strip.owners, axis=axis)
    if strip.others.size:
        homes, starts = np.unique(strip.homes, return_index=True)
        extremes = combine.reduceat(cells.take(strip.others, axis=axis), starts, axis=axis)
        here = (homes, slice(None)) if axis == 0 else (slice(None), homes)
        pixels[here] = combine(pixels[here], extremes)
    return pixels
