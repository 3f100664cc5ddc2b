"""The engine: runs tasks into folds, on threads here or on any executor elsewhere."""

from heatbin.engine.extremes import Extremes
from heatbin.engine.run import Outcome, run_here, run_on

__all__ = ["Extremes", "Outcome", "run_here", "run_on"]
