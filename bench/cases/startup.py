"""How long the smallest commands take."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.measuring import Row, median

SBDK = str(Path(sys.executable).parent / "sbdk")


def rows() -> Iterator[Row]:
    bare = median([sys.executable, "-c", "pass"], runs=9).seconds
    for command in ("--help", "version"):
        seconds = median([SBDK, command], runs=9).seconds
        yield Row(f"sbdk {command}", seconds, "s", "≤ 0.2 s", "python -c pass", bare)
