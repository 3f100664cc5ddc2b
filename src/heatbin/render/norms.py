"""From values to positions on the colour scale: what `norm=` means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LogNorm, Normalize, PowerNorm, SymLogNorm

from heatbin.errors import UsageError, suggestion
from heatbin.render.grids import Cells, apart, within_reach
from heatbin.render.views import LEAST, MOST

__all__ = ["EqualizedNorm", "NormRule", "parse_norm"]

# What is below the threshold of symlog is drawn on a linear scale: this part of the cells, where they are no
# counts, and at least this part of the greatest value.
_SYMLOG_LINEAR, _SYMLOG_DEPTH = 0.05, 1e-6

# A logarithmic scale reaches this far down by itself: over more decades, no two colours would be told apart.
_LOG_DEPTH = 1e-30


@dataclass(frozen=True, slots=True)
class NormRule:
    """A norm by name, to be fitted to the cells of a picture.

    Parameters
    ----------
    name : {"linear", "log", "symlog", "power", "eq_hist"}
        The kind of norm.
    gamma : float, optional
        The exponent of a power norm.
    """

    name: str
    gamma: float = 1.0

    def check(self, vmin: float | None, vmax: float | None) -> None:
        """Raise a UsageError where the limits cannot be those of this norm."""
        for name, limit in (("vmin", vmin), ("vmax", vmax)):
            if limit is not None and not np.isfinite(limit):
                raise UsageError(f"{name} must be a finite number, got {limit}")
            if limit and not LEAST <= abs(limit) <= MOST:
                raise UsageError(
                    f"{name} must be 0, or from {LEAST} to {MOST} on either side of it, got {limit}"
                )
            if limit is not None and limit <= 0 and self.name == "log":
                raise UsageError(f"{name} must be above 0 where norm is log, got {limit}; symlog takes any")
        if vmin is not None and vmax is not None and vmin > vmax:
            raise UsageError(f"vmin must not be above vmax, got {vmin} and {vmax}")

    def fit(self, values: Cells, vmin: float | None = None, vmax: float | None = None) -> Normalize:
        """Return the norm with both its limits set.

        Parameters
        ----------
        values : ndarray
            The values of the cells that are not empty; those that are infinite, or as good as that, do not matter.
        vmin, vmax : float, optional
            Limits to keep; by default the least and the greatest value.
        """
        self.check(vmin, vmax)
        return _FITS[self.name](self, within_reach(values), vmin, vmax)


class EqualizedNorm(Normalize):
    """Spreads colours evenly over the cells: each colour is drawn for about as many cells as any other.

    A value's position is the share of cells at or below it, exactly; between the values that occur it is
    interpolated linearly, so that the norm can be inverted.

    Parameters
    ----------
    values : ndarray
        The values of the cells that are not empty.
    vmin, vmax : float
        The values at the two ends of the colour scale.

    Examples
    --------
    >>> norm = EqualizedNorm(np.array([1, 1, 2, 1000]), 1, 1000)
    >>> [float(norm(value)) for value in (1, 2, 1000)]
    [0.0, 0.5, 1.0]
    >>> float(norm.inverse(0.5))
    2.0
    """

    def __init__(self, values: Cells, vmin: float, vmax: float) -> None:
        super().__init__(vmin, vmax)
        levels, cells = np.unique(values, return_counts=True)
        levels, ranks = levels.astype(np.float64), np.cumsum(cells).astype(np.float64)
        if not len(levels) or np.ptp(np.interp([vmin, vmax], levels, ranks)) == 0:
            levels, ranks = np.array([vmin, vmax]), np.array([0.0, 1.0])
        self.levels, self._ranks = levels, ranks

    def __call__(  # type: ignore[override]
        self,
        value: Any,
        clip: bool | None = None,  # noqa: ARG002
    ) -> np.ma.MaskedArray[Any, Any]:
        """Return positions on the colour scale, from 0 to 1 between the limits."""
        given, is_scalar = self.process_value(value)
        low, span = self._span()
        ranked = np.interp(given.data, self.levels, self._ranks)
        result: np.ma.MaskedArray[Any, Any] = np.ma.array((ranked - low) / span, mask=given.mask)
        return result[0] if is_scalar else result

    def inverse(self, value: Any) -> npt.NDArray[np.float64]:  # type: ignore[override]
        """Return the values at positions on the colour scale."""
        low, span = self._span()
        ranks = np.asarray(value, np.float64) * span + low
        return np.asarray(np.interp(ranks, self._ranks, self.levels), np.float64)

    def _span(self) -> tuple[float, float]:
        low, high = np.interp([float(self.vmin or 0), float(self.vmax or 0)], self.levels, self._ranks)
        return float(low), float(high - low) or 1.0


def parse_norm(text: str) -> NormRule:
    """Return the norm that `text` names.

    Parameters
    ----------
    text : str
        `linear`, `log`, `symlog`, `power:GAMMA` (GAMMA above 0) or `eq_hist`.

    Raises
    ------
    UsageError
        There is no such norm.

    Examples
    --------
    >>> parse_norm("power:0.5")
    NormRule(name='power', gamma=0.5)
    """
    name, colon, parameter = text.partition(":")
    if name not in _FITS or (colon and name != "power"):
        raise UsageError(f"no norm {text!r}{suggestion(text, list(_SPELLINGS), kind='norms')}")
    return NormRule(name, _gamma(text, parameter)) if name == "power" else NormRule(name)


def _gamma(text: str, parameter: str) -> float:
    try:
        gamma = float(parameter)
    except ValueError:
        gamma = np.nan
    if not 0 < gamma < np.inf:
        raise UsageError(f"norm {text!r} needs an exponent above 0, such as power:0.5")
    return gamma


def _limits(
    values: Cells, vmin: float | None, vmax: float | None, *, ratio: bool = False
) -> tuple[float, float]:
    """Return the limits given, else the data's, as `apart`."""
    low = float(values.min()) if values.size else 1.0 if ratio else 0.0
    high = float(values.max()) if values.size else 10.0 if ratio else 1.0
    return apart(low, high, vmin, vmax, ratio=ratio)


