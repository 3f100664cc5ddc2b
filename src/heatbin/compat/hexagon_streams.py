"""Hexagons of the rows of a source, which are not held."""

from __future__ import annotations

from typing import Any

from heatbin.aggregate import aggregate, plan
from heatbin.axes import HexLattice
from heatbin.compat.hexagons import Asked, Hexagons
from heatbin.compat.marginals import marginal_edges
from heatbin.compat.placing import Bars, PlacedLattice
from heatbin.compat.reducing import Floats, enough, streamed
from heatbin.compat.sources import check_expressions, check_replayable, opened
from heatbin.errors import UsageError
from heatbin.histogram import Histogram
from heatbin.logical import NUMBER
from heatbin.plan import Plan
from heatbin.plan.ranges import footer_ends
from heatbin.sources import release_buffers
from heatbin.statistics import Statistic, count

__all__ = ["hexagons_of_source"]


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
    lattice = asked.lattice(PlacedLattice)
    statistic = count() if C is None else streamed(asked.function, C)
    where = None if C is None else f"is_finite({_operand(C, plan(data, x, y, bins=lattice, agg=count(C)))})"
    # Pruned rows could hold what a log scale must refuse.
    prune = asked.scales == ("linear", "linear")
    histogram = _found(lattice, data, x, y, agg=statistic, where=where, prune=prune)
    _check_logarithms(histogram, asked)
    made: Any = histogram.axes[0]
    least = asked.least(counting=C is None)
    shown = enough(histogram.values(), histogram.counts(), least, statistic)
    bars = _bars(made, data, (x, y), statistic, where) if asked.marginals else ()
    release_buffers()
    return Hexagons(made, shown, bars)


def _found(lattice: HexLattice, data: Any, x: str, y: str, **options: Any) -> Histogram:
    """Return what is in hexagons: in one pass, where footers tell of the range that the data give."""
    likely = _by_footers(lattice, data, x, y) if lattice.open else None
    if likely is not None:
        histogram = aggregate(data, x, y, bins=likely, **options)
        # Footers do not tell of NaN, nor of rows: what they say is the range only if no row is left out.
        if histogram.tally.binned == histogram.tally.total:
            return histogram
    return aggregate(data, x, y, bins=lattice, **options)


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


def _bars(
    lattice: HexLattice, data: Any, columns: tuple[str, str], statistic: Statistic, where: str | None
) -> list[tuple[Floats, Floats]]:
    """Return the edges and the values of the bars over x and over y, by a pass of their own."""
    edges = marginal_edges(lattice)
    logicals = lattice.xlogical, lattice.ylogical
    # Beside the bars lie all finite numbers, so that a row counts only where both of its numbers are such.
    axes = tuple(
        Bars.over(each, logical, closed=where is None) for each, logical in zip(edges, logicals, strict=True)
    )
    histogram = aggregate(data, *columns, bins=axes, agg=statistic, where=where)
    parts = [histogram.project(role) for role in "xy"]
    heights = [enough(part.values(), part.counts(), 1, statistic)[1:-1] for part in parts]
    return list(zip(edges, heights, strict=True))
