"""What the user holds: a grid with its names and its account, and all that can be asked of it."""

from heatbin.histogram.face import Histogram

__all__ = ["Histogram"]
