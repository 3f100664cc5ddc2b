"""Grids as others hold them: Arrow tables, xarray, NumPy, files, the Unified Histogram Interface, notebooks."""

from heatbin.interchange.exporting import EXPORTS, check_export, export
from heatbin.interchange.grids import LabelledGrid, unmasked
from heatbin.interchange.notebooks import mimebundle
from heatbin.interchange.tables import to_arrow
from heatbin.interchange.uhi import to_uhi
from heatbin.interchange.xarrays import to_xarray

__all__ = [
    "EXPORTS",
    "LabelledGrid",
    "check_export",
    "export",
    "mimebundle",
    "to_arrow",
    "to_uhi",
    "to_xarray",
    "unmasked",
]
