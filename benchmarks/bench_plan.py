"""How long it takes to plan: many files, of which only the footers are read."""

import figures
import heatbin as hb
from datasets import FILES, ROWS, WINDOW, many_files
from in_turn import clocked
from limits import read_footers


def test_planning_many_files(in_turn, row):
    folder = many_files(FILES)

    def plan():
        return hb.plan(folder, "lon", "lat", range=WINDOW, threads=2)

    assert plan().rows == read_footers(folder, threads=2) == ROWS

    rounds = in_turn(clocked(plan), clocked(lambda: read_footers(folder, threads=2)), rounds=5)
    row(
        "plan",
        {
            "files": f"{FILES:,}",
            "plan": figures.time(rounds.seconds(0)),
            "reading the footers alone": figures.time(rounds.seconds(1)),
            "ratio": figures.ratio(rounds.ratio()),
        },
    )
