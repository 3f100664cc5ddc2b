"""Ticks of symlog scales: of axes, and of colour bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from matplotlib.colors import SymLogNorm
from matplotlib.scale import SymmetricalLogTransform
from matplotlib.ticker import Locator, MaxNLocator

__all__ = ["SymlogLocator", "small_ticks", "symlog_ticks"]

_FEW = 4
# Powers of ten, on both sides, between which there is no room for small ticks.
_MANY = 13

# Neighbours are at least this part of the way apart that as many ticks as may be would have, evenly spread: on axes,
# whose labels may lie side by side, and on bars.
_APART, _APART_ON_BARS = 0.9, 0.6


class SymlogLocator(Locator):
    """Places ticks at 0 and powers of ten on both sides of it; where these are few, at what lies between them.

    Parameters
    ----------
    linthresh : float
        Where the scale turns linear.
    most : int
        How many ticks have room.
    """

    def __init__(self, linthresh: float, most: int) -> None:
        self._linthresh, self._most = linthresh, most

    def __call__(self) -> Sequence[float]:
        """Return where the ticks of the axis are."""
        axis: Any = self.axis
        return self.tick_values(*axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return where ticks between two ends are."""
        low, high = sorted((float(vmin), float(vmax)))
        transform = SymmetricalLogTransform(10, self._linthresh, 1).transform
        first, last = float(transform(low)), float(transform(high))

        def position(value: float) -> float:
            return float((transform(value) - first) / ((last - first) or 1.0))

        return _spread(low, high, self._linthresh, position, _APART / self._most)


def small_ticks(low: float, high: float, linthresh: float) -> list[float]:
    """Return where ticks without labels are, which show that the scale is none of equal steps."""
    powers = _multiples(linthresh, low, high, (1,))
    values = powers if len(powers) > _MANY else _multiples(linthresh, low, high, range(1, 10))
    return [value for value in values if low <= value <= high]


def symlog_ticks(norm: SymLogNorm, count: int = 12) -> list[float]:
    """Return ticks for a colour bar, as many as have room."""
    low, high = float(norm.vmin or 0), float(norm.vmax or 0)
    return _spread(low, high, norm.linthresh, lambda value: float(norm(value)), _APART_ON_BARS / count)


def _spread(
    low: float, high: float, linthresh: float, position: Callable[[float], float], least: float
) -> list[float]:
    """Return round numbers from `low` to `high` whose positions, from 0 to 1, are at least so far apart."""
    ticks: dict[float, float] = {}
    rounded = MaxNLocator(min(max(int(1 / least), 1), 5), steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    for values in (_multiples(linthresh, low, high, (1,)), _multiples(linthresh, low, high, (2, 5)), rounded):
        if len(ticks) >= _FEW:
            break
        for value in (each for each in map(float, values) if low <= each <= high):
            place = position(value)
            if all(abs(place - known) > least for known in ticks.values()):
                ticks[value] = place
    return sorted(ticks)


def _multiples(linthresh: float, low: float, high: float, digits: Sequence[int]) -> list[float]:
    """Return 0 and multiples of powers of ten on both sides of it, from the linear part to the ends."""
    first, last = (math.floor(math.log10(size)) for size in (linthresh, max(abs(low), abs(high), linthresh)))
    sizes = [digit * 10.0**exponent for exponent in range(first, last + 1) for digit in digits]
    return [0.0, *chain.from_iterable((size, -size) for size in sizes)]
