"""From statistics to what an accumulator keeps: which samples, which storages, how much memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

import numpy as np

from heatbin.errors import MemoryBudgetError
from heatbin.statistics.base import Statistic
from heatbin.storages import Count, Group, Recipe
from heatbin.units import format_bytes

__all__ = ["Bound", "bind", "blank_groups", "check_budget", "planned_bytes"]


@dataclass(frozen=True)
class Bound:
    """A statistic, and where in a batch its samples stand.

    Parameters
    ----------
    statistic : Statistic
        What is asked.
    positions : tuple of int, optional
        Of its samples among those of `Points`.
    dtypes : tuple of dtype, optional
        What its samples are, where that is known before any has come: a sum over no rows is an integer or not.
    """

    statistic: Statistic
    positions: tuple[int, ...] = ()
    dtypes: tuple[np.dtype[Any], ...] = ()


def bind(
    statistics: Mapping[str, Statistic], dtypes: Mapping[str, np.dtype[Any]] | None = None
) -> tuple[tuple[str, ...], dict[str, Bound]]:
    """Return the samples that are needed, each once, and the statistics with their places among them.

    Parameters
    ----------
    statistics : mapping of str to Statistic
        By name.
    dtypes : mapping of str to dtype, optional
        What the samples are.

    Examples
    --------
    >>> from heatbin.statistics import max_by, mean
    >>> samples, bound = bind({"fare": mean("fare"), "best": max_by("tip", "fare")})
    >>> samples, bound["best"].positions
    (('fare', 'tip'), (1, 0))
    """
    samples = tuple(dict.fromkeys(sample for each in statistics.values() for sample in each.samples))
    known = dtypes or {}
    return samples, {
        name: Bound(
            each,
            tuple(samples.index(sample) for sample in each.samples),
            tuple(known[sample] for sample in each.samples if sample in known) if known else (),
        )
        for name, each in statistics.items()
    }


def blank_groups(bound: Mapping[str, Bound], cells: int) -> dict[tuple[int, ...], Group]:
    """Return the empty storages of some statistics, by the positions of their samples; equal ones are one."""
    return {
        positions: Group(cells, positions, recipes, _forms(bound, positions))
        for positions, recipes in _needed(bound).items()
    }


def planned_bytes(bound: Mapping[str, Bound], *, cells: int, rows: int | None = None) -> int:
    """Return what the storages of some statistics take in one accumulator, the count of rows included.

    Parameters
    ----------
    cells : int
        Of the grid, flow counted.
    rows : int, optional
        How many rows will come, where that is known.
    """
    needed = _needed(bound)
    kept = sum(recipe.planned_bytes(cells, rows) for recipes in needed.values() for recipe in recipes)
    counts = (1 + len(needed)) * Count.planned_bytes(cells, rows)
    inside = cells if needed else 0
    return kept + counts + inside


def check_budget(bound: Mapping[str, Bound], *, cells: int, rows: int | None = None, room: int) -> None:
    """Raise a MemoryBudgetError where a statistic's accuracy asks for more memory than there is, and a coarser fits.

    Where none fits, the grid itself is too large: that is not for this to say.

    Parameters
    ----------
    room : int
        The bytes that one accumulator may take.
    """
    planned = planned_bytes(bound, cells=cells, rows=rows)
    inexact = {name: each for name, each in bound.items() if each.statistic.error is not None}
    exact = {name: each for name, each in bound.items() if name not in inexact}
    others = planned_bytes(exact, cells=cells, rows=rows)
    if planned <= room or others > room:
        return
    fitting = _fitting(exact, inexact, cells=cells, rows=rows, room=room)
    if fitting is None:
        return
    asked = ", ".join(_told(name, each.statistic) for name, each in inexact.items())
    raise MemoryBudgetError(
        f"{asked} may need {format_bytes(planned - others)} of memory, and {format_bytes(room - others)} are "
        f"left for it; {_accuracies(fitting)} would fit (as text it follows the kind, as in p95@0.05:fare)"
    )


def _told(name: str, statistic: Statistic) -> str:
    label = "" if name == str(statistic) else f"{name}: "
    return f"{label}{statistic} within {statistic.error:.2g}"


def _fitting(
    exact: Mapping[str, Bound], inexact: Mapping[str, Bound], *, room: int, **size: Any
) -> Mapping[str, Bound] | None:
    """Return the finest accuracies that would fit, those of all statistics being made coarser together."""
    while any(each.statistic.coarser() for each in inexact.values()):
        inexact = {name: _coarser(each) for name, each in inexact.items()}
        if planned_bytes({**exact, **inexact}, **size) <= room:
            return inexact
    return None


def _coarser(bound: Bound) -> Bound:
    return replace(bound, statistic=bound.statistic.coarser() or bound.statistic)


def _accuracies(inexact: Mapping[str, Bound]) -> str:
    told = {name: f"accuracy={_rounded_up(each.statistic.error or 0.0)}" for name, each in inexact.items()}
    if len(told) == 1:
        return "".join(told.values())
    return ", ".join(f"{accuracy} for {name}" for name, accuracy in told.items())


def _rounded_up(error: float) -> Decimal:
    """Return an error with two digits: no smaller one, which would need more memory."""
    exact = Decimal(repr(error))
    return exact.quantize(Decimal((0, (1,), exact.adjusted() - 1)), ROUND_CEILING).normalize()


def _needed(bound: Mapping[str, Bound]) -> dict[tuple[int, ...], list[Recipe]]:
    needed: dict[tuple[int, ...], dict[Recipe, None]] = {}
    for each in bound.values():
        if each.positions:
            needed.setdefault(each.positions, {}).update(dict.fromkeys(each.statistic.recipes))
    return {positions: list(recipes) for positions, recipes in needed.items()}


def _forms(bound: Mapping[str, Bound], positions: Sequence[int]) -> tuple[int, ...]:
    """Return what the samples at some positions are; nothing where that is not known."""
    from heatbin.storages.base import FORMS, wide_dtype

    known = next((each.dtypes for each in bound.values() if each.positions == positions), ())
    return tuple(FORMS[wide_dtype(dtype)] for dtype in known) if len(known) == len(positions) else ()
