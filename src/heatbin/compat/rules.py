"""NumPy's rules for the bins, the ranges and the density of a histogram in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from operator import index as as_index
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.axes import Axis, Regular, Variable
from heatbin.columns import Array
from heatbin.errors import KindError, LengthError, UsageError

__all__ = ["Request", "density_of", "even_axis", "narrowest", "requests"]


class Request:
    """What is asked of one axis.

    Parameters
    ----------
    bins : int or array_like
        How many bins, or their edges.
    range_ : pair of numbers, optional
        From where to where they go; times for columns of these.
    name : str
        What errors call the axis: "x" or "y".

    Raises
    ------
    UsageError, TypeError
        When they cannot work.
    """

    def __init__(self, bins: Any, range_: Any, name: str) -> None:
        if np.shape(bins) == (0,):
            raise LengthError(f"edges of {name} must be two or more, not none")
        self.edges = Variable(_edges(bins)) if np.ndim(bins) > 0 else None
        self._given = bins if self.edges else range_
        self.count = 0 if self.edges else _bin_count(bins, name)
        self.ends = None if self.edges or range_ is None else _given_range(range_, name)

    @property
    def automatic(self) -> bool:
        """Whether the data are to say where it begins and ends."""
        return self.edges is None and self.ends is None

    def check_numbers(self, name: str) -> None:
        """Hold that edges or a range that are given are numbers, as the column `name` is."""
        given = np.asarray([] if self._given is None else self._given)
        if given.dtype.kind not in "biuf" and not all(isinstance(each, Real | Decimal) for each in given):
            raise TypeError(f"{name} holds numbers: its edges or its range must be numbers, too")

    @property
    def whole(self) -> bool:
        """Whether the range that is given is one of integers."""
        return self.ends is not None and all(isinstance(end, int) for end in self.ends)

    def axis(self, ends: tuple[Any, Any], *, floating: bool = False) -> Axis:
        """Return the axis.

        Parameters
        ----------
        ends : pair of numbers
            The smallest and largest value, if they are asked for: Python's numbers, or of a narrow float type, which
            the edges have then, too.
        floating : bool, optional
            Whether the column is one of floats, for which NumPy's edges are doubles.
        """
        if self.edges is not None:
            return self.edges
        lo, hi = ends if self.ends is None else self.ends
        if floating and self.whole:
            lo, hi = float(lo), float(hi)
        if not isinstance(lo, Real):
            return Regular(self.count, lo, hi)
        return even_axis(self.count, lo, hi)

    def edges_of(self, axis: Axis) -> Array:
        """Return the edges of an axis as a new array, of the type of those given; decimals become doubles."""
        edges = np.array(axis.edges)
        if self.edges is None or edges.dtype.kind in "mM":
            return edges
        wanted = {"b": np.bool_, "O": np.float64}.get(np.asarray(self._given).dtype.kind)
        return edges.astype(wanted) if wanted else edges


def requests(bins: Any, range_: Any) -> tuple[Request, Request]:
    """Return what is asked of x and of y: two entries are one each, and any other number of them is edges for both."""
    is_row = isinstance(bins, Sized) and np.iterable(bins) and not isinstance(bins, str)
    entries = len(bins) if is_row else None
    if entries == 0:
        raise LengthError("bins must be a number, a row of edges, or a pair of these, not empty")
    if entries == 1:
        raise UsageError("bins must be a number, a row of edges, or a pair of these, not a list of one")
    each = (bins[0], bins[1]) if entries == 2 else (bins, bins)
    ranges = (None, None) if range_ is None else _pair_of_ranges(range_)
    return Request(each[0], ranges[0], "x"), Request(each[1], ranges[1], "y")


def _pair_of_ranges(range_: Any) -> tuple[Any, Any]:
    if not np.iterable(range_):
        raise TypeError(f"range must hold a pair for x and one for y, not {range_!r}")
    ranges = tuple(range_)
    if len(ranges) != 2:
        raise UsageError(f"range must hold a pair for x and one for y, not {len(ranges)} entries")
    return ranges[0], ranges[1]


def even_axis(count: int, lo: Any, hi: Any) -> Axis:
    """Return an axis of equal bins between numbers, half a unit on both sides of one; of narrow floats their own."""
    if lo == hi:
        half = Fraction(1, 2) if isinstance(lo, int) else 0.5
        lo, hi = lo - half, hi + half
    if isinstance(lo, np.float16 | np.float32) or lo == hi:
        return Variable(np.linspace(lo, hi, count + 1))
    return Regular(count, lo, hi)


def narrowest(ends: tuple[Any, Any], common: np.dtype[Any]) -> tuple[Any, Any]:
    """Return the ends of the data in the type in which NumPy would hold both columns together."""
    narrow = common.type if common.itemsize < np.dtype(np.float64).itemsize else float
    number = narrow if common.kind == "f" else int
    return number(ends[0]), number(ends[1])


def density_of(values: npt.NDArray[np.float64], edges: Sequence[Array]) -> npt.NDArray[np.float64]:
    """Return values over the area of their bins and over their sum, divided as NumPy does, so rounded alike."""
    if any(each.dtype.kind in "mM" for each in edges):
        raise TypeError("a density over times has no unit: count without density, and divide by the widths")
    total = values.sum()
    density: npt.NDArray[np.float64] = (
        values / np.diff(edges[0])[:, None] / np.diff(edges[1])[None, :] / total
    )
    return density


def _edges(bins: Any) -> Any:
    """Return edges that are given; false and true are 0 and 1."""
    return np.asarray(bins, np.int8) if np.asarray(bins).dtype.kind == "b" else bins


def _bin_count(bins: Any, name: str) -> int:
    expected = f"bins of {name} must be an integer, or a row of edges, not {bins!r}"
    if not hasattr(bins, "__index__") and not isinstance(bins, Real):
        raise KindError(expected)
    if bins < 1:
        raise UsageError(f"bins of {name} must be positive, not {bins}")
    try:
        return as_index(bins)
    except TypeError:
        raise TypeError(expected) from None


def _given_range(range_: Any, name: str) -> tuple[Any, Any]:
    """Return the ends that are given: times as they are, numbers in the type in which NumPy makes edges of them."""
    expected = (
        f"range must hold a pair of ends for {name}, or None for all that the data hold, not {range_!r}"
    )
    if not np.iterable(range_):
        raise TypeError(expected)
    ends = tuple(int(end) if isinstance(end, np.bool_) else end for end in range_)
    if len(ends) != 2:
        raise UsageError(expected)
    if any(end is None for end in ends):
        raise TypeError(expected)
    if not all(isinstance(end, Real | Decimal) for end in ends):
        return ends[0], ends[1]
    if ends[0] > ends[1]:
        raise UsageError(
            f"the range of {name} must go from a smaller to a larger number, not from {ends[0]} to {ends[1]}"
        )
    try:
        lo, hi = map(float, ends)
    except OverflowError as error:
        raise UsageError(f"the range of {name} must have ends that are finite doubles: {error}") from error
    if any(isinstance(end, np.float16 | np.float32) for end in ends):
        return narrowest(ends, np.result_type(*ends, 1.0))
    # Integers stay what they are: no double may equal them.
    first, last = ends
    return int(first) if isinstance(first, Integral) else lo, int(last) if isinstance(last, Integral) else hi
