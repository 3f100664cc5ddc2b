"""A grid as an Arrow table: one row a cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from heatbin.columns import Array
from heatbin.interchange.grids import LabelledGrid, zone_of

__all__ = ["to_arrow"]


def to_arrow(grid: LabelledGrid) -> pa.Table:
    """Return one row for each cell: between which edges it lies, and its values.

    Parameters
    ----------
    grid : LabelledGrid
        What becomes a table.

    Returns
    -------
    pyarrow.Table
        Of each axis `a` the columns ``a_low`` and ``a_high`` (of categories `a` alone, of hexagons their centres along
        both columns), of each statistic one under its own name. Points in time are timestamps of the axis's zone,
        where it has one. The last axis varies fastest; NaN is null. The notes are in the metadata, as JSON under
        ``heatbin``.
    """
    columns = dict(_edges(grid))
    columns.update({name: _statistic(values.ravel()) for name, values in grid.values.items()})
    return pa.table(columns).replace_schema_metadata({"heatbin": json.dumps(dict(grid.notes))})


def _edges(grid: LabelledGrid) -> Iterator[tuple[str, Any]]:
    """Yield what tells each cell's place, column by column."""
    for place, (axis, name) in enumerate(zip(grid.axes, grid.names, strict=True)):
        labels = getattr(axis, "labels", None)
        if labels is not None:
            yield (
                name,
                pa.array(labels, pa.string()).take(pa.array(_spread(np.arange(axis.size), place, grid))),
            )
        elif hasattr(axis, "edges"):
            edges, type_ = _known_to_arrow(axis.edges), _zoned_type(axis)
            yield f"{name}_low", pa.array(_spread(edges[:-1], place, grid), type_)
            yield f"{name}_high", pa.array(_spread(edges[1:], place, grid), type_)
    for name, (place, centers) in grid.centers.items():
        yield name, pa.array(_spread(centers, place, grid))


def _known_to_arrow(edges: Array) -> Array:
    """Return edges in a unit that Arrow has: not lengths of time in days."""
    return edges.astype("m8[s]") if edges.dtype == np.dtype("m8[D]") else edges


def _zoned_type(axis: Any) -> pa.DataType | None:
    """Return the type of an axis's edges where they are points in time in a zone; None for what their dtype says."""
    zone = zone_of(axis)
    return pa.timestamp(np.datetime_data(axis.edges.dtype)[0], tz=zone) if zone else None


def _spread(values: Array, place: int, grid: LabelledGrid) -> Array:
    """Return one value a bin of an axis as one value a cell."""
    shape = [1] * len(grid.shape)
    shape[place] = -1
    return np.broadcast_to(values.reshape(shape), grid.shape).ravel()


def _statistic(values: Array) -> Any:
    return pa.array(values, mask=np.isnan(values) if values.dtype.kind == "f" else None)
