"""What the engine runs: something that takes in points and can be merged."""

from __future__ import annotations

from typing import Protocol, Self

from heatbin.columns import Points

__all__ = ["Fold"]


class Fold(Protocol):
    """An accumulator, in the widest sense: the order of fills and merges must not matter."""

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""

    def merge(self, other: Self) -> None:
        """Take in what another one holds."""
