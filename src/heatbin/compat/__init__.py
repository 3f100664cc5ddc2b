"""NumPy's and matplotlib's own calls, with their own rules: only faster, and on data larger than memory."""

from heatbin.compat.hexagons import hexbin
from heatbin.compat.hist2d import hist2d
from heatbin.compat.histogram2d import histogram2d

__all__ = ["hexbin", "hist2d", "histogram2d"]
