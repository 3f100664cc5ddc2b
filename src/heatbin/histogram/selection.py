"""What users write to choose bins: by value or by number, as UHI has it, and what that leaves of each axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import index as as_index
from typing import Any, NamedTuple

from heatbin.axes import Axis
from heatbin.errors import UsageError
from heatbin.histogram.finding import bin_of, bins_between, reach
from heatbin.histogram.regroup import Cut, whole
from heatbin.histogram.titles import Titles

__all__ = ["Chosen", "Locator", "Rebin", "by_index", "by_value", "grouped", "loc", "rebin"]


class Chosen(NamedTuple):
    """What is left of an axis.

    Parameters
    ----------
    cut : Cut
        Its bins.
    stays : bool, optional
        Whether it stays an axis; if not, its bins are added up.
    """

    cut: Cut
    stays: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Locator:
    """The bin that holds a value, or one so many bins after it.

    Parameters
    ----------
    value : number, str, datetime or what else the axis shows
        What the bin holds.
    offset : int, optional
        How many bins further.
    """

    value: Any
    offset: int = 0

    def __repr__(self) -> str:
        return f"loc({self.value!r})" + (f" {self.offset:+}" if self.offset else "")

    def __add__(self, bins: int) -> Locator:
        return replace(self, offset=self.offset + bins)

    def __sub__(self, bins: int) -> Locator:
        return self + -bins

    def __call__(self, axis: Axis) -> int:
        """Return the number of the bin on an axis, from 0; below 0, or the size, where the value is outside."""
        return bin_of(axis, self.value, "loc") + self.offset


@dataclass(frozen=True, slots=True)
class Rebin:
    """A whole number of bins that become one.

    Parameters
    ----------
    factor : int
        How many.
    """

    factor: int


def loc(value: Any) -> Locator:
    """Return what stands for the bin that holds `value` when a histogram is indexed.

    Parameters
    ----------
    value : number, str, datetime or what else the axis shows
        In units of the axis.

    Examples
    --------
    >>> from heatbin.axes import Regular
    >>> loc(0.3)(Regular(4, 0, 1)), (loc(0.3) + 2)(Regular(4, 0, 1))
    (1, 3)
    """
    return Locator(value)


def rebin(factor: int) -> Rebin:
    """Return what makes bins wider when a histogram is indexed: the step of a slice.

    Parameters
    ----------
    factor : int
        How many bins become one; it must divide their number.
    """
    return Rebin(factor)


def by_index(index: Any, axes: Sequence[Axis], titles: Titles) -> list[Chosen]:
    """Return what an index in UHI's manner leaves of each axis.

    Parameters
    ----------
    index : slice, int, callable or sum, or a tuple or mapping of these
        A mapping goes by role, name or number of the axis; what it does not mention stays as it is.
    axes : sequence of Axis
        The axes.
    titles : Titles
        What they are called.
    """
    if isinstance(index, Mapping):
        given = titles.by_place(index)
    else:
        given = dict(enumerate(_spread(index if isinstance(index, tuple) else (index,), len(axes))))
    sides = enumerate(_sides(axes, titles))
    return [side.at_index(given.get(place, slice(None))) for place, side in sides]


def by_value(wanted: Mapping[str, Any], axes: Sequence[Axis], titles: Titles) -> list[Chosen]:
    """Return what values leave of each axis.

    Parameters
    ----------
    wanted : mapping of str to a value or a pair of them
        By role or name. Of a pair, all bins that reach between its ends stay, None being the end of the axis; a single
        value is a bin, and the axis goes.
    axes, titles
        As for `by_index`.
    """
    chosen = [Chosen(whole(axis)) for axis in axes]
    sides = _sides(axes, titles)
    for place, value in titles.by_place(wanted).items():
        chosen[place] = sides[place].at_value(value)
    return chosen


def grouped(factors: Mapping[int, int], axes: Sequence[Axis], titles: Titles) -> list[Chosen]:
    """Return what is left of each axis when `factors` of bins become one."""
    sides = enumerate(_sides(axes, titles))
    return [Chosen(side.wider(whole(side.axis), factors.get(place, 1))) for place, side in sides]


@dataclass(frozen=True, slots=True)
class _Side:
    """An axis, and the role by which errors call it."""

    axis: Axis
    role: str

    def at_index(self, index: Any) -> Chosen:
        """Return what one entry of an index leaves."""
        if index is sum:
            return Chosen(whole(self.axis), stays=False)
        if isinstance(index, slice) and index == slice(None):
            return Chosen(whole(self.axis))
        self._check_cuttable()
        if not isinstance(index, slice):
            return self._at_number(index)
        first = 0 if index.start is None else self._clipped(index.start)
        last = self.axis.size if index.stop is None else self._clipped(index.stop)
        cut = self._not_empty(Cut(first, last), index)
        if index.step is None or index.step is sum:
            return Chosen(cut, stays=index.step is None)
        if not hasattr(index.step, "factor"):
            raise UsageError(
                f"{self.role}: the step of a slice must be sum or heatbin.rebin(n), not {index.step!r}"
            )
        return Chosen(self.wider(cut, index.step.factor))

    def at_value(self, value: Any) -> Chosen:
        """Return what a value leaves, or a pair of them."""
        self._check_cuttable()
        if isinstance(value, tuple):
            return Chosen(self._between(value))
        bin_ = bin_of(self.axis, value, self.role)
        if not self._has(bin_):
            raise UsageError(
                f"{self.role}: {value!r} is in none of its {self.axis.size} bins, {reach(self.axis)}"
            )
        return Chosen(Cut(bin_, bin_ + 1), stays=False)

    def wider(self, cut: Cut, factor: int) -> Cut:
        """Return a cut in which so many bins are one."""
        if isinstance(factor, bool) or not hasattr(factor, "__index__"):
            raise TypeError(f"{self.role}: the factor must be a whole number of bins, not {factor!r}")
        if factor == 1:
            return cut
        self._check_cuttable()
        self._check_ordered("no neighbours to be one with")
        bins = cut.last - cut.first
        if factor < 1 or bins % factor:
            raise UsageError(f"{self.role}: {bins} bins do not go into groups of {factor}{_divisors(bins)}")
        return replace(cut, factor=as_index(factor))

    def _at_number(self, index: Any) -> Chosen:
        bin_ = self._number(index)
        if not self._has(bin_):
            numbers = f"whose numbers go from 0, or from {-self.axis.size} to -1"
            bins = reach(self.axis) if callable(index) else numbers
            raise UsageError(f"{self.role}: {index!r} is in none of its {self.axis.size} bins, {bins}")
        return Chosen(Cut(bin_, bin_ + 1), stays=False)

    def _has(self, bin_: int) -> bool:
        return 0 <= bin_ < self.axis.size

    def _number(self, index: Any) -> int:
        """Return the number of the bin that an index means; a number below 0 counts from the end."""
        if callable(index):
            return self._called(index)
        number = _whole(index)
        if number is None:
            raise TypeError(
                f"{self.role}: {index!r} is no number of a bin; heatbin.loc({index!r}) is the bin that holds it"
            )
        return number + self.axis.size if number < 0 else number

    def _called(self, index: Any) -> int:
        # The loc of boost-histogram asks the axis itself for the bin, by a method that ours do not have.
        is_loc = hasattr(index, "value") and hasattr(index, "offset")
        try:
            number = _whole((Locator(index.value, index.offset) if is_loc else index)(self.axis))
        except UsageError as error:
            raise UsageError(f"{self.role}: {error}") from None
        if number is None:
            raise TypeError(f"{self.role}: {index!r} gives no number of a bin")
        return number

    def _clipped(self, index: Any) -> int:
        return min(max(self._number(index), 0), self.axis.size)

    def _between(self, ends: tuple[Any, ...]) -> Cut:
        """Return the bins that reach between two values."""
        if len(ends) != 2:
            raise UsageError(f"{self.role}: a range must be a pair (lo, hi), not {ends!r}")
        self._check_ordered("no range; name one, or slice by number of bin")
        return self._not_empty(Cut(*bins_between(self.axis, (ends[0], ends[1]), self.role)), ends)

    def _not_empty(self, cut: Cut, asked: Any) -> Cut:
        if cut.first >= cut.last:
            raise UsageError(f"{self.role}: there is no bin within {asked!r}")
        return cut

    def _check_cuttable(self) -> None:
        if self.axis.takes > 1:
            raise UsageError(
                f"{self.role}: hexagons cannot be cut or merged, only kept or added up as a whole"
            )

    def _check_ordered(self, lacking: str) -> None:
        if hasattr(self.axis, "labels"):
            raise UsageError(f"{self.role}: categories have {lacking}")


def _sides(axes: Sequence[Axis], titles: Titles) -> list[_Side]:
    return [_Side(axis, role) for axis, role in zip(axes, titles.roles, strict=True)]


def _spread(index: tuple[Any, ...], count: int) -> list[Any]:
    """Return one index for each axis, an ellipsis being as many full slices as there is room for."""
    dots = [place for place, each in enumerate(index) if each is Ellipsis]
    if len(dots) > 1:
        raise UsageError(f"an index can have one ellipsis, not {len(dots)}")
    if len(index) - len(dots) > count or (not dots and len(index) < count):
        raise UsageError(f"an index must have one entry for each of {count} axes, not {len(index)}")
    if not dots:
        return list(index)
    fill = [slice(None)] * (count - len(index) + 1)
    return [*index[: dots[0]], *fill, *index[dots[0] + 1 :]]


def _whole(number: Any) -> int | None:
    """Return a whole number as Python's own; None where it is not one."""
    try:
        return as_index(number)
    except TypeError:
        return None


def _divisors(bins: int) -> str:
    divisors = [str(n) for n in range(2, bins + 1) if bins % n == 0]
    return f"; {', '.join(divisors[:20])} would work" if divisors else ""
