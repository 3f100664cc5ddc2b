"""What heatbin raises: each error names the argument, the file or the column, and what would work."""

from __future__ import annotations

__all__ = [
    "BadInputError",
    "BusyError",
    "HeatbinError",
    "KindError",
    "LengthError",
    "MemoryBudgetError",
    "NoInputError",
    "OutputError",
    "ReadError",
    "StateError",
    "StepError",
    "UsageError",
    "suggestion",
]


class HeatbinError(Exception):
    """The base of all errors that heatbin raises on purpose."""

    def __str__(self) -> str:
        # OSError and its kin format (errno, strerror, filename); ours carry one message.
        return str(self.args[0]) if self.args else ""


class UsageError(HeatbinError, ValueError):
    """An argument has a value that cannot work."""


class KindError(HeatbinError, TypeError, ValueError):
    """An argument is not of the kind that it must be; NumPy and matplotlib raise the one or the other of these."""


class LengthError(UsageError, IndexError):
    """A row has not the length that it must have; NumPy and matplotlib run beyond its end."""


class StepError(UsageError, ZeroDivisionError):
    """A lattice has no step in a direction; matplotlib divides by their number."""


class BadInputError(HeatbinError, ValueError):
    """An input holds something that cannot be read or binned.

    Parameters
    ----------
    message : str
        What is wrong, and what would work.
    path : str, optional
        The input at fault.
    row_group : int, optional
        The row group at fault, where one is known.
    """

    def __init__(self, message: str, *, path: str | None = None, row_group: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.row_group = row_group

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_bad_input, (str(self), self.path, self.row_group)


class NoInputError(HeatbinError, FileNotFoundError):
    """There is nothing to read: no such file, or no file that matches."""


class MemoryBudgetError(HeatbinError, MemoryError):
    """The work cannot be done within the memory that was granted; the message says what would fit."""


class ReadError(HeatbinError, OSError):
    """The system failed to read an input that may well be good: a later try can work."""


class OutputError(HeatbinError, OSError):
    """An output cannot be written; what was there before is untouched."""


class StateError(HeatbinError, ValueError):
    """A saved histogram or state is damaged, of a newer schema, or does not fit what is asked of it."""


class BusyError(HeatbinError, BlockingIOError):
    """Another process holds what this one needs; trying again later will work."""


def _rebuild_bad_input(message: str, path: str | None, row_group: int | None) -> BadInputError:
    return BadInputError(message, path=path, row_group=row_group)


def suggestion(name: str, known: list[str], *, kind: str = "columns") -> str:
    """Return the tail of an error about an unknown name: the nearest known one, and the list.

    Parameters
    ----------
    name : str
        What was asked for.
    known : list of str
        What there is.
    kind : str, optional
        What the known names are called.

    Examples
    --------
    >>> suggestion("lng", ["lon", "lat", "fare"])
    "; did you mean 'lon'? columns: lon, lat, fare"
    """
    from difflib import get_close_matches

    folded = {candidate.casefold(): candidate for candidate in reversed(known)}
    near = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    hint = f"; did you mean {folded[near[0]]!r}?" if near else ";"
    shown = ", ".join(known[:20]) + (f", … ({len(known)} in all)" if len(known) > 20 else "")
    return f"{hint} {kind}: {shown}" if known else f"{hint} there are no {kind}"
