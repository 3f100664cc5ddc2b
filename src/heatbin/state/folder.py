"""The folder that keeps a state: immutable partials, and a manifest that says which of them count."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
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
            if manifest is None or not manifest.partials:
                raise NoInputError(f"{self.path} is no state: it has no {MANIFEST}; heatbin update makes one")
            try:
                return merged(self.partial(partial) for partial in manifest.partials)
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

        Raises
        ------
        OutputError
            When it cannot be written: the state is that before or that after, and a next try is right either way.
        """
        partials = list(kept)
        if added is not None:
            partials = self._planted(partials, replace(added, request=request, left_out=()))
        manifest = Manifest(before.generation + 1 if before else 1, tuple(partials), request)
        write_manifest(self.path, manifest)
        self._sync()
        self.clear(manifest)
        return manifest

    def clear(self, manifest: Manifest | None) -> None:
        """Remove partials that do not count, and what a killed writer left behind."""
        counting = {partial.file for partial in manifest.partials} if manifest else set()
        with suppress(OSError):
            for name in os.listdir(self.path):  # noqa: PTH208
                leftover = name.startswith(TEMPORARY) or PARTIAL_NAME.fullmatch(name)
                if leftover and name not in counting:
                    (self.path / name).unlink(missing_ok=True)

    def _planted(self, partials: list[Partial], leaf: Saved) -> list[Partial]:
        """Add a leaf: two partials of equal height become one, so there are at most log2(commits) of them."""
        height = 0
        while partials and partials[-1].height <= height:
            older = partials.pop()
            leaf, height = merged([self.partial(older), leaf]), max(height, older.height) + 1
        return [*partials, Partial(self._write(leaf), height)]

    def _write(self, saved: Saved) -> str:
        content = content_of(saved)
        name = f"{content[-40:-24].hex()}.heatbin"
        with replacing(self.path / name) as temporary:
            temporary.write_bytes(content)
        self._sync()
        return name

    def _sync(self) -> None:
        try:
            sync_folder(self.path)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error


def _is_ours(name: str) -> bool:
    return name in (MANIFEST, LOCK) or name.startswith(TEMPORARY) or bool(PARTIAL_NAME.fullmatch(name))
