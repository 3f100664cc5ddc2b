"""Putting the cells of a grid together: parts of axes, wider bins, fewer axes. Exact, since storages only merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator
from heatbin.axes import Coordinate, bins_of_part
from heatbin.binning import Binning

__all__ = ["Cut", "regrouped", "whole"]


@dataclass(frozen=True, slots=True)
class Cut:
    """Some neighbouring bins of a coordinate, in groups.

    Parameters
    ----------
    first, last : int
        The bins, counted from 0, the last one not included.
    factor : int, optional
        How many bins become one; it divides their number.
    """

    first: int
    last: int
    factor: int = 1

    @property
    def size(self) -> int:
        """How many bins there are afterwards."""
        return (self.last - self.first) // self.factor

    def of(self, coordinate: Any) -> Any:
        """Return what is left of a coordinate."""
        if self == whole(coordinate):
            return coordinate
        return coordinate.sliced(self.first, self.last).rebinned(self.factor)

    def new_bins(self, coordinate: Coordinate) -> npt.NDArray[np.int64]:
        """Return the new number of each bin of a coordinate, flow counted: what is cut off lies under and over."""
        return bins_of_part(coordinate.size, self.first, self.last, self.factor)


def whole(coordinate: Coordinate) -> Cut:
    """Return the cut that leaves a coordinate as it is."""
    return Cut(0, coordinate.size)


def regrouped(accumulator: Accumulator, cuts: Sequence[Cut], order: Sequence[int]) -> Accumulator:
    """Return a grid of fewer or wider bins.

    Parameters
    ----------
    accumulator : Accumulator
        What is regrouped; it is left as it is.
    cuts : sequence of Cut
        What is left of each coordinate.
    order : sequence of int
        The coordinates that stay, as they shall follow one another. The others are added up over the bins of their
        cut: what lies elsewhere on them, flow included, is left out.
    """
    old = accumulator.binning
    new = Binning(tuple(cuts[place].of(old.coordinates[place]) for place in order))
    strides = {place: new.strides[i] for i, place in enumerate(order)}
    steps = [
        _steps(coordinate, cut, strides.get(place), left_out=-new.cells)
        for place, (coordinate, cut) in enumerate(zip(old.coordinates, cuts, strict=True))
    ]
    return accumulator.regrouped(new, _groups(steps, new))


def _steps(coordinate: Coordinate, cut: Cut, stride: int | None, *, left_out: int) -> npt.NDArray[np.int64]:
    """Return what each bin of a coordinate adds to the number of the new cell."""
    bins = cut.new_bins(coordinate)
    if stride is not None:
        return bins * stride
    return np.where((bins >= 1) & (bins <= cut.size), 0, left_out)


def _groups(steps: Sequence[npt.NDArray[np.int64]], new: Binning) -> npt.NDArray[np.int64]:
    """Return the new cell of each old one, -1 for those that are left out, the filtered one last."""
    groups = np.zeros((), dtype=np.int64)
    for each in steps:
        groups = groups[..., None] + each
    return np.append(np.maximum(groups, -1), new.filtered)
