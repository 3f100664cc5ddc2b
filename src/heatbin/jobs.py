"""Job files: TOML whose texts may hold variables of the environment and dates, and nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from heatbin.errors import NoInputError, ReadError, UsageError

__all__ = ["Job", "Words", "expand", "read_job"]

PICTURE = "picture"
SYNTAX = "${NAME}, ${NAME:-default}, ${date}, ${date-1d}, ${date:%Y/%m/%d}, and $${ for the two characters"

_PLACEHOLDER = re.compile(r"\$?\$\{([^{}]*)(\}|)")
_VARIABLE = re.compile(r"([A-Z_][A-Z0-9_]*)(?::-(.*))?", re.DOTALL)
_DATE = re.compile(r"date(?:([+-])(\d{1,6})([hdw]))?(?::(.+))?", re.DOTALL)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_FORMAT = re.compile(r"(?:[^%]|%[YymdjHMGVu%])+", re.DOTALL)
_HEADER = re.compile(r"\s*(\[\[?)\s*([\w-]+)")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*[.=]""")


@dataclass(frozen=True, slots=True)
class Words:
    """One table of a job file.

    Parameters
    ----------
    path : Path
        The file.
    values : mapping
        What TOML made of it, with variables and dates in their places.
    lines : mapping
        The line of each key.
    """

    path: Path
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    def place(self, key: str) -> str:
        """Return where a key stands, for errors.

        Examples
        --------
        >>> Words(Path("night.toml"), {"bins": 7}, {"bins": 3}).place("bins")
        'night.toml, line 3: bins'
        """
        line = self.lines.get(key)
        return f"{self.path}{f', line {line}' if line else ''}: {key}"


@dataclass(frozen=True, slots=True)
class Job:
    """A job file.

    Parameters
    ----------
    whole : Words
        What stands at the top.
    pictures : tuple of Words
        The ``[[picture]]`` tables.
    """

    whole: Words
    pictures: tuple[Words, ...]


def read_job(path: Path, *, date: datetime, environment: Mapping[str, str]) -> Job:
    """Read a job file.

    Parameters
    ----------
    path : Path
        The file.
    date : datetime
        What ``${date}`` stands for.
    environment : mapping
        The variables that it may name.

    Raises
    ------
    NoInputError, ReadError
        When there is no such file, or it cannot be read.
    UsageError
        When it is not TOML, or holds a ``${…}`` that is none of the few that there are.
    """
    text = _text(path)
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from error
    lines = _lines(text)
    pictures = table.pop(PICTURE, [])
    if not isinstance(pictures, list) or not all(isinstance(each, dict) for each in pictures):
        raise UsageError(f"{Words(path, {}, lines[0]).place(PICTURE)}: each picture is a table [[{PICTURE}]]")
    whole, *drawn = (
        _expanded(Words(path, values, found), date, environment)
        for values, found in zip([table, *pictures], [*lines, *[{}] * len(pictures)], strict=False)
    )
    return Job(whole, tuple(drawn))


def expand(text: str, *, date: datetime, environment: Mapping[str, str]) -> str:
    """Return `text` with what its ``${…}`` stand for: variables of the environment, and dates.

    Parameters
    ----------
    text : str
        ``${NAME}`` and ``${NAME:-default}`` name variables in capitals; the default is for one that is not set, or
        empty. ``${date}``, with an offset as in ``${date-1d}`` (h, d, w), and with a format as in ``${date:%Y/%m}``.
        ``$${`` is ``${``.
    date : datetime
        What ``${date}`` stands for.
    environment : mapping
        The variables.

    Raises
    ------
    UsageError
        When a variable is not set, or a ``${…}`` is none of these.

    Examples
    --------
    >>> expand("${ROOT:-/data}/${date-1d:%Y/%m/%d}", date=datetime(2026, 3, 1), environment={})
    '/data/2026/02/28'
    """

    def stand_in(found: re.Match[str]) -> str:
        if found[0].startswith("$$"):
            return found[0][1:]
        return _stand_in(found[1] if found[2] else None, found[0], date, environment)

    return _PLACEHOLDER.sub(stand_in, text)


def _stand_in(word: str | None, written: str, date: datetime, environment: Mapping[str, str]) -> str:
    if word is not None and (named := _VARIABLE.fullmatch(word)):
        return _variable(named[1], named[2], environment)
    if word is not None and (dated := _DATE.fullmatch(word)):
        return _date(dated, date)
    raise UsageError(f"{written} is none of {SYNTAX}")


def _variable(name: str, default: str | None, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if default is not None:
        return value or default
    if name not in environment:
        raise UsageError(f"the variable {name} is not set; ${{{name}:-default}} would do without it")
    return value


def _date(word: re.Match[str], date: datetime) -> str:
    sign, count, unit, format = word.groups(default="")
    if format and not _FORMAT.fullmatch(format):
        raise UsageError(
            f"${{{word[0]}}}: a date may hold %Y %y %m %d %j %H %M %G %V %u and %%, nothing else"
        )
    try:
        moved = date + (_UNITS[unit] * int(sign + count) if unit else timedelta())
    except OverflowError:
        raise UsageError(f"${{{word[0]}}} is beyond the dates that there are") from None
    return moved.strftime(format or "%Y-%m-%d")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise NoInputError(f"no such file: {path}") from None
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no TOML: byte {error.start} is not UTF-8") from error


def _expanded(words: Words, date: datetime, environment: Mapping[str, str]) -> Words:
    def within(value: Any) -> Any:
        if isinstance(value, str):
            return expand(value, date=date, environment=environment)
        if isinstance(value, list):
            return [within(each) for each in value]
        return {name: within(each) for name, each in value.items()} if isinstance(value, dict) else value

    values = {}
    for key, value in words.values.items():
        try:
            values[key] = within(value)
        except UsageError as error:
            raise UsageError(f"{words.place(key)}: {error}") from None
    return Words(words.path, values, words.lines)


def _lines(text: str) -> list[dict[str, int]]:
    r"""Return the line of each key: of those at the top, then of those in each table of a picture.

    Examples
    --------
    >>> _lines("x = 'lon'\n[option]\na = 1\n[[picture]]\noutput = 'a.png'")
    [{'x': 1, 'option': 2}, {'output': 5}]
    """
    tables: list[dict[str, int]] = [{}]
    current = tables[0]
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            current = {}
            if header.groups() == ("[[", PICTURE):
                tables.append(current)
            else:
                tables[0].setdefault(header[2], number)
        elif key := _KEY.match(line):
            current.setdefault(key[1], number)
    return tables
