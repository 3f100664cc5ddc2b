"""A grid as an xarray Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatbin.errors import UsageError
from heatbin.interchange.grids import LabelledGrid, unmasked, zone_of

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["to_xarray"]


def to_xarray(grid: LabelledGrid) -> Dataset:
    """Return a Dataset with a variable for each statistic.

    Parameters
    ----------
    grid : LabelledGrid
        What becomes a Dataset. The centres of an axis `a` are the coordinate of the dimension `a`, and its edges the
        coordinate ``a_edges`` of a dimension of that name; categories are coordinates themselves, without edges.
        Points in time are UTC, their zone an attribute ``time_zone``. The notes are its attributes.

    Raises
    ------
    UsageError
        When xarray is not installed.
    """
    try:
        import xarray
    except ImportError as error:
        raise UsageError("this needs xarray, which is not installed: pip install xarray") from error
    variables = {name: (grid.names, unmasked(values)) for name, values in grid.values.items()}
    return xarray.Dataset(variables, _coordinates(grid), dict(grid.notes))


def _coordinates(grid: LabelledGrid) -> dict[str, Any]:
    coordinates: dict[str, Any] = {}
    for axis, name in zip(grid.axes, grid.names, strict=True):
        labels = getattr(axis, "labels", None)
        if labels is not None:
            coordinates[name] = list(labels)
        elif hasattr(axis, "edges"):
            zone = zone_of(axis)
            told = {"time_zone": zone} if zone else {}
            coordinates[name] = (name, axis.centers, told)
            coordinates[f"{name}_edges"] = (f"{name}_edges", axis.edges, told)
    for name, (place, centers) in grid.centers.items():
        coordinates[name] = (grid.names[place], centers)
    return coordinates
