"""From statistics to what an accumulator keeps: which samples, which storages, how much memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """Raise a MemoryBudgetError where a statistic's accuracy asks for more memory than there is.

    Parameters
    ----------
    room : int
        The bytes that one accumulator may take.
    """
    planned = planned_bytes(bound, cells=cells, rows=rows)
    for name, each in bound.items():
        if planned > room and each.statistic.error is not None:
            taken = sum(recipe.planned_bytes(cells, rows) for recipe in each.statistic.recipes)
            raise MemoryBudgetError(
                f"{name}: {each.statistic} within {each.statistic.error:.2g} may need {format_bytes(taken)} of memory, "
                f"and {format_bytes(max(0, room - planned + taken))} are left for it; "
                f"{_fitting(each.statistic, cells, rows, room - planned + taken)}"
            )


def _fitting(statistic: Statistic, cells: int, rows: int | None, room: int) -> str:
    coarser = statistic.coarser()
    while coarser is not None:
        if sum(recipe.planned_bytes(cells, rows) for recipe in coarser.recipes) <= room:
            return f"accuracy={coarser.error:.2g} would fit"
        coarser = coarser.coarser()
    return "no accuracy would fit: take fewer bins, or more memory"


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
