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

from .affected_nodes import AffectedNodes, affected_nodes, node_hashes
from .callbacks import EventForwarder
from .compat import (
    close_database,
    duckdb_adapter,
    follow_moved_projects,
    look_up_once,
    nodes_as_parsed,
    restore_nodes,
)
from .parent import Channel
from .parse_cache import ParseCache
from .redact_files import redact_files
from .results import failure_of, nodes_of, relations_of, skipped
from .statements import StatementLog, existing_relations
from .warmup import warm_up

DATABASE = "SBDK_DATABASE"  # the variable from which profiles.yml reads the path of the file
TAG = "sbdk_touched"  # tags set on nodes in memory only, to select them
LATER = "sbdk_later"


class DbtProject:
    """Runs the command `build`, which sends one message `result`."""

    def __init__(self, settings: dict[str, Any], channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._cache = ParseCache(settings["target_path"])
        self._cache.install()
        self._log = StatementLog()
        self._log.install()
        follow_moved_projects()
        look_up_once()
        self._manifest: Any = None
        self._nodes = b""  # as parsed, for a build compiles into them
        self._parsed_with: dict[str, Any] = {}
        self._parse_kept = False  # whether dbt found no change since the last parse
        self._parse_database = relative(os.environ.get(DATABASE))

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
        work = {"build": self._build, "relations": self._relations}[command["do"]]
        try:
            result = work(command)
        except Exception as error:  # the parent waits for a result in any case
            result = {"error": failure_of(error, self._settings), "nodes": []}
        self._save_and_redact()
        self._channel.send("result", **result, seconds=round(time.perf_counter() - started, 3))

    def _parse(self, variables: dict[str, Any]) -> dict[str, Any] | None:
        """Parse, with the database path of the start: dbt's parse state depends on it. Returns the failure, if any.

        The path is relative, so that the state serves on when the project is moved or copied.
        """
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

    def _relations(self, command: dict[str, Any]) -> dict[str, Any]:
        """Only parse, if files changed, and list the relations of the project."""
        failure = self._parse_if_needed(command)
        return {"error": failure, "nodes": [], "relations": [] if failure else relations_of(self._manifest)}

    def _build(self, command: dict[str, Any]) -> dict[str, Any]:
        failure = self._parse_if_needed(command)
        if failure:
            return {"error": failure, "nodes": []}
        hashes, selected = self._select_nodes(command)
        project = {"marks": hashes, "relations": relations_of(self._manifest), "whole": selected.nodes is None}
        if selected.nodes is not None and not selected.nodes:
            return {"error": None, "nodes": [], **project}
        self._log.clear()
        later = self._later_tests(command["database"], selected)
        results = self._invoke_both(command, selected, later)
        finished = [item for result in results for item in getattr(result.result, "results", None) or []]
        reached = {item.node.unique_id for item in finished}
        known = selected.nodes is not None or not command["select"]  # whether all of them were to run
        missed = [name for name in later if finished and known and name not in reached]
        return {
            "error": next((failure for result in results if (failure := self._failure(result))), None),
            "nodes": [
                *(node for result in results for node in nodes_of(result.result)),
                *(skipped(self._manifest.unit_tests[name]) for name in missed),
            ],
            "reads": self._log.reads(self._manifest, finished, command["database"]) if finished else {},
            "variables": sorted(self._log.variables | set(self._manifest.env_vars)),
            **project,
        }

    def _select_nodes(self, command: dict[str, Any]) -> tuple[dict[str, Any] | None, AffectedNodes]:
        """The project's hashes, and the nodes to build; sets `select` of the command accordingly."""
        if command["settings"] is None:
            return None, AffectedNodes(None)
        self._restore_nodes()
        hashes = node_hashes(self._manifest, [command["settings"], command["vars"]])
        if command["since"] is None:
            return hashes, AffectedNodes(None)
        selected = affected_nodes(self._manifest, hashes, command["since"])
        if selected.nodes is not None:
            command["select"] = [f"tag:{TAG}"]
        return hashes, selected

    def _later_tests(self, database: str, selected: AffectedNodes) -> list[str]:
        """Unit tests that do not run before their model, where dbt runs them: those whose model is not built; and those
        that read the table of their model, which does not exist yet. (dbt asks people to create an empty one first.)
        """
        tests = self._manifest.unit_tests
        reading = {name for name, test in tests.items() if _reads_own_table(test)}
        existing = existing_relations(database) if reading else set()
        missing = {name for name in reading if not self._has_table(tests[name], existing)}
        if selected.nodes is None:
            return sorted(missing)
        alone = {
            name for name in tests.keys() & selected.nodes if tests[name].depends_on.nodes[0] not in selected.nodes
        }
        return sorted((missing & selected.nodes) | alone)

    def _has_table(self, test: Any, existing: set[tuple[str, str]]) -> bool:
        model = self._manifest.nodes.get(test.depends_on.nodes[0])
        return model is None or (model.schema.lower(), model.alias.lower()) in existing

    def _invoke_both(self, command: dict[str, Any], selected: AffectedNodes, later: list[str]) -> list[dbtRunnerResult]:
        """The build, and after it the unit tests `later`; these only if the build succeeds."""
        flags, chosen, done = self._flags(command["vars"]), command["select"], []
        if selected.nodes is None or selected.nodes - set(later):
            left_out = ["--exclude", f"tag:{LATER}"] if later else []
            done = [self._invoke(["build", *flags, *selection(command), *left_out], command, selected, later)]
            if not done[0].success or any(node["status"] in BAD for node in nodes_of(done[0].result)):
                return done
        if not later:
            return done
        tests = [f"{each},tag:{LATER}" for each in chosen] or [f"tag:{LATER}"]
        return [*done, self._invoke(["test", *flags, "--select", *tests], command, selected, later)]

    def _invoke(
        self, arguments: list[str], command: dict[str, Any], selected: AffectedNodes, later: list[str]
    ) -> dbtRunnerResult:
        os.environ[DATABASE] = command["database"]
        self._restore_nodes()
        forwarder = EventForwarder(self._channel)
        try:
            with self._marked(selected, later):
                return dbtRunner(self._manifest, [forwarder]).invoke(arguments)
        finally:
            close_database()
            forwarder.raise_failpoint()

    def _restore_nodes(self) -> None:
        """Reset the nodes to the parsed state: a build compiles into them."""
        restore_nodes(self._manifest, self._nodes)

    @contextlib.contextmanager
    def _marked(self, selected: AffectedNodes, later: list[str]) -> Iterator[None]:
        """Within: the nodes of the build have their tags, and those to be built from nothing are told so, unless their
        own configuration says otherwise."""
        names, tests, functions = selected.nodes or frozenset(), self._manifest.unit_tests, self._manifest.functions
        for name in selected.refreshed & self._manifest.nodes.keys():
            config = self._manifest.nodes[name].config
            if config.full_refresh is None:
                config.full_refresh = True
        for name in names & self._manifest.nodes.keys():
            self._manifest.nodes[name].tags.append(TAG)
        for name in names & functions.keys():
            functions[name].tags.append(TAG)
        tagged = [(tests[name], TAG) for name in names if name in tests] + [(tests[name], LATER) for name in later]
        for test, tag in tagged:
            test.config.tags = [tag, *test.config.tags]
        try:
            yield
        finally:
            for test, _ in tagged:
                test.config.tags = [tag for tag in test.config.tags if tag not in (TAG, LATER)]
            for name in names & functions.keys():
                functions[name].tags.remove(TAG)

    def _save_and_redact(self) -> None:
        self._cache.save()
        redact_files(self._settings["target_path"], self._channel.redact, also=[Path(self._settings["log_path"])])

    def _failure(self, result: dbtRunnerResult) -> dict[str, Any] | None:
        return failure_of(result.exception, self._settings) if result.exception is not None else None

    def _flags(self, variables: dict[str, Any] | None) -> list[str]:
        return common_flags(self._settings, variables)


BAD = ("error", "fail", "skipped", "runtime error", "partial success")


def _reads_own_table(test: Any) -> bool:
    """Whether a unit test has rows for `this`, or tests its model as an increment of what is there."""
    macros = getattr(test.overrides, "macros", None) or {}
    return bool(macros.get("is_incremental")) or any(str(given.input).strip() == "this" for given in test.given)


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


def relative(path: str | None) -> str | None:
    """The path from the current folder, which is the dbt project's; absolute on another drive of Windows."""
    with contextlib.suppress(ValueError):
        return os.path.relpath(path) if path else path
    return path


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
