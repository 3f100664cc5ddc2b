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

__all__ = [
    "BadInputError",
    "BusyError",
    "HeatbinError",
    "MemoryBudgetError",
    "NoInputError",
    "OutputError",
    "ReadError",
    "StateError",
    "UsageError",
    "__version__",
]

_HOMES = {
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
}
"""Which module each public name lives in."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


class _Package(ModuleType):
    """Keeps ``heatbin.aggregate`` the function, where importing the module would put the module."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and value.__name__ == _HOME_OF.get(name):
            value = getattr(value, name)
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
