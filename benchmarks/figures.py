"""Figures as the tables show them."""

from __future__ import annotations

from heatbin.units import format_bytes, format_count

__all__ = ["count", "rate", "ratio", "size", "time"]

count = format_count
size = format_bytes


def time(seconds: float) -> str:
    """Return a time in three figures: 71.2 ms, 1.23 s."""
    return f"{seconds:#.3g} s" if seconds >= 1 else f"{seconds * 1000:#.3g} ms".replace(". ", " ")


def rate(rows: float, seconds: float) -> str:
    """Return the rows that were done in a second: 83.6M."""
    return format_count(rows / seconds)


def ratio(value: float) -> str:
    """Return a ratio: 1.31."""
    return f"{value:.2f}"
