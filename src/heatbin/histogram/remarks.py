"""What a user should be told about a finished grid, before trusting the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from heatbin.axes import Axis
from heatbin.columns import Array
from heatbin.tally import Tally

__all__ = ["on_growth", "remarks"]

# Rows within a tenth of the bins, while this share of them lies there, make a picture with nothing to see.
CROWDED_SHARE = 0.99
CROWDED_WIDTH = 0.1
FEWEST_BINS = 20


def remarks(
    counts: npt.NDArray[np.int64],
    axes: Sequence[Axis],
    names: Sequence[str],
    tally: Tally,
    *,
    found: Sequence[bool],
) -> tuple[str, ...]:
    """Return sentences about rows that are in no bin, those that no picture shows, and bins that hold nearly all rows.

    Parameters
    ----------
    counts : ndarray of int64, shape (nx, ny)
        How many rows each bin holds.
    axes, names : sequences
        The axes and what they show.
    tally : Tally
        Where every row went.
    found : sequence of bool
        Of each axis, whether its range was taken from the data.
    """
    return (
        *_on_rows(tally),
        *_on_logs(axes, names, tally, found),
        *_on_endless(counts, axes, names),
        *_on_crowds(counts, axes, names, found),
    )


def _on_rows(tally: Tally) -> Iterator[str]:
    if not tally.total:
        yield "the input has no rows; the picture is empty"
    elif not tally.binned:
        yield f"no row is inside the range: of {tally.total} rows, {_elsewhere(tally)}"
    elif tally.outside:
        yield f"{tally.outside:,} of {tally.read:,} rows lie outside the range"


def _on_logs(
    axes: Sequence[Axis], names: Sequence[str], tally: Tally, found: Sequence[bool]
) -> Iterator[str]:
    """Yield why an axis whose range was to come from the data may have found none."""
    for axis, name, sought in zip(axes, names, found, strict=True):
        if sought and not tally.binned and tally.outside and getattr(axis, "scale", "linear") == "log":
            yield f"a log axis has room only for values above 0, of which {name} may have none; symlog takes any"


def on_growth(axes: Sequence[Axis], names: Sequence[str], grown: Sequence[bool]) -> tuple[str, ...]:
    """Return a sentence for each axis whose range was found while the rows were read."""
    return tuple(
        f"the range of {name} was not given and grew while it was read: {axis.size} bins, {axis.widths[0]} wide"
        for axis, name, grew in zip(axes, names, grown, strict=True)
        if grew
    )


def _elsewhere(tally: Tally) -> str:
    fates = ("outside", "missing", "filtered", "skipped")
    return ", ".join(f"{getattr(tally, fate)} are {fate}" for fate in fates if getattr(tally, fate))


def _on_endless(counts: Array, axes: Sequence[Axis], names: Sequence[str]) -> Iterator[str]:
    plane = () if axes[0].takes > 1 else axes[:2]
    for i, (axis, name) in enumerate(zip(plane, names, strict=False)):
        edges = np.asarray(getattr(axis, "edges", ()))
        if edges.dtype.kind != "f" or np.isfinite(edges).all():
            continue
        endless = ~(np.isfinite(edges[:-1]) & np.isfinite(edges[1:]))
        rows = int(np.compress(endless, counts, axis=i).sum())
        if rows:
            yield (
                f"{rows:,} rows are in bins along {name} that reach to infinity: they count, but no picture shows "
                "them; give finite edges to see them"
            )


def _on_crowds(
    counts: Array, axes: Sequence[Axis], names: Sequence[str], found: Sequence[bool]
) -> Iterator[str]:
    for i, (axis, name) in enumerate(zip(axes[:2], names, strict=False)):
        if not found[i] or not hasattr(axis, "edges") or axis.size < FEWEST_BINS or not counts.any():
            continue
        first, last = _narrowest(counts.sum(axis=tuple(j for j in range(counts.ndim) if j != i)))
        if last - first + 1 <= CROWDED_WIDTH * axis.size:
            edges, argument = axis.edges, "xy"[i]
            ranges = ("(('p1', 'p99'), None)", "(None, ('p1', 'p99'))")[i]
            yield (
                f"{CROWDED_SHARE:.0%} of the rows lie in {last - first + 1} of {axis.size} bins along {name}, between "
                f"{edges[first]} and {edges[last + 1]}, because a few lie far off; give a range without these, such "
                f"as range={ranges} (--{argument}-range p1 p99)"
            )


def _narrowest(marginal: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return the first and last bin of the middle `CROWDED_SHARE` of the rows; half of the others lie on each side."""
    running = np.cumsum(marginal)
    tail = running[-1] * (1 - CROWDED_SHARE) / 2
    return int(np.searchsorted(running, tail, side="right")), int(
        np.searchsorted(running, running[-1] - tail)
    )
