"""How kernels are compiled, and that they are cached: a decorator for kernels, two for what they call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from heatbin.kernels.cache import KernelCache

__all__ = ["inner", "inner_fused", "kernel"]

F = TypeVar("F", bound=Callable[..., Any])

# No fastmath: it breaks the tests for NaN, all of it but `contract`. No parallel: threads are the engine's.
OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": False}
ONLY_INSIDE: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
FUSED: Any = {"fastmath": {"contract"}}


def kernel(function: F) -> F:
    """Compile `function` for the types that it meets, without the GIL, and keep the machine code on disk.

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
    dispatcher: Any = numba.njit(**OPTIONS)(function)
    dispatcher._cache = KernelCache(function)
    return cast(F, dispatcher)


def inner(function: F) -> F:
    """Compile `function` into the kernels that call it. Calls from Python need wrappers, which take time to compile."""
    dispatcher: Any = numba.njit(**OPTIONS | ONLY_INSIDE)(function)
    return cast(F, dispatcher)


def inner_fused(function: F) -> F:
    """Compile as `inner`, but a product and a sum may become one operation, which some processors do not have.

    The product is not rounded then: only for products that are exact, so that results are the same everywhere.
    """
    dispatcher: Any = numba.njit(**OPTIONS | ONLY_INSIDE | FUSED)(function)
    return cast(F, dispatcher)
