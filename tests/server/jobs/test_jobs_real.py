"""With `sbdk dev` itself: the server's warehouse gets what was pushed, once, whenever the server is killed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sbdk.server.jobs import rebuild_settings
from sbdk.server.jobs.settings import DEV
from sbdk.spec.loader import load_project
from support.hub import Hub, until
from support.shipping import shipping_hub, versions
from support.shops import Shop, command_environment
from support.snippets import commands
from support.victim import Victim, finished, jobs_of, processes_of


@pytest.fixture
def shop(shipping_once: Shop, tmp_path: Path) -> Iterator[Shop]:
    """The server's project: the configuration is all it needs of it."""
    folder = tmp_path / "server"
    folder.mkdir()
    shutil.copy(shipping_once.path / "sbdk_config.json", folder)
    yield Shop(folder)
    assert processes_of(folder) == []


@pytest.fixture
def hub(shipping_once: Shop, tmp_path: Path) -> Hub:
    return shipping_hub(shipping_once, tmp_path / "hub")


def start(shop: Shop, hub: Hub, **changed: object) -> Victim:
    return Victim(shop.path, hub.bare, command=list(DEV), **changed)


def test_what_is_pushed_is_published_where_the_server_is(shop: Shop, hub: Hub) -> None:
    """Run after run goes on from the last; history and roll-back are those of the project."""
    first = hub.commit({"version.txt": "v1", "dbt/models/tall.sql": "select version from raw.shipped"})
    life = start(shop, hub)
    life.send("one", first)
    until(lambda: shop.published.exists(), 60)
    second = hub.commit({"version.txt": "v2"})
    life.send("two", second)
    finished(shop.path, life, 2)
    assert versions(shop) == {"v1": 1, "v2": 1}
    assert shop.query("select count(*) from main.tall") == [(2,)]
    jobs = jobs_of(shop.path)
    runs = [run["run_id"] for run in shop.sbdk("runs", "--json").object["runs"]]
    assert runs == [jobs[second].run_id, jobs[first].run_id]
    for command in commands("docs/rebuilds.md"):
        program = [sys.executable, "-m", *shlex.split(command)] if command.startswith("sbdk") else shlex.split(command)
        done = subprocess.run(program, cwd=shop.path, env=command_environment(), capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
    assert versions(shop) == {"v1": 1}, "the page rolls back"


@pytest.mark.parametrize(("failpoint", "attempts"), [("before_rename", 2), ("after_rename", 1)])
def test_killed_on_both_sides_of_publishing(failpoint: str, attempts: int, shop: Shop, hub: Hub) -> None:
    """Before the rename nothing is built and the job runs again; after it all is, though nobody lived to say so."""
    commit = hub.commit({"version.txt": "v1"})
    life = start(shop, hub, environment={"SBDK_TEST": "1", "SBDK_FAILPOINT": f"{failpoint}:sleep"})
    life.send("one", commit)
    until(lambda: reached(shop, failpoint), 60)
    life.kill()
    life = start(shop, hub)
    finished(shop.path, life, 1)
    job = jobs_of(shop.path)[commit]
    assert (job.status, job.attempts) == ("built", attempts)
    assert versions(shop) == {"v1": 1}


def reached(shop: Shop, failpoint: str) -> bool:
    """after_rename: the published file is there. before_rename: its manifest is written, which comes just before."""
    if failpoint == "after_rename":
        return shop.published.exists()
    return bool(list((shop.path / ".sbdk" / "builds").glob("*/manifest.json")))


@pytest.mark.faults
@pytest.mark.parametrize("trial", range(int(os.environ.get("SBDK_FAULT_TRIALS", "20"))))
def test_killed_at_random(trial: int, shop: Shop, hub: Hub) -> None:
    import random
    import time

    generator = random.Random(trial)
    for number in range(2):
        commit = hub.commit({"version.txt": f"v{number}"})
        life = start(shop, hub)
        life.send(f"d{number}", commit)
        assert life.answer() == {"id": f"d{number}", "outcome": "accepted"}
        time.sleep(generator.uniform(0, 3))
        life.kill()
        finished(shop.path, start(shop, hub), number + 1)
    assert versions(shop) == {"v0": 1, "v1": 1}


def test_the_settings_follow_from_the_project(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rebuild_settings(load_project(shop.path)) is None
    (shop.path / ".env").write_text("SHOP_PASSWORD=for-the-source\n")
    (shop.path / ".env").chmod(0o600)
    monkeypatch.setenv("SBDK_WEBHOOKS__SECRET", "canary-canary-canary")
    given = {"repository_id": 7, "branch": "release", "folder": "teams/shop", "job_seconds": 60}
    for written, place in [
        ("../hub.git", str(shop.path / "../hub.git")),
        ("/srv/hub.git", "/srv/hub.git"),
        ("https://example.org/shop.git", "https://example.org/shop.git"),
        ("git@example.org:shop.git", "git@example.org:shop.git"),
    ]:
        shop.configure(webhooks={**given, "repository_url": written})
        found = rebuild_settings(load_project(shop.path))
        assert found is not None
        assert (found.repository_url, found.branch, found.folder, found.seconds) == (place, "release", "teams/shop", 60)
        assert found.environment == {"SHOP_PASSWORD": "for-the-source"}
        assert found.secrets == ("canary-canary-canary",)
        assert "canary" not in repr(found)
        assert found.published == shop.path / "data" / "dev.duckdb"


def test_the_supervisor_is_a_program_of_its_own() -> None:
    """It starts in an instant, because it imports nothing of the kit; whoever breaks that makes every job slower."""
    from sbdk.server.jobs import process_tree

    code = f"import sys, runpy; runpy.run_path({str(process_tree._SCRIPT)!r}); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert not [name for name in done.stdout.split() if name.startswith(("sbdk", "duckdb", "asyncio"))]
