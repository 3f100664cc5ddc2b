"""Sorted runs of keys and amounts: what a sparse table is made of."""

from __future__ import annotations

from heatbin.columns import Array
from heatbin.kernels.jit import kernel

__all__ = ["merge_runs"]


@kernel
def merge_runs(
    keys_a: Array, amounts_a: Array, keys_b: Array, amounts_b: Array, keys: Array, amounts: Array
) -> int:
    """Merge two sorted runs, amounts of equal keys added; return the length of the result.

    Parameters
    ----------
    keys_a, keys_b : ndarrays of int64
        Sorted, each key once.
    amounts_a, amounts_b : ndarrays of an integer type
        One for each key.
    keys, amounts : ndarrays
        The result, with room for both runs.
    """
    i = j = size = 0
    while i < keys_a.size and j < keys_b.size:
        a, b = keys_a[i], keys_b[j]
        least = min(a, b)
        from_a, from_b = a == least, b == least
        keys[size] = least
        amounts[size] = (amounts_a[i] if from_a else 0) + (amounts_b[j] if from_b else 0)
        i += 1 if from_a else 0
        j += 1 if from_b else 0
        size += 1
    for rest in range(i, keys_a.size):
        keys[size], amounts[size] = keys_a[rest], amounts_a[rest]
        size += 1
    for rest in range(j, keys_b.size):
        keys[size], amounts[size] = keys_b[rest], amounts_b[rest]
        size += 1
    return size
