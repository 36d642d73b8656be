"""The results of dbt: nodes, the first failure, and the error that a run raises for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sbdk.core.errors import DiskError, TransformError

BAD = frozenset({"fail", "error", "skipped", "runtime error", "partial success"})


@dataclass(frozen=True)
class NodeResult:
    """One model, seed, snapshot or test.

    `status` as dbt names it: success, pass, warn, fail, error, skipped. `seconds` is dbt's execution time. `rows` where
    the adapter reports them (DuckDB's does not). For tests: `failures` counts bad rows, `compiled_sql` selects them,
    `severity` is error or warn, `model` names what is tested. For a model that failed, `compiled_sql` is its SQL and
    `line` the line in it that the database reports. `file` is relative to the dbt project.
    `alias` is a model's name in the database.
    """

    id: str
    name: str
    type: str
    schema: str
    status: str
    seconds: float
    message: str | None = None
    file: str | None = None
    line: int | None = None
    rows: int | None = None
    failures: int | None = None
    severity: str = "error"
    model: str | None = None
    compiled_sql: str | None = None
    materialized: str | None = None
    alias: str | None = None

    @property
    def bad(self) -> bool:
        """Whether this node prevents publishing."""
        return self.status in BAD


@dataclass(frozen=True)
class Failure:
    """Why dbt stopped: message, and the file (relative to the dbt project) and line that dbt names.

    `node`: the node that failed, where it was one; the line is then one of its compiled SQL.
    """

    message: str
    code: str = "transform"
    file: str | None = None
    line: int | None = None
    node: NodeResult | None = None


@dataclass(frozen=True)
class NodeHashes:
    """Hexadecimal hashes that change with what dbt would build: `all` for the whole project, `nodes` by id."""

    all: str
    nodes: dict[str, str]


@dataclass(frozen=True)
class NodeReads:
    """What a node's statements read. `names`: tables, views and macros, in small letters; `patterns`: absolute globs of
    files; `unknown`: it may differ from run to run unseen; `catalog`: it asks which tables there are."""

    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    unknown: bool = False
    catalog: bool = False


@dataclass(frozen=True)
class PreviousBuild:
    """The build in the database: hashes of the nodes that it holds, and the files and tables changed since.

    `files`: relative to the dbt project. `tables`: names of raw tables whose rows changed; None: any of them. `reads`:
    by node. `due`: ids of nodes that read anything else that changed, or that may have.
    """

    all: str
    nodes: dict[str, str]
    files: list[str] = field(default_factory=list)
    tables: list[str] | None = None
    reads: Mapping[str, Any] = field(default_factory=dict)
    due: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class BuiltRelation:
    """A table or view that a whole build leaves in the database. `type`: model, seed or snapshot; `keeps_rows`: a full
    refresh does not empty it."""

    type: str
    name: str
    schema: str
    alias: str
    keeps_rows: bool = False


@dataclass(frozen=True)
class TransformResult:
    """One `dbt build`. `error` is the first failure; None when nothing failed.

    `whole`: no node was skipped as unchanged. `hashes` and `relations` are those of the whole project, also when only a
    part was built; None where they are not known. `reads`: what the built nodes read; `variables`: names of the
    environment variables that dbt looked up.
    """

    models: list[NodeResult] = field(default_factory=list)
    tests: list[NodeResult] = field(default_factory=list)
    seeds: list[NodeResult] = field(default_factory=list)
    snapshots: list[NodeResult] = field(default_factory=list)
    hooks: list[NodeResult] = field(default_factory=list)
    error: Failure | None = None
    seconds: float = 0.0
    whole: bool = True
    hashes: NodeHashes | None = None
    relations: list[BuiltRelation] | None = None
    reads: dict[str, NodeReads] = field(default_factory=dict)
    variables: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing failed at severity error, and nothing was skipped because of it."""
        return self.error is None

    @property
    def failed_tests(self) -> list[NodeResult]:
        return [test for test in self.tests if test.status in ("fail", "error")]


_LISTS = {"model": "models", "test": "tests", "unit_test": "tests", "seed": "seeds", "snapshot": "snapshots"}


def read_result(message: dict[str, Any]) -> TransformResult:
    """The worker's message `result` as a TransformResult."""
    lists: dict[str, list[NodeResult]] = {}
    for raw in message["nodes"]:
        lists.setdefault(_LISTS.get(raw["type"], "hooks"), []).append(NodeResult(**raw))
    failure = message.get("error")
    error = read_failure(failure) if failure else _first_failure(lists)
    hashes, relations = message.get("marks"), message.get("relations")
    return TransformResult(
        **lists,
        error=error,
        seconds=message["seconds"],
        whole=message.get("whole", True),
        hashes=NodeHashes(**hashes) if hashes else None,
        relations=[BuiltRelation(*each) for each in relations] if relations is not None else None,
        reads={node: _node_reads(each) for node, each in message.get("reads", {}).items()},
        variables=tuple(message.get("variables", ())),
    )


def _node_reads(found: dict[str, Any]) -> NodeReads:
    return NodeReads(tuple(found["names"]), tuple(found["patterns"]), found["unknown"], found["catalog"])


def read_failure(failure: dict[str, Any]) -> Failure:
    """A failure in a worker's message as a Failure."""
    return Failure(failure["message"], failure.get("code", "transform"), failure.get("file"), failure.get("line"))


def _first_failure(lists: dict[str, list[NodeResult]]) -> Failure | None:
    """The first node that failed, models before tests; nodes are skipped only because another one failed."""
    order = [node for kind in ("seeds", "models", "snapshots", "hooks", "tests") for node in lists.get(kind, [])]
    bad = [node for node in order if node.bad]
    if not bad:
        return None
    node = ([node for node in bad if node.status != "skipped"] or bad)[0]
    code = "test" if node.type in ("test", "unit_test") else "model"
    return Failure(message_of(node), code, node.file, node.line, node)


def message_of(node: NodeResult) -> str:
    """What failed, and dbt's message."""
    about = f" of {node.model}" if node.model else ""
    detail = f": {node.message.strip()}" if node.message else ""
    return f"the {node.type.replace('_', ' ')} {node.name}{about} {_VERBS.get(node.status, 'failed')}{detail}"


_VERBS = {"fail": "failed", "error": "failed", "skipped": "was skipped"}


HINTS = {
    "import": "install dbt-core and dbt-duckdb into this environment, or take them out of the project's own .venv",
    "test": "look at the rows, fix the data or the model, and run again",
    "model": "fix the model and run again",
    "profile": "in profiles.yml write `path: \"{{ env_var('SBDK_DATABASE', '.sbdk/dbt/dev.duckdb') }}\"`",
    "EnvVarMissingError": "set the variable in .env or in the environment",
}
DEFAULT_HINT = "fix the file and run again; `sbdk dbt parse` checks it alone"
APPROXIMATE = "dbt found an approximate match"
DISK = ("No space left on device", "Read-only file system", "Disk quota exceeded")


def failure_to_error(failure: Failure, dbt_dir: Path) -> TransformError | DiskError:
    """The error of a Failure; its file is absolute where it exists. DiskError for an error of the disk."""
    if any(words in failure.message for words in DISK):
        return DiskError(failure.message, hint="free some space or make the project folder writable, then run again")
    message = f"line {failure.line}: {failure.message}" if failure.line else failure.message
    file = dbt_dir / failure.file if failure.file and (dbt_dir / failure.file).exists() else failure.file
    hint = "`sbdk dbt deps` installs them" if '"dbt deps"' in message else HINTS.get(failure.code, DEFAULT_HINT)
    if APPROXIMATE in message:  # dbt asks to delete a relation of the build, which is out of reach
        message = f"{message.partition(':')[0]}: the published build has its table under the same name in other letters"
        hint = "`sbdk dev --full-refresh` builds it under the name that it has now"
    return TransformError(message, file=file, hint=hint)
