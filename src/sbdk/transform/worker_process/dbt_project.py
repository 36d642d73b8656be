"""The dbt project inside the worker: parse, choose, build, and answer in plain data."""

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

from .affected_nodes import AffectedNodes, affected_nodes
from .callbacks import EventForwarder
from .channel import Channel
from .compat import close_database, duckdb_adapter, nodes_as_parsed, restore_nodes
from .node_hashes import node_hashes
from .parse_cache import ParseCache
from .redact_files import redact_files
from .results import failure_of, nodes_of, relations_of
from .warmup import warm_up

DATABASE = "SBDK_DATABASE"  # the variable through which profiles.yml learns the file
TAG = "sbdk_touched"  # put on nodes in memory only: dbt's way to select just these


class Project:
    """Answers the commands `build` and `retry` with one message `result` each."""

    def __init__(self, settings: dict[str, Any], channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._kept = ParseCache(settings["target_path"])
        self._kept.install()
        self._manifest: Any = None
        self._nodes = b""  # as parsed, for a build compiles into them
        self._parsed_with: dict[str, Any] = {}
        self._parse_kept = False  # whether dbt found that nothing had changed since the last parse
        self._parse_database = os.environ.get(DATABASE)

    def parse_and_tell(self) -> None:
        """Parse and say `parsed`, or `error`; a later build tries again, since files may have been mended."""
        started = time.perf_counter()
        failure = self._parse(self._settings["vars"])
        seconds = round(time.perf_counter() - started, 3)
        if failure:
            self._channel.send("error", seconds=seconds, **failure)
        else:
            self._channel.send("parsed", seconds=seconds, kept=self._parse_kept)

    def warm_up(self, wanted: Callable[[], bool]) -> None:
        if self._manifest is not None:
            warm_up(self._manifest, self._flags(self._parsed_with), wanted)
            self._tidy()
        self._channel.send("warmed")

    def obey(self, command: dict[str, Any]) -> None:
        started = time.perf_counter()
        work = {"build": self._build, "retry": self._retry}[command["do"]]
        try:
            answer = work(command)
        except Exception as error:  # the parent waits for an answer, whatever happens here
            answer = {"error": failure_of(error, self._settings), "nodes": []}
        self._tidy()
        self._channel.send("result", **answer, seconds=round(time.perf_counter() - started, 3))

    def _parse(self, variables: dict[str, Any]) -> dict[str, Any] | None:
        """With the database of the start, whatever is built: dbt's parse state holds for one."""
        self._manifest = None
        if self._parse_database is not None:
            os.environ[DATABASE] = self._parse_database
        follower = EventForwarder(self._channel)
        answer = dbtRunner(callbacks=[follower]).invoke(["parse", *self._flags(variables)])
        self._parse_kept = follower.parse_kept
        self._tidy()
        if answer.exception is not None:
            return failure_of(answer.exception, self._settings)
        astray = misdirected_profile(self._parse_database)
        if astray is not None:
            return astray
        self._manifest, self._parsed_with = answer.result, variables
        self._nodes = nodes_as_parsed(answer.result)
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
        marks, chosen = self._judge(command)
        told = {"marks": marks, "relations": relations_of(self._manifest), "whole": chosen.nodes is None}
        if chosen.nodes is not None and not chosen.nodes:
            return {"error": None, "nodes": [], **told}
        answer = self._invoke(["build", *self._flags(command["vars"]), *selection(command)], command, chosen.nodes)
        if not answer.success:
            self._remember(answer)
        return {"error": self._failure(answer), "nodes": nodes_of(answer.result), **told}

    def _judge(self, command: dict[str, Any]) -> tuple[dict[str, Any] | None, AffectedNodes]:
        """The project's marks, and what is to be built; the command then says how."""
        if command["settings"] is None:
            return None, AffectedNodes(None, False)
        self._fresh_nodes()
        marks = node_hashes(self._manifest, [command["settings"], command["vars"]])
        if command["since"] is None:
            return marks, AffectedNodes(None, False)
        chosen = affected_nodes(self._manifest, marks, command["since"])
        command["full_refresh"] = command["full_refresh"] or chosen.anew
        if chosen.nodes is not None:
            command["select"] = [f"tag:{TAG}"]
        return marks, chosen

    def _retry(self, command: dict[str, Any]) -> dict[str, Any]:
        """dbt's own: reads the results that `_remember` wrote, and parses again, for a model may have been mended."""
        told: dict[str, Any] = {}
        if self._parse(command["vars"]) is None:
            marks, _ = self._judge({**command, "since": None})
            told = {"marks": marks, "relations": relations_of(self._manifest)}
        answer = self._invoke(["retry", *self._flags(None)], command)
        self._remember(answer)
        return {"error": self._failure(answer), "nodes": nodes_of(answer.result), **told}

    def _invoke(
        self, arguments: list[str], command: dict[str, Any], chosen: frozenset[str] | None = None
    ) -> dbtRunnerResult:
        os.environ[DATABASE] = command["database"]
        if self._manifest is not None:
            self._fresh_nodes()
        follower = EventForwarder(self._channel)
        try:
            with self._tagged(chosen or frozenset()):
                return dbtRunner(self._manifest, [follower]).invoke(arguments)
        finally:
            close_database()
            follower.raise_what_was_asked_for()

    def _fresh_nodes(self) -> None:
        """As they were parsed: a build compiles into them."""
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

    def _remember(self, answer: dbtRunnerResult) -> None:
        """What `dbt retry` reads. Written by hand, since dbt would write the manifest along with it."""
        if answer.result is not None:
            answer.result.write(self._run_results())

    def _run_results(self) -> str:
        return os.path.join(str(self._settings["target_path"]), RUN_RESULTS_FILE_NAME)

    def _tidy(self) -> None:
        self._kept.save()
        redact_files(self._settings["target_path"], self._channel.redact, also=[Path(self._settings["log_path"])])

    def _failure(self, answer: dbtRunnerResult) -> dict[str, Any] | None:
        return failure_of(answer.exception, self._settings) if answer.exception is not None else None

    def _flags(self, variables: dict[str, Any] | None) -> list[str]:
        return common_flags(self._settings, variables)


def common_flags(settings: dict[str, Any], variables: dict[str, Any] | None) -> list[str]:
    """Quiet, without artifacts, telemetry and version check. `variables` None leaves dbt's vars as they were."""
    return [
        "--project-dir", settings["project_dir"],
        "--profiles-dir", settings["profiles_dir"],
        "--target-path", settings["target_path"],
        "--log-path", settings["target_path"],  # nothing is logged there, but dbt makes the folder
        "--target", settings["target"],
        "--threads", str(settings["threads"]),
        *(["--vars", json.dumps(variables)] if variables else []),
        "--no-write-json", "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors", "--no-print",
        "--quiet", "--log-level", "none", "--log-level-file", "none",
    ]  # fmt: skip


def selection(command: dict[str, Any]) -> list[str]:
    """`--select` and `--full-refresh` as a command of the parent asks for them."""
    chosen = ["--select", *command["select"]] if command["select"] else []
    return [*chosen, *(["--full-refresh"] if command["full_refresh"] else [])]


def misdirected_profile(database: str | None) -> dict[str, Any] | None:
    """A failure when the profile would have dbt write anywhere else than to `database`."""
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
