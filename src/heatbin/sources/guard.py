"""What pyarrow and the system raise while a file is read, as one clear error that names the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from heatbin.errors import BadInputError, HeatbinError, ReadError

__all__ = ["reading"]


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
    except (OSError, pa.ArrowException, UnicodeDecodeError, ValueError, KeyError, OverflowError, MemoryError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, OSError) and error.errno is not None:
            raise ReadError(f"{path} cannot be read: {error.strerror or reason}") from error
        raise BadInputError(f"{path} is damaged, or no {kind}: {reason[:300]}", path=path) from error
