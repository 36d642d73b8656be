"""The dbt worker on the side of the run: one process, one message channel, one build at a time."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from sbdk.core.errors import TransformError
from sbdk.core.events import Emit, NodeFinished, NodeStarted, Warned, silent
from sbdk.core.process import children_of, end_all
from sbdk.state.workers import enroll
from sbdk.transform.process import child_environment, launch
from sbdk.transform.results import (
    BuiltRelation,
    PreviousBuild,
    TransformResult,
    failure_to_error,
    read_failure,
    read_result,
)

THREADS = 4


class Worker:
    """A process that imports dbt, parses one project and builds it any number of times.

    `start` returns at once; dbt is imported and parses (two thirds of its time) while the caller generates and loads.
    One worker may build several database files, one after the other, with the manifest of the first parse. Two
    conditions: every file has the same base name (it is DuckDB's catalog name, and part of the manifest), and
    `reparse=True` is passed when files of the project have changed in between.

        with Worker.start(…, database=build_path) as worker:
            …                                       # generate and load
            result = worker.build(build_path)
            for n, planted in enumerate(violations):    # each folder holds a copy of the same base name
                worker.build(planted, select=["test_type:data"])
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        messages: IO[str],
        dbt_dir: Path,
        log_path: Path,
        variables: dict[str, Any],
    ) -> None:
        self.process = process
        self.dbt_dir = dbt_dir
        self.log_path = log_path
        self._received: dict[str, Any] = {}
        self.outdated = False
        """To be set when files of the project changed: the next command parses again."""
        self.busy = False
        """True from a command until its result. A worker that stays busy cannot be used again."""
        self._messages = messages
        self._variables = variables
        self._waiting_for_parse = True

    @classmethod
    def start(
        cls,
        python: Path | str,
        dbt_dir: Path,
        profiles_dir: Path,
        target_path: Path,
        log_path: Path,
        target: str,
        env: Mapping[str, str] | None = None,
        *,
        database: Path | None = None,
        variables: Mapping[str, Any] | None = None,
        threads: int = THREADS,
    ) -> Worker:
        """Start the process without waiting for it.

        `database`: path of the build. It need not exist yet, but dbt parses again when it differs from that of the last
        parse. `variables` are dbt's vars, also at parsing. A folder without a dbt project is a TransformError.
        """
        chosen = dict(variables or {})
        settings = {
            "project_dir": str(dbt_dir),
            "profiles_dir": str(profiles_dir),
            "target_path": str(target_path),
            "target": target,
            "threads": threads,
            "vars": chosen,
            "log_path": str(log_path),
        }
        process, messages = launch(python, settings, log_path, child_environment(env, database))
        return cls(process, messages, dbt_dir, log_path, chosen)

    def wait_parsed(self, emit: Emit = silent) -> dict[str, Any]:
        """Wait until the project is parsed: `seconds`, and `kept` if dbt found no change since the last parse.

        A project that does not parse is a TransformError with file and line.
        """
        while self._waiting_for_parse:
            message = self._receive()
            emit_message(message, emit)
        if "error" in self._received:
            raise failure_to_error(read_failure(self._received["error"]), self.dbt_dir)
        parsed: dict[str, Any] = self._received["parsed"]
        return parsed

    def wait_warm(self) -> None:
        """Wait until the worker is warmed up, and has saved its caches for the next one."""
        self.wait_parsed()
        while self._receive()["kind"] != "warmed":
            pass

    def build(
        self,
        database: Path,
        *,
        select: Sequence[str] = (),
        full_refresh: bool = False,
        vars: Mapping[str, Any] | None = None,
        reparse: bool = False,
        settings: Any = None,
        since: PreviousBuild | None = None,
        emit: Emit = silent,
    ) -> TransformResult:
        """Run `dbt build` on the file `database`: seeds, models, snapshots, unit and data tests.

        `settings` (JSON): inputs of the project besides its files; with it, the result has the hashes of all nodes.
        `since`: the earlier build in the database; only nodes that changed since are built.

        `vars` absent: those of `start`; others cost a new parse. When this returns, DuckDB has closed the file. A node
        that fails is in the result; TransformError if dbt ran no node, for example because a file does not parse.
        """
        command = self._command("build", database, select, full_refresh, vars, reparse)
        command |= {"settings": settings, "since": asdict(since) if since else None}
        result = self._request(command, emit)
        if result["error"] and not result["nodes"]:
            raise failure_to_error(read_failure(result["error"]), self.dbt_dir)
        return read_result(result)

    def relations(
        self, database: Path, *, vars: Mapping[str, Any] | None = None, emit: Emit = silent
    ) -> list[BuiltRelation]:
        """What a whole build creates, without building; TransformError if the project does not parse."""
        command = self._command("relations", database, (), False, vars, False)
        result = self._request(command, emit)
        if result["error"]:
            raise failure_to_error(read_failure(result["error"]), self.dbt_dir)
        return [BuiltRelation(*each) for each in result["relations"]]

    def close(self) -> None:
        """Kill the worker. After a build that is safe: the database is closed.

        Its children are waited for: one of Python's own removes the locks that dbt leaves, and then ends.
        """
        children = children_of(self.process.pid)
        self.process.kill()
        self.process.wait()
        end_all(children)
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        self._messages.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _command(
        self,
        do: str,
        database: Path,
        select: Sequence[str],
        full_refresh: bool,
        variables: Mapping[str, Any] | None,
        reparse: bool,
    ) -> dict[str, Any]:
        chosen = self._variables if variables is None else dict(variables)
        return {
            "do": do,
            "database": str(database),
            "select": list(select),
            "full_refresh": full_refresh,
            "vars": chosen,
            "reparse": reparse,
        }

    def _request(self, command: dict[str, Any], emit: Emit) -> dict[str, Any]:
        """Send a command, emit events, return the result. The worker is enrolled before it gets the path."""
        command["reparse"] = command["reparse"] or self.outdated
        if self._waiting_for_parse and not command["reparse"]:
            self.wait_parsed(emit)
        enroll(Path(command["database"]).parent, self.process.pid)
        self.busy = True
        self._send(command)
        while True:
            message = self._receive()
            if message["kind"] == "result":
                self.busy = self.outdated = False
                return message
            emit_message(message, emit)

    def _send(self, command: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._exit_error() from None

    def _receive(self) -> dict[str, Any]:
        line = self._messages.readline()
        if not line:
            raise self._exit_error()
        message: dict[str, Any] = json.loads(line)
        if message["kind"] in ("ready", "parsed", "error"):
            self._received[message["kind"]] = message
            self._waiting_for_parse &= message["kind"] == "ready"
        return message

    def _exit_error(self) -> TransformError:
        code = self.process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return TransformError(f"the dbt worker {how}", hint=f"see {self.log_path}")


STAGE = "transform"


def emit_message(message: dict[str, Any], emit: Emit) -> None:
    """Emit a warning of dbt's, or a node's start or end; ignore messages of other kinds."""
    if message["kind"] == "warning":
        emit(Warned(STAGE, message["text"]))
    elif message["kind"] == "node_started":
        emit(NodeStarted(STAGE, *_identity(message), total=message["total"]))
    elif message["kind"] == "node_finished":
        how = {key: message[key] for key in ("status", "seconds", "done", "total")}
        emit(NodeFinished(STAGE, *_identity(message), **how))


def _identity(message: dict[str, Any]) -> tuple[str, str, str]:
    return message["id"], message["name"], message["type"]
