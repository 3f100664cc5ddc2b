"""``heatbin render``: a saved histogram as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from heatbin.cli.exits import DONE
from heatbin.cli.messages import emit_json, listening, say
from heatbin.cli.options import PICTURE, output_options, picture_options

__all__ = ["render"]


@click.command(epilog="\b\nExample:\n  heatbin render trips.heatbin -o map.png --norm log")
@click.argument("saved", type=click.Path(path_type=Path))
@picture_options(drawn=True)
@output_options
def render(
    *,
    saved: Path,
    output: Path,
    export: Path | None,
    title: str | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Draw a saved histogram: a file, or a folder that update keeps."""
    picture = {name: options.pop(name) for name in PICTURE}
    with listening(quiet=quiet):
        from heatbin.render import check, save

        check(output=output, **picture)
        if export is not None:
            from heatbin.interchange import check_export

            check_export(export)
        from heatbin.keeping import load

        histogram = load(saved)
        save(histogram.plot(**picture, title=title, **options), output)
        if export is not None:
            histogram.export(export)
    if as_json:
        emit_json({**histogram.summary(), "outputs": [str(path) for path in (output, export) if path]})
    elif not quiet:
        say(f"{output}: {histogram.tally.binned:,} rows")
    return DONE
