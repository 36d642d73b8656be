"""Readers see whole generations, never an error, and never stand in the way."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sbdk.targets.duckdb.copy import copy_and_hash, digest, held_open
from support.warehouse_oracle import rows, sha

# A process of its own that reads by path with plain DuckDB, as a notebook would, until a file called `stop` is there.
LOOP = """
import duckdb, json, os, sys
root, seen, queries = sys.argv[1], [], 0
print("ready", flush=True)
while not os.path.exists(root + "/stop"):
    connection = duckdb.connect(root + "/data/dev.duckdb", read_only=True)
    left = connection.execute("SELECT count(*), sum(n) FROM left_rows").fetchall()
    right = connection.execute("SELECT count(*), sum(n) FROM right_rows").fetchall()
    run = connection.execute("SELECT run_id FROM _sbdk.build").fetchall()[0][0]
    connection.close()
    queries += 1
    seen.append([left, right, run])
print(json.dumps([queries, seen]))
"""


def read_during(project, runs):
    """Publish `runs` builds of different data while a reader loops; each of its answers must be one whole build."""
    project.run("r0")
    reader = subprocess.Popen(
        [sys.executable, "-c", LOOP, str(project.root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert reader.stdout.readline() == "ready\n"
    for number in range(1, runs + 1):
        project.run(f"r{number}")
    (project.root / "stop").touch()
    out, err = reader.communicate(timeout=60)
    assert reader.returncode == 0, err
    queries, seen = json.loads(out)
    numbers = [int(run[1:]) for _, _, run in seen]
    for (left, right, _), number in zip(seen, numbers, strict=True):
        assert left == right == [[number + 1, number * (number + 1) // 2]]
    assert numbers == sorted(numbers), "a reader never goes back in time"
    assert queries > runs


def test_a_reader_in_a_loop_during_eight_publishes(project):
    read_during(project, 8)


@pytest.mark.faults
def test_a_reader_in_a_loop_during_fifty_publishes(project):
    read_during(project, 50)


def test_a_reader_in_the_runs_own_process_follows_each_publish(project):
    """DuckDB would hand out its instance of the old file for as long as one connection to it is open."""
    project.run("r0")
    for number in range(1, 4):
        with project.warehouse.reader() as first:
            project.run(f"r{number}")
            assert first.rows("SELECT count(*) FROM left_rows") == [(number,)], "its own generation"
            with project.warehouse.reader() as second:
                assert second.rows("SELECT count(*) FROM left_rows") == [(number + 1,)]


def test_a_reader_cannot_write(project):
    project.run("r0")
    with project.warehouse.reader() as connection, pytest.raises(Exception, match="read-only"):
        connection.execute("INSERT INTO left_rows VALUES (1)")


def test_copying_and_hashing_leave_duckdbs_lock_alone(project, tmp_path):
    """Opening and closing the file by hand would drop the lock, and a writer elsewhere would be let in."""
    project.run("r0")
    with project.warehouse.reader():
        assert held_open(project.published)
        assert digest(project.published) == sha_of_a_child(project.published)
        assert copy_and_hash(project.published, tmp_path / "copy") == sha_of_a_child(project.published)
        code = "import duckdb, sys; duckdb.connect(sys.argv[1])"
        done = subprocess.run([sys.executable, "-c", code, project.published], capture_output=True, text=True)
        assert "Could not set lock" in done.stderr
    assert sha(tmp_path / "copy") == sha(project.published)


def sha_of_a_child(path):
    return subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]


def test_a_run_publishes_under_a_reader_of_its_own_process(project):
    project.run("r0")
    with project.warehouse.reader() as connection:
        project.run("r1")
        assert connection.rows("SELECT count(*) FROM left_rows") == [(1,)]
    assert rows(project.published) == [0, 1]
