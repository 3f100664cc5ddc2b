"""The manifest of a state: which partials it is made of now."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heatbin._version import __version__
from heatbin.errors import StateError
from heatbin.outputs import replacing
from heatbin.state.plain import from_plain, to_plain

__all__ = ["MANIFEST", "PARTIAL_NAME", "Manifest", "Partial", "read_manifest", "write_manifest"]

MANIFEST = "manifest.json"
PARTIAL_NAME = re.compile(r"[0-9a-f]{32}\.heatbin")
SCHEMA_VERSION = 1
MAGIC = "heatbin-state"


@dataclass(frozen=True, slots=True)
class Partial:
    """A saved histogram that is part of a state.

    Parameters
    ----------
    file : str
        Its name, which is the digest of its content.
    height : int
        How often it was merged with another of its height.
    """

    file: str
    height: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a state is made of.

    Parameters
    ----------
    generation : int
        How many commits led to it.
    partials : tuple of Partial
        Together they are the state; no input is in two of them. Their heights fall.
    request : mapping
        What was asked for when the state was made.
    """

    generation: int
    partials: tuple[Partial, ...]
    request: Mapping[str, Any]


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder; None where there is none.

    Raises
    ------
    StateError
        When it is damaged, or of a newer schema.
    """
    place = folder / MANIFEST
    try:
        seal, _, text = place.read_bytes().partition(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    if seal != _seal(text):
        raise StateError(f"{place} is damaged: its content does not match its checksum")
    try:
        return _parsed(json.loads(text))
    except (StateError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StateError(
            f"{place} {error}" if isinstance(error, StateError) else f"{place} is damaged"
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the one that is there, in one step."""
    entries = {
        "schema": SCHEMA_VERSION,
        "heatbin": __version__,
        "generation": manifest.generation,
        "partials": [asdict(partial) for partial in manifest.partials],
        "request": to_plain(dict(manifest.request)),
    }
    text = json.dumps(entries, allow_nan=False, sort_keys=True, indent=1).encode() + b"\n"
    with replacing(folder / MANIFEST) as temporary:
        temporary.write_bytes(_seal(text) + b"\n" + text)


def _seal(text: bytes) -> bytes:
    return f"{MAGIC} {hashlib.sha256(text).hexdigest()}".encode()


def _parsed(entries: Mapping[str, Any]) -> Manifest:
    if entries["schema"] > SCHEMA_VERSION:
        raise StateError(
            f"has schema {entries['schema']}, written by heatbin {entries['heatbin']!s:.40}; this is heatbin "
            f"{__version__}, which reads up to schema {SCHEMA_VERSION}: upgrade heatbin"
        )
    partials = tuple(Partial(**partial) for partial in entries["partials"])
    if not all(PARTIAL_NAME.fullmatch(partial.file) for partial in partials):
        raise StateError("is damaged: it names what is no partial")
    return Manifest(int(entries["generation"]), partials, from_plain(entries["request"]))
