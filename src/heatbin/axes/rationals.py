"""Edges that are exact: integers over one denominator."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple, TypeAlias

__all__ = ["Number", "Rationals"]

Number: TypeAlias = int | float | Fraction


class Rationals(NamedTuple):
    """Numbers with a common denominator: thousands of them cost little, unlike thousands of fractions.

    Parameters
    ----------
    numerators : sequence of int
        In order, where they are edges.
    denominator : int, optional
        Positive.
    """

    numerators: Sequence[int]
    denominator: int = 1

    @classmethod
    def of(cls, numbers: Sequence[Number]) -> Rationals:
        """Return finite numbers as they are, exactly."""
        exact = [Fraction(number) for number in numbers]
        denominator = lcm(*(number.denominator for number in exact))
        return cls([number.numerator * (denominator // number.denominator) for number in exact], denominator)

    @classmethod
    def evenly(cls, lo: Number, hi: Number, n: int, numbers: range | None = None) -> Rationals:
        """Return ``lo + i (hi - lo) / n`` for i from 0 to n, or for some `numbers`.

        Examples
        --------
        >>> Rationals.evenly(0, 1, 3)
        Rationals(numerators=[0, 1, 2, 3], denominator=3)
        """
        (first, last), denominator = cls.of((lo, hi))
        step = last - first
        common = gcd(first * n, step, denominator * n)
        start, step = first * n // common, step // common
        return cls(
            [start + step * i for i in (range(n + 1) if numbers is None else numbers)],
            denominator * n // common,
        )

    def fractions(self) -> list[Fraction]:
        """Return the numbers as fractions."""
        return [Fraction(numerator, self.denominator) for numerator in self.numerators]
