"""What the axes of a histogram are in a picture, and what their bins are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from heatbin.axes import Arc, Category, Coordinate, Cyclic, Integer
from heatbin.columns import Array
from heatbin.logical import PER_SECOND, LogicalType, zone_named

if TYPE_CHECKING:
    from heatbin.render import AxisView

__all__ = ["bin_names", "view_of", "view_of_side"]

MOST_NAMED = 40
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# The doubles that matplotlib places dates at are a third of a microsecond apart.
SHORTEST_DATED = np.timedelta64(10, "us")
# Those that it can write, in any zone.
FIRST_DATED, LAST_DATED = np.array(["0001-01-02", "9999-12-30"], "M8[D]")
FIRST_MONDAY = 4  # of the days since 1970-01-01


def view_of(axis: Any, name: str, count: int) -> AxisView:
    """Return the first `count` bins of an axis as pictures show them."""
    from heatbin.render import AxisView

    names = bin_names(axis)[:count] if _is_named(axis) else None
    linthresh = _linthresh(axis) if axis.scale == "symlog" and axis.linthresh is not None else None
    zone = _zone(axis)
    edges, name = _drawable(axis.edges[: count + 1], name, zone)
    return AxisView(edges, name, axis.scale, linthresh, names, zone)


def _drawable(edges: Array, name: str, zone: str | None) -> tuple[Array, str]:
    """Return edges and a name as they are, or how long after the first edge where no dates can show them."""
    if edges.dtype.kind != "M":
        return edges, name
    days = edges[[0, -1]].astype("M8[D]")
    if days[0] >= FIRST_DATED and days[1] <= LAST_DATED and np.diff(edges).min() >= SHORTEST_DATED:
        return edges, name
    return edges - edges[0], f"{name} after {[*_clocks(edges[:1], zone)][-1][0]}"


def view_of_side(ends: Sequence[float], name: str, scale: str, logical: LogicalType) -> AxisView:
    """Return one side of a lattice, times in the unit that its offsets are in."""
    from heatbin.render import AxisView

    if scale == "log":
        return AxisView(10.0 ** np.array(ends), name, "log")
    if logical.kind in ("number", "decimal"):
        return AxisView(np.array(ends), name)
    family = "M8" if logical.kind in ("timestamp", "date") else "m8"
    edges = np.rint(ends).astype(np.int64).view(f"{family}[{logical.unit}]")
    edges, name = _drawable(edges, name, logical.zone)
    return AxisView(edges, name, zone=logical.zone)


def bin_names(axis: Any) -> tuple[str, ...]:
    """Return what each bin of an axis is called."""
    if isinstance(axis, Category):
        return axis.labels
    if _is_week(axis):
        return _weekdays(axis)
    if isinstance(axis, Integer):
        return tuple(map(str, axis.edges[:-1]))
    return tuple(f"{low} to {high}" for low, high in pairwise(_written(axis.edges, _zone(axis))))


def _zone(axis: Any) -> str | None:
    """Return whose clocks an axis goes by."""
    zone: str | None = getattr(axis, "zone", None) or axis.logical.zone
    return zone


def _linthresh(axis: Any) -> float:
    """Return where an axis turns linear, in units of its edges as pictures place them."""
    (threshold,) = axis.logical.decode([Fraction(axis.linthresh)])
    return float(threshold / np.timedelta64(1, "s") if threshold.dtype.kind == "m" else threshold)


def _is_named(axis: Coordinate) -> bool:
    """Tell whether the bins of an axis have names that are to stand at their middles."""
    few_integers = isinstance(axis, Integer) and axis.size <= MOST_NAMED
    return isinstance(axis, Category) or few_integers or _is_week(axis)


def _weekdays(axis: Any) -> tuple[str, ...]:
    if isinstance(axis, Arc):
        return _weekdays(axis.circle)[axis.first : axis.last]
    first = int((axis.origin or 0) // (86400 * PER_SECOND[axis.logical.unit])) - FIRST_MONDAY
    return tuple(WEEKDAYS[(first + day) % 7] for day in range(7))


def _is_week(axis: Coordinate) -> bool:
    """Tell whether the bins of an axis are days of the week."""
    if isinstance(axis, Arc):
        return axis.factor == 1 and _is_week(axis.circle)
    if not isinstance(axis, Cyclic) or axis.logical.kind not in ("timestamp", "date") or axis.size != 7:
        return False
    day = 86400 * PER_SECOND[axis.logical.unit]
    return axis.period == 7 * day and (axis.origin or 0) % day == 0


def _written(edges: Array, zone: str | None) -> Sequence[str]:
    """Return edges as briefly as tells them apart: moments as the clocks of a zone show them, or else UTC's."""
    apart = len(np.unique(edges))
    return next(
        (texts for texts in _spellings(edges, zone) if len(set(texts)) == apart), list(map(str, edges))
    )


def _spellings(edges: Array, zone: str | None) -> Iterator[list[str]]:
    """Yield ways to write edges, ever longer ones."""
    if edges.dtype.kind == "M":
        yield from _clocks(edges, zone)
    elif edges.dtype.kind == "m":
        from heatbin.render import durations

        yield durations(edges)
    elif edges.dtype.kind == "f":
        yield from ([f"{edge:.{digits}g}" for edge in edges] for digits in (6, 9, 12))


def _clocks(edges: Array, zone: str | None) -> Iterator[list[str]]:
    """Yield moments in whole seconds, exactly, and with offsets from UTC; as dates where they are midnights."""
    try:
        there = edges if zone is None else _on_the_wall(edges, zone)
    except (OverflowError, ValueError):  # beyond the years 1 to 9999, which clocks are known for
        yield _iso(edges, "UTC")
        return
    yield _iso(there.astype("M8[s]"))
    yield _iso(there)
    if zone is not None:
        # Clocks show an hour twice.
        yield _iso(edges, zone_named(zone))


def _on_the_wall(moments: Array, zone: str) -> Array:
    """Return what the clocks of a zone show."""
    texts = np.datetime_as_string(moments, unit="auto", timezone=zone_named(zone))
    return np.array([text[: -len("+0000")] for text in texts], "M8")


def _iso(moments: Array, clock: Any = "naive") -> list[str]:
    return [text.replace("T", " ") for text in np.datetime_as_string(moments, unit="auto", timezone=clock)]
