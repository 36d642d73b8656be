"""Projects to measure: made by `sbdk init` in a scratch folder."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measuring import Sample, run

SBDK = str(Path(sys.executable).parent / "sbdk")


@contextmanager
def project(**volume: int) -> Iterator[Path]:
    """A saas project with that volume; removed afterwards."""
    scratch = Path(tempfile.mkdtemp(prefix="sbdk-bench-"))
    try:
        run([SBDK, "init", "shop", "--yes"], cwd=scratch)
        folder = scratch / "shop"
        config = json.loads((folder / "sbdk_config.json").read_text())
        if volume:
            config["data_volume"] = volume
        (folder / "sbdk_config.json").write_text(json.dumps(config))
        yield folder
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def dev(folder: Path, *options: str) -> tuple[Sample, dict[str, Any]]:
    """`sbdk dev --json`, and the object that it prints."""
    sample = run([SBDK, "dev", "--json", *options], cwd=folder)
    return sample, json.loads(sample.output.strip().splitlines()[-1])
