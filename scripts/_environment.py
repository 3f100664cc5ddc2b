"""The environment of the scripts: made once, healed when broken, installed into when the project changed.

A record in the environment says what it holds. The record is emptied of its claims before any work and
written in full after it, so whatever interrupts the work leaves an environment that is made anew next time.
The record is also the lock: of two scripts that start at once, the second waits and finds the work done.

An environment that was not made here (one has `pyvenv.cfg`, but no record) is installed into, never cleared.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
RECORD = "heatbin-scripts.json"
ALL_CORES = 0  # as compileall has it


def main(extras: str = "") -> None:
    """Bring the environment up to date and print its folder.

    Parameters
    ----------
    extras : str, optional
        The extras to install, with commas between.
    """
    folder = Path(os.environ.get("HEATBIN_VENV") or ROOT / ".venv").absolute()
    with locked_record(folder) as record:
        bring_up_to_date(folder, record, {name for name in extras.split(",") if name})
    compile_code(folder, ROOT / "src")
    print(folder)


@contextmanager
def locked_record(folder: Path) -> Iterator[IO[str]]:
    """Hold the lock of the environment in `folder`, and give its record."""
    if not may_hold_an_environment(folder):
        sys.exit(f"{folder} holds files, but is no Python environment; name another folder in HEATBIN_VENV")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / RECORD).open("a+", encoding="utf-8") as record:
        fcntl.flock(record, fcntl.LOCK_EX)
        yield record


def may_hold_an_environment(folder: Path) -> bool:
    """Tell whether `folder` is an environment, part of one made here, or free to become one."""
    known = (folder / "pyvenv.cfg", folder / RECORD)
    return any(file.exists() for file in known) or not folder.exists() or not any(folder.iterdir())


def bring_up_to_date(folder: Path, record: IO[str], extras: set[str]) -> None:
    """Make the environment, and install heatbin with its `extras`, where the record does not claim them."""
    claims = read(record)
    made_here = claims.get("made_here", not (folder / "pyvenv.cfg").exists())
    sound = claims.get("folder") == str(folder) and runs(folder)
    wanted = {"root": str(ROOT), "project": fingerprint()}
    if sound and wanted.items() <= claims.items() and extras <= set(claims["extras"]):
        return
    extras |= set(claims.get("extras", ()))
    write(record, {"made_here": made_here})
    if made_here and not sound:
        make(folder)
    elif not runs(folder):
        sys.exit(f"the Python in {folder} does not start; remove it, or name another in HEATBIN_VENV")
    install(folder, extras)
    write(record, {"made_here": made_here, "folder": str(folder), **wanted, "extras": sorted(extras)})


def read(record: IO[str]) -> dict[str, Any]:
    """Return the claims of a record; none, where its writing was interrupted."""
    record.seek(0)
    try:
        claims = json.load(record)
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def write(record: IO[str], claims: dict[str, Any]) -> None:
    """Replace the claims of a record."""
    record.truncate(0)
    json.dump(claims, record, indent=2)
    record.flush()


def fingerprint() -> str:
    """Return a digest of what decides on the libraries to install."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def python_of(folder: Path) -> str:
    """Return the path of the environment's interpreter."""
    return str(folder / "bin" / "python")


def runs(folder: Path) -> bool:
    """Tell whether the environment's interpreter is there and starts."""
    try:
        return subprocess.run([python_of(folder), "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def make(folder: Path) -> None:
    """Make an empty environment with pip in place of whatever `folder` holds beside the record."""
    say(f"making a Python environment in {folder}")
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != RECORD:
            entry.unlink()
    venv.create(folder, with_pip=True, symlinks=True)


def install(folder: Path, extras: set[str]) -> None:
    """Install heatbin, editable, and its libraries; their byte code is compiled at once.

    Some machines forbid byte code at import (PYTHONDONTWRITEBYTECODE), and would compile at every start.
    pip would compile on one core.
    """
    say("installing heatbin and its libraries there: a minute or two, once")
    target = f"{ROOT}[{','.join(sorted(extras))}]" if extras else str(ROOT)
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-compile", "--editable", target]
    subprocess.run([python_of(folder), "-m", "pip", "install", *options], check=True, stdout=sys.stderr)
    compile_code(folder, folder / "lib", workers=ALL_CORES)


def compile_code(folder: Path, code: Path, *, workers: int = 1) -> None:
    """Compile the byte code of all modules in `code` that are new, as far as it can be written there."""
    options = ["-qq", "--workers", str(workers), str(code)]
    subprocess.run([python_of(folder), "-m", "compileall", *options], check=False)


def say(message: str) -> None:
    """Tell whoever waits what takes the time."""
    print(f"heatbin: {message} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except OSError as error:
        sys.exit(f"heatbin: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
