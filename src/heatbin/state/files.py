"""Saved histograms as files: written whole or not at all, sealed, and unsealed before they are read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from heatbin.axes import Coordinate
from heatbin.errors import NoInputError, ReadError, StateError
from heatbin.outputs import replacing
from heatbin.state.ledger import Input
from heatbin.state.saved import Saved, decode, decode_axes, decode_inputs, encode
from heatbin.state.sealing import seal_of, unsealed

__all__ = ["content_of", "read_axes", "read_file", "read_ledger", "write_file"]

T = TypeVar("T")


def write_file(path: str | os.PathLike[str], saved: Saved) -> None:
    """Write a histogram to a file of its own.

    Raises
    ------
    OutputError
        When it cannot be written; what was there is untouched then.
    """
    content = content_of(saved)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def content_of(saved: Saved) -> bytes:
    """Return the bytes of the file that a histogram is saved as."""
    content = encode(saved)
    return content + seal_of([content])


def read_file(path: str | os.PathLike[str], *, named: bool = False) -> Saved:
    """Return the histogram that a file holds.

    Parameters
    ----------
    path : path-like
        The file.
    named : bool, optional
        Whether it must be called after what it holds, as the partials of a state are.

    Raises
    ------
    NoInputError
        When there is no such file.
    ReadError
        When the system cannot read it.
    StateError
        When it is damaged, no saved histogram, or of a newer schema.
    """
    return _decoded(Path(path), decode, named=named)


def read_ledger(path: str | os.PathLike[str], *, named: bool = False) -> tuple[Input, ...]:
    """Return only the inputs of the histogram that a file holds, as `read_file` reads it."""
    return _decoded(Path(path), decode_inputs, named=named)


def read_axes(path: str | os.PathLike[str], *, named: bool = False) -> tuple[Coordinate, ...]:
    """Return only the axes of the histogram that a file holds, as `read_file` reads it."""
    return _decoded(Path(path), decode_axes, named=named)


def _decoded(place: Path, decoded: Callable[[memoryview], T], *, named: bool) -> T:
    try:
        return decoded(unsealed(place, named=named))
    except FileNotFoundError:
        raise NoInputError(f"no such file: {place}") from None
    except OSError as error:
        raise ReadError(f"{place} cannot be read: {error.strerror or error}") from error
    except StateError as error:
        raise StateError(_naming(place, str(error))) from error.__cause__


def _naming(place: Path, message: str) -> str:
    return message if message.startswith(str(place)) else f"{place} {message}"