def _fit_linear(_: NormRule, values: Cells, vmin: float | None, vmax: float | None) -> Normalize:
    return Normalize(*_limits(values, vmin, vmax))


def _fit_log(_: NormRule, values: Cells, vmin: float | None, vmax: float | None) -> Normalize:
    # Clipped, a value of 0 or less has the lowest colour: without it, it would look like an empty cell.
    low, high = _limits(values[values > 0], vmin, vmax, ratio=True)
    return LogNorm(low if vmin is not None else max(low, high * _LOG_DEPTH), high, clip=True)


def _fit_symlog(_: NormRule, values: Cells, vmin: float | None, vmax: float | None) -> Normalize:
    sizes = np.abs(values[values != 0])
    part = _SYMLOG_LINEAR if values.dtype.kind == "f" else 0.0
    threshold = (
        max(float(np.quantile(sizes, part)), float(sizes.max()) * _SYMLOG_DEPTH) if sizes.size else 1.0
    )
    low, high = _limits(values, vmin, vmax)
    return SymLogNorm(threshold, vmin=low, vmax=high, base=10)


def _fit_power(rule: NormRule, values: Cells, vmin: float | None, vmax: float | None) -> Normalize:
    return PowerNorm(rule.gamma, *_limits(values, vmin, vmax))


def _fit_equalized(_: NormRule, values: Cells, vmin: float | None, vmax: float | None) -> Normalize:
    return EqualizedNorm(values, *_limits(values, vmin, vmax))


_FITS: dict[str, Callable[[NormRule, Cells, float | None, float | None], Normalize]] = {
    "linear": _fit_linear,
    "log": _fit_log,
    "symlog": _fit_symlog,
    "power": _fit_power,
    "eq_hist": _fit_equalized,
}

_SPELLINGS = ("linear", "log", "symlog", "power:0.5", "eq_hist")
