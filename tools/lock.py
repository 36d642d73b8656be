"""Resolve requirements*.lock anew: with hashes, for every platform, without index addresses."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMPILE = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
QUIET = ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--upgrade"]

LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-dev.lock": ["pyproject.toml", "--all-extras", "--group", "dev"],
    "requirements-setup.lock": ["-"],
}


def main() -> int:
    for lock, sources in LOCKS.items():
        command = [str(Path(sys.executable).parent / COMPILE[0]), *COMPILE[1:], *QUIET, *sources, "-o", lock]
        subprocess.run(command, cwd=ROOT, check=True, input="uv>=0.8\n", text=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
