"""NumPy's rules for the bins, the ranges and the density of a histogram in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index as as_index
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.axes import Axis, Regular, Variable
from heatbin.columns import Array
from heatbin.errors import UsageError

__all__ = ["Request", "density_of", "narrowest", "requests"]


class Request:
    """What is asked of one axis.

    Parameters
    ----------
    bins : int or array_like
        How many bins, or their edges.
    range_ : pair of numbers, optional
        From where to where they go.

    Raises
    ------
    UsageError, TypeError
        When they cannot work.
    """

    def __init__(self, bins: Any, range_: Any) -> None:
        self.edges = Variable(bins) if np.ndim(bins) > 0 else None
        self.count = 0 if self.edges else _bin_count(bins)
        self.ends = None if self.edges or range_ is None else _given_range(*range_)

    @property
    def automatic(self) -> bool:
        """Whether the data are to say where it begins and ends."""
        return self.edges is None and self.ends is None

    def axis(self, ends: tuple[Any, Any]) -> Axis:
        """Return the axis.

        Parameters
        ----------
        ends : pair of numbers
            The smallest and largest value, if they are asked for: Python's numbers, or of a narrow float type, which
            the edges have then, too.
        """
        if self.edges is not None:
            return self.edges
        lo, hi = ends if self.ends is None else self.ends
        if lo == hi:
            lo, hi = lo - 0.5, hi + 0.5
        if isinstance(lo, np.float16 | np.float32) or lo == hi:
            return Variable(np.linspace(lo, hi, self.count + 1))
        return Regular(self.count, lo, hi)


def requests(bins: Any, range_: Any) -> tuple[Request, Request]:
    """Return what is asked of x and of y: two entries are one each, and any other number of them is edges for both."""
    entries = len(bins) if hasattr(bins, "__len__") and not isinstance(bins, np.generic) else 0
    if entries == 1:
        raise UsageError("bins must be a number, a row of edges, or a pair of these, not a list of one")
    each = (bins[0], bins[1]) if entries == 2 else (bins, bins)
    ranges = (None, None) if range_ is None else tuple(range_)
    if len(ranges) != 2:
        raise UsageError(f"range must hold a pair for x and one for y, not {len(ranges)} entries")
    return Request(each[0], ranges[0]), Request(each[1], ranges[1])


def narrowest(ends: tuple[Any, Any], common: np.dtype[Any]) -> tuple[Any, Any]:
    """Return the ends of the data in the type in which NumPy would hold both columns together."""
    return (
        (common.type(ends[0]), common.type(ends[1])) if common.kind == "f" else (int(ends[0]), int(ends[1]))
    )


def density_of(values: npt.NDArray[np.float64], edges: Sequence[Array]) -> npt.NDArray[np.float64]:
    """Return values over the area of their bins and over their sum, in NumPy's order."""
    total = values.sum()
    density: npt.NDArray[np.float64] = (
        values / np.diff(edges[0])[:, None] / np.diff(edges[1])[None, :] / total
    )
    return density


def _bin_count(bins: Any) -> int:
    if bins < 1:
        raise UsageError(f"bins must be positive, not {bins}")
    try:
        return as_index(bins)
    except TypeError:
        raise TypeError(f"bins must be an integer, or a row of edges, not {bins!r}") from None


def _given_range(lo: Any, hi: Any) -> tuple[float, float]:
    if lo > hi:
        raise UsageError(f"the range must go from a smaller to a larger number, not from {lo} to {hi}")
    return float(lo), float(hi)
