"""The safe little language of x, y, samples and `where`: parsed by `ast`, evaluated by Arrow's kernels.

Only a list of what is allowed ever runs; nothing is passed to `eval`. The rules of the values:

- Integers are computed in int64 (uint64 where nothing else takes part), checked: an overflow is an error.
  Floats are computed in float64, ``/`` always; zero gives inf or NaN, as IEEE 754 says.
- Comparisons with a constant are exact: no column is rounded to a float for it. A constant such as 0.1 is the
  double nearest to it beside a float column, and the decimal number 0.1 beside a decimal column.
- Every part is computed for every row: ``b != 0 and a // b > 1`` still divides by zero; ``a / b`` may.
- A null is neither equal nor unequal to anything; ``and``, ``or`` and ``not`` follow Kleene's logic.
- Dates are ISO texts. Beside a column with a time zone, a text without an offset is that zone's wall clock.
"""

from __future__ import annotations

from heatbin.expressions.bounds import Bounds, bounds, excludes
from heatbin.expressions.evaluate import evaluate, result_type
from heatbin.expressions.parse import parse
from heatbin.expressions.tree import Expression

__all__ = ["Bounds", "Expression", "bounds", "evaluate", "excludes", "parse", "result_type"]
