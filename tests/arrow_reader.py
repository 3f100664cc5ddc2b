"""Counts Arrow files until they break: a process that tests start and may lose.

One path a line comes in; two lines go out for each: that it is being read, and the error that ended this.
"""

from __future__ import annotations

import sys

import heatbin as hb

UNIT = ((0.0, 1.0), (0.0, 1.0))


def read_until_it_breaks(path: str) -> str:
    try:
        while True:
            hb.aggregate(path, "x", "y", bins=64, range=UNIT, where="kind == 'a'", threads=2, progress=False)
    except hb.BadInputError as error:
        return str(error)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for line in sys.stdin:
        say("reading")
        say(read_until_it_breaks(line.strip()))
