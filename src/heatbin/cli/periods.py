"""The options that choose periods of a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import click

__all__ = ["period_options"]

Callback: TypeAlias = Callable[..., Any]


def period_options(command: Callback) -> Callback:
    """Add the options that choose periods of a state."""
    last = click.option(
        "--last",
        metavar="N|TIME",
        help="Only the newest periods of a state: 7, 7d, 3mo up to the end of the newest.",
    )
    period = click.option(
        "--period",
        metavar="NAME|FROM..TO",
        help="Only the periods whose names begin so: 2026-11-01, or 2026-11; none for rows without a time.",
    )
    return last(period(command))
