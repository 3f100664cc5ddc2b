"""What the 64-bit patterns of samples are: kernels see nothing else, so each is compiled once for all types."""

from __future__ import annotations

__all__ = ["FLOATING", "SIGNED", "UNSIGNED"]

FLOATING, SIGNED, UNSIGNED = 0, 1, 2
"""Doubles, int64 and uint64."""
