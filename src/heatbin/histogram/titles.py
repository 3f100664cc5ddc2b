"""What the axes of a histogram are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from operator import index as as_index
from typing import Any, NamedTuple

from heatbin.errors import UsageError, suggestion

__all__ = ["Titles"]


class Titles(NamedTuple):
    """What the axes of a histogram may be called.

    Parameters
    ----------
    roles : tuple of str
        What each is there for: "x", "y", "by".
    names : tuple of str
        What each shows.
    """

    roles: tuple[str, ...]
    names: tuple[str, ...]

    def distinct(self, others: Iterable[str], endings: Sequence[Sequence[str]]) -> tuple[str, ...]:
        """Return the names, with roles in place of those that are alike, or are among `others`.

        Parameters
        ----------
        others : iterable of str
            What is spoken for.
        endings : sequence of sequences of str
            What each name shall be used with: none of its forms is one of another's.

        Examples
        --------
        >>> Titles(("x", "y", "by"), ("lon", "lon", "age")).distinct(["count"], [[""]] * 3)
        ('x', 'y', 'age')
        """
        spoken_for, known = {*others}, list(map(_forms, self.names, endings))
        alike = [
            not forms.isdisjoint(spoken_for.union(*known[:place], *known[place + 1 :]))
            for place, forms in enumerate(known)
        ]
        taken = spoken_for.union(*(forms for forms, again in zip(known, alike, strict=True) if not again))
        found = list(self.names)
        for place, role in enumerate(self.roles):
            if alike[place]:
                stand_ins = chain([role, f"{role}_axis"], (f"{role}_axis_{n}" for n in count(2)))
                found[place] = next(
                    each for each in stand_ins if _forms(each, endings[place]).isdisjoint(taken)
                )
                taken |= _forms(found[place], endings[place])
        return tuple(found)

    def place(self, key: Any) -> int:
        """Return which axis a role, a name or a number means.

        Raises
        ------
        UsageError
            When there is none; the error says which there are.
        """
        for titles in (self.roles, self.names):
            if key in titles:
                return titles.index(key)
        if isinstance(key, str):
            known = [role if role == name else f"{role} ({name})" for role, name in zip(*self, strict=True)]
            raise UsageError(f"no axis {key!r}{suggestion(key, known, kind='axes')}")
        count = len(self.roles)
        if not hasattr(key, "__index__"):
            raise TypeError(f"an axis goes by its role, its name or its number, not by {key!r}")
        if not -count <= as_index(key) < count:
            raise UsageError(f"no axis {key}: there are {count}, {', '.join(self.roles)}")
        return as_index(key) % count

    def by_place(self, wanted: Mapping[Any, Any]) -> dict[int, Any]:
        """Return what is wanted of each axis, by its number.

        Raises
        ------
        UsageError
            When there is no such axis, or two keys mean one.
        """
        found: dict[int, Any] = {}
        for key, value in wanted.items():
            place = self.place(key)
            if place in found:
                raise UsageError(f"{self.roles[place]} is said twice: {', '.join(map(str, wanted))}")
            found[place] = value
        return found


def _forms(name: str, endings: Iterable[str]) -> set[str]:
    return {name + ending for ending in endings}
