"""Grids to draw, and the pixels that come of it."""

import io

import numpy as np
from PIL import Image

from heatbin.render import AxisView

TIMES = "\N{MULTIPLICATION SIGN}"

TOP_OF_VIRIDIS = (253, 231, 36)


def axis(bins, label="x", **more):
    return AxisView(np.linspace(0.0, 10.0, bins + 1), label, **more)


def lone_point(nx, ny, place):
    cells = np.zeros((nx, ny), np.int64)
    cells[place] = 1
    return cells


def pixels_of(figure, **how):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", **how)
    return np.asarray(Image.open(buffer).convert("RGB"))


def coloured(picture, colour=TOP_OF_VIRIDIS):
    # Images and polygons round the halves of a colour apart.
    return np.argwhere((np.abs(picture.astype(int) - colour) <= 1).all(axis=2))


def pixels_in(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def panel_pixels(artist):
    picture = pixels_of(artist.figure)
    x0, y0, x1, y1 = (round(value) for value in artist.axes.bbox.extents)
    return picture[len(picture) - y1 : len(picture) - y0, x0:x1]


PLACES = [(0, 0), (0, -1), (-1, 0), (0.3, 0.9)]


def at(place, nx, ny):
    return tuple(int(part * n) if 0 < part < 1 else part for part, n in zip(place, (nx, ny), strict=True))
