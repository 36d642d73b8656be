"""`.env`: what is read, and who else may read it."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from sbdk.core.errors import ConfigError
from sbdk.spec.environment import guard_dotenv, read_dotenv
from sbdk.spec.loader import load_project


@pytest.fixture
def dotenv(tmp_path):
    path = tmp_path / ".env"
    path.write_text("SBDK_SEED=5\n")
    path.chmod(0o600)
    return path


def test_quotes_comments_and_export_are_understood_and_nothing_is_interpolated(dotenv):
    dotenv.write_text("# comment\nA=1\nexport B='two words' # why\n\nC=\"x\\ny\"\nD=${HOME}\nE=\nF=a=b\nA=2\n")
    assert read_dotenv(dotenv) == {
        "A": "2",
        "B": "two words",
        "C": "x\ny",
        "D": "${HOME}",
        "E": "",
        "F": "a=b",
    }


def test_reading_it_leaves_the_environment_alone(load):
    load(dotenv="SBDK_SEED=5\nSHOP_PASSWORD=x\n")
    assert "SHOP_PASSWORD" not in os.environ
    assert "SBDK_SEED" not in os.environ


@pytest.mark.parametrize(("text", "line"), [("canary\n", 1), ("A=1\n\n\nB='canary\n", 4), ("=canary\n", 1)])
def test_a_line_that_is_none_is_named_and_not_repeated(dotenv, text, line):
    dotenv.write_text(text)
    with pytest.raises(ConfigError, match=f"line {line}: ") as caught:
        read_dotenv(dotenv)
    assert "canary" not in str(caught.value)


def test_a_file_that_is_no_text(dotenv):
    dotenv.write_bytes(b"A=\xff\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_dotenv(dotenv)
    dotenv.unlink()
    dotenv.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_dotenv(dotenv)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666])
def test_others_lose_their_access_and_the_user_hears_of_it(load, tmp_path, mode):
    load(dotenv="SBDK_SEED=5\n")
    path = tmp_path / ".env"
    path.chmod(mode)
    (warning,) = load_project(tmp_path, env={}).warnings
    assert f"{mode:04o}" in warning
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_project(tmp_path, env={}).warnings == []


def test_another_owner_is_a_warning(dotenv, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: dotenv.stat().st_uid + 1)
    (warning,) = guard_dotenv(dotenv)
    assert "another user" in warning


def test_tracked_by_git_is_a_warning_and_ignored_or_alike_named_files_are_not(tmp_path):
    project = tmp_path / "sub"
    project.mkdir()
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=tmp_path, env=env, check=True, capture_output=True)

    git("init", "-q")
    for name in (".env", "x.env", ".env.example"):
        (project / name).write_text("A=1\n")
        (project / name).chmod(0o600)
    git("add", "sub/x.env", "sub/.env.example")
    assert guard_dotenv(project / ".env") == []
    git("add", "sub/.env")
    (warning,) = guard_dotenv(project / ".env")
    assert "tracked by git" in warning
    git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x")
    git("worktree", "add", "-q", "tree")
    (tmp_path / "tree" / "sub" / ".env").chmod(0o600)
    (warning,) = guard_dotenv(tmp_path / "tree" / "sub" / ".env")
    assert "tracked by git" in warning
