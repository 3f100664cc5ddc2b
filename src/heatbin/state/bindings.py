"""What a grid keeps of its samples, as plain JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from heatbin.errors import StateError
from heatbin.state.plain import from_plain, to_plain
from heatbin.statistics import Bound, Statistic, count
from heatbin.storages import wide_dtype

__all__ = ["COUNT_ALONE", "check_same_statistics", "plain_statistics", "statistics_from"]

COUNT_ALONE: Mapping[str, Bound] = {"count": Bound(count())}
"""What files of the first schema hold."""

DTYPES = {np.dtype(kind).name: np.dtype(kind) for kind in (np.float64, np.int64, np.uint64)}
MOST_SAMPLES = 1 << 10


def plain_statistics(statistics: Mapping[str, Bound]) -> list[dict[str, Any]]:
    """Return the statistics of a grid as what JSON can hold, in their order.

    The types of samples are widened to 64 bits: no statistic depends on more, and grids of an int16 and of
    an int32 sample can be merged to the same bytes in any order.
    """
    return [
        {
            "name": name,
            "statistic": to_plain(bound.statistic),
            "positions": list(bound.positions),
            "dtypes": _wide_names(bound),
        }
        for name, bound in statistics.items()
    ]


def statistics_from(entries: Any) -> dict[str, Bound]:
    """Return the statistics that `plain_statistics` was given.

    Raises
    ------
    StateError
        When there are none, or they do not go with their samples.
    """
    found = {str(entry["name"]): _bound(entry) for entry in entries}
    if not found or len(found) != len(entries):
        raise StateError("is damaged: its statistics have no names of their own")
    return found


def check_same_statistics(first: Mapping[str, Bound], second: Mapping[str, Bound]) -> None:
    """Raise a StateError that names what clashes, where two grids do not keep the same of the same samples."""
    if list(first) != list(second):
        raise StateError(f"they hold different statistics: {', '.join(first)}; and {', '.join(second)}")
    for name, mine in first.items():
        theirs = second[name]
        if (mine.statistic, mine.positions) != (theirs.statistic, theirs.positions):
            raise StateError(f"their statistics {name!r} differ: {mine.statistic!r} and {theirs.statistic!r}")
        if mine.dtypes and theirs.dtypes and _wide_names(mine) != _wide_names(theirs):
            types = " and ".join("+".join(_wide_names(each)) for each in (mine, theirs))
            raise StateError(f"the samples of {name!r} are of two types: {types}")


def _wide_names(bound: Bound) -> list[str]:
    return [wide_dtype(dtype).name for dtype in bound.dtypes]


def _bound(entry: Mapping[str, Any]) -> Bound:
    statistic, positions = from_plain(entry["statistic"]), tuple(entry["positions"])
    dtypes = tuple(DTYPES[name] for name in entry["dtypes"])
    placed = all(type(place) is int and 0 <= place < MOST_SAMPLES for place in positions)
    if not isinstance(statistic, Statistic) or not placed or len(positions) != len(statistic.samples):
        raise StateError("is damaged: a statistic does not go with its samples")
    if dtypes and len(dtypes) != len(positions):
        raise StateError("is damaged: a statistic does not go with the types of its samples")
    return Bound(statistic, positions, dtypes)
