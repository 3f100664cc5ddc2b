"""What every axis is, and what follows from edges alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, fields
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.rationals import Number
from heatbin.columns import Array, Cells
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = [
    "FLOW_BINS",
    "Axis",
    "Coordinate",
    "EdgeAxis",
    "Index",
    "Scale",
    "Traits",
    "bins_of_part",
    "plain_edges",
]

FLOW_BINS = 3
"""Under, over and missing: the bins that each axis has beside its own."""

Index: TypeAlias = Callable[[Sequence[Array], Any, Cells], None]
"""``index(columns, stride, cells)`` adds ``bin * stride`` to the cells of a block; the stride is of the cells' type."""

Scale: TypeAlias = Literal["linear", "log", "symlog"]
"""How pictures place an axis's edges."""


class Coordinate(Protocol):
    """One factor of a binning: takes a column or more, and gives each row a bin below `extent`.

    The bins are numbered under (0), 1 … size, over (size + 1), missing (size + 2).
    """

    @property
    def takes(self) -> int:
        """How many columns it takes."""

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""

    @property
    def extent(self) -> int:
        """The number of bins, flow counted."""

    @property
    def open(self) -> bool:
        """Whether the data are still to say where the bins lie."""

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins columns of these dtypes."""


class Axis(Coordinate, Protocol):
    """A coordinate of one column, whose bins lie between edges."""

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,)."""

    @property
    def centers(self) -> Array:
        """The middle of each bin, shape (size,)."""

    @property
    def widths(self) -> Array:
        """The width of each bin, shape (size,)."""

    @property
    def scale(self) -> Scale:
        """How pictures place the edges."""

    @property
    def closed(self) -> bool:
        """Whether a value on the last edge is in the last bin."""

    @property
    def logical(self) -> LogicalType:
        """What the numbers of the column mean."""

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """Bounds that every number of the column that is in a bin lies within; None where there are none."""

    def of(self, logical: LogicalType) -> Axis:
        """Return this axis for a column whose numbers mean `logical`."""

    def between(self, lo: Number | None, hi: Number | None) -> Axis:
        """Return this axis with its open ends closed."""

    def rebinned(self, factor: int) -> Axis:
        """Return this axis with each `factor` neighbouring bins made one."""

    def sliced(self, first: int, last: int) -> Axis:
        """Return the bins `first` to `last`, the latter excluded, as an axis."""


class Traits(NamedTuple):
    """What the Unified Histogram Interface asks of an axis.

    Parameters
    ----------
    circular : bool, optional
        Whether its last bin is followed by its first.
    discrete : bool, optional
        Whether its bins are things apart, with names in place of edges.
    """

    circular: bool = False
    discrete: bool = False


def plain_edges(edges: Array) -> Array:
    """Return edges as the Unified Histogram Interface wants them, as numbers.

    Parameters
    ----------
    edges : ndarray
        Numbers stay as they are.

    Returns
    -------
    ndarray
        Of points in time seconds since 1970, of lengths of time seconds.

    Examples
    --------
    >>> plain_edges(np.array(["1970-01-01T00:00:01.5"], "M8[ns]"))
    array([1.5])
    """
    if edges.dtype.kind not in "mM":
        return edges
    lengths = edges - edges.dtype.type(0, "s") if edges.dtype.kind == "M" else edges
    seconds: Array = lengths / np.timedelta64(1, "s")
    return seconds


def bins_of_part(size: int, first: int, last: int, factor: int = 1) -> npt.NDArray[np.int64]:
    """Return the new number of each bin, flow counted, when some are left: what is cut off lies under and over.

    Parameters
    ----------
    size : int
        The number of bins, flow not counted.
    first, last : int
        Those that are left, from 0, `last` excluded.
    factor : int, optional
        How many of them become one.

    Examples
    --------
    >>> bins_of_part(4, 1, 3)
    array([0, 0, 1, 2, 3, 3, 4])
    """
    over = (last - first) // factor + 1
    inside = (np.arange(size) - first) // factor + 1
    return np.concatenate([[0], inside.clip(0, over), [over, over + 1]]).astype(np.int64)


