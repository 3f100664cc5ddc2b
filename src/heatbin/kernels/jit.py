"""The one decorator of all kernels: how they are compiled, and that they are cached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from heatbin.kernels.cache import KernelCache

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` for the types that it meets, without the GIL, and keep the machine code on disk.

    No ``fastmath``: it breaks the tests for NaN. No ``parallel``: threads are the engine's.

    Raises
    ------
    TypeError
        When `function` takes variables of a function around it: they would be compiled into machine code that is
        kept under one name.
    """
    if function.__code__.co_freevars:
        raise TypeError(
            f"the kernel {function.__qualname__} must take {function.__code__.co_freevars} as arguments"
        )
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy", fastmath=False)(function)
    dispatcher._cache = KernelCache(function)
    return cast(F, dispatcher)
