"""A coordinate of two columns whose bins are hexagons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan, sqrt
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import FLOW_BINS, Index
from heatbin.axes.ends import MOST_BINS, encoded, plain_end
from heatbin.axes.rationals import Number
from heatbin.columns import Array, Cells
from heatbin.errors import KindError, StepError, UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = ["HexLattice"]

Floats: TypeAlias = npt.NDArray[np.float64]
Range: TypeAlias = tuple[Any, Any]

SCALES = ("linear", "log")
PADDING = 1e-9  # of the width, on both sides: matplotlib's guard against rounding
EXPANDER = 0.1
SAME = 1e-15  # of the larger end: what is no further apart counts as constant
SMALL = 1e6 / SAME * float(np.finfo(float).tiny)


@dataclass(frozen=True)
class HexLattice:
    """Hexagons as matplotlib's ``hexbin`` has them, cell for cell: two interleaved lattices of points.

    The bins are the points of the first lattice, by x and then y, and then those of the second. A point belongs to
    the nearest of them, to that of the first lattice only if it is strictly nearer. A range does not clip: points
    that lie a little outside still fall into the hexagons at the border; those whose hexagon is off the lattices are
    over. On a logarithmic scale numbers that are not positive are under.

    Parameters
    ----------
    gridsize : int or pair of int, optional
        The steps along x, and along y; one number stands for ``(nx, int(nx / sqrt(3)))``, about regular hexagons.
    xrange, yrange : pair of numbers, optional
        What the lattices cover: ``lo < hi``, decimal exponents where the scale is logarithmic. None where the data
        give it.
    xscale, yscale : {"linear", "log"}, optional
        Whether it is the numbers that are binned, or their decimal logarithms.
    xlogical, ylogical : LogicalType, optional
        What the columns' numbers mean: those of times are binned as they are, decimals as the numbers that they show.

    Raises
    ------
    UsageError
        When the grid is empty or too large, a range is reversed, empty or not finite, or a scale not known.

    Examples
    --------
    >>> HexLattice((2, 1), (0, 2), (0, 1)).size
    8
    """

    gridsize: int | tuple[int, int] = 100
    xrange: Range | None = None
    yrange: Range | None = None
    xscale: str = "linear"
    yscale: str = "linear"
    xlogical: LogicalType = NUMBER
    ylogical: LogicalType = NUMBER

    def __post_init__(self) -> None:
        object.__setattr__(self, "gridsize", _steps(self.gridsize))
        for name in ("xrange", "yrange"):
            object.__setattr__(self, name, _pair(getattr(self, name), name))
        for name in ("xscale", "yscale"):
            if getattr(self, name) not in SCALES:
                raise UsageError(f"{name} must be 'linear' or 'log', not {getattr(self, name)!r}")
        if self.size >= MOST_BINS:
            raise UsageError(f"gridsize {self.gridsize} makes {self.size} hexagons, which are too many")

    @property
    def takes(self) -> int:
        """How many columns it takes: two."""
        return 2

    @property
    def _grid(self) -> tuple[int, int]:
        return self.gridsize  # type: ignore[return-value]  # made a pair as it was checked

    @property
    def size(self) -> int:
        """The number of hexagons, flow not counted."""
        nx, ny = self._grid
        return (nx + 1) * (ny + 1) + nx * ny

    @property
    def extent(self) -> int:
        """The number of bins, with under, over and missing."""
        return self.size + FLOW_BINS

    @property
    def open(self) -> bool:
        """Whether a range is still to be found in the data."""
        return self.xrange is None or self.yrange is None

    @property
    def above(self) -> tuple[float | None, float | None]:
        """For x and y what the values from which `between` takes its ends must exceed, None if nothing."""
        return tuple(0.0 if scale == "log" else None for scale in (self.xscale, self.yscale))  # type: ignore[return-value]

    def of(self, xlogical: LogicalType, ylogical: LogicalType) -> Self:
        """Return this lattice for columns whose numbers have these meanings.

        Raises
        ------
        UsageError
            When it cannot bin such columns.
        """
        xrange = _encoded(self.xrange, self.xscale, xlogical, "xrange")
        yrange = _encoded(self.yrange, self.yscale, ylogical, "yrange")
        return replace(self, xrange=xrange, yrange=yrange, xlogical=xlogical, ylogical=ylogical)

    def between(self, x: tuple[Number, Number] | None, y: tuple[Number, Number] | None) -> Self:
        """Return this lattice with the ranges that it lacks.

        Parameters
        ----------
        x, y : pair of numbers or None
            The smallest and largest value in the rows of which both are finite; None where there are none: the range
            is (0, 1) then. Constant data get a tenth of their size on both sides.
        """
        xrange = self.xrange or _found(x, _placing(self.xscale, self.xlogical))
        yrange = self.yrange or _found(y, _placing(self.yscale, self.ylogical))
        return replace(self, xrange=xrange, yrange=yrange)

    @property
    def limits(self) -> tuple[float, float, float, float]:
        """The range that is divided into steps: xmin, xmax, ymin, ymax, x with its padding."""
        (xmin, xmax), (ymin, ymax) = self._ranges
        padding = PADDING * (xmax - xmin)
        return xmin - padding, xmax + padding, ymin, ymax

    @property
    def _ranges(self) -> tuple[Range, Range]:
        if self.xrange is None or self.yrange is None:
            raise UsageError("the lattice has no range yet: the data give it when they are read")
        return self.xrange, self.yrange

    @property
    def steps(self) -> tuple[float, float]:
        """The steps of the lattices along x and y: the width of a hexagon, and three quarters of twice its height."""
        xmin, xmax, ymin, ymax = self.limits
        nx, ny = self._divisors
        return (xmax - xmin) / nx, (ymax - ymin) / ny

    @property
    def _divisors(self) -> tuple[int, int]:
        return self._grid

    @property
    def offsets(self) -> Floats:
        """The centre of each hexagon, shape (size, 2): x, y, their logarithms where the scale is such."""
        (nx, ny), (sx, sy), (xmin, _, ymin, _) = self._grid, self.steps, self.limits
        first = np.column_stack([np.repeat(np.arange(nx + 1), ny + 1), np.tile(np.arange(ny + 1), nx + 1)])
        second = np.column_stack([np.repeat(np.arange(nx) + 0.5, ny), np.tile(np.arange(ny), nx) + 0.5])
        offsets: Floats = np.concatenate([first, second]) * (sx, sy) + (xmin, ymin)
        return offsets

    @property
    def reach(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Bounds of x and of y, as the columns' numbers, that every point in a hexagon lies within."""
        (xmin, xmax, ymin, ymax), (sx, sy) = self.limits, self.steps
        x, y = np.array([xmin - sx, xmax + sx]), np.array([ymin - sy, ymax + sy])
        return _unplaced(x, self.xscale, self.xlogical), _unplaced(y, self.yscale, self.ylogical)

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:  # noqa: ARG002
        """Return the function that bins two columns of these dtypes."""
        from heatbin.kernels.hexagons import index_hexagons

        left, _, bottom, _ = map(float, self.limits)
        (sx, sy), (columns, rows) = map(float, self.steps), map(float, self._grid)
        place_x, place_y = _placing(self.xscale, self.xlogical), _placing(self.yscale, self.ylogical)
        x_under, y_under = (-np.inf if scale == "log" else nan for scale in (self.xscale, self.yscale))

        def index(points: Sequence[Array], stride: int, cells: Cells) -> None:
            x, y = place_x(points[0]), place_y(points[1])
            index_hexagons(x, y, left, bottom, sx, sy, columns, rows, x_under, y_under, stride, cells)

        return index


