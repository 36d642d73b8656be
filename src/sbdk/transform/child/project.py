"""One dbt project in this process: parsed once, built as often as asked for, on whatever database file it is told."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.constants import RUN_RESULTS_FILE_NAME

from .channel import Channel
from .follow import Follower
from .report import failure_of, nodes_of


class Project:
    """Answers the commands `build`, `retry`, `freshness` with one message `result`, or `error`."""

    def __init__(self, settings: dict[str, Any], channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._manifest: Any = None
        self._parsed_with: Any = None

    def parse_and_tell(self) -> None:
        """Parse; say `parsed`, or `error` (and try again at the next build, when files may have been mended)."""
        started = time.perf_counter()
        failure = self._parse(self._settings["vars"])
        seconds = round(time.perf_counter() - started, 3)
        if failure:
            self._channel.send("error", seconds=seconds, **failure)
        else:
            self._channel.send("parsed", seconds=seconds, nodes=len(self._manifest.nodes))

    def obey(self, command: dict[str, Any]) -> None:
        started = time.perf_counter()
        os.environ["SBDK_DATABASE"] = command["database"]
        answer = getattr(self, "_" + command["do"])(command)
        answer["seconds"] = round(time.perf_counter() - started, 3)
        self._channel.send("result", **answer)

    def _parse(self, variables: dict[str, Any]) -> dict[str, Any] | None:
        self._manifest = None
        answer = dbtRunner().invoke(["parse", *self._flags(variables)])
        if not answer.success:
            return failure_of(answer.exception)
        self._manifest, self._parsed_with = answer.result, variables
        return None

    def _build(self, command: dict[str, Any]) -> dict[str, Any]:
        variables = command["vars"]
        if self._manifest is None or command["reparse"] or variables != self._parsed_with:
            failure = self._parse(variables)
            if failure:
                return {"error": failure, "nodes": []}
        arguments = ["build", *self._flags(variables), *_selection(command)]
        answer = self._invoke(arguments, command)
        if not answer.success and answer.result is not None:
            answer.result.write(os.path.join(self._settings["target_path"], RUN_RESULTS_FILE_NAME))
        return self._answer(answer)

    def _retry(self, command: dict[str, Any]) -> dict[str, Any]:
        answer = self._invoke(["retry", *self._flags(None)], command)
        if answer.result is not None:
            answer.result.write(os.path.join(self._settings["target_path"], RUN_RESULTS_FILE_NAME))
        return self._answer(answer)

    def _invoke(self, arguments: list[str], command: dict[str, Any]) -> dbtRunnerResult:
        follower = Follower(self._channel)
        try:
            return dbtRunner(manifest=self._manifest, callbacks=[follower]).invoke(arguments)
        finally:
            close_database()

    def _answer(self, answer: dbtRunnerResult) -> dict[str, Any]:
        failure = failure_of(answer.exception) if answer.exception is not None else None
        return {"error": failure, "nodes": nodes_of(answer.result)}

    def _flags(self, variables: dict[str, Any] | None) -> list[str]:
        s = self._settings
        return [
            "--project-dir", s["project_dir"], "--profiles-dir", s["profiles_dir"], "--target-path", s["target_path"],
            "--target", s["target"], "--threads", str(s["threads"]),
            *(["--vars", json.dumps(variables)] if variables else []),
            "--no-write-json", "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors",
            "--log-level", "none", "--log-level-file", "none", "--no-print",
        ]  # fmt: skip


def _selection(command: dict[str, Any]) -> list[str]:
    chosen = command["select"]
    return [
        *(["--select", *chosen] if chosen else []),
        *(["--full-refresh"] if command["full_refresh"] else []),
    ]


def close_database() -> None:
    """Close DuckDB for good. dbt leaves it open after `invoke`, and forgets about it before it has closed it."""
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()
