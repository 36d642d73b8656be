"""What a target is: the place where a project's tables are built, published, read and rolled back.

A run works in a `Build`, which nobody else sees; `Target.publish` makes it the published state at one instant, and a
reader that was open before keeps the state that it opened. This interface names no database: PostgreSQL (a schema
per build, renamed in one transaction), Snowflake or Spark (snapshots) would be further implementations. Differences
between targets are data, in `Capabilities`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

    from sbdk.state.builds import PublishedBuild
    from sbdk.state.record import BuildContents, FailedBuild, RecordDraft
    from sbdk.targets.changes import Diff

Row: TypeAlias = tuple[Any, ...]
QueryFunction: TypeAlias = "Callable[[str, int | None], pa.Table]"
"""Runs one statement of a user, and returns at most so many of its rows (None: all)."""


@dataclass(frozen=True)
class Capabilities:
    """What a target can do.

    dialect: of its SQL, by dbt's and SQLGlot's name. publish: how a build goes live. keeps_builds: earlier builds can
    be read, compared and published again. lock_free_readers: readers and a publish never wait for each other.
    transactional_ddl: CREATE and DROP roll back. parallel_reads: cursors of one connection read at the same time.
    arrow: results arrive as Arrow without a detour. other_processes: another process (dbt's worker) reaches a build.
    """

    dialect: str
    publish: Literal["rename", "swap_schema", "snapshot"]
    keeps_builds: bool = True
    lock_free_readers: bool = True
    transactional_ddl: bool = True
    parallel_reads: bool = True
    arrow: bool = True
    other_processes: bool = True


@dataclass(frozen=True)
class ColumnInfo:
    """A column; `type` as the target's SQL names it."""

    name: str
    type: str
    nullable: bool = True


@dataclass(frozen=True)
class TableInfo:
    """A table or view with its columns in order."""

    schema: str
    name: str
    kind: Literal["table", "view"]
    columns: tuple[ColumnInfo, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Selected:
    """The first `rows` of a query, as `targets.values.values_of` has them, and the number of all its rows, `total`."""

    columns: list[str]
    rows: list[Row]
    total: int


@dataclass(frozen=True)
class Problem:
    """`severity` error: the published state cannot be trusted; warn: worth knowing. `code` is for programs."""

    severity: Literal["error", "warn"]
    code: str
    message: str
    hint: str | None = None


class Connection(Protocol):
    """A session. Every method that runs SQL raises QueryError with the target's message, QueryForbidden for what the
    session may not do, QueryTimeout inside `time_limit`. Parameters are written `?`.
    """

    def query(self, sql: str, params: Sequence[object] = (), *, limit: int | None = None) -> pa.Table:
        """The rows of a query, as Arrow; at most `limit` of them.

        A value of a type that Arrow lacks is the target's own text.
        """

    def batches(self, sql: str, params: Sequence[object] = (), *, rows: int = 100_000) -> pa.RecordBatchReader:
        """The same in batches of about `rows` rows; nothing else may run on the session until all are read."""

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """The rows of a query as Python values: integers and decimals exact, times as datetime."""

    def value(self, sql: str, params: Sequence[object] = ()) -> Any:
        """The first value of the first row; None without a row."""

    def execute(self, sql: str, params: Sequence[object] = ()) -> None:
        """Run statements whose result does not matter."""

    def select(self, sql: str, most: int) -> Selected:
        """At most `most` rows of the one SELECT `sql`, which cannot write whatever it contains. QueryError."""

    def tables(self, schema: str | None = None) -> list[TableInfo]:
        """Tables and views of the published state or the build, or those of one schema, by schema and name.

        Temporary tables and the target's own are left out; tables of sbdk (`_sbdk`) and dlt are among them.
        """

    def columns(self, table: str, schema: str | None = None) -> list[ColumnInfo]:
        """The columns of one table or view, in order; none if it does not exist. Without `schema`: as SQL finds it."""

    def source_tables(self, sql: str) -> set[str]:
        """The tables and views that a query reads, as schema.table or table; none if it cannot be parsed."""

    def search_all(self) -> None:
        """From now on a name without a schema is found in every schema, in `main` first and in `quarantine` last.
        QueryError, in `query` and `select`, for one that several of the others have."""

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable in SQL as `name`, in this session only."""

    def unregister(self, name: str) -> None:
        """Undo `register`."""

    def time_limit(self, seconds: float | None) -> AbstractContextManager[None]:
        """Statements inside the block are interrupted after `seconds`: QueryTimeout. None: no limit."""

    def interrupt(self) -> None:
        """Interrupt the running statement, from another thread."""

    def cursor(self) -> Connection:
        """A second session on the same state, for another thread; see `Capabilities.parallel_reads`."""

    def close(self) -> None: ...

    def __enter__(self) -> Connection: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Build(Protocol):
    """A private copy of the published state, or an empty one, that a run fills.

    `folder`: files of the run beside the build, removed with it. `parent`: the run whose state was copied, None for an
    empty build.
    """

    @property
    def folder(self) -> Path: ...

    @property
    def run_id(self) -> str: ...

    @property
    def parent(self) -> str | None: ...

    def connect(self) -> Connection:
        """A read-write session; close it before another process, or `publish`, uses the build."""

    def dlt_destination(self, connection: Connection) -> Any:
        """The build as a dlt destination, through a session of this build that stays open as long as dlt works."""

    def dbt_profile(self) -> dict[str, str]:
        """The output of a dbt profile that leads to the build: the adapter's `type`, and its own keys."""

    def enroll(self, pid: int) -> None:
        """Record a worker process, so that the next run can end it if it outlives this one."""

    def dismiss(self, pid: int) -> None:
        """Remove the record of a worker that lives on: it has closed this build, and will not open it again."""

    def clock(self) -> datetime | None:
        """The build's clock, naive UTC; None if none was set."""

    def set_clock(self, now: datetime) -> None:
        """Set the build's clock, naive UTC; it is published and rolled back with the tables."""


class Target(Protocol):
    """The published state of a project, the build of a run, and the builds that were kept.

    Whatever changes something expects the caller to hold the ProjectLock. Reading needs no lock.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def exists(self) -> bool:
        """Whether anything is published, readable or not."""

    def current(self) -> PublishedBuild | None:
        """The published build; None before the first. WarehouseDamaged if it is none of ours; LockHeld."""

    def verify(self) -> PublishedBuild | None:
        """As `current`, after looking at every byte."""

    def builds(self) -> list[PublishedBuild]:
        """The published build and the earlier ones that were kept, oldest publication first."""

    def stamp(self) -> tuple[object, ...]:
        """A cheap value that changes when another build is published or the kept builds change."""

    def diagnose(self) -> list[Problem]:
        """Every problem, errors first. Changes nothing."""

    def diff(
        self,
        before: PublishedBuild,
        after: PublishedBuild,
        keys: Mapping[str, tuple[str, ...]] | None = None,
        *,
        max_seconds: float | None = None,
    ) -> Diff:
        """Compare two builds of `builds`. `keys`: schema.table to its key columns, where the caller knows them."""

    # ---- reading

    def reader(self) -> Connection:
        """A read-only session for the program's own SQL; it shows the state of its opening until it is closed."""

    def sandbox(self, *, max_seconds: float | None = None) -> AbstractContextManager[Connection]:
        """A reader that reaches nothing but the published state, within a time limit."""

    def query(self, sql: str, *, max_seconds: float | None = None, max_rows: int | None = None) -> pa.Table:
        """One read-only statement of a user in the sandbox. QueryForbidden for any other."""

    def queries(self, *, max_seconds: float | None = None) -> AbstractContextManager[QueryFunction]:
        """Several such statements on one and the same build, each within the time limit."""

    # ---- a run

    def begin(self, run_id: str, *, empty: bool = False) -> Build:
        """A new build: a verified copy of the published state, or an empty one. What an earlier run left is removed."""

    def publish(self, build: Build, run_id: str, contents: BuildContents) -> PublishedBuild:
        """Make the build the published state, all of it or nothing, and keep `contents` in its record.

        Every session of it must be closed.
        """

    def keep_failed(self, build: Build, run_id: str, stage: str, draft: RecordDraft) -> None:
        """Keep the build of a run that failed in `stage` until the next run, for `dev --retry`."""

    def failed(self) -> tuple[Build, FailedBuild] | None:
        """The build kept by `keep_failed`; None when another run or a rollback came since."""

    def resume(self, build: Build) -> Build:
        """Continue a failed build; if this run is killed, the build cannot be resumed again."""

    def copy_tables(self, build: Build, wanted: Callable[[TableInfo], bool]) -> list[tuple[str, str]]:
        """Copy the wanted tables of the published state, with constraints, into a build that lacks them; their schemas
        and names. WarehouseDamaged if the published state cannot be trusted."""

    def clear_build(self) -> None:
        """Remove what is left of a build, and end its workers."""

    def dbt_profile(self) -> dict[str, str]:
        """As `Build.dbt_profile`, for the next build: dbt parses before it is begun."""

    # ---- rollback

    def rollback_target(self, run_id: str | None = None) -> PublishedBuild:
        """The build that `rollback` would publish. UnknownName or UsageError if there is none."""

    def rollback(self, run_id: str | None = None) -> PublishedBuild:
        """Publish a kept build again, tables and clock and record: `run_id`, else the one before."""

    def working_copy(self, folder: Path) -> Path:
        """A copy of the published state below `folder`, for raw dbt; nothing published: a path without a file."""
