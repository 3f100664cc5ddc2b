"""Files, one or many, in any format: found to agree, read in pieces, and checked against what they promised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa

from heatbin.errors import BadInputError, HeatbinError, NoInputError, ReadError, UsageError, suggestion
from heatbin.sources.arrow_types import column_at, common_type, fit, plain_schema, type_at
from heatbin.sources.base import LONG_BATCH_ROWS, Bounds, Excludes, LeftOut, Part, RowGroup, Survey, Task
from heatbin.sources.formats import Footer, Format
from heatbin.sources.guard import reading
from heatbin.sources.kinds import Kinds
from heatbin.sources.partitions import keys_of, partition_types, typed
from heatbin.sources.stores import File, LocalStore, Store

__all__ = ["FileSource"]

# Footers are small reads that wait for a disk, or longer for a network.
LOOKS_PER_THREAD = 4
LOOKS_THROUGH_A_NETWORK = 32
# So few are looked at, wanted or not: to know how many rows are skipped is worth a tenth of a second.
FEW_FILES = 256
# Threads take longer to start than so many files to look at.
LOOKS_IN_A_ROW = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at one file told."""

    path: str
    fingerprint: tuple[Any, ...]
    footer: Footer
    keys: dict[str, Any]
    types: dict[str, pa.DataType]


