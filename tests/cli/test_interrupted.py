"""Ctrl-C is 130 and nothing to report, whatever a library or the cleaning up makes of it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import duckdb
import pytest

from sbdk.cli import main
from sbdk.core.errors import QueryError


def cleaning_up_fails() -> None:
    try:
        raise KeyboardInterrupt
    finally:
        raise QueryError("Catalog Error: a table that the interrupted statement was to make")


def a_library_has_its_own_error() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as error:
        raise RuntimeError("Query interrupted") from error


def duckdb_says_so() -> None:
    raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")


@pytest.mark.parametrize("happens", [cleaning_up_fails, a_library_has_its_own_error, duckdb_says_so])
def test_it_is_an_interrupt(
    happens: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sbdk", "score"])
    monkeypatch.setattr(main, "app", lambda *_, **__: happens())
    assert main.run() == 130
    assert "report it" not in capsys.readouterr().err


def test_other_errors_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise QueryError("no")

    monkeypatch.setattr(main, "app", fails)
    assert main.run() == 1
