"""What is there at all, and the smallest and largest of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heatbin.columns import Array
from heatbin.statistics.base import Numbers, OfOneSample, Statistic, check_sample
from heatbin.storages import Extreme, ExtremeBy, Flags, Recipe

__all__ = ["AnyTrue", "Max", "MaxBy", "Min", "MinBy"]


@dataclass(frozen=True)
class AnyTrue(OfOneSample):
    """Whether a cell has a sample that is neither zero, null nor NaN.

    Parameters
    ----------
    sample : str
        A column or an expression.
    """

    kind = "any"
    recipes = (Recipe(Flags),)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:  # noqa: ARG002
        """Return booleans; false in empty cells."""
        values: Array = storages[0].values(cells)
        return values


@dataclass(frozen=True)
class Min(OfOneSample):
    """The smallest sample; -0.0 is smaller than 0.0.

    Parameters
    ----------
    sample : str
        A column or an expression.
    """

    kind = "min"
    recipes = (Recipe(Extreme, ("min",)),)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:
        """Return the extremes: float64, NaN in empty cells; masked integers where doubles would round them."""
        values: Array = storages[0].values(cells, counts)
        return values


@dataclass(frozen=True)
class Max(Min):
    """The largest sample; 0.0 is larger than -0.0.

    Parameters
    ----------
    sample : str
        A column or an expression.
    """

    kind = "max"
    recipes = (Recipe(Extreme, ("max",)),)


@dataclass(frozen=True)
class MinBy(Statistic):
    """The value of one sample where another is smallest; among equals, the smallest value.

    Parameters
    ----------
    value : str
        What is wanted: a column or an expression.
    by : str
        What is to be smallest.

    Notes
    -----
    Decimals and lengths of time are taken as the nearest doubles, so that large ones that differ little are one.
    """

    kind = "min_by"
    recipes = (Recipe(ExtremeBy, ("min",)),)
    value: str
    by: str

    def __post_init__(self) -> None:
        for sample in self.samples:
            check_sample(self.kind, sample)

    @property
    def samples(self) -> tuple[str, ...]:
        """The value, and what it is chosen by: a row needs both."""
        return (self.value, self.by)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:
        """Return the values: float64, NaN in empty cells; masked integers where doubles would round them."""
        values: Array = storages[0].values(cells, counts)
        return values


@dataclass(frozen=True)
class MaxBy(MinBy):
    """The value of one sample where another is largest; among equals, the smallest value.

    Parameters
    ----------
    value : str
        What is wanted: a column or an expression.
    by : str
        What is to be largest.

    Notes
    -----
    Decimals and lengths of time are taken as the nearest doubles, so that large ones that differ little are one.
    """

    kind = "max_by"
    recipes = (Recipe(ExtremeBy, ("max",)),)
