"""Ticks along lengths of time and times of the day: at round ones, written as clocks show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import Formatter, Locator, MaxNLocator

__all__ = ["DurationFormatter", "DurationLocator", "durations"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MARGIN = 1e-9

# Seconds between ticks. Shorter and longer ones are as round as numbers are.
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    _DAY,
)


class DurationLocator(Locator):
    """Places ticks at round numbers of seconds, minutes, hours or days; the axis is in seconds.

    Parameters
    ----------
    most : int
        How many ticks have room.
    """

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self) -> Sequence[float]:
        """Return where the ticks of the axis are."""
        axis: Any = self.axis
        return self.tick_values(*axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return where ticks between two ends are."""
        low, high = sorted((vmin, vmax))
        step = next((step for step in _STEPS if (high - low) / step <= self._most - 1), None)
        if step is None or (high - low) < self._most // 2:
            unit = 1 if step else _DAY
            rounded = MaxNLocator(self._most - 1, steps=[1, 2, 5, 10])
            return list(np.asarray(rounded.tick_values(low / unit, high / unit)) * unit)
        first, last = np.ceil(low / step - _MARGIN), np.floor(high / step + _MARGIN)
        return list(np.arange(first, last + 1) * step)


class DurationFormatter(Formatter):
    """Writes seconds as days, as hours and minutes, or with what is finer, whatever the ticks beside need."""

    def __init__(self) -> None:
        self._ticks: Sequence[float] = ()

    def set_locs(self, locs: Any) -> None:
        """Take in where all ticks are."""
        self._ticks = list(locs)

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """Return the label of the tick at `x` seconds."""
        ticks = self._ticks
        if _are_whole(ticks, _DAY) and len(ticks) > 2:
            return f"{x / _DAY + 0.0:g} d"
        if not _are_whole([*ticks, x], 1):
            return f"{x:.10g} s"
        seconds = round(abs(x))
        # The end of a day is 24:00, unless there are more of them.
        days, rest = divmod(seconds, _DAY) if max(ticks, default=x) > _DAY else (0, seconds)
        text = f"{rest // _HOUR:02}:{rest // _MINUTE % 60:02}"
        if not _are_whole([*ticks, x], _MINUTE):
            text += f":{rest % 60:02}"
        return ("\N{MINUS SIGN}" if x < 0 else "") + (f"{days} d " if days else "") + text


def durations(lengths: npt.NDArray[np.timedelta64]) -> list[str]:
    """Return lengths of time as ticks at all of them would be labelled.

    Examples
    --------
    >>> durations(np.arange(0, 10800, 5400, dtype="m8[s]"))
    ['00:00', '01:30']
    """
    seconds = (lengths / np.timedelta64(1, "s")).tolist()
    formatter = DurationFormatter()
    formatter.set_locs(seconds)
    return [formatter(second) for second in seconds]


def _are_whole(seconds: Iterable[float], unit: int) -> bool:
    parts = np.asarray(list(seconds)) / unit
    return bool(np.all(np.abs(parts - np.rint(parts)) < _MARGIN * np.maximum(np.abs(parts), 1)))
