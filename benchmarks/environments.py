"""Where the rivals are installed: here, or in environments of their own beside the checkout.

Some rivals bring libraries that would change heatbin's own figures: numba imports scipy where there is one, and
pandas slows the start of pyarrow; both come with datashader. vaex asks for older libraries than heatbin's.

    python benchmarks/environments.py

makes the environments of these, or brings them up to date. One that cannot be made is done without.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distributions, version
from pathlib import Path

import pytest

__all__ = ["interpreter", "needs", "versions"]

ROOT = Path(__file__).parents[1]

APART = {
    "datashader": ("datashader>=0.18", "dask[dataframe]>=2024.8", "matplotlib>=3.9"),
    "vaex": ("vaex-core>=4.19",),
}
"""What to install for each rival that has an environment of its own."""

PACKAGES = {
    "boost_histogram": "boost-histogram",
    "datashader": "datashader",
    "duckdb": "duckdb",
    "fast_histogram": "fast-histogram",
    "polars": "polars",
    "vaex": "vaex-core",
}
"""The package in which each rival comes, by the name that is imported."""


def interpreter(rival: str) -> Path | None:
    """Return the Python that can import a rival: this one, or one of its own; None where it is not installed."""
    if importlib.util.find_spec(rival):
        return Path(sys.executable)
    python = _python(_folder(rival))
    return python if python.exists() else None


def needs(rival: str) -> pytest.MarkDecorator:
    """Return the mark of a benchmark that is skipped where a rival is not installed."""
    return pytest.mark.skipif(interpreter(rival) is None, reason=f"{rival} is not installed")


def versions() -> dict[str, str]:
    """Return the version of each rival that is installed, by its package."""
    return {package: found for rival, package in PACKAGES.items() if (found := _version(rival, package))}


def main() -> None:
    """Make the environments that are not there, or not as they should be."""
    for rival, requirements in APART.items():
        wanted = "\n".join(requirements) + "\n"
        record = _folder(rival) / "requirements.txt"
        if not record.exists() or record.read_text() != wanted:
            say(f"making an environment for {rival} …")
            if _install(rival, requirements):
                record.write_text(wanted)


def say(message: str) -> None:
    """Tell whoever waits what takes the time."""
    sys.stderr.write(f"heatbin: {message}\n")


def _install(rival: str, requirements: tuple[str, ...]) -> bool:
    """Make the environment of a rival anew; leave none, where its libraries cannot be installed."""
    folder = _folder(rival)
    venv.create(folder, clear=True, with_pip=True, symlinks=True)
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--compile"]
    command = [str(_python(folder)), "-m", "pip", "install", *options, *requirements]
    installed = subprocess.run(command, check=False, stdout=sys.stderr).returncode == 0
    if not installed:
        shutil.rmtree(folder)
        say(f"{rival} cannot be installed here, so it is not measured")
    return installed


def _version(rival: str, package: str) -> str | None:
    if importlib.util.find_spec(rival):
        return version(package)
    libraries = [str(path) for path in _folder(rival).glob("lib/python*/site-packages")]
    return next((found.version for found in distributions(name=package, path=libraries)), None)


def _folder(rival: str) -> Path:
    return ROOT / f".venv-bench-{rival}"


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


if __name__ == "__main__":
    main()