class EdgeAxis:
    """What an axis has by its edges; a base for frozen dataclasses with a field `logical`."""

    __slots__ = ()

    logical: LogicalType
    above: ClassVar[float | None] = None
    """The values from which `between` takes its ends lie above this, where there is a limit."""
    closed: bool = False
    """Whether a value on the last edge is in the last bin."""

    @property
    def takes(self) -> int:
        """How many columns it takes: one."""
        return 1

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,)."""
        raise NotImplementedError

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self.edges.size - 1

    @property
    def extent(self) -> int:
        """The number of bins, with under, over and missing."""
        return self.size + FLOW_BINS

    @property
    def open(self) -> bool:
        """Whether an end is still to be found in the data."""
        return False

    @property
    def scale(self) -> Scale:
        """How pictures place the edges."""
        return "linear"

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """Bounds that every number of the column that is in a bin lies within; None where there are none."""
        return None

    @property
    def widths(self) -> Array:
        """The width of each bin, shape (size,), in the units of the edges: int64, uint64, float64 or timedelta64."""
        edges = self.edges
        if edges.dtype.kind in "iu":
            wide = edges.astype(np.uint64 if edges.dtype == np.uint64 else np.int64)
            unsigned = (wide[1:] - wide[:-1]).view(np.uint64)
            return unsigned if unsigned.max() > np.iinfo(np.int64).max else unsigned.view(np.int64)
        if edges.dtype.kind == "f":
            edges = edges.astype(np.promote_types(edges.dtype, np.float64))
        with np.errstate(over="ignore", invalid="ignore"):
            widths: Array = np.diff(edges)
        return widths

    @property
    def centers(self) -> Array:
        """The middle of each bin, shape (size,); of a bin with an infinite edge that edge."""
        with np.errstate(over="ignore", invalid="ignore"):
            centers: Array = self.edges[:-1] + self.widths / 2
            if centers.dtype.kind == "f":
                centers = np.where(np.isfinite(centers), centers, self.edges[:-1] / 2 + self.edges[1:] / 2)
        return centers

    @property
    def traits(self) -> Traits:
        """What the Unified Histogram Interface asks of an axis."""
        return Traits()

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, bin_: int) -> Any:
        """Return the two edges of a bin as numbers, times as `plain_edges` has them; of a discrete axis its name."""
        return tuple(plain_edges(self.edges[range(self.size)[bin_] :][:2]).tolist())

    def __iter__(self) -> Iterator[Any]:
        return (self[bin_] for bin_ in range(self.size))

    def of(self, logical: LogicalType) -> Self:
        """Return this axis for a column whose numbers mean `logical`: what was written is now a number there.

        Raises
        ------
        UsageError
            When the axis cannot bin such a column.
        """
        if self.logical == NUMBER:
            return self._of(logical)
        if self.logical != logical:
            raise UsageError(f"an axis of {self.logical} cannot bin a column of {logical}")
        return self

    def _of(self, logical: LogicalType) -> Self:
        if logical != NUMBER:
            raise UsageError(f"a {type(self).__name__} axis cannot bin a column of {logical}")
        return self

    def between(self, lo: Number | None, hi: Number | None) -> Self:  # noqa: ARG002
        """Return this axis with its open ends closed.

        Parameters
        ----------
        lo, hi : number or None
            The smallest and largest value there is, as the column's numbers; None where there is none. An end
            that the axis has already stays.
        """
        return self

    def rebinned(self, factor: int) -> EdgeAxis:
        """Return this axis with each `factor` neighbouring bins made one.

        Raises
        ------
        UsageError
            When the bins cannot be dealt out so.
        """
        if factor < 1 or self.size % factor:
            raise UsageError(f"{self.size} bins cannot be merged by {factor}; the factor must divide them")
        return self if factor == 1 else self._picked(slice(0, self.size + 1, factor))

    def sliced(self, first: int, last: int) -> EdgeAxis:
        """Return the bins `first` to `last`, the latter excluded, as an axis.

        Raises
        ------
        UsageError
            When there are no such bins.
        """
        if not 0 <= first < last <= self.size:
            raise UsageError(f"no bins {first} to {last} among {self.size}")
        return self if last - first == self.size else self._picked(slice(first, last + 1))

    def _picked(self, picked: slice) -> EdgeAxis:
        """Return an axis with some of the edges."""
        raise NotImplementedError

    def _closes(self, picked: slice) -> bool:
        """Tell whether the last bin holds a value on its upper edge, if only some of the edges are left."""
        return self.closed and picked.stop > self.size

    @classmethod
    def _fields(cls) -> list[Field[Any]]:
        return [field for field in fields(cls) if field.init]  # type: ignore[arg-type]  # of the dataclass it is for

    def __repr__(self) -> str:
        told = [(field.name, getattr(self, field.name), field.default) for field in self._fields()]
        shown = [f"{name}={value!r}" for name, value, default in told if value != default]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew from its fields: edges that were computed stay behind, and arrays are read-only again.
        return type(self), tuple(getattr(self, field.name) for field in self._fields())
