"""What a histogram can be asked for: fewer axes, fewer bins, wider ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from heatbin.axes import Axis
from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.histogram.regroup import Cut, whole
from heatbin.histogram.selection import Chosen, by_index, by_value, grouped
from heatbin.histogram.titles import Titles

__all__ = ["Sliceable"]


class Sliceable:
    """The part of a histogram's face by which it gives smaller ones."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes."""
        raise NotImplementedError

    def values(self) -> Array:
        """Return what the cells hold."""
        raise NotImplementedError

    @property
    def titles(self) -> Titles:
        """What the axes may be called."""
        raise NotImplementedError

    def _showing(self, name: str) -> Self:
        """Return the histogram with one statistic alone."""
        raise NotImplementedError

    def _regrouped(self, cuts: Sequence[Cut], order: Sequence[int]) -> Self:
        """Return what is left of the histogram when its axes are cut; those not in `order` are added up."""
        raise NotImplementedError

    def project(self, *axes: str | int) -> Self:
        """Return the histogram over some of the axes: all others are added up.

        Parameters
        ----------
        *axes : str or int
            Their roles ("x"), what they show, or their numbers, in the order that the result shall have. Rows outside
            of an axis that goes, or missing on it, are left out.
        """
        if self.axes and not axes:
            numbers = ", ".join(["sum"] * len(self.axes))
            raise UsageError(f"name the axes that shall stay; h[{numbers}] is the number over all of them")
        order = [self.titles.place(axis) for axis in axes]
        if len(set(order)) < len(order):
            raise UsageError(f"each axis can stay once, not {', '.join(map(str, axes))}")
        return self._regrouped([whole(axis) for axis in self.axes], order)

    def sum(self, *axes: str | int, **of_numpy: Any) -> Self:
        """Return the histogram without some of the axes: it is added up over them.

        Parameters
        ----------
        *axes : str or int
            Their roles ("by"), what they show, or their numbers. Rows outside of them, or missing on them, are
            left out.
        **of_numpy
            What `numpy.sum` passes on: it gets the sum of the values.

        Raises
        ------
        UsageError
            When there is no such axis, or none would stay.
        """
        if of_numpy:
            return np.sum(self.values(), **of_numpy)  # type: ignore[no-any-return]
        gone = [self.titles.place(axis) for axis in axes]
        if self.axes and len(set(gone)) == len(self.axes):
            numbers = ", ".join(["sum"] * len(self.axes))
            raise UsageError(f"an axis must stay; h[{numbers}] is the number over all of them")
        return self.project(*(place for place in range(len(self.axes)) if place not in gone))

    def marginals(self) -> tuple[Self, ...]:
        """Return the projection on each axis."""
        return tuple(self.project(place) for place in range(len(self.axes)))

    def select(self, **values: Any) -> Self:
        """Return the part of the histogram where the axes have some values.

        Parameters
        ----------
        **values : pair, or a single value
            By role or name of the axis: ``x=(lo, hi)`` keeps all bins that reach between two values, None being an end
            of the axis; ``by="a"`` takes what is in one bin, and the axis goes. What is cut off counts as outside.

        Raises
        ------
        UsageError
            When there is no such axis, or nothing of it lies there.
        """
        return self._chosen(by_value(values, self.axes, self.titles))

    def rebin(self, factor: int = 1, /, **factors: int) -> Self:
        """Return the histogram with wider bins.

        Parameters
        ----------
        factor : int, optional
            How many bins become one, on all axes but those of categories.
        **factors : int
            The same of single axes, by role or name. Each must divide the number of bins.
        """
        each = {place: factor for place, axis in enumerate(self.axes) if not hasattr(axis, "labels")}
        each.update(self.titles.by_place(factors))
        return self._chosen(grouped(each, self.axes, self.titles))

    def __getitem__(self, index: Any) -> Any:
        """Return a part of the histogram, as the Unified Histogram Interface has it.

        Parameters
        ----------
        index : str, tuple or mapping
            The name of a statistic, which alone is left. Or for each axis (of a mapping: by role, name or number) a
            slice whose ends are numbers of bins or ``heatbin.loc(value)`` and whose step may be ``heatbin.rebin(n)``
            or `sum`; or a single bin, which takes the axis away. What is cut off counts as outside; flow is left out
            of sums.

        Returns
        -------
        Histogram, or a number where no axis is left
        """
        if isinstance(index, str):
            return self._showing(index)
        part = self._chosen(by_index(index, self.axes, self.titles))
        return part if part.axes else part.values().item()

    def __iter__(self) -> Iterator[Any]:
        """Yield the part of each bin of the first axis: of a single axis the values."""
        return (self[bin_, ...] for bin_ in range(self.axes[0].size))

    def _chosen(self, chosen: Sequence[Chosen]) -> Self:
        stays = [place for place, each in enumerate(chosen) if each.stays]
        return self._regrouped([each.cut for each in chosen], stays)
