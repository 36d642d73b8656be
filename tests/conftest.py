"""For all tests: nothing of the developer's own settings leaks in."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path(__file__).parents[1] / "tools" / "chromium.sh"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytest_plugins = ["support.preload", "support.cpu", "support.kinds", "support.projects", "support.campaign"]

# No test is a timed one: a busy machine is no defect. The suite's examples are the same each time; `make faults`, which
# sets this variable, looks for new ones.
settings.register_profile("unhurried", deadline=None, derandomize="SBDK_FAULT_TRIALS" not in os.environ)
settings.load_profile("unhurried")

# Started in the background by a shell, this process ignores Ctrl-C, and so would every program that the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: many tests wait a while, for a kill to be noticed or a file to be seen.

    Unit tests do not wait, and each worker imports everything once more: `-n logical` is as many as processors.
    """
    return (os.cpu_count() or 1) + (config.option.numprocesses == "auto")


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SBDK_", "DBT_")) and name not in {"SBDK_FAULT_TRIALS"}:
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless. For a module, no longer: while it is there an event loop runs in this thread."""
    from playwright.sync_api import sync_playwright

    found = subprocess.run(["sh", str(CHROMIUM)], capture_output=True, text=True, check=False)
    if found.returncode:
        (pytest.fail if "CI" in os.environ else pytest.skip)(found.stderr.strip())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found.stdout.split()[-1], args=FLAGS)
        yield chromium
        chromium.close()
