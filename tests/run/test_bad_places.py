"""Damaged files, full and read-only disks, a project in use, volumes and paths that cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from sbdk.cli import main as program
from sbdk.state import lock
from support.shops import Shop, command_environment

CONFIGS = [
    ({"data_volume": {"users": 0}}, "users"),
    ({"data_volume": {"users": -3}}, "users"),
    ({"data_volume": {"users": 10**12}}, "1,000,000,"),
    ({"distributions": {"countries": {"US": -1}}}, "not negative"),
    ({"distributions": {"countries": {"US": 0}}}, "all zero"),
    ({"distributions": {"countrys": {"US": 1}}}, "countrys"),
    ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "end_date"),
    ({"datasets": ["nope"]}, "nope"),
    ({"sede": 3}, "did you mean 'seed'"),
    ({"duckdb_path": "../x.duckdb"}, "outside the project"),
    ({"duckdb_path": "/etc/x"}, "outside the project"),
    ({"duckdb_path": ":memory:"}, "duckdb_path"),
    ({"duckdb_path": "md:shop"}, "duckdb_path"),
    ({"duckdb_path": "README.md"}, "no DuckDB file"),
    ({"password": "hunter2"}, "SBDK_PASSWORD"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "part"), CONFIGS, ids=str)
def test_a_configuration_that_cannot_be(keys: dict[str, object], part: str, tiny: Shop) -> None:
    tiny.configure(**{"datasets": ["saas"], **keys})
    readme = (tiny.path / "README.md").read_bytes()
    answer = tiny.sbdk("dev", "--full-refresh", "--json")
    assert answer.code == 2, answer
    error = answer.object["error"]
    assert part in f"{error['message']} {error['hint']}"
    assert "hunter2" not in answer.out + answer.err
    assert not (tiny.path / "data").exists()
    assert not list(tiny.path.glob(".sbdk/runs/*"))
    assert (tiny.path / "README.md").read_bytes() == readme


def test_too_many_rows_are_refused_with_figures(tiny: Shop) -> None:
    tiny.configure(datasets=["saas"])
    for words in (("dev",), ("dev", "--dry-run"), ("generate", "--out", "files")):
        answer = tiny.sbdk(*words, SBDK_DATA_VOLUME__USERS=str(10**12))
        assert answer.code == 2
        assert "1,000,000,070,000 rows" in answer.err
        assert " TB of disk and " in answer.err
        assert " days" in answer.err
    assert not (tiny.path / "files").exists()


def test_one_changed_byte_is_found_and_rolled_back(tiny_built: Shop) -> None:
    good = tiny_built.published.read_bytes()
    bad = bytearray(good)
    bad[len(bad) // 2] ^= 0xFF
    tiny_built.published.write_bytes(bad)
    told = tiny_built.sbdk("doctor", "--json")
    assert told.code == 1
    assert not told.object["healthy"]
    answer = tiny_built.sbdk("dev", "--json")
    assert answer.code == 1
    assert "sbdk rollback" in answer.object["error"]["hint"]
    assert tiny_built.sbdk("rollback").code == 0
    assert tiny_built.published.read_bytes() == good


@pytest.mark.parametrize("size", [0, 4_000])
def test_a_cut_file_is_refused_until_a_full_refresh(size: int, tiny_built: Shop) -> None:
    os.truncate(tiny_built.published, size)
    assert tiny_built.sbdk("query", "select 1").code == 1
    assert tiny_built.sbdk("doctor", "--json").code == 1
    assert tiny_built.sbdk("dev").code == 1
    assert tiny_built.dev("--full-refresh")["status"] == "success"
    assert tiny_built.query("select count(*) from doubled") == [(5,)]


def test_a_second_run_waits_and_names_the_first(
    tiny_built: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = "from pathlib import Path; from sbdk.state.lock import ProjectLock as L; import sys\n"
    holder += "with L(Path('.sbdk').absolute(), 'sbdk dev --first'): print('held', flush=True); sys.stdin.read()"
    first = subprocess.Popen(
        [sys.executable, "-c", holder], cwd=tiny_built.path, env=command_environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    monkeypatch.chdir(tiny_built.path)
    monkeypatch.setattr(sys, "argv", ["sbdk", "dev"])
    monkeypatch.setattr(lock, "ProjectLock", partial(lock.ProjectLock, timeout=0.5))
    code = program.run()  # `main` would end this process while another test's thread is alive
    first.communicate("")
    told = capsys.readouterr()
    assert code == 1
    assert f"(PID {first.pid}" in told.err
    assert "sbdk dev --first" in told.err
    assert "waiting for" in told.out


def _in_a_mount(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("this machine does not let a user mount a file system of their own")
    return subprocess.run(
        ["unshare", "-rm", "sh", "-euc", script, "sh", *words],
        env=command_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "trouble", ["mount -o remount,ro {0}", "dd if=/dev/zero of={0}/fill bs=4k 2>/dev/null || true"]
)
def test_a_disk_that_cannot_be_written(trouble: str, tiny_built: Shop, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    script = f"""
    mount -t tmpfs -o size=24m none "{place}"; cp -r "$1/." "{place}"
    {trouble.format(place)}
    cd "{place}"; sha256sum data/dev.duckdb
    "$2" -m sbdk dev && exit 9 || echo code $?
    sha256sum data/dev.duckdb; "$2" -m sbdk query "select count(*) as n from doubled" --json
    """
    done = _in_a_mount(script, str(tiny_built.path), sys.executable)
    before, code, after, rows = done.stdout.splitlines()
    assert (code, before, rows) == ("code 1", after, '[{"n": 5}]'), done
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
