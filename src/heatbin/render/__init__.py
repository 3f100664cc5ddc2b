"""Pictures of grids: the room that knows matplotlib, as `heatbin.compat` alone does beside it.

Everything here takes plain arrays and `AxisView`; nothing is drawn on pyplot unless the caller's axes are
pyplot's, and no setting of matplotlib is changed.
"""

from heatbin.render.bars import merged_label
from heatbin.render.checks import check
from heatbin.render.clock import durations
from heatbin.render.facets import plot_facets
from heatbin.render.hexagons import hexagon_collection, plot_hexagon_facets, plot_hexagons
from heatbin.render.norms import parse_norm
from heatbin.render.picture import factors, plot
from heatbin.render.saving import FORMATS, save
from heatbin.render.steps import plot_steps
from heatbin.render.style import Style
from heatbin.render.views import AxisView, drawable, unit_of

__all__ = [
    "FORMATS",
    "AxisView",
    "Style",
    "check",
    "drawable",
    "durations",
    "factors",
    "hexagon_collection",
    "merged_label",
    "parse_norm",
    "plot",
    "plot_facets",
    "plot_hexagon_facets",
    "plot_hexagons",
    "plot_steps",
    "save",
    "unit_of",
]
