"""The engine: runs tasks into folds, on threads here or on any executor elsewhere."""

from heatbin.engine.elsewhere import run_on
from heatbin.engine.extremes import Extremes
from heatbin.engine.growing import Growing
from heatbin.engine.here import run_here
from heatbin.engine.sketch import Percentiles
from heatbin.engine.work import Outcome, Work

__all__ = ["Extremes", "Growing", "Outcome", "Percentiles", "Work", "run_here", "run_on"]
