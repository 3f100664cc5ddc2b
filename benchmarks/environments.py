"""Rivals whose libraries would change heatbin's own figures, each in an environment beside the checkout.

numba imports scipy where there is one, and pandas slows the start of pyarrow: both come with datashader. vaex asks
for older libraries than heatbin's.

    python benchmarks/environments.py

makes these environments, or brings them up to date. One that cannot be made is done without.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import venv
from pathlib import Path

__all__ = ["interpreter"]

ROOT = Path(__file__).parents[1]

APART = {
    "datashader": ("datashader>=0.18", "dask[dataframe]>=2024.8", "matplotlib>=3.9"),
    "vaex": ("vaex-core>=4.19",),
}
"""What to install for each of these rivals."""


def interpreter(rival: str) -> Path | None:
    """Return the Python that can import a rival: this one, or one of its own; None where it is not installed."""
    if importlib.util.find_spec(rival):
        return Path(sys.executable)
    python = _python(_folder(rival))
    return python if python.exists() else None


def main() -> None:
    """Make the environments that are not there, or not as they should be."""
    for rival, requirements in APART.items():
        wanted = "\n".join(requirements) + "\n"
        record = _folder(rival) / "requirements.txt"
        if not record.exists() or record.read_text() != wanted:
            print(f"heatbin: making an environment for {rival} …", file=sys.stderr, flush=True)
            if _install(rival, requirements):
                record.write_text(wanted)


def _install(rival: str, requirements: tuple[str, ...]) -> bool:
    """Make the environment of a rival anew; leave none, where its libraries cannot be installed."""
    folder = _folder(rival)
    venv.create(folder, clear=True, with_pip=True, symlinks=True)
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--compile"]
    command = [_python(folder), "-m", "pip", "install", *options, *requirements]
    installed = subprocess.run(command, check=False, stdout=sys.stderr).returncode == 0
    if not installed:
        shutil.rmtree(folder)
        print(f"heatbin: {rival} cannot be installed here, so it is not measured", file=sys.stderr)
    return installed


def _folder(rival: str) -> Path:
    return ROOT / f".venv-bench-{rival}"


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


if __name__ == "__main__":
    main()
