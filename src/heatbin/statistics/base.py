"""What every statistic is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.storages import Recipe

__all__ = ["Numbers", "OfOneSample", "Statistic", "check_between", "check_sample"]

Numbers = npt.NDArray[np.int64]


class Statistic(ABC):
    """One number per cell, of the rows or of their samples. Frozen and picklable; knows no data."""

    kind: ClassVar[str]
    error: float | None = None
    """The relative error that its values may have; None for those that are exact."""
    additive: ClassVar[bool] = False
    """Whether the value of two cells together is the sum of theirs."""
    tells_apart: ClassVar[bool] = False
    """Whether it only tells samples apart, so that these may be text and dates."""

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
class OfOneSample(Statistic):
    """What needs one sample."""

    sample: str

    def __post_init__(self) -> None:
        check_sample(self.kind, self.sample)

    @property
    def samples(self) -> tuple[str, ...]:
        """The sample."""
        return (self.sample,)


def check_sample(kind: str, sample: Any) -> None:
    """Raise an error where a sample is no text, or says nothing."""
    if not isinstance(sample, str):
        raise TypeError(f"{kind} takes a column or an expression as text, not {sample!r:.60}")
    if not sample.strip():
        raise UsageError(f"{kind} needs a sample: a column or an expression, such as {kind}('fare')")


def check_between(name: str, number: Any, least: float, most: float) -> float:
    """Return an argument as a float, if it is a number between two others."""
    if isinstance(number, bool) or not isinstance(number, int | float | np.number):
        raise TypeError(f"{name} must be a number, not {number!r}")
    if not least <= number <= most:
        raise UsageError(f"{name} must be from {least:g} to {most:g}, not {number}")
    return float(number)
