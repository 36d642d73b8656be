"""The default data set is the same, byte for byte, for ever: on every supported Python, with and without numba.

A literal changes only together with the data version, when the vocabulary or a formula changes on purpose.
`python tests/synth/default_hashes.py` prints the new ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from sbdk.spec.config import ProjectConfig

HASHES = {
    "raw_users": "1-b842a63837debb2c5c22336c4da13bfa",
    "raw_events": "1-f53da6b5fa27001a469b06ff51da2f1f",
    "raw_orders": "1-7b49871908e0b6834cffa364fb3affc4",
}
PYTHONS = ("3.11", "3.12", "3.13")
NEEDED = ("numpy", "pyarrow", "pydantic", "duckdb")  # what synth imports
ROOT = Path(__file__).parents[2]
HASHING = ROOT / "tests" / "support" / "default_hashes.py"
NUMBA = any("numba" in path.read_text("utf-8") for path in (ROOT / "src" / "sbdk" / "synth").rglob("*.py"))
ENGINES = ["numpy", "numba"] if NUMBA else ["numpy"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("version", PYTHONS)
def test_the_default_data_set_is_the_same_on_every_python(version: str, engine: str) -> None:
    python = environment(version)
    if engine == "numba" and not works(python, "import numba"):
        skip(f"Python {version}: numba is not installed")
    assert default_hashes(python, engine) == HASHES


def test_the_defaults_of_a_project_are_that_data_set() -> None:
    from support.default_hashes import SETTINGS

    assert ProjectConfig(project="shop").world_settings() == SETTINGS


def default_hashes(python: Path, engine: str) -> dict[str, str]:
    """By a fresh process of that Python."""
    done = subprocess.run([python, HASHING, engine], env=_here(), capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@cache
def environment(version: str) -> Path:
    """A Python of that version with the locked numpy and pyarrow: this one, or a virtual environment kept in /tmp."""
    if sys.version_info[:2] == tuple(int(part) for part in version.split(".")):
        return Path(sys.executable)
    base = next((python for python in pythons(version) if works(python, _is(version))), None)
    if base is None:
        skip(f"no Python {version} on PATH or in pyenv: the default data set was not compared there")
    locks = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"sbdk-python-{os.getuid()}-{version}-{digest}"
    python = home / "bin" / "python"
    if not works(python, f"import {', '.join(NEEDED)}"):
        install(base, home)
    return python


def pythons(version: str) -> Iterator[Path]:
    """Where a Python of that version may be: on PATH, or among pyenv's, the newest first."""
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    for root in (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv"):
        if root:
            yield from sorted(Path(root).glob(f"versions/{version}.*/bin/python"), key=_patch, reverse=True)


def _patch(python: Path) -> int:
    last = python.parent.parent.name.split(".")[2]
    return int(last) if last.isdigit() else -1


def install(base: Path, home: Path) -> None:
    """A virtual environment at `home`, whole or not at all: it is made under another name."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if uv is None:
        skip(f"{base}: no uv to install the locked packages with")
    new = Path(tempfile.mkdtemp(prefix=f"{home.name}-")) / "venv"
    into = [uv, "-q", "pip", "install", "--compile-bytecode", "--only-binary", ":all:", "--python", new]
    made = subprocess.run([uv, "-q", "venv", "--python", base, new], check=False)
    locked = subprocess.run([*into, "-c", ROOT / "requirements.lock", *NEEDED], check=False)
    if NUMBA:
        subprocess.run([*into, "-c", ROOT / "requirements-dev.lock", "numba"], check=False)
    if made.returncode == locked.returncode == 0:
        shutil.rmtree(home, ignore_errors=True)
        with suppress(OSError):  # another worker was faster
            new.rename(home)
    shutil.rmtree(new.parent, ignore_errors=True)
    if not home.exists():
        skip(f"{base}: the locked packages could not be installed")


def works(python: Path, code: str) -> bool:
    """Whether that Python is there and runs `code` without an error."""
    try:
        return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _is(version: str) -> str:
    return f"import sys; assert '%d.%d' % sys.version_info[:2] == '{version}'"


def _here() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def skip(reason: str) -> None:
    """Skip, and say so in the summary of warnings too, which is always shown."""
    warnings.warn(reason, stacklevel=2)
    pytest.skip(reason)
