"""NumPy's rules for histogram2d, on a source instead of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.aggregate import aggregate, plan
from heatbin.axes import Axis, Regular
from heatbin.columns import Array
from heatbin.compat.rules import Request, density_of, even_axis, narrowest, requests
from heatbin.compat.sources import check_expressions, check_replayable, opened
from heatbin.errors import UsageError
from heatbin.histogram import Histogram
from heatbin.sources import release_buffers

__all__ = ["histogram2d_of"]

SMALL = ("bool", "int8", "int16", "uint8", "uint16")
DTYPES: dict[str, np.dtype[Any]] = {"halffloat": np.dtype(np.float16), "float": np.dtype(np.float32)}
DTYPES |= {name: np.dtype(name) for name in SMALL}
"""Of the columns that NumPy can hold beside others in a float that is narrower than a double."""


class _Automatic(Regular):
    """Equal bins over all that the data hold, which lie around one number as NumPy has them there."""

    def between(self, lo: Any, hi: Any) -> Any:
        """Return the axis between the smallest and the largest value there is."""
        is_one = isinstance(lo, float) and lo == hi
        return even_axis(self.n, lo, hi) if is_one else super().between(lo, hi)


def histogram2d_of(
    data: Any, x: Any, y: Any, *, bins: Any, range: Any, density: bool | None, weights: Any
) -> tuple[npt.NDArray[np.float64], Array, Array]:
    """Count the points of a source as `histogram2d` counts those of arrays.

    Parameters
    ----------
    data : source
        What `heatbin.aggregate` reads.
    x, y, weights : str
        Columns or expressions; without weights rows are counted.
    bins, range, density
        As `histogram2d` takes them.
    """
    check_expressions(x=x, y=y, **({} if weights is None else {"weights": weights}))
    asked, data = requests(bins, range), opened(data)
    axes, ranges = _axes(data, (x, y), asked), [request.ends if request.whole else None for request in asked]
    # A range is that of all rows, and refused for what may be in any of them.
    prune = not any(request.automatic for request in asked)
    histogram = aggregate(data, x, y, bins=axes, range=ranges, weight=weights, prune=prune)
    release_buffers()
    _check_ranges(histogram, asked)
    counts = histogram.values().astype(np.float64)
    # A weight that is absent poisons its own bin, as NaN does in NumPy.
    counts[histogram.accumulator.rows() != histogram.counts()] = np.nan
    xedges, yedges = (request.edges_of(axis) for request, axis in zip(asked, histogram.axes, strict=True))
    return (density_of(counts, (xedges, yedges)) if density else counts), xedges, yedges


def _axes(data: Any, columns: tuple[str, str], asked: Sequence[Request]) -> tuple[Axis | int, ...]:
    """Return the axes, open where the data give the range, unless NumPy would have their edges in a narrow type.

    Beside a range of integers, of which the type of the column says what they become, it is a number of bins.
    """
    automatic = any(request.automatic for request in asked)
    if automatic:
        check_replayable(data, "give a range for x and y, or their edges")
    common = _common_float(data, columns) if automatic else None
    if common is None:
        return tuple(_Automatic(r.count) if r.automatic else _given(r) for r in asked)
    found = aggregate(data, *columns, bins=1)
    if not found.tally.total:
        return tuple(r.axis((0.0, 1.0)) if r.automatic else _given(r) for r in asked)
    ends = [(axis.edges[0], axis.edges[-1]) for axis in found.axes]
    pairs = zip(asked, ends, strict=True)
    return tuple(r.axis(narrowest(e, common)) if r.automatic else _given(r) for r, e in pairs)


def _given(request: Request) -> Axis | int:
    return request.count if request.whole else request.axis((0, 1))


def _common_float(data: Any, columns: tuple[str, str]) -> np.dtype[Any] | None:
    """Return the type in which NumPy would hold both columns together, if it is narrower than a double.

    What is computed is computed in doubles.
    """
    types = plan(data, *columns, bins=2).columns
    if not all(types.get(column) in DTYPES for column in columns):
        return None
    common: np.dtype[Any] = np.result_type(*(DTYPES[types[column]] for column in columns))
    return common if common.kind == "f" else None


def _check_ranges(histogram: Histogram, asked: Sequence[Request]) -> None:
    """Refuse, as NumPy does, to take a range from a column in which some rows are not finite."""
    binning = histogram.accumulator.binning
    counts = histogram.accumulator.count.counts[:-1].reshape(binning.extents)
    for place, (request, name) in enumerate(zip(asked, histogram.names, strict=True)):
        without = int(counts.take([0, -2, -1], axis=place).sum(dtype=np.int64))
        if request.automatic and without:
            raise UsageError(
                f"{name}: {without} rows are null, NaN or infinite, which leave no range: give one"
            )
