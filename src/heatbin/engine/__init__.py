"""The engine: runs tasks into folds, on threads here or on any executor elsewhere."""

from heatbin.engine.extremes import Extremes
from heatbin.engine.run import Outcome, run_here, run_on
from heatbin.engine.sketch import Percentiles

__all__ = ["Extremes", "Outcome", "Percentiles", "run_here", "run_on"]
