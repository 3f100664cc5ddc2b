"""The engine: runs tasks into folds, on threads here or on any executor elsewhere."""

from heatbin.engine.apart import Apart, Room
from heatbin.engine.calendar import Calendar
from heatbin.engine.categories import Categories
from heatbin.engine.elsewhere import run_on
from heatbin.engine.extremes import Extremes, Together
from heatbin.engine.growing import Growing
from heatbin.engine.here import run_here
from heatbin.engine.keeper import Groups, Keeper, Piece, groups_of
from heatbin.engine.sketch import Percentiles
from heatbin.engine.work import Outcome, Work

__all__ = [
    "Apart",
    "Calendar",
    "Categories",
    "Extremes",
    "Groups",
    "Growing",
    "Keeper",
    "Outcome",
    "Percentiles",
    "Piece",
    "Room",
    "Together",
    "Work",
    "groups_of",
    "run_here",
    "run_on",
]
