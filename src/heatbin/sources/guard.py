"""What pyarrow and the system raise while something is read, as one clear error that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from heatbin.errors import BadInputError, HeatbinError, ReadError

__all__ = ["converting", "reading"]

# What the clients of object stores say, without an error number, when a request fails.
NETWORK = re.compile(r"AWS Error|curlCode|google::cloud|GCS|Timeout|Connection")


@contextmanager
def reading(path: str, kind: str) -> Iterator[None]:
    """Turn what a broken file makes pyarrow raise into a `BadInputError` about `path`.

    Parameters
    ----------
    path : str
        The input that is read.
    kind : str
        What it is taken for, such as "Parquet file".

    Raises
    ------
    ReadError
        When the system failed, not the file.
    BadInputError
        When the file is damaged, or holds what cannot be read.
    """
    try:
        yield
    except HeatbinError:
        raise
    except MemoryError as error:
        reason = " ".join(str(error).split())
        raise BadInputError(
            f"{path} asks for more memory than there is; it is damaged, or its pages are too large: {reason[:200]}",
            path=path,
        ) from error
    except (
        OSError,
        pa.ArrowException,
        UnicodeDecodeError,
        ValueError,
        KeyError,
        IndexError,
        OverflowError,
    ) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, OSError) and (error.errno is not None or NETWORK.search(reason)):
            raise ReadError(f"{path} cannot be read: {error.strerror or reason[:300]}") from error
        raise BadInputError(f"{path} is damaged, or no {kind}: {reason[:300]}", path=path) from error


@contextmanager
def converting(name: str) -> Iterator[None]:
    """Turn what pyarrow raises of rows that make no table into a `BadInputError` about `name`.

    Parameters
    ----------
    name : str
        What errors call the source of the rows.

    Raises
    ------
    BadInputError
        When a column holds what no column can, or two tables do not go together.
    """
    try:
        yield
    except (HeatbinError, MemoryError):
        raise
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        # For a frame, pyarrow says what is wrong and, apart from it, in which column.
        reason = ", ".join(" ".join(str(told).split()) for told in error.args)
        raise BadInputError(
            f"{name} cannot be read as a table: {reason}; each column must have a name of its own and one type, "
            f"the same in all tables",
            path=name,
        ) from error
