"""A grid as a file that others open."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.interchange.grids import LabelledGrid, unmasked
from heatbin.interchange.tables import to_arrow
from heatbin.interchange.xarrays import to_xarray
from heatbin.outputs import check_output, replacing

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EXPORTS", "check_export", "export"]

SECONDS_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}

NETCDF_ENGINES = {"netcdf4": ("xarray", "netCDF4"), "h5netcdf": ("xarray", "h5netcdf", "h5py")}
"""What xarray calls the libraries that write netCDF, and what each of them needs."""


def check_export(path: str | os.PathLike[str]) -> None:
    """Find what is wrong with the name of an export before there is anything to export.

    Raises
    ------
    UsageError
        When its ending is none of `EXPORTS`, or what writes it is not installed.
    OutputError
        When it cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in EXPORTS:
        raise UsageError(
            f"cannot export to {os.fspath(path)!r}: its ending must be one of {', '.join(EXPORTS)}"
        )
    if suffix == ".nc":
        _netcdf_engine()
    check_output(path)


def export(grid: LabelledGrid, path: str | os.PathLike[str]) -> None:
    """Write a grid to a file, whole or not at all.

    Parameters
    ----------
    grid : LabelledGrid
        What is written.
    path : path-like
        Its ending says how: ``.parquet`` and ``.csv`` hold the table of `to_arrow`, ``.nc`` (netCDF) the Dataset of
        `to_xarray`, ``.npz`` (NumPy) the statistics and, of each axis `a`, ``a_edges`` or the categories `a`.

    Raises
    ------
    UsageError, OutputError
        As `check_export`.
    """
    check_export(path)
    with replacing(path) as temporary:
        EXPORTS[Path(path).suffix.lower()](grid, temporary)


def _parquet(grid: LabelledGrid, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(to_arrow(grid), path, compression="zstd")


def _csv(grid: LabelledGrid, path: Path) -> None:
    from pyarrow import csv

    table = to_arrow(grid)
    for place, name in enumerate(table.column_names):
        table = table.set_column(place, name, _exact_in_text(table.column(place)))
    csv.write_csv(table, path)


def _exact_in_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text says it exactly: lengths of time in seconds, narrow floats as doubles."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_duration(column.type):
        digits = SECONDS_DIGITS[column.type.unit]
        ticks = column.cast(pa.int64()).cast(pa.decimal128(19))
        return pc.multiply(ticks, pa.scalar(Decimal(1).scaleb(-digits), pa.decimal128(digits + 1, digits)))
    return column.cast(pa.float64()) if pa.types.is_floating(column.type) else column


def _npz(grid: LabelledGrid, path: Path) -> None:
    arrays = {name: unmasked(values) for name, values in grid.values.items()}
    arrays.update({name: centers for name, (_, centers) in grid.centers.items()})
    for axis, name in zip(grid.axes, grid.names, strict=True):
        labels = getattr(axis, "labels", None)
        if labels is not None:
            arrays[name] = np.asarray(labels)
        elif hasattr(axis, "edges"):
            arrays[f"{name}_edges"] = axis.edges
    # What numpy.savez does, which has arguments of its own that could be names of statistics.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)


def _netcdf(grid: LabelledGrid, path: Path) -> None:
    dataset = to_xarray(grid)
    for name, coordinate in dataset.coords.items():
        if coordinate.dtype.kind == "M" and not _in_calendar(coordinate.values):
            raise UsageError(f"{name}: netCDF has no times before year 1 or after 9999; .parquet has them")
    dataset.rename(_netcdf_names(dataset)).to_netcdf(path, engine=_netcdf_engine())


def _in_calendar(moments: Array) -> bool:
    first, last = np.array(["0001", "9999"], "M8[Y]")
    return bool(np.all((moments.astype("M8[Y]") >= first) & (moments.astype("M8[Y]") <= last)))


def _netcdf_names(dataset: Any) -> dict[Any, str]:
    """Return names for those that the format does not have: with slashes, or of coordinates beside the axes, spaces."""
    taken = {*map(str, dataset.variables), *map(str, dataset.dims)}
    safe: dict[Any, str] = {}
    for name in sorted(taken):
        known = name.replace("/", "÷")
        if name in dataset.coords and name not in dataset.dims:
            known = known.replace(" ", "_")
        if known != name:
            while known in taken:
                known += "_"
            taken.add(known)
            safe[name] = known
    return safe


def _netcdf_engine() -> Any:
    """Return the library that writes netCDF."""
    from importlib.util import find_spec

    for engine, modules in NETCDF_ENGINES.items():
        if all(find_spec(module) for module in modules):
            return engine
    raise UsageError("netCDF needs xarray and netCDF4, which are not installed: pip install xarray netCDF4")


EXPORTS: dict[str, Callable[[LabelledGrid, Path], None]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".npz": _npz,
    ".nc": _netcdf,
}
"""What writes a file, by its ending."""
