"""What a person sees on a terminal."""

from __future__ import annotations

import re
import sys

import pexpect
import pytest

from support.shops import Shop, command_environment


def screen(shop: Shop, *words: str, width: int = 80) -> tuple[str, int]:
    """What the command drew, and its exit code."""
    terminal = pexpect.spawn(
        sys.executable, ["-m", "sbdk", *words], cwd=str(shop.path), encoding="utf-8", timeout=90,
        dimensions=(40, width), env=command_environment(TERM="xterm", COLUMNS=str(width)),
    )  # fmt: skip
    terminal.expect(pexpect.EOF)
    drawn = str(terminal.before)
    terminal.close()
    return drawn, int(terminal.exitstatus or 0)


@pytest.mark.parametrize("width", [40, 80])
def test_a_run_is_drawn_stage_by_stage_with_a_table_at_the_end(width: int, tiny: Shop) -> None:
    drawn, code = screen(tiny, "dev", width=width)
    assert code == 0, drawn
    for stage in ("generate", "load", "transform", "check", "publish"):
        assert f"✓ {stage}" in drawn
    assert "raw.things" in drawn
    assert "data/dev.duckdb" in drawn


def test_a_failure_stands_out(tiny_built: Shop) -> None:
    tiny_built.write("dbt/models/bad.sql", "select * from {{ ref('nope') }}")
    drawn, code = screen(tiny_built, "dev")
    assert code == 1
    assert "✗ transform" in drawn
    assert "error:" in drawn
    assert "hint:" in drawn


def test_control_characters_in_data_are_not_obeyed(tiny_built_once: Shop) -> None:
    drawn, code = screen(tiny_built_once, "query", "select 'a' || chr(27) || ']0;title' || chr(7) as x, 12345 as y")
    assert code == 0
    assert "\x1b]0;" not in drawn
    assert "12345" in drawn


@pytest.mark.parametrize(("width", "shown"), [(80, 9), (40, 4), (200, 17)])
def test_columns_that_do_not_fit_are_left_out_of_the_middle(width: int, shown: int, tiny_built_once: Shop) -> None:
    sql = "select " + ", ".join(f"'v{at:04}' as c{at}" for at in range(1, 18))
    drawn, code = screen(tiny_built_once, "query", sql, width=width)
    lines = re.sub(r"\x1b\[[\d;]*m", "", drawn).splitlines()
    assert code == 0
    assert max(len(line.rstrip()) for line in lines if "columns;" not in line) <= width
    assert len(re.findall(r"v\d{4}", drawn)) == shown
    assert {"v0001", "v0017"} <= set(re.findall(r"v\d{4}", drawn))
    assert (f"{shown} of 17 columns" in drawn) == (shown < 17)


def test_long_texts_fold_and_lose_nothing(tiny_built_once: Shop) -> None:
    drawn, _ = screen(tiny_built_once, "query", "select repeat('abcdefghij', 20) as a, 7 as b, repeat('z', 90) as c")
    assert (drawn.count("abcdefghij"[0]), drawn.count("z")) == (21, 90)
    assert "columns" not in drawn
