"""Which of the files that are there are new to a state, known to it, or no longer what they were."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from heatbin.errors import BadInputError, UsageError
from heatbin.platform import RealPaths
from heatbin.sources import Store
from heatbin.state import Input, Partial, seen

__all__ = ["Arrivals", "check_on_changed", "sort_arrivals", "with_tails"]

TAIL_BYTES = 1 << 16
REQUESTS_AT_ONCE = 32
CHOICES = ("raise", "replace", "ignore")


@dataclass(slots=True)
class Arrivals:
    """Files, sorted by what is to be done with them.

    Parameters
    ----------
    added, replaced, ignored, waiting : tuple of str
        As in `heatbin.Update`.
    known : int
        How many are in the state.
    again : dict of str to set of periods
        Files that are read again, because they are in one partial with a replaced one: for the periods of such
        partials, where there are periods.
    outdated : set of Partial
        The partials that no longer count.
    tails : dict of str to Input
        What new files looked like, with a digest of their end.
    """

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    known: int = 0
    again: dict[str, set[str | None]] = field(default_factory=dict)
    outdated: set[Partial] = field(default_factory=set)
    tails: dict[str, Input] = field(default_factory=dict)

    @property
    def to_read(self) -> tuple[str, ...]:
        """All files that are to be read."""
        return tuple(sorted({*self.added, *self.replaced, *self.again}))


def check_on_changed(choice: str) -> None:
    """Raise a UsageError for a choice that there is not."""
    if choice not in CHOICES:
        raise UsageError(f"on_changed must be one of {', '.join(map(repr, CHOICES))}, not {choice!r}")


def sort_arrivals(
    names: Iterable[str],
    ledgers: Mapping[Partial, Sequence[Input]],
    *,
    store: Store,
    retired: Iterable[Input] = (),
    on_changed: str,
    min_age: float,
) -> Arrivals:
    """Sort files by what is to be done with them.

    Parameters
    ----------
    names : iterable of str
        The files that there are.
    ledgers : mapping of Partial to sequence of Input
        What each partial holds.
    store : Store
        Where they are.
    retired : iterable of Input, optional
        What was in partials that are no longer kept.
    on_changed : {"raise", "replace", "ignore"}
        What to do with a file that is not what it was when it was counted.
    min_age : float
        In seconds: files written to less long ago have to wait; those of stores that do not say when never do, since
        they appear there whole.

    Raises
    ------
    BadInputError
        When a file changed and is not to be replaced or ignored, or cannot be replaced.
    """
    known = {each.path: each for ledger in (retired, *ledgers.values()) for each in ledger}
    now, arrivals = time.time_ns(), Arrivals()
    there = _looks(dict.fromkeys(map(RealPaths(), names)), store)
    # other names of what was counted, as it was then and, should it have been touched, as it is now
    versions = {each.version for each in (*known.values(), *there) if each.path in known}
    changed: list[str] = []
    for found in there:
        path = found.path
        if path in known:
            if not _is_same(found, known[path]):
                changed.append(path)
            else:
                arrivals.known += 1
        elif found.told_apart and found.version in versions:
            arrivals.known += 1
        elif abs(now - found.modified_ns) < min_age * 1e9:
            arrivals.waiting += (path,)
        else:
            versions.add(found.version)
            arrivals.tails[path] = _with_tail(found)
    arrivals.added = tuple(sorted(arrivals.tails))
    _decide(changed, ledgers, on_changed, arrivals, store)
    return arrivals


def with_tails(inputs: Iterable[Input], tails: Mapping[str, Input]) -> tuple[Input, ...]:
    """Return inputs with the digests of their ends, where they were read as they were when these were taken."""
    return tuple(replace_tail(each, tails[each.path]) if each.path in tails else each for each in inputs)


def replace_tail(read: Input, seen: Input) -> Input:
    """Return an input with the digest of another look at it, if it is the same version."""
    return read._replace(tail=seen.tail) if read.version == seen.version else read


def _decide(
    changed: Sequence[str],
    ledgers: Mapping[Partial, Sequence[Input]],
    on_changed: str,
    arrivals: Arrivals,
    store: Store,
) -> None:
    if changed and on_changed == "raise":
        more = f", and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise BadInputError(
            f"{changed[0]} changed since it was counted{more}: --on-changed replace counts it anew, "
            "--on-changed ignore leaves it as it was",
            path=changed[0],
        )
    if on_changed == "ignore":
        arrivals.ignored = tuple(changed)
        return
    arrivals.replaced = tuple(changed)
    arrivals.outdated = {
        partial for partial, ledger in ledgers.items() if {*changed} & {i.path for i in ledger}
    }
    for partial in arrivals.outdated:
        for each in ledgers[partial]:
            if each.path not in changed:
                arrivals.again.setdefault(_unchanged(each, store), set()).add(partial.period)
    looks = _looks((*arrivals.replaced, *arrivals.again), store)
    arrivals.tails.update({found.path: _with_tail(found) for found in looks})


def _unchanged(known: Input, store: Store) -> str:
    """Return the path of an input that must be read again, if that can be done."""
    try:
        same = _is_same(seen(known.path, store.fingerprint(known.path)), known)
    except FileNotFoundError:
        same = False
    if not same:
        raise BadInputError(
            f"{known.path} changed or is gone, and was counted in one run with what is to be replaced: the rest "
            "cannot be counted anew without it; make a new state",
            path=known.path,
        )
    return known.path


def _looks(paths: Iterable[str], store: Store) -> list[Input]:
    """Return files as they are now; many at once, where each is a request."""
    names = list(paths)
    if store.local:
        return [seen(path, store.fingerprint(path)) for path in names]
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        return list(map(seen, names, pool.map(store.fingerprint, names)))


def _is_same(found: Input, known: Input) -> bool:
    """Tell whether a file is what it was: untouched, or of the same size with the same end."""
    if found.version == known.version:
        return True
    return bool(known.tail) and found.size == known.size and _with_tail(found).tail == known.tail


def _with_tail(found: Input) -> Input:
    """Return an input with a digest of its last bytes, where Parquet files keep their footers.

    An object of a store has an ETag in place of it.
    """
    if "://" in found.path:
        return found
    with Path(found.path).open("rb") as file:
        file.seek(max(0, found.size - TAIL_BYTES))
        return found._replace(tail=hashlib.sha256(file.read(TAIL_BYTES)).hexdigest()[:32])
