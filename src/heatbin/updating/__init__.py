"""States: saved histograms that take in what is new, each input exactly once."""

from heatbin.updating.front import Update, update

__all__ = ["Update", "update"]
