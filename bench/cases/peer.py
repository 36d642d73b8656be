"""The nearest peer, sbdk-dev 1.1.2, doing its own default job beside ours. Installed in a scratch environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.cases.projects import dev, project
from bench.measuring import Row, run


def rows() -> Iterator[Row]:
    scratch = Path(tempfile.mkdtemp(prefix="sbdk-peer-"))
    try:
        theirs = _peer(scratch)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"peer: not measured, sbdk-dev 1.1.2 cannot be installed here ({error})")
        return
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with project() as folder:
        dev(folder)
        ours = dev(folder, "--full-refresh")[0].seconds
    yield Row("default job, second run", ours, "s", "a tenth", "sbdk-dev 1.1.2, second run", theirs)


def _peer(scratch: Path) -> float:
    environment = {"HOME": str(scratch), "PATH": f"{scratch}/venv/bin:{os.environ['PATH']}"}
    run([sys.executable, "-m", "venv", str(scratch / "venv")])
    uv = str(Path(sys.executable).parent / "uv")
    limits = scratch / "limits.txt"
    limits.write_text("dbt-core<1.12\n")  # later ones cannot be installed without a code host
    python = str(scratch / "venv" / "bin" / "python")
    run([uv, "pip", "install", "-q", "--python", python, "--compile-bytecode", "-c", str(limits), "sbdk-dev==1.1.2"])
    program = str(scratch / "venv" / "bin" / "sbdk")
    run([program, "init", "peer"], cwd=scratch, env=environment)
    run([program, "run"], cwd=scratch / "peer", env=environment)
    return run([program, "run"], cwd=scratch / "peer", env=environment).seconds
