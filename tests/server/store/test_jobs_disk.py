"""A disk that is really full: an error of ours, nothing acknowledged is lost, and with room again it goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FILLING = Path(__file__).parents[2] / "support" / "filling.py"


def mounts_allowed() -> bool:
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(
    shutil.which("unshare") is None or not mounts_allowed(), reason="this machine lets nobody mount in a namespace"
)
def test_a_full_disk(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=4m none "$1"; exec "$2" "$3" "$1"'
    command = ["unshare", "-rm", "sh", "-ec", script, "sh", str(tmp_path), sys.executable, str(FILLING)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    shown, *rest = done.stdout.splitlines()
    assert "full" in shown or "disk" in shown
    assert rest[-1] == "recovered"
