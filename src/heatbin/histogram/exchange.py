"""What a histogram gives to other programs: its summary, tables, arrays, files, the Unified Histogram Interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from heatbin.axes import Axis
from heatbin.columns import Array
from heatbin.histogram.titles import Titles
from heatbin.statistics import Statistic
from heatbin.tally import FATES, Tally

if TYPE_CHECKING:
    import os

    import pyarrow as pa
    import xarray
    from matplotlib.artist import Artist

    from heatbin.interchange import LabelledGrid
    from heatbin.sources import LeftOut

__all__ = ["Exchangeable"]

SMALL = (4.0, 3.0)
"""Inches of the picture in a notebook."""

ENDINGS = ("", "_low", "_high", "_edges")
"""What the name of an axis with edges gets in tables and arrays."""

ALONE = ("",)


class Exchangeable:
    """The part of a histogram's face that other programs look at."""

    skipped: int
    unseen: int
    scale: float
    left_out: tuple[LeftOut, ...]
    origin: Mapping[str, Any]
    warnings: tuple[str, ...]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes."""
        raise NotImplementedError

    @property
    def titles(self) -> Titles:
        """What the axes may be called."""
        raise NotImplementedError

    @property
    def tally(self) -> Tally:
        """Where every row went."""
        raise NotImplementedError

    @property
    def statistic(self) -> Statistic:
        """What the values are."""
        raise NotImplementedError

    @property
    def statistics(self) -> dict[str, Statistic]:
        """All that there is, by name."""
        raise NotImplementedError

    def _showing(self, name: str) -> Self:
        """Return the histogram with one statistic alone."""
        raise NotImplementedError

    @property
    def _columns(self) -> list[Sequence[tuple[str, str]]]:
        """Of each axis the roles and names of the columns that it takes."""
        raise NotImplementedError

    def values(self, *, flow: bool = False) -> Array:
        """Return what the cells hold."""
        raise NotImplementedError

    def variances(self, *, flow: bool = False) -> Array | None:
        """Return how far counts may be off, squared."""
        raise NotImplementedError

    def plot(self, *, size: tuple[float, float] | None = None) -> Artist:
        """Draw them."""
        raise NotImplementedError

    def summary(self) -> dict[str, Any]:
        """Return what a program wants to know of the run, as plain data."""
        from heatbin.platform import peak_rss_bytes

        return {
            "tally": self.tally.plain(),
            **self.origin,
            "peak_rss_bytes": peak_rss_bytes(),
            **self._described(),
            "statistics": {name: str(statistic) for name, statistic in self.statistics.items()},
            "max": _largest(self.values()),
            "sample": None if self.scale == 1 else {"share": 1 / self.scale, "estimates": True},
            "warnings": list(self.warnings),
            "left_out": [asdict(out) for out in self.left_out],
        }

    def _described(self) -> dict[str, Any]:
        """Describe what each column is binned by, by its role."""
        return {
            role: {"expression": name, **binned}
            for axis, columns in zip(self.axes, self._columns, strict=True)
            for (role, name), binned in zip(columns, _bins_of(axis), strict=True)
        }

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table with one row for each cell: its edges and its value.

        Returns
        -------
        pyarrow.Table
            Of an axis that shows `lon` the columns ``lon_low`` and ``lon_high``; then `count`.
        """
        from heatbin.interchange import to_arrow

        return to_arrow(self._labelled())

    to_table = to_arrow

    def to_xarray(self) -> xarray.Dataset:
        """Return an xarray Dataset: the centres of an axis `lon` as its coordinate, its edges as ``lon_edges``.

        Points in time are UTC; their zone is the attribute ``time_zone`` of the coordinates. Integers beyond 2⁵³ become
        doubles where cells are empty, for which xarray has NaN alone; in tables they stay whole.

        Raises
        ------
        UsageError
            When xarray is not installed.
        """
        from heatbin.interchange import to_xarray

        return to_xarray(self._labelled())

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the cells to a file for other programs, whole or not at all.

        Parameters
        ----------
        path : path-like
            Ends in ``.parquet`` or ``.csv`` (the table of `to_arrow`; in CSV lengths of time are seconds), ``.nc`` (the
            Dataset of `to_xarray`), or ``.npz``.

        Raises
        ------
        UsageError
            When it ends otherwise, or what writes it is not installed.
        OutputError
            When it cannot be written.
        """
        from heatbin.interchange import export
        from heatbin.sources import release_buffers

        release_buffers()
        export(self._labelled(), path)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError(
                "the values of a histogram are made when asked for: there is no array without a copy"
            )
        from heatbin.interchange import unmasked

        values = self.values()
        if np.ma.is_masked(values) and dtype is not None and np.dtype(dtype).kind in "iu":
            raise ValueError(
                "some cells are empty, which no integer can say: take values(), which masks them, or another dtype"
            )
        return np.asarray(unmasked(values), dtype)

    def _labelled(self) -> LabelledGrid:
        from heatbin._version import __version__
        from heatbin.interchange import LabelledGrid

        notes = {"heatbin": __version__, **_by_fate(self.tally)}
        if self.scale != 1:
            notes["share"] = 1 / self.scale
        values = {name: self._showing(name).values() for name in self.statistics}
        names = self._distinct_names()
        centers = {
            name: (place, along)
            for place, (axis, (_, *columns)) in enumerate(zip(self.axes, names, strict=True))
            if axis.takes > 1
            for name, along in zip(columns, axis.offsets.T, strict=True)  # type: ignore[attr-defined]
        }
        return LabelledGrid(self.axes, tuple(name for name, *_ in names), values, notes, centers)

    def _distinct_names(self) -> list[tuple[str, ...]]:
        """Return what each axis is called, and of hexagons the centres along each column: none like another."""
        called: list[tuple[str, str, Sequence[str]]] = []
        for axis, columns, *titles in zip(self.axes, self._columns, *self.titles, strict=True):
            role, name = titles
            called.append((role, name, ALONE if axis.takes > 1 or hasattr(axis, "labels") else ENDINGS))
            called += [(*column, ALONE) for column in columns if axis.takes > 1]
        roles, names, endings = zip(*called, strict=True)
        distinct = iter(Titles(roles, names).distinct(self.statistics, endings))
        return [tuple(islice(distinct, 1 if axis.takes == 1 else 1 + axis.takes)) for axis in self.axes]

    @property
    def kind(self) -> str:
        """What the values are to the Unified Histogram Interface: means, or else counts."""
        return "MEAN" if self.statistic.kind == "mean" else "COUNT"

    def _to_uhi_(self) -> dict[str, Any]:
        from heatbin.interchange import to_uhi, unmasked

        # Categories have no under there, and theirs of over is what the axes here call "other".
        flow = not (self.skipped or self.unseen) and not any(hasattr(axis, "labels") for axis in self.axes)
        values = unmasked(self.values(flow=flow))
        # Means go without the variances that a storage of means there must have, as plain doubles.
        storage = {"type": "int" if values.dtype.kind in "ib" else "double", "values": values}
        if values.dtype == np.bool_:
            storage["values"] = values.astype(np.int64)
        variances = self.variances(flow=flow)
        if variances is not None and (self.statistic.kind == "weight" or self.scale != 1):
            storage |= {"type": "weighted", "variances": variances}
        return to_uhi(self.axes, self.titles, storage, flow=flow, variance_known=variances is not None)

    def _to_boost_histogram_(self) -> Any:
        from boost_histogram import Histogram as BoostHistogram

        return BoostHistogram(self._to_uhi_())

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        from heatbin.interchange import mimebundle

        drawn = sum(axis.takes for axis in self.axes) == 2
        picture = self.plot(size=SMALL) if drawn else None
        return mimebundle(repr(self), _by_fate(self.tally), picture)


def _by_fate(tally: Tally) -> dict[str, int]:
    return {fate: getattr(tally, fate) for fate in FATES}


def _bins_of(axis: Any) -> list[dict[str, Any]]:
    if axis.takes == 1:
        labels = getattr(axis, "labels", None)
        named = {} if labels is None else {"categories": list(labels)}
        return [{"edges": _plain_ends(axis.edges), "bins": axis.size, **named}]
    ends = np.reshape(axis.limits, (2, 2))
    return [{"edges": _plain_ends(each), "bins": n} for each, n in zip(ends, axis.gridsize, strict=True)]


def _largest(values: Array) -> Any:
    """Return the largest value that there is; None where all are NaN."""
    present = values.compressed() if isinstance(values, np.ma.MaskedArray) else values
    largest = np.fmax.reduce(present, axis=None) if present.size else None
    return largest.item() if largest is not None and np.isfinite(largest) else None


def _plain_ends(edges: Array) -> list[Any]:
    """Return the first and the last edge as JSON has them: times, and what is infinite, as text."""
    ends = edges[[0, -1]]
    plain = ends.dtype.kind not in "mM"
    return [end.item() if plain and np.isfinite(end) else str(end) for end in ends]
