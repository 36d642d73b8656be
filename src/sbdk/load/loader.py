"""Runs dlt on the build: extracts sources, normalizes and loads them, drops tables that are to be rebuilt."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, Literal

import dlt
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.common.pipeline import ExtractInfo
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from sbdk.core.errors import DiskError, LoadError, LockHeld, WarehouseDamaged
from sbdk.core.events import Emit, Warned, silent
from sbdk.core.sql import quoted
from sbdk.load.compat import compare_keys_apart, import_pandas
from sbdk.load.dlt_logging import ProgressCollector, forward_log
from sbdk.load.errors import load_error, retrying, source_error
from sbdk.load.evaluation import Scope, evaluated_within
from sbdk.load.prepare import can_rerun, local_patterns, prepare_sources, source_files
from sbdk.load.row_counts import RowCounts, discarded_rows, extracted_rows, normalized_rows
from sbdk.load.session import session
from sbdk.load.sources import DEFAULT_SOURCE
from sbdk.load.validation import Contracts, validated
from sbdk.targets.base import Build, Connection


class Loader:
    """Loads sources into one private build, in two phases: `extract` runs the generators, `load` writes the tables.

    build: where rows are loaded. work: dlt's working folder; removed and created again, because only the state in the
    build counts. root: the project. pipelines: where helper modules are found (default root/pipelines). parallel:
    resources that belong to no source of their own run in parallel. contracts: what rows are held to. wait: sleeps for
    the seconds between attempts.
    """

    def __init__(
        self,
        build: Build,
        work: Path,
        dataset: str = "raw",
        pipeline_name: str = "sbdk",
        threads: int | None = None,
        *,
        root: Path,
        pipelines: Path | None = None,
        parallel: bool = True,
        contracts: Contracts | None = None,
        wait: Callable[[float], None] = sleep,
    ) -> None:
        self.build = build
        self.work = work.resolve()
        self.dataset = NamingConvention().normalize_identifier(dataset)
        self.pipeline_name = pipeline_name
        self.threads = threads or 4
        self.root = root.resolve()
        self.pipelines = (pipelines or root / "pipelines").resolve()
        self.parallel = parallel
        self.contracts = contracts
        self.validated: Counter[str] = Counter()
        """By table with a contract: the rows that kept it and that dlt's own steps did not drop."""
        self.wait = wait
        self._pipeline: Any = None
        self._source_files: dict[str, Path] = {}
        self.local_patterns: dict[str, list[str]] = {}
        """By resource: the local files that `extract` read through dlt's filesystem source, as absolute globs."""
        self._extracted: RowCounts = {}
        self._progress = ProgressCollector()

    def extract(
        self,
        sources: Iterable[DltSource],
        *,
        refresh: Refresh = False,
        again: Callable[[], Iterable[DltSource]] | None = None,
        scope: Scope | None = None,
        emit: Emit = silent,
    ) -> RowCounts:
        """Run the sources and keep the items they yield in `work`; nothing is loaded. Rows per table as yielded.

        refresh: True drops tables and cursors of all these sources first, a collection those of the resources or tables
        named in it. A source that does not respond is tried three times; again: creates the sources of another attempt,
        best by importing their files again. Without it, sources that can be read only once are not tried again.
        scope: a context manager for source and resource (names), within which the resource's own code is run.
        Raises SourceError with the line of the user's file, SourceUnavailable when all attempts failed.
        """
        with session(self.root, self.work) as dlt_session:
            prepared = self._prepare(sources, scope)
            if not prepared:
                return {}
            self._progress.emit = emit
            import_pandas()
            with forward_log(dlt_session, emit, "generate"):
                for attempt in retrying(self.wait, emit, repeat=again is not None or can_rerun(prepared)):
                    with attempt:
                        if again is not None and attempt.retry_state.attempt_number > 1:
                            prepared = self._prepare(again(), scope)
                        infos = self._extract_once(extract_calls(prepared, refresh))
        self.local_patterns = local_patterns(prepared)
        self._extracted = extracted_rows(infos)
        return self._extracted

    def load(self, emit: Emit = silent) -> RowCounts:
        """Write everything extracted into the build. Rows per table as loaded, tables of nested lists included.

        Raises LoadError; the build cannot be used after that.
        """
        if self._pipeline is None:
            return {}
        self._progress.emit = emit
        with session(self.root, self.work) as dlt_session, forward_log(dlt_session, emit, "load"):
            try:
                normalized = self._pipeline.normalize(workers=1)
                self._write_build()
            except PipelineStepFailed as error:
                raise load_error(error, self._source_files) from error
        loaded = normalized_rows(normalized)
        for table, rows in discarded_rows(self.schemas, self._extracted, loaded).items():
            emit(Warned("load", f"{table}: its schema_contract discarded {rows:,} rows"))
        return loaded

    @property
    def schemas(self) -> Any:
        """dlt's schemas by name; empty before the first extraction."""
        return self._pipeline.schemas if self._pipeline is not None else {}

    def _prepare(self, sources: Iterable[DltSource], scope: Scope | None) -> list[DltSource]:
        originals = list(sources)
        self._source_files = source_files(originals, self.pipelines)
        if self.contracts is not None:
            self.validated = validated(originals, self.contracts, self._source_files, self.work.parent / "validated")
        prepared = prepare_sources(originals, self.pipelines, parallel=self.parallel)
        if scope is not None:
            for source in prepared:
                evaluated_within(source, scope)
        return prepared

    def _write_build(self) -> None:
        compare_keys_apart()
        with open_build(self.build) as connection:
            self._pipeline.load(self.build.dlt_destination(connection), workers=self.threads)
            drop_staging(connection, self._pipeline.dataset_name)

    def _extract_once(self, calls: list[tuple[Mode, list[DltSource]]]) -> list[ExtractInfo]:
        try:
            with open_build(self.build) as connection:
                self._start(connection)
                return [self._pipeline.extract(sources, refresh=mode) for mode, sources in calls]
        except (PipelineStepFailed, SystemExit) as error:
            raise source_error(error, self.pipelines, self._source_files) from error

    def _start(self, connection: Connection) -> None:
        """Create the pipeline in an empty working folder, and restore its state from the build."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True, mode=0o700)
        known_name = stored_pipeline_name(connection, self.dataset)
        self._pipeline = dlt.pipeline(
            known_name or self.pipeline_name,
            pipelines_dir=str(self.work),
            destination=self.build.dlt_destination(connection),
            dataset_name=self.dataset,
            progress=self._progress,
        )
        if known_name:
            self._pipeline.sync_destination()


Mode = Literal["drop_sources", "drop_resources"] | None
Refresh = bool | Collection[str]
"""True: all of them. A collection: the resources or tables so named. False: none."""


def extract_calls(sources: list[DltSource], refresh: Refresh) -> list[tuple[Mode, list[DltSource]]]:
    """The calls of dlt's `extract`: for each, its refresh mode (which tables to drop before) and its sources.

    In the default source only resources of this run are dropped: others in it may be up to date.
    """
    if not refresh:
        return [(None, sources)]
    if refresh is True:
        loose = [source for source in sources if source.name == DEFAULT_SOURCE]
        others = [source for source in sources if source.name != DEFAULT_SOURCE]
        return _not_empty([("drop_resources", loose), ("drop_sources", others)])
    chosen = [_part(source, refresh, named=True) for source in sources]
    rest = [_part(source, refresh, named=False) for source in sources]
    return _not_empty([("drop_resources", [part for part in chosen if part]), (None, [part for part in rest if part])])


def _part(source: DltSource, names: Collection[str], *, named: bool) -> DltSource | None:
    """The source with just the resources that are (not) named; None when there are none."""
    wanted = [
        name
        for name, resource in source.resources.selected.items()
        if (name in names or resource.table_name in names) is named
    ]
    return source.with_resources(*wanted) if wanted else None


def _not_empty(calls: list[tuple[Mode, list[DltSource]]]) -> list[tuple[Mode, list[DltSource]]]:
    return [(mode, sources) for mode, sources in calls if sources]


@contextmanager
def open_build(build: Build) -> Iterator[Connection]:
    """A connection to the build; LoadError when it cannot be opened."""
    try:
        connection = build.connect()
    except (WarehouseDamaged, LockHeld, DiskError) as error:
        raise LoadError(f"the build cannot be opened: {error.message}", file=error.file) from error
    with connection:
        yield connection


def stored_pipeline_name(connection: Connection, dataset: str) -> str | None:
    """The pipeline name under which the build stores dlt's cursors, None if it stores none.

    dlt finds cursors by that name only; under another one, after the project was renamed, it would load all rows again.
    """
    if not connection.columns("_dlt_pipeline_state", dataset):
        return None
    table = f"{quoted(dataset)}._dlt_pipeline_state"
    name = connection.value(f"SELECT pipeline_name FROM {table} ORDER BY version DESC LIMIT 1")  # noqa: S608
    return None if name is None else str(name)


def drop_staging(connection: Connection, dataset: str) -> None:
    """Drop the schema in which dlt stages the rows of a merge: it is not to be published, and dlt creates it again."""
    staging = f"{dataset}_staging"
    if connection.columns("_dlt_version", staging):
        connection.execute(f"DROP SCHEMA {quoted(staging)} CASCADE")
