"""For all tests: nothing of the developer's own settings leaks in."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SBDK_", "DBT_")) and name not in {"SBDK_FAULT_TRIALS"}:
            monkeypatch.delenv(name)
