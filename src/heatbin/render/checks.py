"""What can be wrong with a picture before there is anything to draw."""

from __future__ import annotations

import math
import os

from heatbin.errors import UsageError
from heatbin.outputs import check_output
from heatbin.render.colours import colour_map
from heatbin.render.norms import parse_norm
from heatbin.render.saving import format_of

__all__ = ["check"]

# The limit of the Agg renderer, in pixels a side.
_MOST_PIXELS = 1 << 16


def check(
    *,
    cmap: str = "viridis",
    norm: str = "linear",
    vmin: float | None = None,
    vmax: float | None = None,
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
    _check_size(size, dpi)
    if output is not None:
        format_of(output)
        check_output(output)


def _check_size(size: tuple[float, float] | None, dpi: float | None) -> None:
    if size is not None and not (len(size) == 2 and all(0 < side < math.inf for side in size)):
        raise UsageError(f"size must be a width and a height in inches, both above 0, got {size}")
    if dpi is not None and not 0 < dpi < math.inf:
        raise UsageError(f"dpi must be above 0, got {dpi}")
    if max(size or (1.0,)) * (dpi or 1.0) >= _MOST_PIXELS:
        raise UsageError(f"size {size} at {dpi} dpi is more than {_MOST_PIXELS} pixels; take less of either")
