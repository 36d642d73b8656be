"""Fetch what GitHub's own libraries sign and send with, for the tests of `sbdk webhooks`, into .venv/octokit/.

    python tools/octokit.py

Needs npm; fetches nothing that is there already. Each version is pinned, and so is what its archive must hash to: an
archive of another content is refused. Nothing of a package is run by this.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

OUT = Path(__file__).parents[1] / ".venv/octokit"


@dataclass(frozen=True)
class Package:
    """A package of the registry, and the SHA-512 of its archive."""

    name: str
    version: str
    sha512: str

    @property
    def folder(self) -> Path:
        """Where node looks for it; the version is part of the place, so that another one is fetched anew."""
        return OUT / f"{self.name.split('/')[-1]}-{self.version}"


PACKAGES = (
    Package(
        "@octokit/webhooks-examples",
        "7.6.1",
        "0dee94dd707a3b70ed09aedb2a008ccd31dd7a8a6aa99e92362bcc6099caeb98"
        "9eaca2f5027348034b644580914bb970193efdd9df8fb3559b7c796ca3a3329d",
    ),
    Package(
        "@octokit/webhooks-methods",
        "6.0.0",
        "305973ce80c9570fc671b7f3542d512d1dfa42a9132d47fbf6f2d53b70fec67e"
        "ebd108319c5a0b660b6bcf189012b02315439d1fa7dab3629e409d72affa9a5d",
    ),
)


def main() -> int:
    if shutil.which("npm") is None:
        print("no npm here: install node and npm to fetch GitHub's own webhook client", file=sys.stderr)
        return 1
    for package in PACKAGES:
        if not package.folder.exists():
            fetch(package)
        print(package.folder)
    return 0


def fetch(package: Package) -> None:
    """Unpack the archive beside its place, and rename it there: a fetch that is cut off leaves no half of one."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as name:
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
        done = subprocess.run(command, cwd=name, check=True, stdout=subprocess.PIPE, text=True)
        archive = Path(name) / done.stdout.split()[-1]
        found = hashlib.sha512(archive.read_bytes()).hexdigest()
        if found != package.sha512:
            raise SystemExit(f"{package.name} {package.version} is not what was pinned: SHA-512 {found}")
        with tarfile.open(archive) as packed:
            packed.extractall(name, filter="data")
        (Path(name) / "package").rename(package.folder)


if __name__ == "__main__":
    sys.exit(main())
