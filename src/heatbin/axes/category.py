"""An axis of things that have no order of their own: carriers, flags, codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import EdgeAxis, Index, Traits
from heatbin.axes.hashing import bind_integers
from heatbin.checks import whole_number
from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = ["Category"]

Value: TypeAlias = str | int

LIMIT = 256


@dataclass(frozen=True, repr=False)
class Category(EdgeAxis):
    """One bin a value.

    Columns of integers and booleans are binned as they are. Text is binned by its codes, see `codes_of`.

    Parameters
    ----------
    values : sequence of str, of int or of bool, optional
        One for each bin, in order; if None, those that the data have, sorted.
    other : bool, optional
        Whether the rest has a last bin of its own, "other"; without it the rest is over the axis. Where the values
        come from the data there is no rest.
    limit : int, optional
        How many values the data may have.
    logical : LogicalType, optional
        What the column's numbers mean: plain numbers only.
    without : sequence of the same kind, optional
        Values that are under the axis, and not among the rest; kept sorted.

    Raises
    ------
    TypeError
        When the values are not of one of these kinds.
    UsageError
        When there are none and `other` is False, or some are equal.

    Examples
    --------
    >>> Category(["AA", "UA"]).labels
    ('AA', 'UA', 'other')
    """

    values: tuple[Value, ...] | None = None
    other: bool = True
    limit: int = LIMIT
    logical: LogicalType = NUMBER
    without: tuple[Value, ...] = ()
    boolean: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.other, bool):
            raise TypeError(f"other must be True or False, not {self.other!r}")
        object.__setattr__(self, "limit", whole_number("limit", self.limit, least=1))
        object.__setattr__(self, "without", tuple(sorted(_checked(self.without, "without"))))
        if self.values is not None:
            object.__setattr__(self, "values", _checked(self.values, "values"))
            _checked(self.listed, "values and without")
            if not self.size:
                raise UsageError("a category axis without 'other' needs a value or more")
        # They equal 0 and 1, but their names do not.
        object.__setattr__(self, "boolean", isinstance(next(iter(self.listed), None), bool))

    @property
    def open(self) -> bool:
        """Whether the values are still to be found in the data."""
        return self.values is None

    @property
    def coded(self) -> bool:
        """Whether the values are text, so that columns have to come as the codes of `codes_of`."""
        return isinstance(self.listed[0], str) if self.listed else True

    def found(self, values: Iterable[Value]) -> Self:
        """Return this axis with the values of the data, sorted.

        Parameters
        ----------
        values : iterable of str, or of int
            The distinct values; where there are none, all of nothing is "other".

        Raises
        ------
        UsageError
            When they are more than the limit.
        """
        distinct = sorted({*values} - {*self.without})
        if len(distinct) > self.limit:
            shown = ", ".join(map(repr, distinct[:3]))
            raise UsageError(
                f"there are more than {self.limit} categories ({shown}, …); list those that matter with "
                "Category([…]), the rest is 'other' then, or raise limit="
            )
        return replace(self, values=tuple(distinct), other=not distinct)

    @property
    def _values(self) -> tuple[Value, ...]:
        if self.values is None:
            raise UsageError("the axis has no values yet: the data give them when they are read")
        return self.values

    @property
    def listed(self) -> tuple[Value, ...]:
        """All that is told apart as far as it is known, in the order of the codes: `values`, then `without`."""
        return (self.values or ()) + self.without

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return len(self._values) + self.other

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each bin; that of the rest is no other's."""
        names, rest = [*map(str, self._values)], "other"
        while rest in (*names, *map(str, self.without)):
            rest = f"all {rest}"
        return (*names, *[rest] * self.other)

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,): they are a unit wide, from 0 on."""
        return np.arange(self.size + 1)

    @property
    def traits(self) -> Traits:
        """What the Unified Histogram Interface asks of an axis: its bins are things apart."""
        return Traits(discrete=True)

    def __getitem__(self, bin_: int) -> str:
        return self.labels[bin_]

    def codes_of(self, entries: Iterable[str | None]) -> npt.NDArray[np.int32]:
        """Return the code of each entry of a dictionary, by which `bind` bins text.

        A source looks up the entries of a batch's dictionary once, and hands over ``codes_of(entries)[indices]`` as
        the column. Nulls, in the dictionary or not, belong in the column's validity.

        Parameters
        ----------
        entries : iterable of str or None
            The distinct texts of a batch.

        Returns
        -------
        ndarray of int32, shape (entries,)
            From 0 on in the order of `values`, then of `without`; whatever is among neither has the code after these.

        Examples
        --------
        >>> Category(["AA", "UA"]).codes_of(["UA", "ZZ", "AA"])
        array([1, 2, 0], dtype=int32)
        """
        codes: dict[Any, int] = {value: code for code, value in enumerate(self.listed)}
        return np.array([codes.get(entry, len(codes)) for entry in entries], dtype=np.int32)

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype: of integers, of booleans as uint8, or of codes."""
        if dtypes[0].kind == "f":
            raise UsageError("a Category axis bins text, booleans and integers, not floats; give these edges")
        values, rest = self.listed, len(self._values) + 1
        numbers = range(len(values)) if self.coded else [int(value) for value in values]
        return bind_integers(numbers, [*range(1, rest), *[0] * len(self.without)], rest, dtypes[0])

    def rebinned(self, factor: int) -> Self:
        """Return this axis; categories cannot be merged by a factor.

        Raises
        ------
        UsageError
            When the factor is not 1.
        """
        if factor != 1:
            raise UsageError("categories have no neighbours to be merged with; the factor must be 1")
        return self

    def _picked(self, picked: slice) -> Category:
        values, last = self._values, picked.stop - 1
        without = self.without + values[: picked.start]
        return replace(self, values=values[picked.start : last], other=last > len(values), without=without)


def _checked(values: Any, name: str) -> tuple[Value, ...]:
    """Return values of one kind as Python's own."""
    if isinstance(values, str | bytes) or not np.iterable(values):
        raise TypeError(f"{name} must be a sequence of text, integers or booleans, not {values!r}")
    plain = tuple(value.item() if isinstance(value, np.generic) else value for value in values)
    kinds = {type(value) for value in plain}
    if kinds - {str, int, bool} or len(kinds) > 1:
        raise TypeError(f"{name} must be all text, all integers or all booleans, not {plain!r}")
    if len(set(plain)) < len(plain):
        twice = next(value for i, value in enumerate(plain) if value in plain[:i])
        raise UsageError(f"{name} must differ, but {twice!r} is there twice")
    return plain
