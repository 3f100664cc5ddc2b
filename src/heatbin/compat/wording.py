"""Errors in the words of who called hexbin, and knows nothing of what the arguments became."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from heatbin.errors import BadInputError, UsageError

__all__ = ["in_words_of_hexbin"]

OF_SAMPLE = re.compile(r"(?:agg|where): (?:'.*': )?(.*)", re.DOTALL)
OF_RANGE = re.compile(r"\b([xy])range\b(.*)", re.DOTALL)


@contextmanager
def in_words_of_hexbin(C: Any, extent: Any) -> Iterator[None]:  # noqa: N803
    """Say of `C` what is wrong with a filter or a statistic, and of `extent` or the data what is with a range.

    Parameters
    ----------
    C, extent
        As the caller gave them: of hexagons there is no other filter, statistic or range.
    """
    try:
        yield
    except (UsageError, BadInputError, TypeError) as error:
        told = str(error)
        said = _of_sample(told, C) or _of_range(told, extent)
        if said is not None:
            error.args = (said, *error.args[1:])
        raise


def _of_sample(told: str, C: Any) -> str | None:  # noqa: N803
    found = OF_SAMPLE.match(told)
    return f"C: {C!r}: {found[1]}" if found else None


def _of_range(told: str, extent: Any) -> str | None:
    found = OF_RANGE.search(told)
    if found is None:
        return None
    name, said = found.groups()
    if extent is None:
        return f"{name} has values so large or so far apart that no double is their span: give an extent"
    return f"extent: {name}min and {name}max{said}"
