"""``heatbin plot``: from points to a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heatbin.cli.exits import DONE, INCOMPLETE
from heatbin.cli.messages import emit_json, listening, say
from heatbin.cli.options import (
    PICTURE,
    RequestCommand,
    arguments_of,
    output_options,
    picture_options,
    request_options,
)
from heatbin.units import format_bytes, format_count, format_duration

if TYPE_CHECKING:
    from heatbin.histogram import Histogram

__all__ = ["plot"]

MOST_ABSENCES = 10


@click.command(
    cls=RequestCommand,
    epilog="\b\nExample:\n  heatbin plot 'trips/*.parquet' --x lon --y lat -o map.png --norm log",
)
@request_options
@picture_options(drawn=True)
@output_options
def plot(
    *, output: Path, export: Path | None, title: str | None, as_json: bool, quiet: bool, **options: Any
) -> int:
    """Count the points of SOURCE in bins and draw them as a heatmap.

    SOURCE is a file, a glob, a folder, or several of them.
    """
    picture = {name: options.pop(name) for name in PICTURE}
    with listening(quiet=quiet):
        from heatbin.render import check, save

        check(output=output, **picture)
        if export is not None:
            from heatbin.interchange import check_export

            check_export(export)
        from heatbin.aggregate import aggregate

        histogram = aggregate(**arguments_of(**options), progress=not quiet)
        save(histogram.plot(**picture, title=title), output)
        if export is not None:
            histogram.export(export)
    _report(histogram, [output, *([export] if export else [])], as_json=as_json, quiet=quiet)
    return INCOMPLETE if histogram.left_out else DONE


def _report(histogram: Histogram, outputs: list[Path], *, as_json: bool, quiet: bool) -> None:
    """Say what was done: as JSON to programs, in a few lines to people."""
    summary = {**histogram.summary(), "outputs": [str(output) for output in outputs]}
    if not quiet:
        for warning in [*histogram.warnings, *_absences(histogram)]:
            say(f"warning: {warning}")
    if as_json:
        emit_json(summary)
    elif not quiet:
        for line in _lines(summary):
            say(line)


def _absences(histogram: Histogram) -> list[str]:
    """Return why inputs were left out, of the first few."""
    told = [f"left out: {absent.reason}" for absent in histogram.left_out[:MOST_ABSENCES]]
    more = len(histogram.left_out) - len(told)
    return [*told, f"left out: {more:,} more inputs, which --json lists"] if more else told


def _lines(summary: dict[str, Any]) -> list[str]:
    """Return the summary for people: how much in which time, the rows that are in no bin, the outputs."""
    tally = summary["tally"]
    apart = [f"{rows:,} {what}" for what, rows in tally.items() if rows and what not in ("read", "binned")]
    return [
        f"{tally['binned']:,} rows binned in {format_duration(summary['seconds'])} "
        f"({format_count(summary['rows_per_second'])} rows/s, {format_bytes(summary['bytes_read'])} read, "
        f"{format_bytes(summary['peak_rss_bytes'])} of memory)",
        *([f"rows in no bin: {', '.join(apart)}"] if apart else []),
        f"{', '.join(summary['outputs'])}: {summary['x']['bins']} x {summary['y']['bins']} bins, "
        f"{summary['max']:,} in the fullest",
    ]
