"""The folder that keeps a state: immutable partials, and a manifest that says which of them count."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heatbin.errors import NoInputError, OutputError, StateError
from heatbin.outputs import replacing
from heatbin.platform import sync_folder
from heatbin.state.files import content_of, read_file
from heatbin.state.lock import LOCK, locked
from heatbin.state.manifest import (
    MANIFEST,
    PARTIAL_NAME,
    InFlight,
    Manifest,
    Partial,
    read_manifest,
    write_manifest,
)
from heatbin.state.merging import merged
from heatbin.state.saved import Saved

__all__ = ["StateFolder"]

TEMPORARY = ".heatbin-"
MOST_RETRIES = 20


@dataclass(frozen=True, slots=True)
class StateFolder:
    """A state on disk.

    Parameters
    ----------
    path : Path
        The folder.
    """

    path: Path

    def create(self) -> None:
        """Make the folder, if it is not there.

        Raises
        ------
        StateError
            When something else is there.
        """
        if self.path.exists() and not self.path.is_dir():
            raise StateError(f"{self.path} is a file; a state is a folder")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            strangers = [name for name in os.listdir(self.path) if not _is_ours(name)]  # noqa: PTH208
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error
        if strangers and not (self.path / MANIFEST).exists():
            raise StateError(
                f"{self.path} is no state: it holds {min(strangers)}; name a new or an empty folder"
            )

    def lock(self) -> AbstractContextManager[None]:
        """Hold the lock that writers need."""
        return locked(self.path)

    def manifest(self) -> Manifest | None:
        """Return what the state is made of; None where there is none yet."""
        return read_manifest(self.path)

    def partial(self, partial: Partial) -> Saved:
        """Return a partial.

        Raises
        ------
        StateError
            When it is damaged or not there.
        """
        try:
            return read_file(self.path / partial.file)
        except NoInputError:
            raise StateError(f"{self.path} is damaged: {partial.file} is not there") from None

    def in_flight(self, piece: InFlight) -> Saved | None:
        """Return what a stopped run had read of a file; None where it is damaged, and has to be read again."""
        try:
            return read_file(self.path / piece.file)
        except (NoInputError, StateError):
            return None

    def read(self) -> Saved:
        """Return the whole state; while it is updated, that before or that after.

        Raises
        ------
        NoInputError
            When there is none.
        StateError
            When it is damaged.
        """
        for _ in range(MOST_RETRIES):
            manifest = self.manifest()
            if manifest is None:
                raise NoInputError(f"{self.path} is no state: it has no {MANIFEST}; heatbin update makes one")
            if not manifest.counting:
                raise NoInputError(
                    f"{self.path} holds nothing yet: its first update was stopped; run it again"
                )
            try:
                return merged(self.partial(partial) for partial in manifest.counting)
            except StateError:
                # A writer may have cleared a partial away after the manifest was read: the next one is there then.
                if self.manifest() == manifest:
                    raise
        raise StateError(f"{self.path} changes faster than it can be read")

    def commit(
        self,
        added: Saved | None,
        *,
        before: Manifest | None,
        kept: Sequence[Partial],
        request: Mapping[str, Any],
        begun: Sequence[Partial] = (),
    ) -> Manifest:
        """Make `kept` and what was added the state, in one step; then clear away what no longer counts.

        Parameters
        ----------
        added : Saved or None
            What is new.
        before : Manifest or None
            The state until now.
        kept : sequence of Partial
            Those of its partials that still count.
        request : mapping
            What was asked for.
        begun : sequence of Partial, optional
            What a run added that was stopped, to be one with what was added now.

        Raises
        ------
        OutputError
            When it cannot be written: the state is that before or that after, and a next try is right either way.
        """
        partials, leaf = list(kept), self._leaf(begun, added, request)
        if leaf is not None:
            partials = self._planted(partials, leaf)
        return self._replaced(Manifest(_next(before), tuple(partials), request))

    def checkpoint(
        self,
        added: Saved | None,
        *,
        before: Manifest | None,
        after: Manifest | None,
        request: Mapping[str, Any],
        in_flight: Sequence[InFlight],
    ) -> Manifest:
        """Make what a run has added so far part of the state, in one step, in the place of its last checkpoint.

        Parameters
        ----------
        added : Saved or None
            What it added: whole files.
        before : Manifest or None
            The state before the run.
        after : Manifest or None
            The state now.
        request : mapping
            What was asked for.
        in_flight : sequence of InFlight
            What it can go on from.

        Raises
        ------
        OutputError
            When it cannot be written; the last checkpoint stays.
        """
        partials, begun = (before.partials, before.begun) if before else ((), ())
        leaf = self._leaf(begun, added, request)
        now = () if leaf is None else (Partial(self.write(leaf)),)
        manifest = Manifest(_next(after), partials, request, now, tuple(in_flight))
        return self._replaced(manifest, spare=begun)

    def write(self, saved: Saved) -> str:
        """Write what may become part of the state, and return the name of its file."""
        content = content_of(saved)
        name = f"{content[-40:-24].hex()}.heatbin"
        with replacing(self.path / name) as temporary:
            temporary.write_bytes(content)
        self._sync()
        return name

    def clear(self, manifest: Manifest | None, *, spare: Iterable[Partial] = ()) -> None:
        """Remove partials that do not count, but for those to spare, and what a killed writer left behind."""
        needed = (manifest.files if manifest else set()) | {partial.file for partial in spare}
        with suppress(OSError):
            for name in os.listdir(self.path):  # noqa: PTH208
                leftover = name.startswith(TEMPORARY) or PARTIAL_NAME.fullmatch(name)
                if leftover and name not in needed:
                    (self.path / name).unlink(missing_ok=True)

    def _replaced(self, manifest: Manifest, *, spare: Iterable[Partial] = ()) -> Manifest:
        write_manifest(self.path, manifest)
        self._sync()
        self.clear(manifest, spare=spare)
        return manifest

    def _leaf(
        self, begun: Sequence[Partial], added: Saved | None, request: Mapping[str, Any]
    ) -> Saved | None:
        """Return all that one run, and those before it that were stopped, have added."""
        new = [] if added is None else [replace(added, request=request, left_out=())]
        if not begun:
            return new[0] if new else None
        return merged([*map(self.partial, begun), *new])

    def _planted(self, partials: list[Partial], leaf: Saved) -> list[Partial]:
        """Add a leaf: two partials of equal height become one, so there are at most log2(commits) of them."""
        height = 0
        while partials and partials[-1].height <= height:
            older = partials.pop()
            leaf, height = merged([self.partial(older), leaf]), max(height, older.height) + 1
        return [*partials, Partial(self.write(leaf), height)]

    def _sync(self) -> None:
        try:
            sync_folder(self.path)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error


def _next(manifest: Manifest | None) -> int:
    return manifest.generation + 1 if manifest else 1


def _is_ours(name: str) -> bool:
    return name in (MANIFEST, LOCK) or name.startswith(TEMPORARY) or bool(PARTIAL_NAME.fullmatch(name))
