"""Axes: from one column's values to bin numbers. Validated once, frozen; an axis knows no column name."""

from heatbin.axes.base import FLOW_BINS, Axis, Coordinate, Index
from heatbin.axes.regular import Regular
from heatbin.axes.variable import Variable

__all__ = ["FLOW_BINS", "Axis", "Coordinate", "Index", "Regular", "Variable"]
