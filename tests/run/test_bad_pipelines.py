"""Files in pipelines/ and dbt/ that fail: nothing is published, and the message names file, line and what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.shops import THINGS, Shop, command_environment

RESOURCE = (
    'import dlt\n\n\n@dlt.resource(name="things", primary_key="id", write_disposition="replace")\ndef things():\n'
)
PIPELINES = {
    "raises at once": (RESOURCE + "    raise ValueError('boom')\n    yield\n", ["line 6", "ValueError: boom"]),
    "raises after a row": (
        RESOURCE + "    yield {'id': 1, 'size': 1}\n    raise ValueError('boom')\n",
        ["line 7", "ValueError: boom"],
    ),
    "cannot be imported": ("import nosuchmodule\n", ["line 1", "nosuchmodule", "hint: install"]),
    "is not Python": ("def x(:\n", ["line 1", "SyntaxError"]),
    "yields no rows but a number": (RESOURCE + "    yield 5\n", ["things.py"]),
    "yields another schema": (
        RESOURCE.replace("replace\"", 'replace", schema_contract="freeze"') + "    yield {'id': 'one', 'size': [1]}\n",
        ["things", "contract"],
    ),
    "yields a null key": (RESOURCE + "    yield {'id': None, 'size': 1}\n", ["id"]),
    "yields two columns that become one": (
        RESOURCE + "    yield {'id': 1, 'A b': 1, 'a_b': 2}\n",
        ["'A b' and 'a_b'", "hint: rename"],
    ),
}  # fmt: skip
BROKEN_DBT = {
    "project file": ("dbt_project.yml", "name: [", ["dbt_project.yml"]),
    "unknown ref": ("models/bad.sql", "select * from {{ ref('nope') }}", ["models/bad.sql", "nope"]),
    "Jinja": ("models/bad.sql", "select {{", ["models/bad.sql", "line 1"]),
    "fails half-way": (
        "models/bad.sql",
        "{{ config(materialized='table') }} select if(id > 3, error('half-way'), 'x') as x from {{ ref('doubled') }}",
        ["models/bad.sql", "half-way"],
    ),
}


def fails(shop: Shop, *parts: str) -> str:
    """A run that fails leaves the published file bit for bit, and is on record."""
    before = shop.published.read_bytes()
    answer = shop.sbdk("dev", "--json")
    assert answer.code == 1, answer
    assert answer.object["status"] == "failed"
    assert answer.object["published"] is None
    assert [stage["name"] for stage in answer.object["stages"]] == ["generate", "load", "transform", "check", "publish"]
    assert "Traceback" not in answer.err
    for part in parts:
        assert part in answer.err
    assert shop.published.read_bytes() == before
    (latest, *_) = shop.sbdk("runs", "--json").object["runs"]
    assert (latest["run_id"], latest["status"]) == (answer.object["run_id"], "failed")
    return answer.err


@pytest.mark.parametrize("kind", PIPELINES)
def test_a_pipeline_that(kind: str, tiny_built: Shop) -> None:
    text, parts = PIPELINES[kind]
    tiny_built.write("pipelines/things.py", text)
    fails(tiny_built, "things.py", *parts)


def test_a_pipeline_that_yields_nothing_leaves_an_empty_table(tiny_built: Shop) -> None:
    tiny_built.write("pipelines/things.py", RESOURCE + "    yield from ()\n")
    assert {"name": "raw.things", "rows": 0} in tiny_built.dev()["tables"]


def test_two_resources_with_one_table(tiny_built: Shop) -> None:
    tiny_built.write("pipelines/other.py", THINGS)
    fails(tiny_built, "'things'", "other.py and things.py", "hint: give one")


@pytest.mark.parametrize("kind", BROKEN_DBT)
def test_a_dbt_project_with_broken(kind: str, tiny_built: Shop) -> None:
    file, text, parts = BROKEN_DBT[kind]
    tiny_built.write(f"dbt/{file}", text)
    fails(tiny_built, *parts)
    assert tiny_built.query("select count(*) from doubled") == [(5,)]


def test_a_failing_dbt_test_names_the_model_and_keeps_the_rows(tiny_built: Shop) -> None:
    rule = "{accepted_values: {arguments: {values: [20, 40]}}}"
    tiny_built.write(
        "dbt/models/rules.yml",
        f"models:\n  - name: doubled\n    columns: [{{name: size, data_tests: [{rule}]}}]\n",
    )
    fails(tiny_built, "doubled", "3 results")
    (kept,) = (tiny_built.path / ".sbdk" / "runs").glob("*/failures/*.jsonl")
    assert sorted(json.loads(line)["value_field"] for line in kept.read_text().splitlines()) == [60, 80, 100]


def test_a_failing_check_names_its_rows_and_keeps_as_many_as_configured(tiny_built: Shop) -> None:
    tiny_built.configure(quality={"keep_rows": 2})
    tiny_built.write("checks/small.sql", "select id from raw.things where size > 10\n")
    assert "found 4 rows" in fails(tiny_built, "check small", "checks/small.sql")
    (kept,) = (tiny_built.path / ".sbdk" / "runs").glob("*/failures/small.jsonl")
    assert len(kept.read_text().splitlines()) == 2
    answer = tiny_built.sbdk("check", "--json")
    assert answer.code == 1
    assert answer.object["checks"][0]["failures"] == 4


def test_a_wrong_check_is_found_before_anything_is_made(tiny_built: Shop) -> None:
    tiny_built.write("checks/odd.sql", "-- severity: terrible\nselect 1\n")
    answer = tiny_built.sbdk("dev", "--json")
    assert answer.code == 2
    assert "known: error, warn" in answer.object["error"]["hint"]
    assert len(tiny_built.sbdk("runs", "--json").object["runs"]) == 1


@pytest.mark.parametrize(
    "loop", ["while True:\n        pass\n    yield", "import time\n    time.sleep(900)\n    yield"]
)
def test_ctrl_c_ends_a_pipeline_that_never_does(loop: str, tiny_built: Shop) -> None:
    before = tiny_built.published.read_bytes()
    looping = tiny_built.path / "looping"
    tiny_built.write("pipelines/things.py", f"{RESOURCE}    open({str(looping)!r}, 'w').close()\n    {loop}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "sbdk", "dev", "--json"], cwd=tiny_built.path, env=command_environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while not looping.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err
    assert tiny_built.published.read_bytes() == before
    until = time.monotonic() + 10
    while (left := _working_in(tiny_built.path)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def _working_in(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_text()
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found