@dataclass(frozen=True)
class FileSource:
    """Files with the same columns.

    Parameters
    ----------
    paths : tuple of str
        The files, sorted.
    name : str
        What errors and summaries call all of them together.
    kinds : Kinds, optional
        How to tell in which format each is.
    store : Store, optional
        Where they are.
    """

    paths: tuple[str, ...]
    name: str
    kinds: Kinds = field(default_factory=Kinds)
    store: Store = LocalStore()  # noqa: RUF009

    @property
    def replayable(self) -> bool:
        """True: files can be read again."""
        return True

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of the first file that can be read, and those that the folders' names hold."""
        own = self._first_schema()
        of_folders = [pa.field(name, type_) for name, type_ in self._partitions.items()]
        return pa.schema([field for field in own if field.name not in self._partitions] + of_folders)

    @cached_property
    def _partitions(self) -> dict[str, pa.DataType]:
        return partition_types(self.paths)

    def _first_schema(self) -> pa.Schema:
        errors = []
        for path in self.paths:
            try:
                with reading(path, "file"):
                    schema = plain_schema(self._look_at(path, ()).footer.schema)
                    # A name in a nested type that is no text is found now, not when an error wants to show it.
                    str(schema)
                    return schema
            except (BadInputError, ReadError, NoInputError) as error:
                errors.append(error)
        raise errors[0]

    def survey(
        self, columns: Sequence[str], *, threads: int, skip: bool, excludes: Excludes | None = None
    ) -> Survey:
        """Return the files, with what their footers say of `columns`.

        Where there are many files, those whose partition keys `excludes` excludes are not looked at, but for the first.

        Raises
        ------
        BadInputError
            When a file is damaged, or lacks a column that another has, or has it in a type that does not go with
            the others'; unless these are to be skipped.
        UsageError
            When no file has a column.
        """
        looks, passed, left_out = self._look_at_all(columns, threads=threads, skip=skip, excludes=excludes)
        types, misfits = self._agreement(columns, looks)
        if misfits and not skip:
            path = min(misfits)
            raise BadInputError(misfits[path], path=path)
        parts = [_part(look, columns, types) for look in looks if look.path not in misfits]
        return Survey(
            tuple(sorted([*parts, *passed], key=lambda part: part.path) if passed else parts),
            tuple(sorted([*left_out, *(LeftOut(*misfit) for misfit in misfits.items())])),
            pa.schema([pa.field(column, types[column]) for column in columns]) if looks else self.schema,
        )

    def batches(self, task: Task, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a task, and check them against what was planned.

        Raises
        ------
        BadInputError
            When the file changed since it was planned, or is damaged, or holds fewer or more rows than promised.
        """
        part = task.part
        file = File(part.path, self.store, part.fingerprint)
        _check_unchanged(part, file)
        delivered = 0
        try:
            for batch in self._read(file, task, columns):
                delivered += batch.num_rows
                yield batch
        except HeatbinError:
            # What looks like damage may be a file that is being written.
            _check_unchanged(part, file)
            raise
        _check_unchanged(part, file)
        if part.counted and delivered != task.rows:
            raise BadInputError(
                f"{part.path} promises {task.rows} rows and delivers {delivered}: it is damaged",
                path=part.path,
            )

    def _read(self, file: File, task: Task, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        part = task.part
        constants = _constants(part, columns, self._partitions)
        kind: Format = self.kinds.of(file)
        plain: pa.Schema | None = None
        with reading(file.path, kind.kind):
            for batch in kind.read(file, part, parallel=task.parallel):
                if plain is None or not batch.schema.equals(plain):
                    plain = batch.schema if _is_plain(batch.schema, columns, part) else None
                if plain is not None:
                    yield batch
                    continue
                arrays = [
                    constants[c].slice(0, batch.num_rows) if c in constants else _own_column(batch, c, part)
                    for c in columns
                ]
                yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _look_at_all(
        self, columns: Sequence[str], *, threads: int, skip: bool, excludes: Excludes | None
    ) -> tuple[list[_Look], list[Part], list[LeftOut]]:
        """Return what the looks told, the files that were passed over, and those that cannot be read."""
        few = len(self.paths) <= FEW_FILES

        def look_at(path: str) -> _Look | Part | LeftOut:
            try:
                passed = None if excludes is None or few else self._passed_over(path, excludes)
                return passed or self._look_at(path, columns)
            except (BadInputError, ReadError, NoInputError) as error:
                if not skip:
                    raise
                return LeftOut(path, str(error))

        found = self._map(look_at, self.paths, threads)
        looks = [look for look in found if isinstance(look, _Look)]
        passed = [part for part in found if isinstance(part, Part)]
        return looks, passed, [out for out in found if isinstance(out, LeftOut)]

    def _passed_over(self, path: str, excludes: Excludes) -> Part | None:
        """Return a file of which no row is wanted, by its partition, as a part of which no more is known."""
        keys = typed(keys_of(path), self._partitions)
        bounds = {name: Bounds(value, value) for name, value in keys.items()}
        if path == self.paths[0] or not keys or not excludes(RowGroup(0, 0, bounds=bounds)):
            return None
        with reading(path, "file"):
            return Part(path, self.store.fingerprint(path), (), keys, counted=False)

    def _map(self, look_at: Callable[[str], T], paths: Sequence[str], threads: int) -> list[T]:
        """Look at many files at once."""
        if len(paths) <= (LOOKS_IN_A_ROW if self.store.local else 1):
            return [look_at(path) for path in paths]
        at_once = threads * LOOKS_PER_THREAD if self.store.local else LOOKS_THROUGH_A_NETWORK
        with ThreadPoolExecutor(min(at_once, len(paths))) as pool:
            return list(pool.map(look_at, paths))

    def _look_at(self, path: str, columns: Sequence[str]) -> _Look:
        file = File(path, self.store)
        keys = typed(keys_of(path), self._partitions)
        with reading(path, "file"):
            fingerprint = file.fingerprint()
            of_file = [column for column in columns if column not in keys]
            footer = self._footer(replace(file, version=fingerprint), of_file)
            own = {column: type_at(footer.schema, column, path) for column in columns}
        types = {
            column: self._partitions.get(column) if column in keys else type_ for column, type_ in own.items()
        }
        return _Look(
            path, fingerprint, footer, keys, {c: type_ for c, type_ in types.items() if type_ is not None}
        )

    def _footer(self, file: File, columns: Sequence[str]) -> Footer:
        kind: Format = self.kinds.of(file)
        with reading(file.path, kind.kind):
            return kind.look(file, columns)

    def _agreement(
        self, columns: Sequence[str], looks: Sequence[_Look]
    ) -> tuple[dict[str, pa.DataType], dict[str, str]]:
        """Return the type of each column, and of each file that does not go with the others the reason."""
        types: dict[str, pa.DataType] = {}
        reasons: dict[str, str] = {}
        for column in columns if looks else ():
            having = {look.path: look.types[column] for look in looks if column in look.types}
            if not having:
                raise UsageError(
                    f"no column {column!r} in {self.name}{suggestion(column, self.schema.names)}"
                )
            types[column], odd = common_type(having.items())
            lacking = [look.path for look in looks if look.path not in having]
            first = min(having)
            reasons |= {path: f"{path} has no column {column!r}, which {first} has" for path in lacking}
            reasons |= {
                path: f"column {column!r} is {having[path]} in {path}, but {having[other]} in {other}"
                for path, other in odd.items()
            }
        return types, reasons


def _part(look: _Look, columns: Sequence[str], types: dict[str, pa.DataType]) -> Part:
    own = [column for column in columns if column not in look.keys]
    casts = {column: types[column] for column in own if look.types[column] != types[column]}
    of_keys = {name: value for name, value in look.keys.items() if name in columns}
    groups = tuple(_with_bounds(group, of_keys, casts, look.types) for group in look.footer.row_groups)
    schema = pa.schema([_field(look.footer.schema, column, look.types[column]) for column in own])
    return Part(look.path, look.fingerprint, groups, look.keys, schema, casts, look.footer.counted)


def _field(schema: pa.Schema, column: str, type_: pa.DataType) -> pa.Field:
    """Return the field of a needed column, with what its format noted of it."""
    noted = schema.field(column).metadata if column in schema.names else None
    return pa.field(column, type_, metadata=noted)


def _with_bounds(
    group: RowGroup, keys: dict[str, Any], casts: dict[str, pa.DataType], types: dict[str, pa.DataType]
) -> RowGroup:
    """Return a row group with its keys as bounds, and without those that count in another unit than the source.

    The group itself stays as it is: looks that are kept hold it for other plans.
    """
    elsewhere = {column for column, type_ in casts.items() if not _are_numbers(type_, types[column])}
    own = {column: bounds for column, bounds in group.bounds.items() if column not in elsewhere}
    of_keys = {name: Bounds(value, value, group.rows if value is None else 0) for name, value in keys.items()}
    return replace(group, bounds=own | of_keys)


def _are_numbers(*types: pa.DataType) -> bool:
    return all(pa.types.is_integer(type_) or pa.types.is_floating(type_) for type_ in types)


def _is_plain(schema: pa.Schema, columns: Sequence[str], part: Part) -> bool:
    """Tell whether a file's batches are as all files' are to be, with nothing left to be done."""
    if part.casts or any(column in part.keys for column in columns):
        return False
    planned = pa.schema([(column, part.schema.field(column).type) for column in columns])
    return bool(schema.equals(planned))


def _own_column(batch: pa.RecordBatch, column: str, part: Part) -> pa.Array:
    array = column_at(batch, column)
    planned = part.schema.field(column).type
    if array.type != planned:
        raise BadInputError(
            f"column {column!r} of {part.path} was {planned} and is {array.type} now", path=part.path
        )
    return fit(array, part.casts.get(column, array.type), column, part.path)


def _constants(part: Part, columns: Sequence[str], types: dict[str, pa.DataType]) -> dict[str, pa.Array]:
    needed = {name: part.keys[name] for name in columns if name in part.keys}
    return {name: pa.repeat(pa.scalar(value, types[name]), LONG_BATCH_ROWS) for name, value in needed.items()}


def _check_unchanged(part: Part, file: File) -> None:
    with reading(part.path, "file"):
        try:
            same = file.store.fingerprint(file.path) == part.fingerprint
        except FileNotFoundError:
            raise BadInputError(f"{part.path} was deleted while it was read", path=part.path) from None
    if not same:
        raise BadInputError(f"{part.path} was changed while it was read; run again", path=part.path)
