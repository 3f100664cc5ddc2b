"""The one decorator of all kernels: how they are compiled, and that they are cached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from heatbin.kernels.cache import KernelCache

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` for the types that it meets, without the GIL, and keep the machine code on disk.

    No ``fastmath``: it breaks the tests for NaN. No ``parallel``: threads are the engine's.
    """
    dispatcher = numba.njit(nogil=True, error_model="numpy", fastmath=False)(function)
    dispatcher._cache = KernelCache(function)  # noqa: SLF001
    return dispatcher  # type: ignore[no-any-return]
