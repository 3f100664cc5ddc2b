"""What the record batches of an Arrow IPC file have in common: a schema, and which of their buffers are whose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.types as pt

from heatbin.sources.messages import Blocks, blocks

__all__ = ["Layout", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the values of one column are described in each record batch.

    Parameters
    ----------
    type : pyarrow.DataType
        What they are stored as.
    path : tuple of int
        Which column of the schema it is, and which field of that, and so on.
    node : int
        The number of its length and nulls.
    buffer : int
        The number of its first buffer.
    children : tuple of Place, optional
        Those of its fields.
    """

    type: pa.DataType
    path: tuple[int, ...]
    node: int
    buffer: int
    children: tuple[Place, ...] = ()

    @property
    def can_be_cut(self) -> bool:
        """Whether any of its rows can be read without the others."""
        if pt.is_struct(self.type):
            return all(child.can_be_cut for child in self.children)
        return not self.children


@dataclass(frozen=True, slots=True)
class Layout:
    """What an Arrow IPC file says of itself in its footer.

    Parameters
    ----------
    schema : pyarrow.Schema
        All its columns.
    blocks : Blocks
        Where its messages are.
    """

    schema: pa.Schema
    blocks: Blocks

    @classmethod
    def of(cls, opened: pa.NativeFile) -> Layout:
        """Read it from a file.

        Raises
        ------
        ValueError, pyarrow.ArrowException
            When the file is damaged.
        """
        return cls(pa.ipc.open_file(opened).schema, blocks(opened))

    def places(self, columns: Collection[str]) -> tuple[Place, ...] | None:
        """Return where the values of columns are, in the order of the schema; None if not all can be cut."""
        if not self.blocks.native:
            return None
        walk = _Walk()
        found: list[Place] = []
        for number, field in enumerate(self.schema):
            if len(found) == len(columns):
                break
            if not _is_plain(field.type):
                return None
            place = walk.place(field.type, (number,))
            if field.name in columns:
                found.append(place)
        return tuple(found) if all(place.can_be_cut for place in found) else None


class _Walk:
    """A walk through the types of a schema, depth first, that counts what each has in a record batch."""

    def __init__(self) -> None:
        self._nodes = self._buffers = 0

    def place(self, type_: pa.DataType, path: tuple[int, ...]) -> Place:
        """Return where the next column is, which has this type."""
        stored = _stored(type_)
        node, buffer = self._nodes, self._buffers
        self._nodes += 1
        self._buffers += _own_buffers(stored)
        children = tuple(self.place(child, (*path, i)) for i, child in enumerate(_children(stored)))
        return Place(stored, path, node, buffer, children)


def _stored(type_: pa.DataType) -> pa.DataType:
    return _stored(type_.storage_type) if isinstance(type_, pa.BaseExtensionType) else type_


def _children(type_: pa.DataType) -> list[pa.DataType]:
    if pt.is_dictionary(type_):
        return []
    return [type_.field(i).type for i in range(type_.num_fields)]


def _own_buffers(type_: pa.DataType) -> int:
    if pt.is_dictionary(type_):
        return _own_buffers(type_.index_type)
    return 0 if pt.is_null(type_) else int(type_.num_buffers)


def _is_plain(type_: pa.DataType) -> bool:
    """Tell whether a type has the same buffers in a file as in memory, and as many in each record batch."""
    stored = _stored(type_)
    tests = (pt.is_run_end_encoded, pt.is_union, pt.is_string_view, pt.is_binary_view)
    return not any(test(stored) for test in tests) and all(map(_is_plain, _children(stored)))
