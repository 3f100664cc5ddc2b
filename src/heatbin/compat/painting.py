"""Hexagons on axes, as matplotlib's hexbin draws them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rcParams
from matplotlib.colors import LogNorm, Normalize

from heatbin.axes.hexagons import HexLattice
from heatbin.compat.hexagons import Hexagons
from heatbin.compat.placing import is_dated
from heatbin.compat.reducing import Floats
from heatbin.errors import UsageError
from heatbin.logical import LogicalType, zone_named
from heatbin.render import hexagon_collection, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import Collection, PolyCollection

__all__ = ["coloured", "paint", "parted"]

NORMING = ("cmap", "norm", "vmin", "vmax", "alpha", "colorizer")
"""The arguments that say which colour a value has."""

LINES = ("edgecolors", "linewidths")
"""The arguments that are about hexagons alone, and not about bars."""


def paint(
    ax: Axes,
    hexagons: Hexagons,
    *,
    bins: Any,
    style: Mapping[str, Any],
) -> PolyCollection:
    """Draw the hexagons whose value is not NaN.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    hexagons : Hexagons
        Where they are, and their values.
    bins : "log", int, sequence or None
        A logarithmic norm; how many steps the values are cut into, or where.
    style : mapping
        What the user wants of colours and lines.
    """
    lattice, shown = hexagons.lattice, hexagons.shown
    if lattice.xscale == "log":
        ax.set_xscale("log")
    if lattice.yscale == "log":
        ax.set_yscale("log")
    drawn = ~np.isnan(shown)
    values = shown[drawn]
    lines, colours, properties = parted(style)
    if lines.get("linewidths") is None:
        lines["linewidths"] = [rcParams["patch.linewidth"]]
    starts, units = _units(ax, lattice)
    (sx, sy), (across, upwards) = lattice.steps, units.tolist()  # which leave narrow floats as they are
    steps = sx * across, sy * upwards
    offsets, scales = lattice.offsets[drawn] * units + starts, (lattice.xscale, lattice.yscale)
    artist = hexagon_collection(ax, offsets, steps, scales, **lines)
    coloured(artist, *_cut(values, bins, colours), properties)
    ax.update_datalim(_corners(lattice) * units + starts)
    # As in matplotlib the limits are found when they are needed: who changes the scale before sees them on that.
    ax.autoscale_view(tight=True, scalex=False, scaley=False)
    ax.autoscale(enable=None)  # type: ignore[arg-type]  # matplotlib's stubs leave None out
    ax.add_collection(artist, autolim=False)
    return artist


def parted(style: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return what is about the lines of hexagons, about the colours of values, and the other properties."""
    lines = {"edgecolors": "face", **{name: style[name] for name in LINES if name in style}}
    colours = {name: style[name] for name in NORMING if name in style}
    return lines, colours, {name: each for name, each in style.items() if name not in LINES + NORMING}


def coloured(
    artist: Collection, values: Floats, colours: Mapping[str, Any], properties: Mapping[str, Any]
) -> None:
    """Give an artist values, the colours for them, and last its other properties."""
    norm, limits = colours.get("norm"), (colours.get("vmin"), colours.get("vmax"))
    if isinstance(norm, Normalize) and limits != (None, None):
        raise ValueError("a Normalize has limits of its own: do not pass vmin or vmax beside it")
    if colours.get("colorizer"):
        if any(colours.get(name) is not None for name in ("cmap", "norm", "vmin", "vmax")):
            raise ValueError(
                "a colorizer has a colour map and a norm: do not pass cmap, norm, vmin or vmax beside it"
            )
        artist.colorizer = colours["colorizer"]
    else:
        artist.set_cmap(colours.get("cmap") or rcParams["image.cmap"])
        artist.set_norm(norm)
    artist.set_array(values)
    artist.set_alpha(colours.get("alpha"))
    artist.set(**properties)
    if limits != (None, None):
        artist.set_clim(*limits)
    artist.autoscale_None()


def _cut(values: Floats, bins: Any, colours: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the values and colours that `bins` asks for."""
    if isinstance(bins, str) and bins == "log":
        return values, _logarithmic(colours)
    if bins is None:
        return values, colours
    if isinstance(bins, str):
        raise UsageError(f"bins must be 'log', a number of steps or a row of values, not {bins!r}")
    if not np.iterable(bins):
        lo, hi = values.min(), values.max()
        bins = lo + (hi - lo) * np.arange(bins - 1) / (bins - 1)
    return np.sort(bins).searchsorted(values), colours


def _logarithmic(colours: dict[str, Any]) -> dict[str, Any]:
    if colours.get("norm") is not None:
        warnings.warn("bins='log' and a norm exclude each other: bins is ignored", stacklevel=5)
        return colours
    norm = LogNorm(vmin=colours.get("vmin"), vmax=colours.get("vmax"))
    return {**colours, "norm": norm, "vmin": None, "vmax": None}


def _units(ax: Axes, lattice: HexLattice) -> tuple[Floats, Floats]:
    """Return where on x and y matplotlib places 0, and how far from there 1; axes of dates are made such."""
    placed = []
    for axis, logical in zip((ax.xaxis, ax.yaxis), (lattice.xlogical, lattice.ylogical), strict=True):
        if is_dated(logical):
            axis.axis_date(zone_named(logical.zone) if logical.zone else None)
        placed.append(unit_of(_dtype_of(logical)))
    starts, units = np.array(placed).T
    return starts, units


def _dtype_of(logical: LogicalType) -> np.dtype[Any]:
    """Return the type of which NumPy would take the numbers on a lattice to be; times are days there already."""
    return np.dtype(f"m8[{logical.unit}]" if logical.kind in ("time", "duration") else np.float64)


def _corners(lattice: HexLattice) -> Floats:
    """Return two opposite corners of the lattice, in units of the data."""
    ends = zip(lattice.limits, np.repeat([lattice.xscale, lattice.yscale], 2), strict=True)
    # One by one: powers of arrays may be rounded otherwise.
    corners: Floats = np.reshape([10.0**end if scale == "log" else end for end, scale in ends], (2, 2)).T
    return corners
