"""Which format a file is in: by its name, else by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from heatbin.errors import BadInputError, UsageError
from heatbin.sources.arrow_ipc import FEATHER_1, FILE_MAGIC, STREAM_MAGIC, ArrowFormat
from heatbin.sources.delimited import CsvFormat
from heatbin.sources.formats import Format
from heatbin.sources.guard import reading
from heatbin.sources.parquet import ParquetFormat
from heatbin.sources.stores import File

__all__ = ["FORMATS", "Kinds"]

SUFFIXES = {
    "parquet": (".parquet", ".parq", ".pq", ".parquet.snappy", ".parquet.gz", ".parquet.zst"),
    "arrow": (".arrow", ".arrows", ".feather", ".ipc"),
    "csv": tuple(
        name + packed for name in (".csv", ".tsv", ".tab") for packed in ("", ".gz", ".zst", ".bz2")
    ),
}
# Signs that no other files begin with, and those that will do for a file that was asked for.
SURE = {b"PAR1": "parquet", FILE_MAGIC: "arrow"}
MAGIC = SURE | {b"PARE": "parquet", FEATHER_1: "arrow", STREAM_MAGIC: "arrow"}

FORMATS = tuple(SUFFIXES)
"""The names of the formats."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The formats, with their options.

    Parameters
    ----------
    forced : str, optional
        The format that all files are taken for, whatever their names say.
    parquet, arrow, csv : Format, optional
        How each is read.

    Raises
    ------
    UsageError
        When there is no such format.
    """

    forced: str | None = None
    parquet: ParquetFormat = field(default_factory=ParquetFormat)
    arrow: ArrowFormat = field(default_factory=ArrowFormat)
    csv: CsvFormat = field(default_factory=CsvFormat)

    def __post_init__(self) -> None:
        if self.forced is not None and self.forced not in FORMATS:
            raise UsageError(f"format must be one of {', '.join(FORMATS)}, not {self.forced!r}")

    def of(self, file: File) -> Format:
        """Return the format of a file.

        Raises
        ------
        BadInputError
            When neither its name nor its content tells.
        """
        name = self.forced or self.by_name(file.path)
        if name is None:
            with reading(file.path, "file of points"):
                name = _by_content(file, MAGIC)
        if name is None:
            raise BadInputError(
                f"{file.path}: neither its name nor its first bytes tell what it is; "
                f"give its format, one of {', '.join(FORMATS)}",
                path=file.path,
            )
        formats: dict[str, Format] = {"parquet": self.parquet, "arrow": self.arrow, "csv": self.csv}
        return formats[name]

    def by_name(self, path: str) -> str | None:
        """Return the format that a name ends with."""
        lower = path.lower()
        return next((name for name, suffixes in SUFFIXES.items() if lower.endswith(suffixes)), None)

    def is_data(self, file: File) -> bool:
        """Tell whether a file in a folder is one to be read: by its name; by its content, if its name says nothing."""
        named = self.by_name(file.path)
        if named is None and (file.store.local or "." not in file.name):
            with reading(file.path, "file of points"):
                named = _by_content(file, SURE)
        return named is not None and self.forced in (None, named)


def _by_content(file: File, signs: dict[bytes, str]) -> str | None:
    """Return the format that a file's first bytes are the sign of."""
    head = file.head(max(map(len, signs)))
    return next((name for sign, name in signs.items() if head.startswith(sign)), None)
