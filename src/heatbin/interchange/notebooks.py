"""What a notebook shows of a histogram: a small picture beside the account of its rows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.artist import Artist

__all__ = ["mimebundle"]


def mimebundle(text: str, rows: Mapping[str, int], picture: Artist | None) -> dict[str, str]:
    """Return a histogram as text and as HTML.

    Parameters
    ----------
    text : str
        What a plain terminal shows.
    rows : mapping of str to int
        How many rows went where.
    picture : matplotlib artist, optional
        On a figure of its own, of the size that shall be shown.
    """
    table = "".join(
        f'<tr><th style="text-align:left">{escape(fate)}</th><td style="text-align:right">{count:,}</td></tr>'
        for fate, count in rows.items()
    )
    image = (
        "" if picture is None else f'<img alt="{escape(text)}" src="data:image/png;base64,{_png(picture)}">'
    )
    html = f'<div style="display:flex;align-items:center;gap:1em">{image}<table>{table}</table></div>'
    return {"text/plain": text, "text/html": html}


def _png(picture: Artist) -> str:
    content = BytesIO()
    figure = picture.figure
    if figure is not None:
        figure.savefig(content, format="png")  # type: ignore[union-attr]
    return b64encode(content.getvalue()).decode("ascii")
