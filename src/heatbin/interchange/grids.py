"""What every form of interchange starts from: a grid, its axes, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heatbin.axes import Axis
from heatbin.columns import Array

__all__ = ["LabelledGrid", "unmasked", "zone_of"]


@dataclass(frozen=True, slots=True)
class LabelledGrid:
    """A grid, its axes, and what they are called.

    Parameters
    ----------
    axes : tuple of Axis
        In the order of the dimensions.
    names : tuple of str
        What each axis shows; no two alike.
    values : mapping of str to ndarray
        Each statistic, shape (size of each axis).
    notes : mapping of str to int or str, optional
        What else there is to say: the tally, the version of heatbin.
    centers : mapping of str to (int, ndarray), optional
        Of hexagons, in place of edges: what each of their columns shows, which dimension they are, and where their
        centres lie.
    """

    axes: tuple[Axis, ...]
    names: tuple[str, ...]
    values: Mapping[str, Array]
    notes: Mapping[str, Any] = field(default_factory=dict)
    centers: Mapping[str, tuple[int, Array]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """The bins of each axis."""
        return tuple(axis.size for axis in self.axes)


def zone_of(axis: Any) -> str | None:
    """Return the zone of the points in time that the edges of an axis are; None where they are none."""
    zone: str | None = getattr(axis, "zone", None) or axis.logical.zone
    return zone if axis.edges.dtype.kind == "M" else None


def unmasked(values: Array) -> Array:
    """Return an array for those who know no masks: integers with empty cells among them become doubles and NaN."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    plain: Array = np.where(values.mask, np.nan, values.data) if np.ma.is_masked(values) else values.data
    return plain
