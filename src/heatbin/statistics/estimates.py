"""What is found within a stated error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from heatbin.columns import Array
from heatbin.statistics.base import Numbers, OfOneSample, check_between
from heatbin.storages import Buckets, Recipe, Registers
from heatbin.storages.registers import precision_for, standard_error

__all__ = ["Distinct", "Quantile"]

FINEST, COARSEST = 1e-5, 0.5


@dataclass(frozen=True)
class Quantile(OfOneSample):
    """A quantile of a sample, within a relative error.

    Parameters
    ----------
    sample : str
        A column or an expression.
    q : float
        From 0 to 1: 0.5 is the median.
    accuracy : float, optional
        The largest relative error of a sample.

    Raises
    ------
    TypeError
        When `sample` is no text, or `q` or `accuracy` no number.
    UsageError
        When `q` or `accuracy` lies beyond what is allowed.

    Notes
    -----
    A quantile lies between two samples, as `numpy.quantile` has it, and each of the two is within the error. So is the
    quantile, where they have one sign. Where one is negative and the other positive, what lies between them may be
    near zero, and is only within the error of the larger one: the median of -100 and 101 may be 0, and not 0.5.
    """

    kind = "quantile"
    q: float
    accuracy: float = field(default=0.01, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "q", check_between("q", self.q, 0.0, 1.0))
        object.__setattr__(self, "accuracy", check_between("accuracy", self.accuracy, FINEST, COARSEST))

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
        """Return the same quantile with twice the error, at most 0.5; None where it has that."""
        return replace(self, accuracy=min(2 * self.accuracy, COARSEST)) if self.accuracy < COARSEST else None

    def __str__(self) -> str:
        return f"p{100 * self.q:.10g}({self.sample})"


@dataclass(frozen=True)
class Distinct(OfOneSample):
    """How many different values, estimated by a HyperLogLog.

    Parameters
    ----------
    sample : str
        A column or an expression.
    accuracy : float, optional
        The largest standard error, relative to the number; half of it takes four times the memory. The default takes
        512 bytes a cell.

    Raises
    ------
    TypeError
        When `sample` is no text, or `accuracy` no number.
    UsageError
        When `accuracy` lies beyond what is allowed.

    Notes
    -----
    Decimals and lengths of time are taken as the nearest doubles, so that large ones that differ little are one.
    """

    kind = "distinct"
    tells_apart = True
    accuracy: float = field(default=0.05, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(
            self, "accuracy", check_between("accuracy", self.accuracy, standard_error(16), COARSEST)
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
        """Return the same with twice the error, at most 0.5; None where it has that."""
        return replace(self, accuracy=min(2 * self.accuracy, COARSEST)) if self.accuracy < COARSEST else None
