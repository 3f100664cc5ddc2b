"""What Hypothesis draws from: columns and ranges in which binning goes wrong elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

FLOATS = (np.float16, np.float32, np.float64)
INTEGERS = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)

sizes = st.integers(1, 40)
bin_counts = st.integers(1, 50)
dtypes = st.sampled_from([np.dtype(kind).newbyteorder(order) for kind in FLOATS + INTEGERS for order in "<>"])


def columns(rows: int, *, nan: bool = True) -> st.SearchStrategy[Any]:
    """Draw a column of any type; integers stay below 2⁵³, up to which NumPy's own cast is exact."""
    return dtypes.flatmap(lambda dtype: hnp.arrays(dtype, rows, elements=_elements(dtype, nan=nan)))


def _elements(dtype: np.dtype[Any], *, nan: bool) -> st.SearchStrategy[Any]:
    if dtype.kind == "f":
        round_ones = st.sampled_from([0.0, -0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 1.0, 2.0, -1.0])
        return st.one_of(round_ones, hnp.from_dtype(dtype, allow_nan=nan, allow_infinity=nan))
    limits = np.iinfo(dtype)
    return st.integers(max(limits.min, -(2**53)), min(limits.max, 2**53))


@st.composite
def ranges(draw: Any) -> tuple[float, float]:
    """Draw a range: tidy, of any magnitude, or a few ulp wide."""
    kind = draw(st.sampled_from(["tidy", "any", "ulps", "subnormal"]))
    if kind == "tidy":
        lo = draw(st.sampled_from([-1.0, 0.0, 0.1, 1.0]))
        return lo, lo + draw(st.sampled_from([0.1, 0.3, 1.0, 7.0, 100.0]))
    if kind == "ulps":
        lo = draw(st.sampled_from([1.0, -1.0, 1e10, 3e-300]))
        return lo, lo + draw(st.integers(1, 4000)) * float(np.spacing(abs(lo)))
    scale = 5e-324 if kind == "subnormal" else 1.0
    ends = st.integers(0, 10**6) if kind == "subnormal" else st.floats(-1e300, 1e300)
    lo, hi = sorted(scale * draw(ends) for _ in range(2))
    return (lo, hi) if lo < hi else (lo, lo + max(1.0, abs(lo)))


@st.composite
def values_near(draw: Any, edges: np.ndarray[Any, Any], rows: int) -> np.ndarray[Any, Any]:
    """Draw values on the edges, and one step to either side of them."""
    picked = edges[draw(hnp.arrays(np.int64, rows, elements=st.integers(0, edges.size - 1)))]
    steps = draw(hnp.arrays(np.int8, rows, elements=st.integers(-1, 1)))
    return np.where(steps == 0, picked, np.nextafter(picked, np.where(steps > 0, np.inf, -np.inf)))
