"""What can be wrong with a picture before there is anything to draw."""

from __future__ import annotations

import os

from heatbin.outputs import check_output
from heatbin.render.colours import colour_map
from heatbin.render.layout import check_size
from heatbin.render.norms import parse_norm
from heatbin.render.painting import Aspect, check_aspect
from heatbin.render.saving import format_of

__all__ = ["check"]


def check(
    *,
    cmap: str = "viridis",
    norm: str = "linear",
    vmin: float | None = None,
    vmax: float | None = None,
    aspect: Aspect = "auto",
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
    output: str | os.PathLike[str] | None = None,
) -> None:
    """Raise the error that drawing or saving a picture would end in, as far as it can be known before.

    The parameters are those of `plot`, and of `save` for `output`.

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
    colour_map(cmap)
    parse_norm(norm).check(vmin, vmax)
    check_aspect(aspect)
    check_size(size, dpi)
    if output is not None:
        format_of(output)
        check_output(output)
