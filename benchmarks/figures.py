"""Figures as the tables show them."""

from __future__ import annotations

from heatbin.units import format_bytes, format_count

__all__ = ["count", "rate", "ratio", "size", "time"]

count = format_count
size = format_bytes


def time(seconds: float) -> str:
    """Return a time in about three figures: 71.2 ms, 1.23 s, 250 s."""
    amount, unit = (seconds, "s") if seconds >= 0.9995 else (seconds * 1000, "ms")
    digits = 2 if amount < 9.995 else 1 if amount < 99.95 else 0
    return f"{amount:.{digits}f} {unit}"


def rate(rows: float, seconds: float) -> str:
    """Return the rows that were done in a second: 83.6M."""
    return format_count(rows / seconds)


def ratio(value: float) -> str:
    """Return a ratio: 1.31, 0.013."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"
