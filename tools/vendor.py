"""Fetch the browser libraries into src/sbdk/vendored/, and write their table.

Run by hand, with npm at hand: `python tools/vendor.py`, or with names of packages for these only. Each version is
pinned; each file is taken out of the package as its authors published it, with the licence beside it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

OUT = Path(__file__).parents[1] / "src/sbdk/vendored"
HEAD = """# Browser libraries

Fetched by `python tools/vendor.py`, which also wrote this table; nothing here is edited by hand. The licence of each
library lies beside it.

| file | library | version | licence | SHA-256 |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Library:
    """A package of the registry, and which of its files are taken under which name."""

    package: str
    version: str
    files: dict[str, str]
    licence_file: str = "LICENSE"


LIBRARIES = (
    Library("d3", "7.9.2", {"dist/d3.min.js": "d3.min.js"}),
    Library("@observablehq/plot", "0.6.17", {"dist/plot.umd.min.js": "plot.umd.min.js"}),
)


def main() -> None:
    asked = sys.argv[1:]
    rows = _rows_of_the_table()
    for library in LIBRARIES:
        if not asked or library.package in asked:
            rows |= {row.split("`")[1]: row for row in _fetch(library)}
    kept = [name for library in LIBRARIES for name in library.files.values()]
    (OUT / "README.md").write_text(HEAD + "".join(rows[name] + "\n" for name in kept), encoding="utf-8")


def _fetch(library: Library) -> list[str]:
    """Write the library's files; their rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{library.package}@{library.version}"]
        archive = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
        with tarfile.open(Path(folder) / archive) as packed:
            licence = json.loads(_read(packed, "package.json"))["license"]
            (OUT / f"{library.package.split('/')[-1]}.LICENSE.txt").write_bytes(_read(packed, library.licence_file))
            return [_take(packed, library, source, name, licence) for source, name in library.files.items()]


def _take(packed: tarfile.TarFile, library: Library, source: str, name: str, licence: str) -> str:
    content = _read(packed, source)
    (OUT / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return f"| `{name}` | {library.package} | {library.version} | {licence} | `{digest}` |"


def _read(packed: tarfile.TarFile, name: str) -> bytes:
    member = packed.extractfile(f"package/{name}")
    assert member is not None, name
    return member.read()


def _rows_of_the_table() -> dict[str, str]:
    path = OUT / "README.md"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.split("`")[1]: line for line in lines if line.startswith("| `")}


if __name__ == "__main__":
    main()
