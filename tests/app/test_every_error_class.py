"""Every class of error, by a real trigger: it says what to do, and doing that cures it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from starlette.applications import Starlette

from sbdk.cdc import apply_changes
from sbdk.core import errors
from sbdk.core.imports import require
from sbdk.load.errors import source_error
from sbdk.server.http.server import Server
from sbdk.state.lock import ProjectLock
from support.shops import Answer, Shop, sbdk

ARROW = """import dlt
import pyarrow as pa


@dlt.resource(name="things", primary_key="id", write_disposition="append")
def things():
    yield pa.table({"id": [9], "size": [90]COLUMNS})
"""
BASES = {"error", "failed", "transient"}
"""Codes of classes that others derive from."""
ELSEWHERE = {"interrupted"}
"""tests/cli/test_interrupted.py: there is nothing to cure."""


def error_of(answer: Answer, code: str) -> dict[str, Any]:
    """The error, which must have this code and say what to do."""
    assert answer.code == (2 if issubclass(CLASSES[code], errors.UsageError) else 1), answer
    error: dict[str, Any] = answer.object["error"]
    assert error["code"] == code, error
    assert error["hint"], error
    return error


def classes(base: type[errors.SbdkError]) -> Iterator[type[errors.SbdkError]]:
    """Those of the server are left out: they are answers over HTTP, and known only where it was imported."""
    yield base
    for each in base.__subclasses__():
        if each.__module__.startswith("sbdk.") and not each.__module__.startswith("sbdk.server."):
            yield from classes(each)


CLASSES = {each.code: each for each in reversed(list(classes(errors.SbdkError)))}


@contextmanager
def raised(code: str) -> Iterator[list[errors.SbdkError]]:
    found: list[errors.SbdkError] = []
    with pytest.raises(CLASSES[code]) as caught:
        yield found
    found.append(caught.value)
    assert caught.value.code == code
    assert caught.value.hint, caught.value


def test_a_run_that_fails_in_each_stage(tiny_built: Shop) -> None:
    """All stages are broken at once: with each hint that is followed the run comes one stage further."""
    pipeline = tiny_built.write("pipelines/things.py", ARROW.replace("COLUMNS", ', "Size": [1]'))
    model = tiny_built.write("dbt/models/more.sql", "select\n  sizee from {{ ref('doubled') }}\n")
    check = tiny_built.write("checks/few.sql", "select id from doubled where id = 9\n")
    published = tiny_built.published.read_bytes()

    error = error_of(tiny_built.sbdk("dev", "--json"), "source")
    assert "'size' and 'Size'" in error["message"]
    assert "rename one" in error["hint"]
    pipeline.write_text(ARROW.replace("COLUMNS", ""))

    error = error_of(tiny_built.sbdk("dev", "--json"), "load")
    tiny_built.write(".env", "".join(f"{name}\n" for name in re.findall(r"NORMALIZE\w+=true", error["hint"])))

    error = error_of(tiny_built.sbdk("dev", "--json"), "transform")
    assert (error["file"], "line 2" in error["message"]) == (str(model), True)
    model.write_text(
        model.read_text().replace("sizee", re.findall(r'Candidate bindings: "(\w+)"', error["message"])[0])
    )

    error = error_of(tiny_built.sbdk("dev", "--json"), "check")
    assert tiny_built.published.read_bytes() == published
    kept = next(Path(tiny_built.path / ".sbdk").rglob("few.jsonl"))
    assert json.loads(kept.read_text()) == {"id": 9}
    check.write_text(check.read_text().replace("= 9", "> 9"))
    tiny_built.dev()


def test_no_project(tmp_path: Path) -> None:
    error = error_of(sbdk("runs", "--json", cwd=tmp_path), "no_project")
    assert "sbdk init" in error["hint"]
    assert sbdk("init", "shop", "--template", "blank", "--yes", cwd=tmp_path).code == 0
    assert sbdk("runs", "--json", cwd=tmp_path / "shop").code == 0


def test_a_configuration_with_a_slip(tiny_once: Shop, tmp_path: Path) -> None:
    shop = tiny_once.copy(tmp_path / "tiny")
    shop.configure(start_dat="2026-01-01")
    error = error_of(shop.sbdk("runs", "--json"), "config")
    (near,) = re.findall(r"did you mean '?(\w+)", error["hint"])
    file = shop.path / "sbdk_config.json"
    file.write_text(
        json.dumps(
            {
                (near if key == "start_dat" else key): value
                for key, value in json.loads(file.read_text()).items()
                if key != near
            }
        )
    )
    assert shop.sbdk("runs", "--json").code == 0


def test_a_query_of_each_kind(tiny_built_once: Shop, tmp_path: Path) -> None:
    error_of(tiny_built_once.sbdk("query", "drop table doubled", "--json"), "sql_forbidden")
    wrong = tiny_built_once.sbdk("query", "select sizee from doubled", "--json").object["error"]
    assert wrong["code"] == "query"
    (near,) = re.findall(r'Candidate bindings: "(\w+)"', wrong["message"])
    assert tiny_built_once.sbdk("query", f"select {near} from doubled", "--json").code == 0
    error = error_of(tiny_built_once.sbdk("query", "select 1 as a", "--format", "parquet", "--json"), "usage")
    assert "--out FILE" in error["hint"]
    assert tiny_built_once.sbdk("query", "select 1 as a", "--out", str(tmp_path / "a.parquet")).code == 0


def test_a_query_without_end(tiny_built_once: Shop) -> None:
    from sbdk.project import Project

    target = Project(tiny_built_once.path).warehouse()
    with raised("sql_timeout") as found:
        target.query(
            "select count(*) from range(10000000) a, range(10000000) b where a.range * b.range % 7 = 3", max_seconds=0.2
        )
    assert "narrow it down" in (found[0].hint or "")
    assert target.query("select count(*) from range(10)", max_seconds=60).num_rows == 1


def test_an_unknown_run(tiny_built: Shop) -> None:
    (first,) = [run["run_id"] for run in tiny_built.sbdk("runs", "--json").object["runs"]]
    tiny_built.dev("--full-refresh")
    error = error_of(tiny_built.sbdk("rollback", "nope", "--json"), "unknown_name")
    assert first in error["hint"]
    assert tiny_built.sbdk("rollback", first).code == 0


def test_a_damaged_file_and_a_later_version(tiny_built: Shop) -> None:
    tiny_built.dev("--full-refresh")
    tiny_built.published.write_bytes(b"no database")
    error = error_of(tiny_built.sbdk("query", "select 1", "--json"), "damaged")
    (command,) = re.findall(r"`sbdk (rollback|dev --full-refresh)`", error["hint"])[:1]
    assert tiny_built.sbdk(*command.split()).code == 0
    assert tiny_built.sbdk("query", "select 1 as a").code == 0
    for manifest in (tiny_built.path / ".sbdk" / "builds").glob("*/manifest.json"):
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    error = error_of(tiny_built.sbdk("dev", "--json"), "newer_format")
    assert "upgrade sbdk" in error["hint"]


def test_a_file_where_the_folder_should_be(tiny_once: Shop, tmp_path: Path) -> None:
    shop = tiny_once.copy(tmp_path / "tiny")
    (shop.path / "data").write_text("mine")
    error = error_of(shop.sbdk("dev", "--pipelines-only", "--json"), "disk")
    assert (error["file"], "move it out of the way" in error["hint"]) == (str(shop.published), True)
    (shop.path / "data").rename(tmp_path / "away")
    shop.dev("--pipelines-only")


def test_a_project_that_is_in_use(tmp_path: Path) -> None:
    with ProjectLock(tmp_path, "sbdk dev"), raised("locked") as found, ProjectLock(tmp_path, "sbdk dev", timeout=0.1):
        pass
    assert "wait until it is done" in (found[0].hint or "")
    with ProjectLock(tmp_path, "sbdk dev", timeout=0.1):
        pass


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with raised("address_in_use") as found:
            Server(Starlette(), "127.0.0.1", taken.getsockname()[1]).start()
        assert "--port" in (found[0].hint or "")
        other = Server(Starlette(), "127.0.0.1", 0)
        other.start()
        other.stop()


def test_a_source_that_does_not_answer(tmp_path: Path) -> None:
    error = source_error(ConnectionRefusedError("refused"), tmp_path, {})
    assert (error.code, error.hint) == ("source_unavailable", "the source did not respond; run again later")


def test_a_package_that_is_missing() -> None:
    with raised("missing_extra") as found:
        require("sbdk_nothing_of_that_name", "fast")
    assert "pip install" in (found[0].hint or "")


def test_changes_that_have_no_meaning() -> None:
    feed = pa.table({"id": [1], "at": [1]})
    with raised("changes") as found:
        apply_changes(feed, keys=["nope"], sequence_by="at")
    (near, _) = re.findall(r"it has (\w+), (\w+)", found[0].hint or "")[0]
    assert apply_changes(feed, keys=[near], sequence_by="at").num_rows == 1


def test_no_class_is_left_out() -> None:
    """By the text of this file: its tests may run in several processes."""
    tried = set(re.findall(r'(?:raised\(|code == |code\) == |"code"\] == |\(|, )"(\w+)"', Path(__file__).read_text()))
    assert set(CLASSES) - BASES - ELSEWHERE - tried == set()
