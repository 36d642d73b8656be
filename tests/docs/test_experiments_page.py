"""The page on experiments: its commands in their order, its code, and whose truth is whose."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sbdk.app.score import score_project
from sbdk.core.errors import SourceError, UsageError
from sbdk.project import Project
from support.shops import Shop, command_environment, sbdk
from support.snippets import blocks, commands

PAGE = "docs/experiments.md"


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The project, and each command of the page with its exit code and words, in order."""
    folder, answers = tmp_path_factory.mktemp("lifts"), []
    for command in commands(PAGE):
        if command.startswith("cd "):
            folder = folder / command[3:]
        elif command.startswith("sbdk "):
            answer = sbdk(*shlex.split(command)[1:], cwd=folder)
            answers.append((command, answer.code, answer.out + answer.err))
        else:
            subprocess.run(["bash", "-c", command], cwd=folder, check=True)
    return Shop(folder), answers


def test_only_the_last_score_is_below_its_mark(followed):
    _, answers = followed
    assert [command for command, code, _ in answers if code] == [answers[-1][0]], answers
    assert answers[-1][1] == 1


def test_what_is_printed_stands_on_the_page(followed):
    scores = [words for command, _, words in followed[1] if command.startswith("sbdk score")]
    expected = blocks(PAGE, "text")
    assert len(expected) == len(scores) == 2
    for block, words in zip(expected, scores, strict=True):
        for line in block.splitlines():
            assert line in words
    for number in range(1, 6):
        assert f"EXP_00{number}\t" in scores[0]
    assert "<svg" in (followed[0].path / "report.html").read_text()


def test_another_file_and_another_world(followed, tmp_path):
    """A copy of the database has the same truth, another seed another; saas beside it is not graded."""
    shop = Shop(tmp_path / "books")
    shutil.copytree(followed[0].path, shop.path, symlinks=True)
    before = score_project(Project(shop.path)).card.as_dict()
    copy = Path(shutil.copy(shop.published, tmp_path / "other.duckdb"))
    assert score_project(Project(shop.path), database=copy).card.as_dict() == before
    shop.configure(datasets=["saas", "bookstore"])
    assert score_project(Project(shop.path)).card.as_dict() == before
    shop.configure(seed=43)
    with pytest.raises(SourceError, match="another seed"):
        score_project(Project(shop.path))
    shop.configure(datasets=["saas"])
    with pytest.raises(UsageError, match="none of the data sets has an answer key to grade by: saas"):
        score_project(Project(shop.path))


@pytest.mark.parametrize("code", blocks(PAGE, "python"))
def test_the_code_of_the_page(code: str, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=command_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
