"""Axes: from one column's values to bin numbers. Validated once, frozen; an axis knows no column name."""

from heatbin.axes.base import FLOW_BINS, Axis, Coordinate, Index, bins_of_part, plain_edges
from heatbin.axes.category import Category
from heatbin.axes.curved import Log, Symlog
from heatbin.axes.cyclic import Arc, Cyclic
from heatbin.axes.hexagons import HexLattice
from heatbin.axes.integer import Integer
from heatbin.axes.rationals import Number
from heatbin.axes.regular import Regular
from heatbin.axes.times import Time
from heatbin.axes.variable import Variable

__all__ = [
    "FLOW_BINS",
    "Arc",
    "Axis",
    "Category",
    "Coordinate",
    "Cyclic",
    "HexLattice",
    "Index",
    "Integer",
    "Log",
    "Number",
    "Regular",
    "Symlog",
    "Time",
    "Variable",
    "bins_of_part",
    "plain_edges",
]
