"""Runs the whole suite; a few tests that fail beside the others run once more, alone, and are named when they pass.

Kills, servers and browsers share two cores here. A test that fails in company and passes alone is *unstable*: a defect
of the test or of the program, to be mended, which the last lines name. More than three are no accident: they fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SUITE = ["-n", "auto", "--dist", "worksteal", "-m", "not faults"]
FAILED = Path(".pytest_cache/v/cache/lastfailed")
MOST = 3
TESTS_FAILED = 1  # pytest's exit code; others mean that it could not collect or was stopped


def main(options: list[str]) -> int:
    """Pytest's exit code, of the second run where there was one."""
    FAILED.unlink(missing_ok=True)
    code = pytest([*SUITE, *options])
    if code != TESTS_FAILED:
        return code
    failed = sorted(json.loads(FAILED.read_text()))
    if len(failed) > MOST or not all("::" in test for test in failed):
        return code
    print(f"\n{len(failed)} of them once more, alone", flush=True)
    code = pytest(failed)
    for test in failed if code == 0 else []:
        print(f"UNSTABLE {test}: failed beside the others, passed alone; mend it", flush=True)
    return code


def pytest(words: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *words], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
