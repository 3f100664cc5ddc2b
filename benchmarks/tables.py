"""Writes what was measured into the tables of a page: each stands between two comments that name it.

    python benchmarks/tables.py RESULTS.json [PAGE.md]

RESULTS is what pytest-benchmark wrote. Without a page the tables are printed. A table of which nothing was measured
stays as it is.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from heatbin.units import format_bytes

__all__ = ["main"]

END = "<!-- end -->"


def main(results: str, page: str | None = None) -> None:
    """Write the tables of a file of results into a page, or print them."""
    measured = json.loads(Path(results).read_text(encoding="utf-8"))
    blocks = {"machine": machine(measured), **tables(measured["benchmarks"])}
    if page is None:
        sys.stdout.write("\n\n".join(blocks.values()) + "\n")
    else:
        path = Path(page)
        path.write_text(filled(path.read_text(encoding="utf-8"), blocks), encoding="utf-8")


def tables(benchmarks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the tables that benchmarks have put rows into, in Markdown, by name."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for benchmark in benchmarks:
        told = benchmark["extra_info"]
        rows[told["table"]].append(told["cells"])
    return {name: table(cells) for name, cells in rows.items()}


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows with the same columns as a table.

    Examples
    --------
    >>> print(table([{"bins": "256²", "ratio": "0.50"}]))
    | bins | ratio |
    | --- | --- |
    | 256² | 0.50 |
    """
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(measured: Mapping[str, Any]) -> str:
    """Return what the figures were measured on, when, and with which versions."""
    info = measured["machine_info"]
    libraries = ", ".join(f"{name} {version}" for name, version in info["libraries"].items())
    return (
        f"Measured on {measured['datetime'][:10]}: {info['cores']} cores ({info['cpu'].get('brand_raw', 'unknown')}), "
        f"{format_bytes(info['memory_bytes'])} of memory, {info['system']}, Python {info['python_version']}; "
        f"{libraries}."
    )


def filled(text: str, blocks: Mapping[str, str]) -> str:
    """Return a page with each block in its place.

    Raises
    ------
    ValueError
        When the page has no place for one.
    """
    for name, body in blocks.items():
        before, opening, rest = text.partition(f"<!-- measured: {name} -->")
        _, closing, after = rest.partition(END)
        if not opening or not closing:
            raise ValueError(f"the page has no place for the table {name!r}: <!-- measured: {name} -->{END}")
        text = f"{before}{opening}\n{body}\n{closing}{after}"
    return text


if __name__ == "__main__":
    main(*sys.argv[1:])
