"""The rules of the house, and that they speak of every room."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import heatbin as hb

ROOT = Path(__file__).parent.parent
HOUSE = Path(hb.__file__).parent

# docs/decisions/dependencies.md says so, in its third column
MAY_IMPORT = {
    "numba": {"kernels"},
    "pyarrow": {"sources", "expressions", "state", "interchange"},
    "matplotlib": {"render", "compat"},
    "click": {"cli"},
}
OF_NO_CONCERN = {"__init__", "__main__", "_version"}


def rooms() -> set[str]:
    modules = {path.stem for path in HOUSE.glob("*.py")}
    return (modules | {path.parent.name for path in HOUSE.glob("*/__init__.py")}) - OF_NO_CONCERN


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_every_room_but_its_own_is_forbidden_to_import_a_library(library):
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = (
        each
        for each in written["tool"]["importlinter"]["contracts"]
        if each.get("forbidden_modules") == [library]
    )
    forbidden = {module.removeprefix("heatbin.") for module in contract["source_modules"]}
    assert forbidden == rooms() - MAY_IMPORT[library]
