"""``heatbin show``: what a saved histogram holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from heatbin.cli.exits import DONE
from heatbin.cli.messages import emit, emit_json, listening
from heatbin.cli.options import output_options

__all__ = ["show"]


@click.command()
@click.argument("saved", type=click.Path(path_type=Path))
@click.option("--inputs", "list_inputs", is_flag=True, help="List what was read into it, too.")
@click.option("--check", is_flag=True, help="Only tell whether every byte is as it was written.")
@output_options
def show(*, saved: Path, list_inputs: bool, check: bool, as_json: bool, quiet: bool) -> int:
    """Show what a saved histogram holds: a file, or a folder that update keeps.

    Whatever is read is checked against its checksum first; a damaged file ends this with 65.
    """
    from heatbin.keeping import load

    with listening(quiet=quiet):
        histogram = load(saved)
    summary = histogram.summary()
    paths = [each.path for each in histogram.inputs]
    if as_json:
        emit_json(
            {**summary, "request": _told(histogram.request), **({"inputs": paths} if list_inputs else {})}
        )
    elif check:
        emit(f"{saved}: good")
    else:
        emit("\n".join([*_lines(summary, len(paths)), *(paths if list_inputs else [])]))
    return DONE


def _told(request: Any) -> dict[str, Any]:
    return {word: value if isinstance(value, str | None) else str(value) for word, value in request.items()}


def _lines(summary: dict[str, Any], inputs: int) -> list[str]:
    axes = [(role, summary[role]) for role in ("x", "y", "by") if role in summary]
    return [
        *(
            f"{role:<9}{axis['expression']}: {axis['bins']} bins from {axis['edges'][0]} to {axis['edges'][1]}"
            for role, axis in axes
        ),
        f"inputs   {inputs:,}",
        *(f"{what:<9}{rows:,} rows" for what, rows in summary["tally"].items()),
        f"fullest  {summary['max']:,} rows in a bin",
        *(f"left out {out['path']}: {out['reason']}" for out in summary["left_out"]),
    ]
