"""NumPy's and matplotlib's own calls, with their own rules: only faster, and on data larger than memory."""

from heatbin.compat.numpy_histogram2d import histogram2d
from heatbin.compat.pyplot_hexbin import hexbin
from heatbin.compat.pyplot_hist2d import hist2d

__all__ = ["hexbin", "hist2d", "histogram2d"]
