"""The options that commands share, each written once, and what they mean to ``aggregate`` and ``plan``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import click

from heatbin.cli.gridding import gridded
from heatbin.cli.kinds import (
    BINS,
    EDGES,
    END,
    EVERY,
    FROM_ONE,
    MEMORY,
    PATH,
    SCALE,
    SETTING,
    SHARE,
    SIZE,
    is_end,
)
from heatbin.cli.voices import FORMATS, speak

__all__ = [
    "PICTURE",
    "RequestCommand",
    "arguments_of",
    "output_options",
    "period_options",
    "picture_options",
    "request_options",
]

Callback: TypeAlias = Callable[..., Any]
Decorator: TypeAlias = Callable[[Callback], Callback]

PICTURE = ("norm", "vmin", "vmax", "cmap", "size", "dpi")
"""The options that can be checked before there is anything to draw."""


class RequestCommand(click.Command):
    """A command with the options of a request; a range may be one ``auto`` for both of its ends."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write a lone ``auto`` as the two that click expects, then parse; errors know of which command they are."""
        try:
            return super().parse_args(ctx, _both_ends(args))
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


def request_options(command: Callback) -> Callback:
    """Add SOURCE and the options that say what is counted, within which limits."""
    return _all_of(
        click.argument("source", nargs=-1, required=True),
        click.option("--x", metavar="EXPR", required=True, help="Column or expression across."),
        click.option("--y", metavar="EXPR", required=True, help="Column or expression upwards."),
        *_of_bins(),
        *_of_statistics(),
        *_of_reading(),
    )(command)


def picture_options(*, drawn: bool) -> Decorator:
    """Return what adds the options of a picture; where none is drawn they are taken, and mean nothing."""

    def option(*names: str, **attributes: Any) -> Decorator:
        return click.option(*names, expose_value=drawn, **attributes)

    return _all_of(
        option(
            "-o",
            "--output",
            type=PATH,
            required=drawn,
            help="Picture: .png, .svg, .pdf, .jpg, .webp or .tif; with {by} in its name one a category.",
        ),
        option(
            "--norm",
            default="linear",
            show_default=True,
            metavar="NORM",
            help="From counts to colours: linear, log, eq_hist, power:0.5 or symlog.",
        ),
        option("--vmin", type=float, metavar="V", help="Value at the lower end of the colours."),
        option("--vmax", type=float, metavar="V", help="Value at the upper end of the colours."),
        option(
            "--cmap", metavar="NAME", default="viridis", show_default=True, help="matplotlib's colour map."
        ),
        option("--draw", metavar="NAME", help="Which statistic to draw.  [default: the first]"),
        option("--title", metavar="TEXT", help="Title above the picture."),
        option("--size", type=SIZE, metavar="WxH", help="Size in inches.  [default: about 8x6 at most]"),
        option("--dpi", type=float, metavar="N", help="Dots an inch.  [default: from 100, a dot a bin]"),
        option(
            "--export", type=PATH, metavar="FILE", help="Write the cells, too: .parquet, .csv, .npz or .nc."
        ),
        option(
            "--save", type=PATH, metavar="FILE", help="Save it, too, to be rendered, merged and compared."
        ),
    )


def period_options(command: Callback) -> Callback:
    """Add the options that choose periods of a state."""
    return _all_of(
        click.option(
            "--last",
            metavar="N|TIME",
            help="Only the newest periods of a state: 7, 7d, 3mo up to the end of the newest.",
        ),
        click.option(
            "--period",
            metavar="NAME|FROM..TO",
            help="Only the periods whose names begin so: 2026-11-01, or 2026-11; none for rows without a time.",
        ),
    )(command)


def output_options(command: Callback) -> Callback:
    """Add the options that say what is told to whom."""
    return _all_of(
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--quiet", is_flag=True, help="Say nothing but errors."),
        click.option(
            "--log-format",
            type=click.Choice(list(FORMATS)),
            default="text",
            show_default=True,
            expose_value=False,
            callback=lambda _context, _option, format: speak(format),
            help="json: each message on standard error is one JSON object.",
        ),
        click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback with an error."),
    )(command)


def arguments_of(
    *, source: Sequence[str], options: Sequence[tuple[str, object]], **request: Any
) -> dict[str, Any]:
    """Return the arguments of ``aggregate`` and ``plan`` that the options of a request stand for."""
    asked = gridded(request)
    return {
        "source": source[0] if len(source) == 1 else list(source),
        "options": dict(options),
        **request,
        **asked,
    }