def _steps(gridsize: Any) -> tuple[int, int]:
    pair = tuple(gridsize) if np.iterable(gridsize) else (gridsize,)
    expected = f"gridsize must be an integer or a pair of integers, not {gridsize!r}"
    if np.iterable(gridsize) and len(pair) != 2:
        raise UsageError(expected)
    if any(isinstance(n, bool) or not hasattr(n, "__index__") for n in pair):
        raise KindError(expected)
    nx = int(pair[0])
    ny = int(pair[1]) if len(pair) == 2 else int(nx / sqrt(3))
    if nx < 1 or ny < 1:
        raise StepError(f"gridsize must be at least 2, or a pair of numbers of at least 1, not {gridsize!r}")
    return nx, ny


def _pair(range_: Any, name: str) -> Range | None:
    if range_ is None:
        return None
    if isinstance(range_, str) or len(range_) != 2:
        raise TypeError(f"{name} must be a pair (lo, hi), not {range_!r}")
    lo, hi = (plain_end(end, name) for end in range_)
    if not all(isinstance(end, float | int) for end in (lo, hi)):
        return lo, hi
    lo, hi = float(lo), float(hi)
    if not (isfinite(lo) and isfinite(hi - lo) and lo < hi):
        raise UsageError(
            f"{name} must be finite and go from a smaller to a larger number, not from {lo} to {hi}"
        )
    return lo, hi


def _encoded(range_: Range | None, scale: str, logical: LogicalType, name: str) -> Range | None:
    """Return a range as numbers of the lattice: exponents, decimals as they show, times as their integers."""
    if scale == "log" and logical.kind not in ("number", "decimal", "duration", "time"):
        raise UsageError(f"a logarithmic scale cannot show a column of {logical}, which has no zero")
    if range_ is None or scale == "log":
        return range_
    meaning = NUMBER if logical.kind == "decimal" else logical
    lo, hi = (float(encoded(end, meaning, name)) for end in range_)
    return lo, hi


def _placing(scale: str, logical: LogicalType) -> Callable[[Array], Array]:
    """Return the function from a column's numbers to where they lie on a scale."""
    unit = 10.0**logical.scale

    def shown(values: Array) -> Array:
        return values / unit

    def logarithms(values: Array) -> Floats:
        numbers = np.asarray(values if unit == 1 else values / unit, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            placed = np.log10(numbers)
        # What has no logarithm is under the lattice, but an infinity is as wild as it would be on a linear scale.
        placed[numbers <= 0] = -np.inf
        placed[numbers == -np.inf] = np.inf
        return placed

    return logarithms if scale == "log" else (lambda values: values) if unit == 1 else shown


def _unplaced(ends: Floats, scale: str, logical: LogicalType) -> tuple[float, float]:
    with np.errstate(over="ignore", under="ignore"):
        numbers = 10.0**ends if scale == "log" else ends
    lo, hi = (numbers * 10.0**logical.scale).tolist()
    return lo, hi


def _found(ends: tuple[Number, Number] | None, place: Callable[[Array], Array]) -> Range:
    if ends is None:
        return 0.0, 1.0
    lo, hi = place(np.array([float(end) for end in ends])).tolist()
    return _widened(lo, hi)


def _widened(lo: float, hi: float) -> tuple[float, float]:
    """Return a range that is not empty: `lo` and `hi`, further apart where they are almost equal.

    The rule is that of ``matplotlib.transforms.nonsingular`` with ``expander=0.1``.
    """
    largest = max(abs(lo), abs(hi))
    if largest < SMALL:
        return -EXPANDER, EXPANDER
    if hi - lo <= largest * SAME:
        return lo - EXPANDER * abs(lo), hi + EXPANDER * abs(hi)
    return lo, hi
