"""Asking the processor for memory ahead of its use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from heatbin.columns import Array
from heatbin.kernels.jit import inner

__all__ = ["AHEAD", "CHUNK", "far_ahead", "prefetch", "request"]

# Rows between the request and the use. Measured at 1024² and 2048² cells of 16 bytes, random rows: 16 ahead is slower
# than no request at all, 64 takes half of the time, 128 to 256 a third, 512 begins to lose again.
AHEAD = 192

CHUNK = 192
"""Rows that kernels take at a time: whole cache lines of any column.

What is kept of them between loops stays in the first cache, beside the tables that bins are looked up in: 256 cost a
twentieth more, 512 a sixth, 1024 a third.
"""

# Where nothing is fetched unasked, as on some virtual machines, columns read from main memory are binned in a third of
# the time with requests. Elsewhere edges are looked up in two thirds of the time, for the tables drive the columns out
# of the first cache. With the data in the cache, requests make it a twentieth slower.
CHUNKS_AHEAD = 4
LINE_BYTES = 64
SECOND_CACHE = 2


def _request_line(_typing_context: Any, array: Any, row: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        # Only here: it imports much of the compiler, which kept kernels do without.
        from numba.np.arrayobj import make_array

        values = make_array(array)(context, builder, arguments[0])  # type: ignore[no-untyped-call]
        stride = cgutils.unpack_tuple(builder, values.strides)[0]  # type: ignore[no-untyped-call]
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        address = builder.gep(builder.bitcast(values.data, byte), [builder.mul(arguments[1], stride)])
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        requested = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        read, locality, data = number(0), number(4 - SECOND_CACHE), number(1)
        builder.call(requested, [address, read, locality, data])
        return context.get_dummy_value()

    return types.void(array, types.uint64), emit


prefetch: Callable[[Array, Any], None] = intrinsic(_request_line)  # type: ignore[assignment]
"""Request the cache line in which ``array[row]`` begins; `row` is a uint64.

A hint to the processor: nothing is read or written, and a row beyond the end does no harm. Into the second cache: few
requests into the first can be under way at once, and further ones make the processor wait. Measured at 512² to 2048²
cells of 16 bytes, random rows: a sixth to a third less time; columns read in order: up to a third less.
"""


@inner
def far_ahead(stop: int, rows: int) -> Any:
    """Return how far ahead to request what the rows of a chunk that ends at `stop` need; 0 where they are the last."""
    return np.uint64(AHEAD if stop + AHEAD <= rows else 0)


@inner
def request(values: Array, start: int) -> None:
    """Request the values that will be needed a few chunks after the one that begins at `start`."""
    first = start + CHUNKS_AHEAD * CHUNK
    for row in range(first, first + CHUNK, LINE_BYTES // values.itemsize):
        prefetch(values, np.uint64(row))
