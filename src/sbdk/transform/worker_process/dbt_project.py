"""The dbt project inside the worker: parses, selects nodes, builds, and returns results as plain data."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dbt.task.build  # noqa: F401 (dbt would import it in the first build)
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.constants import RUN_RESULTS_FILE_NAME

from .affected_nodes import AffectedNodes, affected_nodes, node_hashes
from .callbacks import EventForwarder
from .channel import Channel
from .compat import close_database, duckdb_adapter, nodes_as_parsed, restore_nodes
from .parse_cache import ParseCache
from .redact_files import redact_files
from .results import failure_of, nodes_of, relations_of
from .warmup import warm_up

DATABASE = "SBDK_DATABASE"  # the variable from which profiles.yml reads the path of the file
TAG = "sbdk_touched"  # a tag set on nodes in memory only, to select them


class DbtProject:
    """Runs the commands `build` and `retry`, each of which sends one message `result`."""

    def __init__(self, settings: dict[str, Any], channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._cache = ParseCache(settings["target_path"])
        self._cache.install()
        self._manifest: Any = None
        self._nodes = b""  # as parsed, for a build compiles into them
        self._parsed_with: dict[str, Any] = {}
        self._parse_kept = False  # whether dbt found no change since the last parse
        self._parse_database = os.environ.get(DATABASE)

    def parse_and_report(self) -> None:
        """Parse and send `parsed` or `error`. After an error the next build parses again."""
        started = time.perf_counter()
        failure = self._parse(self._settings["vars"])
        seconds = round(time.perf_counter() - started, 3)
        if failure:
            self._channel.send("error", seconds=seconds, **failure)
        else:
            self._channel.send("parsed", seconds=seconds, kept=self._parse_kept)

    def warm_up(self, should_stop: Callable[[], bool]) -> None:
        if self._manifest is not None:
            warm_up(self._manifest, self._flags(self._parsed_with), should_stop)
            self._save_and_redact()
        self._channel.send("warmed")

    def handle(self, command: dict[str, Any]) -> None:
        started = time.perf_counter()
        work = {"build": self._build, "retry": self._retry}[command["do"]]
        try:
            result = work(command)
        except Exception as error:  # the parent waits for a result in any case
            result = {"error": failure_of(error, self._settings), "nodes": []}
        self._save_and_redact()
        self._channel.send("result", **result, seconds=round(time.perf_counter() - started, 3))

    def _parse(self, variables: dict[str, Any]) -> dict[str, Any] | None:
        """Parse, with the database path of the start: dbt's parse state depends on it. Returns the failure, if any."""
        self._manifest = None
        if self._parse_database is not None:
            os.environ[DATABASE] = self._parse_database
        forwarder = EventForwarder(self._channel)
        result = dbtRunner(callbacks=[forwarder]).invoke(["parse", *self._flags(variables)])
        self._parse_kept = forwarder.parse_kept
        self._save_and_redact()
        if result.exception is not None:
            return failure_of(result.exception, self._settings)
        wrong_profile = misdirected_profile(self._parse_database)
        if wrong_profile is not None:
            return wrong_profile
        self._manifest, self._parsed_with = result.result, variables
        self._nodes = nodes_as_parsed(result.result)
        return None

    def _parse_if_needed(self, command: dict[str, Any]) -> dict[str, Any] | None:
        variables = command["vars"]
        if self._manifest is None or command["reparse"] or variables != self._parsed_with:
            return self._parse(variables)
        return None

    def _build(self, command: dict[str, Any]) -> dict[str, Any]:
        failure = self._parse_if_needed(command)
        if failure:
            return {"error": failure, "nodes": []}
        with contextlib.suppress(FileNotFoundError):
            os.remove(self._run_results())  # of an earlier build, nothing to retry any more
        hashes, selected = self._select_nodes(command)
        project = {"marks": hashes, "relations": relations_of(self._manifest), "whole": selected.nodes is None}
        if selected.nodes is not None and not selected.nodes:
            return {"error": None, "nodes": [], **project}
        result = self._invoke(["build", *self._flags(command["vars"]), *selection(command)], command, selected.nodes)
        if not result.success:
            self._write_run_results(result)
        return {"error": self._failure(result), "nodes": nodes_of(result.result), **project}

    def _select_nodes(self, command: dict[str, Any]) -> tuple[dict[str, Any] | None, AffectedNodes]:
        """The project's hashes, and the nodes to build; sets `select` and `full_refresh` of the command accordingly."""
        if command["settings"] is None:
            return None, AffectedNodes(None, False)
        self._restore_nodes()
        hashes = node_hashes(self._manifest, [command["settings"], command["vars"]])
        if command["since"] is None:
            return hashes, AffectedNodes(None, False)
        selected = affected_nodes(self._manifest, hashes, command["since"])
        command["full_refresh"] = command["full_refresh"] or selected.rebuild_incremental
        if selected.nodes is not None:
            command["select"] = [f"tag:{TAG}"]
        return hashes, selected

    def _retry(self, command: dict[str, Any]) -> dict[str, Any]:
        """dbt's own retry, from the results that `_write_run_results` wrote; parses again: models may have changed."""
        project: dict[str, Any] = {}
        if self._parse(command["vars"]) is None:
            hashes, _ = self._select_nodes({**command, "since": None})
            project = {"marks": hashes, "relations": relations_of(self._manifest)}
        result = self._invoke(["retry", *self._flags(None)], command)
        self._write_run_results(result)
        return {"error": self._failure(result), "nodes": nodes_of(result.result), **project}

    def _invoke(
        self, arguments: list[str], command: dict[str, Any], selected: frozenset[str] | None = None
    ) -> dbtRunnerResult:
        os.environ[DATABASE] = command["database"]
        if self._manifest is not None:
            self._restore_nodes()
        forwarder = EventForwarder(self._channel)
        try:
            with self._tagged(selected or frozenset()):
                return dbtRunner(self._manifest, [forwarder]).invoke(arguments)
        finally:
            close_database()
            forwarder.raise_failpoint()

    def _restore_nodes(self) -> None:
        """Reset the nodes to the parsed state: a build compiles into them."""
        restore_nodes(self._manifest, self._nodes)

    @contextlib.contextmanager
    def _tagged(self, names: frozenset[str]) -> Iterator[None]:
        tests = [self._manifest.unit_tests[name] for name in names if name in self._manifest.unit_tests]
        for name in names & self._manifest.nodes.keys() if names else ():
            self._manifest.nodes[name].tags.append(TAG)
        for test in tests:
            test.config.tags = [TAG, *test.config.tags]
        try:
            yield
        finally:
            for test in tests:
                test.config.tags = [tag for tag in test.config.tags if tag != TAG]

    def _write_run_results(self, result: dbtRunnerResult) -> None:
        """Write what `dbt retry` reads; dbt itself would write the manifest, too."""
        if result.result is not None:
            result.result.write(self._run_results())

    def _run_results(self) -> str:
        return os.path.join(str(self._settings["target_path"]), RUN_RESULTS_FILE_NAME)

    def _save_and_redact(self) -> None:
        self._cache.save()
        redact_files(self._settings["target_path"], self._channel.redact, also=[Path(self._settings["log_path"])])

    def _failure(self, result: dbtRunnerResult) -> dict[str, Any] | None:
        return failure_of(result.exception, self._settings) if result.exception is not None else None

    def _flags(self, variables: dict[str, Any] | None) -> list[str]:
        return common_flags(self._settings, variables)


