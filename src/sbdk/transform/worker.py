"""The dbt worker as the run sees it: one process, one message channel, one build at a time."""

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
from sbdk.state.workers import enroll
from sbdk.transform.process import child_environment, launch
from sbdk.transform.results import PreviousBuild, TransformResult, failure_to_error, read_failure, read_result

THREADS = 4


class Worker:
    """A process that has imported dbt and parsed one project, and builds it as often as it is asked to.

    `start` returns at once; dbt's import and parsing (two thirds of its time) pass while the caller generates and
    loads. Several builds on different database files may follow each other in one worker; the manifest of the first
    parse serves them all. Two conditions: every file has the same base name (it is DuckDB's catalog name, and stands
    in the manifest), and `reparse=True` is said when files of the project have changed in between.

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
        self.facts: dict[str, Any] = {}
        self.outdated = False
        """Set it when files of the project changed: the next command parses again."""
        self.busy = False
        """True from a command until its result. What was left like that cannot be used again."""
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
        """Start the process; nothing is waited for.

        `database` is where the build will be. It need not exist yet, but dbt parses anew when it differs from the last
        time. `variables` are dbt's vars, also at parsing. A folder without a dbt project is a TransformError.
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
        """Wait until the project is parsed: `seconds`, and `kept` if dbt found nothing changed since the last time.

        A project that does not parse is a TransformError with file and line.
        """
        while self._waiting_for_parse:
            message = self._receive()
            emit_message(message, emit)
        if "error" in self.facts:
            raise failure_to_error(read_failure(self.facts["error"]), self.dbt_dir)
        parsed: dict[str, Any] = self.facts["parsed"]
        return parsed

    def wait_warm(self) -> None:
        """Wait until the worker has nothing left to prepare, and has kept what the next one can use."""
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
        retry: bool = False,
        reparse: bool = False,
        settings: Any = None,
        since: PreviousBuild | None = None,
        emit: Emit = silent,
    ) -> TransformResult:
        """Run `dbt build` on the file `database`: seeds, models, snapshots, unit and data tests.

        `settings` (JSON): what else than its files the project rests on; with it, the result has the marks of all
        nodes. `since`: those of an earlier build that the database holds; only what changed since then is built.

        `vars` absent: those of `start`; others cost a new parse. `retry`: dbt's own retry of the last build that
        failed with this target folder (failed and skipped nodes, with the selection and vars of then). When this
        returns, DuckDB has let go of the file. A node that fails is in the result; when dbt could not run any node,
        say because a file does not parse, that is a TransformError.
        """
        command = self._command("retry" if retry else "build", database, select, full_refresh, vars, reparse)
        command |= {"settings": settings, "since": asdict(since) if since else None}
        answer = self._ask(command, emit)
        if answer["error"] and not answer["nodes"]:
            raise failure_to_error(read_failure(answer["error"]), self.dbt_dir)
        return read_result(answer)

    def close(self) -> None:
        """End the worker, wherever it is. After a build that is safe: it has closed the database."""
        self.process.kill()
        self.process.wait()
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

    def _ask(self, command: dict[str, Any], emit: Emit) -> dict[str, Any]:
        """Send a command, pass on events, return the result. The build folder knows of us before we know of it."""
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
            raise self._death() from None

    def _receive(self) -> dict[str, Any]:
        line = self._messages.readline()
        if not line:
            raise self._death()
        message: dict[str, Any] = json.loads(line)
        if message["kind"] in ("ready", "parsed", "error"):
            self.facts[message["kind"]] = message
            self._waiting_for_parse &= message["kind"] == "ready"
        return message

    def _death(self) -> TransformError:
        code = self.process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return TransformError(f"the dbt worker {how}", hint=f"see {self.log_path}")


STAGE = "transform"


def emit_message(message: dict[str, Any], emit: Emit) -> None:
    """Emit a warning of dbt's, or a node's start or end; messages of other kinds are no events."""
    if message["kind"] == "warning":
        emit(Warned(STAGE, message["text"]))
    elif message["kind"] == "node_started":
        emit(NodeStarted(STAGE, *_identity(message), total=message["total"]))
    elif message["kind"] == "node_finished":
        how = {key: message[key] for key in ("status", "seconds", "done", "total")}
        emit(NodeFinished(STAGE, *_identity(message), **how))


def _identity(message: dict[str, Any]) -> tuple[str, str, str]:
    return message["id"], message["name"], message["type"]
