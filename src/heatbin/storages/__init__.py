"""What is kept for each cell of a grid: one kind a file. Each fills, merges, and gives back the same to the bit."""

from heatbin.storages.absent import Absent
from heatbin.storages.base import Recipe, Sample, State, Storage, wide_dtype
from heatbin.storages.buckets import Buckets
from heatbin.storages.count import MOST_ROWS, Count
from heatbin.storages.extremes import Extreme, ExtremeBy, ends_of
from heatbin.storages.flags import Flags
from heatbin.storages.group import Group
from heatbin.storages.registers import Registers
from heatbin.storages.rounded import means, totals, variances, whole_totals
from heatbin.storages.sums import Sums

__all__ = [
    "MOST_ROWS",
    "Absent",
    "Buckets",
    "Count",
    "Extreme",
    "ExtremeBy",
    "Flags",
    "Group",
    "Recipe",
    "Registers",
    "Sample",
    "State",
    "Storage",
    "Sums",
    "ends_of",
    "means",
    "totals",
    "variances",
    "whole_totals",
    "wide_dtype",
]
