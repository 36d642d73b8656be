"""Projects to show, without the time that a whole run takes: a published file is made through the warehouse alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgpack

from sbdk.core.event_stream import Broadcast
from sbdk.project import Project
from sbdk.server.dashboard import create_app
from sbdk.server.http.server import Server
from sbdk.state.history import History, StageRecord, new_run_id
from sbdk.state.record import BuildContents
from sbdk.state.record_parts import TableCount

STAGES = ("generate", "load", "transform", "check", "publish")


@dataclass
class Place:
    """A project folder whose builds the test makes itself."""

    root: Path

    @classmethod
    def empty(cls, root: Path, **keys: Any) -> Place:
        for folder in ("pipelines", "dbt/models", "checks"):
            (root / folder).mkdir(parents=True)
        (root / "sbdk_config.json").write_text(json.dumps({"project": "shop", **keys}))
        return cls(root)

    @property
    def project(self) -> Project:
        return Project(self.root)

    @property
    def state(self) -> Path:
        return self.root / ".sbdk"

    @property
    def published(self) -> Path:
        return self.root / "data" / "dev.duckdb"

    def publish(self, statements: Sequence[str], **contents: Any) -> str:
        """A build on top of the last one; its run id. Rows of all tables are counted, as a run does."""
        self.published.parent.mkdir(exist_ok=True)
        warehouse, run_id = self.project.warehouse(), new_run_id()
        build = warehouse.begin(run_id)
        with build.connect() as connection:
            for statement in statements:
                connection.execute(statement)
            tables = connection.rows("select schema_name, table_name from duckdb_tables() where schema_name <> '_sbdk'")
            quoted = [(f"{s}.{t}", '"' + s + '"."' + t.replace('"', '""') + '"') for s, t in tables]
            counted = [TableCount(name, connection.value(f"select count(*) from {sql}")) for name, sql in quoted]
        warehouse.publish(build, run_id, BuildContents(**{"tables": tuple(counted), **contents}))
        return run_id

    def record(self, status: str = "success", *, error: dict[str, Any] | None = None, run_id: str | None = None) -> str:
        """A finished run in the history."""
        history = History(self.state)
        run_id = history.start_run("sbdk dev", run_id=run_id)
        stages = []
        for name in STAGES:
            bad = name == "check" and status == "failed"
            stages.append(StageRecord(name, "failed" if bad else "success", 0.25, 1_000, 4_000.0, 99.0))
            if bad:
                break
        history.finish_run(run_id, status, seconds=1.25, error=error, stages=stages)
        return run_id

    def keep_failures(self, run_id: str, name: str, rows: Sequence[dict[str, Any]]) -> None:
        folder = self.state / "runs" / run_id / "failures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def manifest(self, *nodes: dict[str, Any], sources: Sequence[dict[str, Any]] = ()) -> None:
        """dbt's parse, with what the dashboard reads of it."""
        (self.state / "target").mkdir(parents=True, exist_ok=True)
        parsed = {
            "nodes": {node["unique_id"]: node for node in nodes},
            "sources": {source["unique_id"]: source for source in sources},
            "unit_tests": {},
        }
        (self.state / "target" / "partial_parse.msgpack").write_bytes(msgpack.packb(parsed))


def model(name: str, *parents: str, schema: str = "main", kind: str = "model", **more: Any) -> dict[str, Any]:
    """A node as dbt's parse has it; parents by id."""
    return {
        "unique_id": f"{kind}.shop.{name}",
        "resource_type": kind,
        "name": name,
        "alias": name,
        "schema": schema,
        "description": "",
        "original_file_path": f"models/{name}.sql",
        "columns": {},
        "config": {"materialized": "table", "severity": "error"},
        "depends_on": {"nodes": list(parents)},
        **more,
    }


@contextmanager
def served(project: Project, broadcast: Broadcast | None = None, **options: Any) -> Iterator[httpx.Client]:
    """The dashboard on a port of its own, and a client for it."""
    app = create_app(project, broadcast or Broadcast(), **options)
    server = Server(app, on_stop=app.stop, drain=1)
    url = server.start()
    try:
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client
    finally:
        server.stop()
