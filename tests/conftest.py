"""For all tests: nothing of the developer's own settings leaks in."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # no test is a timed one: a busy machine is no defect
settings.load_profile("unhurried")

# Started in the background by a shell, this process ignores Ctrl-C, and so would every program that the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SBDK_", "DBT_")) and name not in {"SBDK_FAULT_TRIALS"}:
            monkeypatch.delenv(name)