def _of_bins() -> list[Decorator]:
    """Return the options that say how rows are binned, which `gridded` reads."""
    return [
        click.option(
            "--bins",
            type=BINS,
            metavar="N|NXxNY",
            help="Bins an axis, for both or each.  [default: 1024; 100 hexagons]",
        ),
        *(option for axis in "xy" for option in _of_axis(axis)),
        click.option(
            "--hex", "hexagons", is_flag=True, help="Bin in hexagons, as many across as --bins says."
        ),
    ]


def _of_axis(axis: str) -> list[Decorator]:
    return [
        click.option(
            f"--{axis}-range",
            type=END,
            nargs=2,
            metavar="LO HI",
            default=("auto", "auto"),
            help="Numbers, dates, times, durations, percentiles (p1 p99), or auto for what the data have.",
        ),
        click.option(
            f"--{axis}-scale",
            type=SCALE,
            default="linear",
            show_default=True,
            metavar="SCALE",
            help="On which bins are equally wide: linear, log, symlog or symlog:LINTHRESH.",
        ),
        click.option(f"--{axis}-edges", type=EDGES, metavar="LIST", help="Edges of the bins: 0,1,10,100."),
        click.option(
            f"--{axis}-every", type=EVERY, metavar="PERIOD", help="A bin a period of time: 1h, 1d, 1mo."
        ),
    ]


def _of_statistics() -> list[Decorator]:
    """Return the options that say what is told of each bin, and of which rows."""
    return [
        click.option(
            "--agg",
            multiple=True,
            metavar="[NAME=]KIND[:EXPR]",
            help="What to tell of each bin, such as mean:fare, p95=p95:delay, or p95@0.05:delay within 5 %; may be "
            "repeated.  [default: count]",
        ),
        click.option("--weight", metavar="EXPR", help="What each row counts, in place of 1."),
        click.option("--by", metavar="EXPR", help="Bin apart what has different values of this."),
        click.option("--where", metavar="EXPR", help="Count only the rows for which this holds."),
    ]


def _of_reading() -> list[Decorator]:
    """Return the options that say how SOURCE is read."""
    return [
        click.option(
            "--format",
            type=click.Choice(["parquet", "arrow", "csv"]),
            help="What SOURCE is, whatever its name says; - is standard input.",
        ),
        click.option(
            "--option",
            "options",
            type=SETTING,
            multiple=True,
            metavar="NAME=VALUE",
            help="Of SOURCE, such as delimiter=; or region=eu-west-1 or anonymous=true.",
        ),
        click.option(
            "--threads", type=FROM_ONE, metavar="N", help="Workers.  [default: as many as the system grants]"
        ),
        click.option(
            "--memory",
            type=MEMORY,
            metavar="SIZE",
            help="What the whole process may hold at most.  [default: what the system grants]",
        ),
        click.option(
            "--on-error",
            type=click.Choice(["raise", "skip"]),
            default="raise",
            show_default=True,
            help="skip: leave files that cannot be read out, whole, and exit with 3.",
        ),
        click.option(
            "--sample",
            type=SHARE,
            metavar="SHARE",
            help="Read only about this share of the row groups, such as 1%, and estimate.",
        ),
        click.option(
            "--prune/--no-prune",
            default=True,
            show_default=True,
            help="Pass over row groups whose statistics prove that they cannot matter.",
        ),
    ]


def _all_of(*decorators: Decorator) -> Decorator:
    """Return one decorator for all of them, in the order in which help shall list them."""

    def decorate(command: Callback) -> Callback:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def _both_ends(args: list[str]) -> list[str]:
    """Double each ``auto`` that stands alone after a range option.

    Examples
    --------
    >>> _both_ends(["--x-range", "auto", "-o", "map.png", "--y-range", "auto", "10"])
    ['--x-range', 'auto', 'auto', '-o', 'map.png', '--y-range', 'auto', '10']
    """
    whole: list[str] = []
    for place, word in enumerate(args):
        whole.append(word)
        alone = not (args[place + 1 : place + 2] and is_end(args[place + 1]))
        if word == "auto" and alone and args[place - 1 : place] in (["--x-range"], ["--y-range"]):
            whole.append(word)
    return whole
