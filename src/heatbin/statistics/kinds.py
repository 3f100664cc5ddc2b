"""The kinds of statistics: each says which storages it needs, and reads itself from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.storages import (
    Buckets,
    Extreme,
    ExtremeBy,
    Flags,
    Recipe,
    Registers,
    Sums,
    means,
    totals,
    variances,
    whole_totals,
)
from heatbin.storages.registers import precision_for, standard_error

__all__ = [
    "Any_",
    "Count",
    "Distinct",
    "Max",
    "MaxBy",
    "Mean",
    "Min",
    "MinBy",
    "Quantile",
    "Statistic",
    "Std",
    "Sum",
    "Var",
    "Weight",
]

Numbers = npt.NDArray[np.int64]
FINEST, COARSEST = 1e-5, 0.5
SUMS, SQUARES = Recipe(Sums, (1,)), Recipe(Sums, (2,))


class Statistic(ABC):
    """One number per cell, of the rows or of their samples. Frozen and picklable; knows no data."""

    __slots__ = ()
    kind: ClassVar[str]
    error: float | None = None
    """The relative error that its values may have; None for those that are exact."""

    @property
    @abstractmethod
    def samples(self) -> tuple[str, ...]:
        """The columns or expressions that it needs."""

    @property
    @abstractmethod
    def recipes(self) -> tuple[Recipe, ...]:
        """The storages that it needs."""

    @abstractmethod
    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:
        """Return the values of some cells.

        Parameters
        ----------
        storages : sequence of Storage
            One for each of `recipes`.
        cells : ndarray of int64, shape (rows,)
            The numbers of the cells.
        counts : ndarray of int64, shape (rows,)
            How many samples each has.
        """

    def variances(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array | None:  # noqa: ARG002
        """Return the variances of the values, where they are counts; None where they are not."""
        return None

    def coarser(self) -> Self | None:
        """Return the same statistic with twice the error and less need of memory; None where there is none."""
        return None

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(self.samples)})" if self.samples else self.kind


@dataclass(frozen=True)
class Count(Statistic):
    """How many rows, or how many samples that are neither null nor NaN.

    Parameters
    ----------
    sample : str, optional
        A column or an expression; None for the rows themselves.
    """

    kind = "count"
    sample: str | None = None

    def __post_init__(self) -> None:
        if self.sample is not None:
            _check_sample(self.kind, self.sample)

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
class _OfOneSample(Statistic):
    """What needs one sample."""

    sample: str

    def __post_init__(self) -> None:
        _check_sample(self.kind, self.sample)

    @property
    def samples(self) -> tuple[str, ...]:
        """The sample."""
        return (self.sample,)


@dataclass(frozen=True)
class Weight(_OfOneSample):
    """A weighted count: the sum of the weights, exact, rounded once; 0 where there are none.

    Parameters
    ----------
    sample : str
        The weight: a column or an expression.
    squares : bool, optional
        Whether to keep the sum of the squared weights, which is the variance of the count.
    """

    kind = "weight"
    squares: bool = field(default=False, kw_only=True)

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """The exact sum, and that of the squares where it is asked for."""
        return (SUMS, SQUARES) if self.squares else (SUMS,)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:  # noqa: ARG002
        """Return the weighted counts: float64, int64 where weights are integers."""
        return whole_totals(storages[0], cells) if storages[0].whole else totals(storages[0], cells)

    def variances(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array | None:  # noqa: ARG002
        """Return the sums of squared weights, float64; None where they were not asked for."""
        return totals(storages[1], cells) if self.squares else None


@dataclass(frozen=True)
class Sum(_OfOneSample):
    """The sum of a sample: what `math.fsum` gives, or an exact int64.

    Parameters
    ----------
    sample : str
        A column or an expression.
    """

    kind = "sum"
    recipes = (SUMS,)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:
        """Return the sums: int64 of integers, 0 in empty cells; otherwise float64, NaN in empty cells."""
        (sums,) = storages
        return whole_totals(sums, cells) if sums.whole else np.where(counts == 0, np.nan, totals(sums, cells))


@dataclass(frozen=True)
class Mean(_OfOneSample):
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
class Var(_OfOneSample):
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
        if isinstance(self.ddof, bool) or not isinstance(self.ddof, int) or self.ddof < 0:
            raise UsageError(f"ddof must be a whole number, 0 or more, not {self.ddof!r}")

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


@dataclass(frozen=True)
class Min(_OfOneSample):
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
class Any_(_OfOneSample):  # noqa: N801
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
class Quantile(_OfOneSample):
    """A quantile of a sample, within a relative error.

    Parameters
    ----------
    sample : str
        A column or an expression.
    q : float
        From 0 to 1: 0.5 is the median.
    accuracy : float, optional
        The largest relative error.
    """

    kind = "quantile"
    q: float
    accuracy: float = field(default=0.01, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "q", _between("q", self.q, 0.0, 1.0))
        object.__setattr__(self, "accuracy", _between("accuracy", self.accuracy, FINEST, COARSEST))

    @property
    def error(self) -> float:  # type: ignore[override]
        """The relative error that its values may have."""
        return self.accuracy

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Buckets on a logarithmic axis, shared by all quantiles of one accuracy."""
        return (Recipe(Buckets, (self.accuracy,)),)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:  # noqa: ARG002
        """Return the quantiles, float64; NaN in empty cells."""
        values: Array = storages[0].quantiles(cells, self.q)
        return values

    def coarser(self) -> Quantile | None:
        """Return the same quantile with twice the error; None beyond 0.5."""
        return replace(self, accuracy=2 * self.accuracy) if 2 * self.accuracy <= COARSEST else None

    def __str__(self) -> str:
        return f"p{100 * self.q:.10g}({self.sample})"


