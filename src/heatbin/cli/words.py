"""From the words of a job file to what click takes from a command line: the options say which words there are."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, time
from pathlib import Path
from typing import Any

import click

from heatbin.errors import UsageError, suggestion
from heatbin.jobs import Words

__all__ = ["as_option", "default_map", "name_variables", "word_of"]

PREFIX = "HEATBIN_"
NEVER_SET = ("debug",)
"""Options for a person who looks on."""


def word_of(parameter: click.Parameter) -> str:
    """Return what a parameter is called in job files.

    Examples
    --------
    >>> word_of(click.Option(["-o", "--output"])), word_of(click.Option(["--x-range"]))
    ('output', 'x-range')
    """
    return max(parameter.opts, key=len).removeprefix("--")


def name_variables(command: click.Command) -> None:
    """Let each option of a command be set in the environment: ``--x-range`` by ``HEATBIN_X_RANGE``."""
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in NEVER_SET:
            option.envvar = PREFIX + word_of(option).upper().replace("-", "_")


def as_option(parameter: click.Parameter) -> click.Option:
    """Return an option that takes what `parameter` takes, and need not be given."""
    if isinstance(parameter, click.Option):
        option = copy(parameter)
        option.required = False
        return option
    return click.Option(
        [f"--{parameter.name}"],
        type=parameter.type,
        multiple=parameter.nargs == -1,
        metavar="PATH",
        help=f"What stands as {parameter.human_readable_name} in other commands.",
    )


def default_map(words: Words, options: Iterable[click.Option]) -> dict[str, Any]:
    """Return the values of a table by the names of the options that they are for, as texts that these parse.

    Raises
    ------
    UsageError
        When there is no such word, or its value has another shape than the option's.
    """
    known = {word_of(option): option for option in options if option.name not in NEVER_SET}
    found = {}
    for word, value in words.values.items():
        if word not in known:
            raise UsageError(
                f"{words.place(word)} is no word of a job{suggestion(word, sorted(known), kind='words')}"
            )
        try:
            found[known[word].name or ""] = _given(known[word], value, words.path.parent)
        except ValueError as error:
            raise UsageError(f"{words.place(word)} {error}") from None
    return found


def _given(option: click.Option, value: Any, folder: Path) -> Any:
    """Return what an option takes from a command line."""
    if option.is_flag:
        return _flag(value)
    if option.multiple:
        return [_text(option, each, folder) for each in _several(value)]
    if option.nargs == 1:
        return _text(option, value, folder)
    ends = [value] * option.nargs if value == "auto" else value
    if not isinstance(ends, list) or len(ends) != option.nargs:
        raise ValueError(f"must be a list of {option.nargs}, as in [0, 10], not {_shown(value)}")
    return tuple(_text(option, end, folder) for end in ends)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {_shown(value)}")
    return value


def _several(value: Any) -> list[Any]:
    """Return the values of an option that may be repeated; a table holds its NAME=VALUE."""
    if isinstance(value, Mapping):
        return [f"{name}={_plain(each)}" for name, each in value.items()]
    return value if isinstance(value, list) else [value]


def _text(option: click.Option, value: Any, folder: Path) -> str:
    """Return the text of one value: of a path, one that is right from wherever the job is started."""
    of_path = isinstance(option.type, click.Path) or option.name == "source"
    wants_text = of_path or isinstance(option.type, click.types.StringParamType | click.Choice)
    if wants_text and not isinstance(value, str):
        raise ValueError(f'must be text, as in "…", not {_shown(value)}')
    if option.metavar == "LIST" and isinstance(value, list):
        return ",".join(map(_plain, value))
    if isinstance(value, bool | list | Mapping):
        raise ValueError(
            f"must be as on the command line, {option.metavar or 'a value'}, not {_shown(value)}"
        )
    return _beside(folder, value) if of_path else _plain(value)


def _plain(value: Any) -> str:
    """Return a value of TOML as it is written on a command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _beside(folder: Path, path: str) -> str:
    """Return the path from here of what is named beside the job file.

    Examples
    --------
    >>> _beside(Path("jobs"), "map.png"), _beside(Path("jobs"), "/data/*.parquet"), _beside(Path("jobs"), "-")
    ('jobs/map.png', '/data/*.parquet', '-')
    """
    if path == "-" or path.startswith("~") or "://" in path or Path(path).is_absolute():
        return path
    return str((glob.escape(str(folder)) if glob.has_magic(path) else folder) / Path(path))


def _shown(value: Any) -> str:
    return f"{value!r:.60}"
