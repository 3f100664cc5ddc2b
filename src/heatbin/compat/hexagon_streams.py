"""Hexagons of the rows of a source, which are not held."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import ceil
from typing import Any, Self

import numpy as np

from heatbin.aggregate import aggregate, plan
from heatbin.axes import HexLattice, Variable
from heatbin.compat.hexagons import Asked, Hexagons
from heatbin.compat.marginals import marginal_edges
from heatbin.compat.reducing import Floats, enough, streamed
from heatbin.compat.streaming import check_expressions, check_replayable, opened
from heatbin.errors import UsageError
from heatbin.histogram import Histogram
from heatbin.logical import NUMBER, LogicalType
from heatbin.plan import Plan
from heatbin.plan.ranges import footer_ends
from heatbin.statistics import Statistic, count

__all__ = ["hexagons_of_source"]

LARGEST = float(np.finfo(np.float64).max) / 2
"""Half of it, so that the distance between it and its negative is a number, too."""


def hexagons_of_source(asked: Asked, data: Any, x: Any, y: Any, C: Any) -> Hexagons:  # noqa: N803
    """Return the hexagons of the rows of a source.

    Parameters
    ----------
    asked : Asked
        What is asked.
    data : source
        What `heatbin.aggregate` reads.
    x, y, C : str
        Columns or expressions; C may be None.

    Raises
    ------
    UsageError, TypeError
        When an argument cannot work, or values have no place on a log scale.
    """
    check_expressions(x=x, y=y, **({} if C is None else {"C": C}))
    data = opened(data)
    if asked.extent is None or asked.marginals:
        check_replayable(data, "give an extent, and no marginals")
    statistic = count() if C is None else streamed(asked.function, C)
    where = (
        None if C is None else f"is_finite({_operand(C, plan(data, x, y, bins=asked.lattice, agg=count(C)))})"
    )
    # Pruned rows could hold what a log scale must refuse.
    prune = asked.scales == ("linear", "linear")
    found = partial(aggregate, data, x, y, agg=statistic, where=where, prune=prune)
    likely = _by_footers(asked.lattice, data, x, y) if asked.extent is None else None
    histogram = found(bins=asked.lattice if likely is None else likely)
    if likely is not None and histogram.tally.binned != histogram.tally.total:
        # Footers do not tell of NaN, nor of rows: what they say is the range only if no row is left out.
        histogram = found(bins=asked.lattice)
    _check_logarithms(histogram, asked)
    lattice: Any = histogram.axes[0]
    least = asked.least(counting=C is None)
    shown = enough(histogram.values(), histogram.counts(), least, statistic)
    if not asked.marginals:
        return Hexagons(lattice, shown)
    return Hexagons(lattice, shown, _bars(lattice, data, (x, y), statistic, where))


def _by_footers(lattice: HexLattice, data: Any, x: str, y: str) -> HexLattice | None:
    """Return the lattice over the range that footers tell of; None where they do not, or tell of nulls."""
    planned = plan(data, x, y, bins=lattice)
    ends = [_footer_ends(planned, *each) for each in zip((x, y), lattice.above, strict=True)]
    (made,) = planned.coordinates
    plain = isinstance(made, HexLattice) and made.xlogical == made.ylogical == NUMBER
    return lattice.between(*ends) if plain and None not in ends else None


def _footer_ends(planned: Plan, column: str, above: float | None) -> tuple[Any, Any] | None:
    """Return the ends of a column by its footers; None where these do not say, or tell of nulls or too low ones."""
    groups = [group for part in planned.parts for group in part.row_groups]
    whole = all(column in group.bounds and not group.bounds[column].nulls for group in groups)
    return footer_ends(planned.parts, column, above) if whole else None


def _operand(text: str, planned: Plan) -> str:
    """Return a column or an expression that a plan reads such that it may stand in an expression."""
    is_column = text in planned.columns
    return f"col({text!r})" if is_column else f"({text})"


def _check_logarithms(histogram: Histogram, asked: Asked) -> None:
    """Refuse, as matplotlib does, values that have no place on a log scale: they are under the lattice."""
    under = int(histogram.accumulator.count.counts[0])
    if under:
        names = [n for n, scale in zip(histogram.names, asked.scales, strict=True) if scale == "log"]
        raise UsageError(
            f"{' or '.join(names)} has values that are not positive in {under} rows; a log scale has no place for them"
        )


class _Bars(Variable):
    """Bars over a column, whatever its numbers mean, with a bin beside them on either side for all finite numbers."""

    __slots__ = ()

    def of(self, logical: LogicalType) -> Self:  # noqa: ARG002
        """Return the bars, whose edges are the column's own numbers already."""
        return self


def _bars(
    lattice: HexLattice, data: Any, columns: tuple[str, str], statistic: Statistic, where: str | None
) -> list[tuple[Floats, Floats]]:
    """Return the edges and the values of the bars over x and over y, by a pass of their own."""
    edges = marginal_edges(lattice)
    logicals = lattice.xlogical, lattice.ylogical
    # Beside the bars lie all finite numbers, so that a row counts only where both of its numbers are such.
    axes = tuple(
        _Bars([-LARGEST, *_first_above(each, logical, closed=where is None), LARGEST])
        for each, logical in zip(edges, logicals, strict=True)
    )
    histogram = aggregate(data, *columns, bins=axes, agg=statistic, where=where)
    parts = [histogram.project(role) for role in "xy"]
    heights = [enough(part.values(), part.counts(), 1, statistic)[1:-1] for part in parts]
    return list(zip(edges, heights, strict=True))


def _first_above(edges: Floats, logical: LogicalType, *, closed: bool) -> Floats:
    """Return the smallest number of a column above each edge: the upper edge belongs to a bar, not the lower one.

    The lowest edge is of the first bar only if that is to be `closed`. Decimals lie where they do as doubles, which
    exceed an edge where they exceed what is midway to the next double.
    """
    above = np.nextafter(edges, np.inf)
    if logical.kind == "decimal":
        unit = 10**logical.scale
        midway = [(Fraction(lo) + Fraction(hi)) / 2 for lo, hi in zip(edges, above, strict=True)]
        edges, above = edges * unit, np.array([float(ceil(number * unit)) for number in midway])
    return np.append(edges[0] if closed else above[0], above[1:])
