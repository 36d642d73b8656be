"""The tutorial on grading: every command works in its order, and prints what the page says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.shops import Shop, command_environment, sbdk
from support.snippets import ROOT, blocks, commands

PAGE = "docs/grade-your-pipeline.md"


def _run(command: str, folder: Path) -> tuple[int, str]:
    words = shlex.split(command)
    if words[0] == "sbdk":
        answer = sbdk(*words[1:], cwd=folder)
        return answer.code, answer.out + answer.err
    words = [sys.executable, *words[1:]] if words[0] == "python" else words
    done = subprocess.run(words, cwd=folder, env=command_environment(), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Each command of the page with its exit code and words, in order, in one project."""
    folder, answers = tmp_path_factory.mktemp("graded"), []
    for command in commands(PAGE):
        if command.startswith("cd "):
            folder = folder / command[3:]
            shutil.copy(ROOT / "docs/examples/plain_retail.py", folder)
            continue
        if command == "sbdk score --database mine.duckdb":
            Shop(folder).configure(**json.loads(blocks(PAGE, "json")[0]))
        answers.append((command, *_run(command, folder)))
    return folder, answers


def test_every_command_ends_as_the_page_says(followed):
    _, answers = followed
    codes = {command: code for command, code, _ in answers}
    failing = [command for command, code in codes.items() if code]
    assert failing == ["sbdk score --fail-under 99 --html report.html"], answers
    assert codes[failing[0]] == 1


def test_what_is_printed_stands_on_the_page(followed):
    _, answers = followed
    scores = [words for command, _, words in answers if command.startswith("sbdk score")]
    expected = blocks(PAGE, "text")
    assert len(expected) == 3
    for block, words in zip(expected, scores, strict=False):
        for line in block.splitlines():
            assert line in words
    assert "Score 100.0 of 100, grade A, over 45.9 % of the answer key" in scores[3]


def test_the_report_is_there_and_needs_nothing(followed):
    folder, _ = followed
    text = (folder / "report.html").read_text()
    assert "info@example.com, not Unknown" in text
    assert not re.search(r"https?://|<script", text)
