"""Which of its periods are wanted of a state."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np

from heatbin.errors import NoInputError, UsageError

__all__ = ["chosen_periods"]

UNITS = {"h": "h", "d": "D", "w": "W", "mo": "M", "q": "M", "y": "Y"}
NO_PERIOD = "none"
MONTHS_A_QUARTER = 3


def chosen_periods(
    periods: Collection[str | None], *, last: str | int | None, period: str | None
) -> set[str | None]:
    """Return those of the periods of a state that are wanted.

    Parameters
    ----------
    periods : collection of str or None
        What there is.
    last : str or int, optional
        The newest ones: so many, or those that begin in a length of time before the end of the newest, such as "7d".
    period : str, optional
        Those whose names begin so: "2026-11-01", or "2026-11" for all of its days; "2026-11-01..2026-11-07" for all
        from one to another; "none" for the rows without any.

    Raises
    ------
    UsageError
        When the state has no periods, or `last` means nothing for their names.
    NoInputError
        When there is no such period.

    Examples
    --------
    >>> days = [None, "2026-10-30", "2026-10-31", "2026-11-01"]
    >>> sorted(chosen_periods(days, last="2d", period=None))
    ['2026-10-31', '2026-11-01']
    >>> sorted(chosen_periods(days, last=None, period="2026-10"))
    ['2026-10-30', '2026-10-31']
    """
    if last is None and period is None:
        return set(periods)
    named = sorted(each for each in periods if each is not None)
    if not named:
        raise UsageError("it is not kept in periods, of which some could be chosen")
    if period == NO_PERIOD:
        if None not in periods:
            raise NoInputError("there are no rows without a period")
        return {None}
    found = [each for each in named if period is None or _is_meant(each, period)]
    if not found:
        raise NoInputError(f"there is no period {period}; there are {named[0]} to {named[-1]}")
    return set(found if last is None else _newest(found, last))


def _is_meant(name: str, period: str) -> bool:
    first, dots, last = period.partition("..")
    return first <= name and (not last or name[: len(last)] <= last) if dots else name.startswith(period)


def _newest(named: list[str], last: str | int) -> list[str]:
    match = re.fullmatch(r"(\d+)\s*([a-z]*)", str(last))
    count, unit = (int(match[1]), match[2]) if match else (0, "")
    if count < 1 or unit not in ("", *UNITS):
        raise UsageError(f"last must be a number of periods, or a length such as '7d' or '3mo', not {last!r}")
    if not unit:
        return named[-count:]
    try:
        moments = {each: np.datetime64(each.removesuffix("Z"), "s") for each in named}
    except ValueError:
        raise UsageError(f"last={last!r}: {named[-1]} is no date; say how many periods you want") from None
    after = _before(moments[named[-1]], count * (MONTHS_A_QUARTER if unit == "q" else 1), UNITS[unit])
    return [each for each in named if moments[each] > after]


def _before(moment: Any, count: int, unit: Any) -> Any:
    """Return the moment so many units before; of months, the same day."""
    if unit not in ("M", "Y"):
        return moment - np.timedelta64(count, unit)
    start = moment.astype(f"M8[{unit}]")
    into = moment - start.astype("M8[s]")
    return (start - np.timedelta64(count, unit)).astype("M8[s]") + into
