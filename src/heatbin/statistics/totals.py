"""Counts, and what comes out of exact sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from heatbin.checks import whole_number
from heatbin.columns import Array
from heatbin.statistics.base import Numbers, OfOneSample, Statistic, check_sample
from heatbin.storages import Recipe, Sums, means, totals, variances, whole_totals

__all__ = ["Count", "Mean", "Std", "Sum", "Var", "Weight"]

SUMS, SQUARES = Recipe(Sums, (1,)), Recipe(Sums, (2,))


@dataclass(frozen=True)
class Count(Statistic):
    """How many rows, or how many samples that are neither null nor NaN.

    Parameters
    ----------
    sample : str, optional
        A column or an expression; None for the rows themselves.
    """

    kind = "count"
    additive = True
    tells_apart = True
    sample: str | None = None

    def __post_init__(self) -> None:
        if self.sample is not None:
            check_sample(self.kind, self.sample)

    @property
    def samples(self) -> tuple[str, ...]:
        """The sample, if there is one."""
        return () if self.sample is None else (self.sample,)

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """None: rows and samples are always counted."""
        return ()

    def values(self, _storages: Sequence[Any], _cells: Numbers, counts: Numbers) -> Array:
        """Return the counts, int64."""
        return counts

    def variances(self, _storages: Sequence[Any], _cells: Numbers, counts: Numbers) -> Array:
        """Return the counts as float64: those of a Poisson process vary by themselves."""
        return counts.astype(np.float64)


@dataclass(frozen=True)
class Weight(OfOneSample):
    """A weighted count: the sum of the weights, exact, rounded once; 0 where there are none.

    Parameters
    ----------
    sample : str
        The weight: a column or an expression.
    squares : bool, optional
        Whether to keep the sum of the squared weights, which is the variance of the count.
    """

    kind = "weight"
    additive = True
    squares: bool = field(default=False, kw_only=True)

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """The exact sum, and that of the squares where it is asked for."""
        return (SUMS, SQUARES) if self.squares else (SUMS,)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:  # noqa: ARG002
        """Return the weighted counts: float64, int64 where weights are integers."""
        sums = storages[0]
        if not sums.whole:
            return totals(sums, cells)
        factor = self.sample if self.sample.isidentifier() else f"({self.sample})"
        return whole_totals(sums, cells, called=str(self), instead=f"weigh by 1.0 * {factor}")

    def variances(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array | None:  # noqa: ARG002
        """Return the sums of squared weights, float64; None where they were not asked for."""
        return totals(storages[1], cells) if self.squares else None


@dataclass(frozen=True)
class Sum(OfOneSample):
    """The sum of a sample: what `math.fsum` gives, or an exact int64.

    Parameters
    ----------
    sample : str
        A column or an expression. Decimals are summed as the doubles nearest to them.
    """

    kind = "sum"
    additive = True
    recipes = (SUMS,)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:
        """Return the sums: int64 of integers, 0 in empty cells; otherwise float64, NaN in empty cells."""
        (sums,) = storages
        if sums.whole:
            return whole_totals(sums, cells, called=str(self))
        return np.where(counts == 0, np.nan, totals(sums, cells))


@dataclass(frozen=True)
class Mean(OfOneSample):
    """The mean of a sample: its exact sum over the count, rounded once.

    Parameters
    ----------
    sample : str
        A column or an expression.
    """

    kind = "mean"
    recipes = (SUMS,)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:
        """Return the means, float64; NaN in empty cells."""
        return means(storages[0], cells, counts)


@dataclass(frozen=True)
class Var(OfOneSample):
    """The variance of a sample, out of exact sums of it and its squares, rounded once.

    Parameters
    ----------
    sample : str
        A column or an expression.
    ddof : int, optional
        What is taken off the count that the squares are divided by.
    """

    kind = "var"
    recipes = (SUMS, SQUARES)
    _root: ClassVar[bool] = False
    ddof: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "ddof", whole_number("ddof", self.ddof, least=0))

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:
        """Return the variances, float64; NaN where there are no more than `ddof` samples."""
        sums, squares = storages
        return variances(sums, squares, cells, counts, ddof=self.ddof, root=self._root)

    def __str__(self) -> str:
        return f"{self.kind}({self.sample}, ddof={self.ddof})" if self.ddof else super().__str__()


@dataclass(frozen=True)
class Std(Var):
    """The standard deviation of a sample, rounded once.

    Parameters
    ----------
    sample : str
        A column or an expression.
    ddof : int, optional
        What is taken off the count that the squares are divided by.
    """

    kind = "std"
    _root = True
