"""What can be asked of a sample: ``mean("fare")``, ``quantile("delay", 0.95)``. Frozen, picklable, without data."""

from heatbin.statistics.base import Statistic
from heatbin.statistics.binding import Bound, bind, blank_groups, check_budget, planned_bytes
from heatbin.statistics.estimates import Distinct, Quantile
from heatbin.statistics.extremes import AnyTrue, Max, MaxBy, Min, MinBy
from heatbin.statistics.parsing import KINDS, parse_agg, statistics_of, weighted
from heatbin.statistics.totals import Count, Mean, Std, Sum, Var, Weight

__all__ = [
    "KINDS",
    "Bound",
    "Statistic",
    "any",
    "bind",
    "blank_groups",
    "check_budget",
    "count",
    "distinct",
    "max",
    "max_by",
    "mean",
    "min",
    "min_by",
    "parse_agg",
    "planned_bytes",
    "quantile",
    "statistics_of",
    "std",
    "sum",
    "var",
    "weight",
    "weighted",
]

any = AnyTrue
count = Count
distinct = Distinct
max = Max
max_by = MaxBy
mean = Mean
min = Min
min_by = MinBy
quantile = Quantile
std = Std
sum = Sum
var = Var
weight = Weight