def common_flags(settings: dict[str, Any], variables: dict[str, Any] | None) -> list[str]:
    """Quiet, without artifacts, telemetry and version check. `variables` None leaves dbt's vars as they were."""
    return [
        "--project-dir", settings["project_dir"],
        "--profiles-dir", settings["profiles_dir"],
        "--target-path", settings["target_path"],
        "--log-path", settings["target_path"],  # nothing is logged there, but dbt creates the folder
        "--target", settings["target"],
        "--threads", str(settings["threads"]),
        *(["--vars", json.dumps(variables)] if variables else []),
        "--no-write-json", "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors", "--no-print",
        "--quiet", "--log-level", "none", "--log-level-file", "none",
    ]  # fmt: skip


def selection(command: dict[str, Any]) -> list[str]:
    """The options `--select` and `--full-refresh` of a command of the parent."""
    selected = ["--select", *command["select"]] if command["select"] else []
    return [*selected, *(["--full-refresh"] if command["full_refresh"] else [])]


def misdirected_profile(database: str | None) -> dict[str, Any] | None:
    """A failure if the profile's database is not `database`; None if it is, or neither is known."""
    adapter = duckdb_adapter()
    if database is None or adapter is None:
        return None
    path = adapter.config.credentials.path
    if os.path.realpath(path) == os.path.realpath(database):
        return None
    return {
        "code": "profile",
        "message": f"the profile {adapter.config.profile_name!r} points at {path}, not at the build of this run",
        "file": "profiles.yml",
        "line": None,
    }
