"""A grid in the words of the Unified Histogram Interface, from which hist and boost-histogram build theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from heatbin.axes import Axis, Regular, plain_edges
from heatbin.errors import UsageError

__all__ = ["to_uhi"]

SCHEMA = 1


def to_uhi(
    axes: Sequence[Axis],
    titles: Iterable[Sequence[str]],
    storage: dict[str, Any],
    *,
    flow: bool,
    variance_known: bool,
) -> dict[str, Any]:
    """Return a histogram in the UHI's intermediate representation.

    Parameters
    ----------
    axes : sequence of Axis
        The axes.
    titles : pair of sequences of str
        What they are there for, and what they show: the names and labels of the axes there.
    storage : dict
        The ``type`` of storage and its arrays.
    flow : bool
        Whether its arrays include the bins under and over.
    variance_known : bool
        If not, boost-histogram is told so: it takes values without variances for counts, which are their own.

    References
    ----------
    https://uhi.readthedocs.io/en/latest/serialization.html

    Raises
    ------
    UsageError
        When an axis has edges that are the same as doubles, which are all that the others have.
    """
    described = [_axis(*each, flow=flow) for each in zip(axes, *titles, strict=True)]
    metadata = {} if variance_known else {"_variance_known": False}
    return {"uhi_schema": SCHEMA, "axes": described, "storage": storage, "metadata": metadata}


def _axis(axis: Axis, role: str, name: str, *, flow: bool) -> dict[str, Any]:
    if axis.takes > 1:
        raise UsageError(f"{name}: hexagons cannot be handed over; to_arrow() has their centres")
    metadata = {"name": role, "label": name}
    labels = getattr(axis, "labels", None)
    if labels is not None:
        return {"type": "category_str", "categories": list(labels), "flow": flow, "metadata": metadata}
    return {
        **_bins(axis, name),
        "underflow": flow,
        "overflow": flow,
        "circular": False,
        "metadata": metadata,
    }


def _bins(axis: Axis, name: str) -> dict[str, Any]:
    edges = plain_edges(axis.edges).astype(np.float64)
    if not np.all(edges[:-1] < edges[1:]):
        raise UsageError(
            f"{name}: bins without width as doubles, which is what hist keeps, cannot be handed over"
        )
    if isinstance(axis, Regular):
        return {"type": "regular", "lower": float(edges[0]), "upper": float(edges[-1]), "bins": axis.size}
    return {"type": "variable", "edges": edges}
