"""dbt comes from the project's own .venv when that is fit for it, else from sbdk's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sbdk.transform import choose_python


def environment(root: Path, *packages: str) -> Path:
    site = root / ".venv" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    for package in packages:
        (site / f"{package}.dist-info").mkdir()
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    return python


def test_without_an_environment_it_is_ours(tmp_path: Path) -> None:
    chosen = choose_python(tmp_path)
    assert chosen.path == Path(sys.executable)
    assert chosen.reason == "the project has no .venv of its own"


def test_an_environment_with_dbt_is_taken(tmp_path: Path) -> None:
    python = environment(tmp_path, "dbt_core-1.11.16", "dbt_duckdb-1.11.1", "duckdb-99.0.0")
    chosen = choose_python(tmp_path)
    assert chosen.path == python
    assert "1.11.16" in chosen.reason


@pytest.mark.parametrize(
    ("packages", "reason"),
    [
        (("requests-2.0.0",), "has no dbt-core and no dbt-duckdb and no duckdb"),
        (("dbt_core-1.11.16", "duckdb-99.0.0"), "has no dbt-duckdb"),
        (("dbt_core-1.11.16", "dbt_duckdb-1.11.1", "duckdb-1.4.0"), "cannot open files"),
    ],
)
def test_an_unfit_environment_is_left_alone_and_says_why(
    tmp_path: Path, packages: tuple[str, ...], reason: str
) -> None:
    environment(tmp_path, *packages)
    chosen = choose_python(tmp_path)
    assert chosen.path == Path(sys.executable)
    assert reason in chosen.reason
