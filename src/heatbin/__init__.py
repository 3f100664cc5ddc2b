"""Heatmaps of more points than fit in memory: exact, bounded, accounted for.

The names are loaded when they are first used, so that ``import heatbin`` costs next to nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from heatbin._version import __version__

if TYPE_CHECKING:
    from heatbin.aggregate import aggregate, plan
    from heatbin.axes import (
        Arc,
        Category,
        Cyclic,
        HexLattice,
        Integer,
        Log,
        Regular,
        Symlog,
        Time,
        Variable,
    )
    from heatbin.compat.numpy_histogram2d import histogram2d
    from heatbin.compat.pyplot_hexbin import hexbin
    from heatbin.compat.pyplot_hist2d import hist2d
    from heatbin.errors import (
        BadInputError,
        BusyError,
        HeatbinError,
        MemoryBudgetError,
        NoInputError,
        OutputError,
        ReadError,
        StateError,
        UsageError,
    )
    from heatbin.histogram import Histogram
    from heatbin.histogram.comparing import Comparison, compare
    from heatbin.histogram.keeping import load, merge
    from heatbin.histogram.selection import loc, rebin
    from heatbin.plan import Plan
    from heatbin.statistics import (
        any,
        count,
        distinct,
        max,
        max_by,
        mean,
        min,
        min_by,
        quantile,
        std,
        sum,
        var,
        weight,
    )
    from heatbin.tally import Absences, Tally
    from heatbin.updating import Update, update

__all__ = [
    "Absences",
    "Arc",
    "BadInputError",
    "BusyError",
    "Category",
    "Comparison",
    "Cyclic",
    "HeatbinError",
    "HexLattice",
    "Histogram",
    "Integer",
    "Log",
    "MemoryBudgetError",
    "NoInputError",
    "OutputError",
    "Plan",
    "ReadError",
    "Regular",
    "StateError",
    "Symlog",
    "Tally",
    "Time",
    "Update",
    "UsageError",
    "Variable",
    "__version__",
    "aggregate",
    "any",
    "compare",
    "count",
    "distinct",
    "hexbin",
    "hist2d",
    "histogram2d",
    "load",
    "loc",
    "max",
    "max_by",
    "mean",
    "merge",
    "min",
    "min_by",
    "plan",
    "quantile",
    "rebin",
    "std",
    "sum",
    "update",
    "var",
    "weight",
]

_HOMES = {
    "heatbin.aggregate": ("aggregate", "plan"),
    "heatbin.axes": (
        "Arc",
        "Category",
        "Cyclic",
        "HexLattice",
        "Integer",
        "Log",
        "Regular",
        "Symlog",
        "Time",
        "Variable",
    ),
    "heatbin.compat.numpy_histogram2d": ("histogram2d",),
    "heatbin.compat.pyplot_hexbin": ("hexbin",),
    "heatbin.compat.pyplot_hist2d": ("hist2d",),
    "heatbin.histogram.comparing": ("Comparison", "compare"),
    "heatbin.errors": (
        "BadInputError",
        "BusyError",
        "HeatbinError",
        "MemoryBudgetError",
        "NoInputError",
        "OutputError",
        "ReadError",
        "StateError",
        "UsageError",
    ),
    "heatbin.histogram": ("Histogram",),
    "heatbin.histogram.keeping": ("load", "merge"),
    "heatbin.plan": ("Plan",),
    "heatbin.histogram.selection": ("loc", "rebin"),
    "heatbin.statistics": (
        "any",
        "count",
        "distinct",
        "max",
        "max_by",
        "mean",
        "min",
        "min_by",
        "quantile",
        "std",
        "sum",
        "var",
        "weight",
    ),
    "heatbin.tally": ("Absences", "Tally"),
    "heatbin.updating": ("Update", "update"),
}
"""Which module each public name lives in."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


class _Package(ModuleType):
    """Keeps ``heatbin.plan`` the function, where the import system would put the module of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in _HOME_OF):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
