"""What a histogram gives to other programs: tables, arrays, files, the Unified Histogram Interface, notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from heatbin.axes import Axis
from heatbin.columns import Array
from heatbin.histogram.selection import Titles
from heatbin.statistics import Statistic
from heatbin.tally import FATES, Tally

if TYPE_CHECKING:
    import os

    import pyarrow as pa
    import xarray
    from matplotlib.artist import Artist

    from heatbin.interchange import LabelledGrid

__all__ = ["Exchangeable"]

SMALL = (4.0, 3.0)
"""Inches of the picture in a notebook."""

ENDINGS = ("", "_low", "_high", "_edges")
"""What the name of an axis gets in tables and arrays."""


class Exchangeable:
    """The part of a histogram's face that other programs look at."""

    skipped: int
    unseen: int
    scale: float

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

    def _centers(self) -> dict[str, tuple[int, Array]]:
        """Return, by what it shows, the centres along each column of hexagons, and the place of these."""
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
            Ends in ``.parquet`` or ``.csv`` (the table of `to_arrow`), ``.nc`` (the Dataset of `to_xarray`), ``.npz``.

        Raises
        ------
        UsageError
            When it ends otherwise, or what writes it is not installed.
        OutputError
            When it cannot be written.
        """
        from heatbin.interchange import export

        export(self._labelled(), path)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError(
                "the values of a histogram are made when asked for: there is no array without a copy"
            )
        from heatbin.interchange import unmasked

        return np.asarray(unmasked(self.values()), dtype)

    def _labelled(self) -> LabelledGrid:
        from heatbin._version import __version__
        from heatbin.interchange import LabelledGrid

        notes = {"heatbin": __version__, **{fate: getattr(self.tally, fate) for fate in FATES}}
        values = {name: self._showing(name).values() for name in self.statistics}
        names = self.titles.distinct([stem for name in values for stem in _stems(name)])
        return LabelledGrid(self.axes, names, values, notes, self._centers())

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
        squares = self.variances(flow=flow) if self.statistic.kind == "weight" else None
        if squares is not None:
            storage |= {"type": "weighted", "variances": squares}
        return to_uhi(self.axes, self.titles, storage, flow=flow)

    def _to_boost_histogram_(self) -> Any:
        from boost_histogram import Histogram as BoostHistogram

        return BoostHistogram(self._to_uhi_())

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        from heatbin.interchange import mimebundle

        picture = self.plot(size=SMALL) if len(self.axes) == 2 else None
        return mimebundle(repr(self), {fate: getattr(self.tally, fate) for fate in FATES}, picture)


def _stems(name: str) -> list[str]:
    """Return what axes may not be called beside a statistic of some name."""
    return [name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)]