@dataclass(frozen=True)
class Distinct(_OfOneSample):
    """How many different values, estimated by a HyperLogLog.

    Parameters
    ----------
    sample : str
        A column or an expression.
    accuracy : float, optional
        The largest standard error, relative to the number; half of it takes four times the memory. The default takes
        512 bytes a cell.
    """

    kind = "distinct"
    accuracy: float = field(default=0.05, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(
            self, "accuracy", _between("accuracy", self.accuracy, standard_error(16), COARSEST)
        )

    @property
    def error(self) -> float:  # type: ignore[override]
        """The relative standard error of its values."""
        return standard_error(precision_for(self.accuracy))

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """The registers."""
        return (Recipe(Registers, (precision_for(self.accuracy),)),)

    def values(self, storages: Sequence[Any], cells: Numbers, counts: Numbers) -> Array:  # noqa: ARG002
        """Return the estimates, int64; 0 in empty cells."""
        values: Array = storages[0].estimates(cells)
        return values

    def coarser(self) -> Distinct | None:
        """Return the same with twice the error; None beyond 0.5."""
        return replace(self, accuracy=2 * self.accuracy) if 2 * self.accuracy <= COARSEST else None


@dataclass(frozen=True)
class MinBy(Statistic):
    """The value of one sample where another is smallest; among equals, the smallest value.

    Parameters
    ----------
    value : str
        What is wanted: a column or an expression.
    by : str
        What is to be smallest.
    """

    kind = "min_by"
    recipes = (Recipe(ExtremeBy, ("min",)),)
    value: str
    by: str

    def __post_init__(self) -> None:
        for sample in self.samples:
            _check_sample(self.kind, sample)

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
    """

    kind = "max_by"
    recipes = (Recipe(ExtremeBy, ("max",)),)


def _check_sample(kind: str, sample: Any) -> None:
    if not isinstance(sample, str):
        raise TypeError(f"{kind} takes a column or an expression as text, not {sample!r:.60}")
    if not sample.strip():
        raise UsageError(f"{kind} needs a sample: a column or an expression, such as {kind}('fare')")


def _between(name: str, number: Any, least: float, most: float) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float | np.number):
        raise TypeError(f"{name} must be a number, not {number!r}")
    if not least <= number <= most:
        raise UsageError(f"{name} must be from {least:g} to {most:g}, not {number}")
    return float(number)
