"""Fixtures of the kill campaign: a project of 100 users and one model, and what a run without a kill would end with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.killing import Ledger, Victim, hundred_users
from support.once import once


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Victim:
    """The project after its first run."""
    built = once("built-victim", hundred_users) / "victim"
    return Victim(built).copy(tmp_path_factory.mktemp("victim") / "victim")


@pytest.fixture(scope="session")
def ledger(published: Victim, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Written before any fault: the tables after the first run, and after one and two days that nobody disturbed."""
    return Ledger.of(published.copy(tmp_path_factory.mktemp("ledger") / "victim"))


@pytest.fixture
def victim(published: Victim, tmp_path: Path) -> Victim:
    return published.copy(tmp_path / "victim")


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> None:
    """Room for the next trial: three hundred projects are many."""
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
