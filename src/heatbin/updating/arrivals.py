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

__all__ = ["Arrivals", "Offer", "check_on_changed", "with_tails"]

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


@dataclass(frozen=True, slots=True)
class Offer:
    """The files that a run finds, and what it is to do about those that it cannot just take.

    Parameters
    ----------
    names : tuple of str
        The files that there are.
    store : Store
        Where they are.
    on_changed : {"raise", "replace", "ignore"}
        What to do with a file that is not what it was when it was counted.
    min_age : float
        In seconds: files written to less long ago have to wait; those of stores that do not say when never do, since
        they appear there whole.
    """

    names: tuple[str, ...]
    store: Store
    on_changed: str
    min_age: float

    def sorted(
        self, ledgers: Mapping[Partial, Sequence[Input]], *, retired: Iterable[Input] = ()
    ) -> Arrivals:
        """Return the files, sorted by what is to be done with them.

        Parameters
        ----------
        ledgers : mapping of Partial to sequence of Input
            What each partial holds.
        retired : iterable of Input, optional
            What was in partials that are no longer kept.

        Raises
        ------
        BadInputError
            When a file changed and is not to be replaced or ignored, or cannot be replaced.
        """
        known = {each.path: each for ledger in (retired, *ledgers.values()) for each in ledger}
        now, arrivals = time.time_ns(), Arrivals()
        there = self._looks(dict.fromkeys(map(RealPaths(), self.names)))
        # other names of what was counted, as it was then and, should it have been touched, as it is now
        versions = {each.version for each in (*known.values(), *there) if each.path in known}
        changed: list[str] = []
        rewritten: list[str] = []
        for found in there:
            counted = known.get(found.path)
            as_it_was = counted is not None and _is_same(found, counted)
            if as_it_was or (counted is None and found.told_apart and found.version in versions):
                arrivals.known += 1
            elif abs(now - found.modified_ns) < self.min_age * 1e9:
                arrivals.waiting += (found.path,)
                rewritten += [found.path] if counted is not None else []
            elif counted is not None:
                changed.append(found.path)
            else:
                versions.add(found.version)
                arrivals.tails[found.path] = _with_tail(found)
        arrivals.added = tuple(sorted(arrivals.tails))
        if rewritten and self.on_changed == "replace":
            # What was counted in one run is read again together, and of this a part is not ready.
            arrivals.waiting += tuple(changed)
            changed = []
        self._decide(changed, ledgers, arrivals)
        return arrivals

    def _decide(
        self, changed: Sequence[str], ledgers: Mapping[Partial, Sequence[Input]], arrivals: Arrivals
    ) -> None:
        """Add changed files to what is ignored, or else to what is replaced."""
        if self.on_changed == "ignore":
            arrivals.ignored = tuple(changed)
        elif changed and self.on_changed == "raise":
            more = f", and {len(changed) - 1} more" if len(changed) > 1 else ""
            raise BadInputError(
                f"{changed[0]} changed since it was counted{more}: on_changed='replace' (--on-changed "
                "replace) counts it anew, on_changed='ignore' (--on-changed ignore) leaves it as it was",
                path=changed[0],
            )
        elif changed:
            self._replace(changed, ledgers, arrivals)

    def _replace(
        self, changed: Sequence[str], ledgers: Mapping[Partial, Sequence[Input]], arrivals: Arrivals
    ) -> None:
        """Have changed files counted anew, and what is in one partial with them read again."""
        arrivals.replaced = tuple(changed)
        arrivals.outdated = {
            partial for partial, ledger in ledgers.items() if {*changed} & {each.path for each in ledger}
        }
        for partial in arrivals.outdated:
            for each in ledgers[partial]:
                if each.path not in changed:
                    arrivals.again.setdefault(self._unchanged(each), set()).add(partial.period)
        looks = self._looks((*arrivals.replaced, *arrivals.again))
        arrivals.tails.update({found.path: _with_tail(found) for found in looks})

    def _unchanged(self, known: Input) -> str:
        """Return the path of an input that must be read again, if that can be done."""
        try:
            same = _is_same(seen(known.path, self.store.fingerprint(known.path)), known)
        except FileNotFoundError:
            same = False
        if not same:
            raise BadInputError(
                f"{known.path} changed or is gone, and was counted in one run with what is to be replaced: the rest "
                "cannot be counted anew without it; make a new state",
                path=known.path,
            )
        return known.path

    def _looks(self, paths: Iterable[str]) -> list[Input]:
        """Return files as they are now; many at once, where each is a request."""
        names, fingerprint = list(paths), self.store.fingerprint
        if self.store.local:
            return [seen(path, fingerprint(path)) for path in names]
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            return list(map(seen, names, pool.map(fingerprint, names)))


def with_tails(inputs: Iterable[Input], tails: Mapping[str, Input]) -> tuple[Input, ...]:
    """Return inputs with the digests of their ends, where they were read as they were when these were taken."""
    looks = ((read, tails.get(read.path, read)) for read in inputs)
    return tuple(
        read._replace(tail=look.tail) if read.version == look.version else read for read, look in looks
    )


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
