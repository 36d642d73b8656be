"""The parts of a build record. All are frozen, and hold only values that JSON can represent.

Names that appear in a record are those of the database (tables, columns), of dbt (nodes, models) or of files, relative
to the project if they are below it: a project may be moved.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["PASS", "FAIL"]
PipelineKind = Literal["synthetic", "files", "other"]
Digests = dict[str, str]
"""By name of a file, from the project on: SHA-256 of its content, hexadecimal."""


@dataclass(frozen=True)
class Artifact:
    """The file that a build is. `file`: where it is published; `size` in bytes; `engine`, `storage`: versions."""

    file: str
    sha256: str
    size: int
    engine: str
    storage: str
    kind: str = "duckdb"


@dataclass(frozen=True)
class Inputs:
    """What a build was made from, as hashes.

    `datasets`: over all that shapes synthetic rows. `range`: start and end, ISO 8601. `dbt`, `checks`, `contracts`: by
    file; None when it is not recorded. `raw_schema`: the schema of the raw tables.
    """

    datasets: str = ""
    range: tuple[str, ...] = ()
    dbt: Digests | None = None
    checks: Digests | None = None
    contracts: Digests | None = None
    raw_schema: str = ""


@dataclass(frozen=True)
class FileStamp:
    """A file as it was: bytes, modification time in nanoseconds, SHA-256 of its content.

    `ctime_ns`: time of the last change of content or attributes, which no program can set; 0 if it was not recorded.
    """

    size: int
    mtime_ns: int
    sha256: str
    ctime_ns: int = 0


@dataclass(frozen=True)
class PipelineRecord:
    """A file of `pipelines/`. `code`: hash of it and of the modules that it imports.

    `kind`: synthetic or files, if every resource is known to use nothing else; other, if not.
    `files`: those that `patterns` (globs) found.
    """

    code: str = ""
    kind: PipelineKind = "other"
    tables: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    files: dict[str, FileStamp] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignKey:
    """`column` refers to `parent_column` of `parent`, a table name that may have a schema: raw.raw_users."""

    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True)
class TableKeys:
    """The declared keys of a raw table; () where none is declared."""

    key: tuple[str, ...] = ()
    foreign: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True)
class NodeState:
    """A model, seed, snapshot or test of dbt, and the status with which it ended last, as dbt names it."""

    type: str
    status: str


@dataclass(frozen=True)
class NodeCounts:
    """Models that were built; data and unit tests by status."""

    models: int = 0
    tests_passed: int = 0
    tests_failed: int = 0
    tests_warned: int = 0


@dataclass(frozen=True)
class NodeReads:
    """What the statements of a node read. `names`: tables, views and macros, in small letters; `patterns`: globs of
    files, from the project on; `unknown`: it may differ from run to run, and nothing tells (the time, a remote file);
    `catalog`: it asks which tables there are."""

    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    unknown: bool = False
    catalog: bool = False


@dataclass(frozen=True)
class DbtRelation:
    """A table or view that dbt created. `model`: the name of its model; None for seeds and snapshots. `type`: model,
    seed or snapshot; empty where it was not recorded."""

    schema: str
    name: str
    model: str | None = None
    type: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.schema, self.name


@dataclass(frozen=True)
class DbtRecord:
    """What a build holds of the dbt project, by which the next run builds only what changed.

    `project_hash`, `node_hashes` (by node id): what each was built from; None and empty when unknown. `nodes`: by id.
    `stale`: models that no longer match the raw tables. `reads`: by id of a node; None when it was not recorded.
    `files`: by pattern of `reads`, the files it matched. `variables`: of the environment, that dbt looked up.
    """

    project_hash: str | None = None
    node_hashes: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, NodeState] = field(default_factory=dict)
    relations: tuple[DbtRelation, ...] = ()
    stale: tuple[str, ...] = ()
    reads: dict[str, NodeReads] | None = None
    files: dict[str, dict[str, FileStamp]] = field(default_factory=dict)
    variables: tuple[str, ...] = ()

    @property
    def models(self) -> dict[str, DbtRelation]:
        """By name of the model: its table or view."""
        return {each.model: each for each in self.relations if each.model is not None}

    @property
    def counts(self) -> NodeCounts:
        return count_nodes(self.nodes.values())


def count_nodes(nodes: Any) -> NodeCounts:
    """Count `nodes`, any iterable of things with a `type` and a `status`."""
    found = Counter((node.type, node.status) for node in nodes)
    tests = {status: found["test", status] + found["unit_test", status] for status in ("pass", "fail", "error", "warn")}
    return NodeCounts(found["model", "success"], tests["pass"], tests["fail"] + tests["error"], tests["warn"])


@dataclass(frozen=True)
class TableCount:
    """A table or view as schema.name, with its rows."""

    name: str
    rows: int


@dataclass(frozen=True)
class TableValidation:
    """Counts of rows: all, with a null in the declared key, with a declared foreign key without a parent row."""

    total_records: int
    null_ids: int
    orphaned_records: int

    @property
    def data_quality(self) -> Verdict:
        return "FAIL" if self.null_ids or self.orphaned_records else "PASS"


@dataclass(frozen=True)
class Validation:
    """The validation of each raw table, by its name without schema, and of all of them."""

    tables: dict[str, TableValidation] = field(default_factory=dict)

    @property
    def overall(self) -> Verdict:
        return "FAIL" if self.failed else "PASS"

    @property
    def failed(self) -> list[str]:
        return [name for name, table in self.tables.items() if table.data_quality == "FAIL"]

    def as_dict(self) -> dict[str, Any]:
        """The object `validation` of `dev --json`: the tables and, beside them, `overall`.

        A raw table of that very name is shown as "overall (table)", which no other table can be called.
        """
        verdicts: dict[str, Any] = {
            "overall (table)" if name == "overall" else name: {
                "total_records": table.total_records,
                "null_ids": table.null_ids,
                "orphaned_records": table.orphaned_records,
                "data_quality": table.data_quality,
            }
            for name, table in self.tables.items()
        }
        return {**verdicts, "overall": self.overall}


@dataclass(frozen=True)
class ContractOutcome:
    """What a contract made of the rows of a table in the run that loaded it last.

    read = loaded + quarantined + dropped. `quarantined`: by rule; `dropped`: rows that dlt's own steps left out, such
    as those below a cursor; `warned`, `nulled`: rows that were loaded all the same, by rule.
    """

    contract: str
    version: str
    read: int = 0
    loaded: int = 0
    dropped: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    warned: dict[str, int] = field(default_factory=dict)
    nulled: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckOutcome:
    """The outcome of a check of `checks/`: pass, warn, fail or error, and how many rows it found."""

    name: str
    status: str
    failures: int
