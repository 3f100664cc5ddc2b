"""What can be wrong with a picture before there is anything to draw."""

from __future__ import annotations

import os
from typing import Any

from heatbin.outputs import check_output
from heatbin.render.saving import format_of
from heatbin.render.style import Style

__all__ = ["check"]


def check(*, output: str | os.PathLike[str] | None = None, **style: Any) -> None:
    """Raise the error that drawing or saving a picture would end in, as far as it can be known before.

    Parameters
    ----------
    output : path-like, optional
        Where it will be saved.
    **style
        What `Style` takes.

    Raises
    ------
    UsageError
        An argument cannot work.
    OutputError
        The output cannot be written.

    Examples
    --------
    >>> check(cmap="virdis")
    Traceback (most recent call last):
    heatbin.errors.UsageError: no colour map 'virdis'; did you mean 'viridis'? colour maps: ...
    """
    Style(**style)
    if output is not None:
        format_of(output)
        check_output(output)
