"""Steps that hold what a resource yields against the contract of its table, and count what goes on to dlt.

A row passes the user's own maps and filters, then the contract, then dlt's `incremental`: a value that the contract
rejects does not move a cursor. Files that are imported as they are, are read, and written anew only if a row is set
aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from dlt.extract import DltResource, DltSource
from dlt.extract.extractors import ImportFileMeta
from dlt.extract.hints import HintsMeta
from dlt.extract.items_transform import ItemTransform

from sbdk.load.compat import pipe_of
from sbdk.load.evaluation import group_rows

BATCH = 200_000  # rows of a file that are validated at once

_TYPE = ("data_type", "precision", "scale", "timezone")


class Validator(Protocol):
    """The contract of one table."""

    def __call__(self, item: Any) -> Any:
        """The item (a dict, a list of them, Arrow) without the rows that are set aside; None: nothing is left."""

    def converts(self, column: str, data_type: str) -> bool:
        """Whether the contract's type of a column is another one than `data_type`, as dlt names it."""


class Contracts(Protocol):
    """The contracts of a run, by table."""

    def begin(self) -> None:
        """Forget what was counted: the sources run from the start."""

    def validator(self, table: str, name: Callable[[str], str], file: Path | None) -> Validator | None:
        """For the rows of a table; None without a contract. `name`: from a column of the source to the table's."""


class ValidationStep(ItemTransform[Any, dict[str, Any]]):  # type: ignore[misc]
    """Passes each item through `validate`."""

    def __init__(self, validate: Validator, work: Path) -> None:
        super().__init__(validate)
        self._validate = validate
        self._work = work

    def __call__(self, item: Any, meta: Any = None) -> Any:
        if isinstance(meta, ImportFileMeta):
            if meta.file_format == "parquet":
                self._import(meta)
            return item
        if isinstance(meta, HintsMeta):
            self._leave_types(meta.hints.get("columns"))
        return self._validate(item)

    def _leave_types(self, columns: Any) -> None:
        """Leave out the declared types of columns whose values the contract converts: their new type counts."""
        for name, hint in columns.items() if isinstance(columns, dict) else ():
            if isinstance(hint, dict) and self._validate.converts(name, hint.get("data_type", "")):
                for key in _TYPE:
                    hint.pop(key, None)

    def _import(self, meta: ImportFileMeta) -> None:
        """Validate the rows of a Parquet file; if they do not all pass, import another file with those that do."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = Path(meta.file_path)
        writer, rows = None, 0
        for index, batch in enumerate(pq.ParquetFile(path).iter_batches(BATCH)):
            kept = self._validate(batch)
            if kept is not batch and writer is None:
                self._work.mkdir(parents=True, exist_ok=True)
                changed = self._work / f"validated-{path.name}"
                writer = pq.ParquetWriter(changed, pq.read_schema(path))
                meta.file_path = str(changed)
                for earlier in islice(pq.ParquetFile(path).iter_batches(BATCH), index):
                    writer.write_batch(earlier)
                    rows += earlier.num_rows
            if writer is not None and kept is not None:
                table = kept if isinstance(kept, pa.Table) else pa.Table.from_batches([kept])
                writer.write_table(table.cast(pq.read_schema(path)))
                rows += table.num_rows
        if writer is not None:
            writer.close()
            meta.metrics = meta.metrics._replace(items_count=rows)


class CountStep(ItemTransform[Any, dict[str, Any]]):  # type: ignore[misc]
    """Counts the rows that reach the end of a pipe, behind dlt's own steps."""

    placement_affinity = 1.5

    def __init__(self, counts: Counter[str], table: str, lock: Lock) -> None:
        super().__init__(lambda item: item)
        self._counts = counts
        self._table = table
        self._lock = lock

    def __call__(self, item: Any, meta: Any = None) -> Any:
        with self._lock:
            self._counts[self._table] += _rows(item, meta)
        return item


def _rows(item: Any, meta: Any) -> int:
    if isinstance(meta, ImportFileMeta):
        return int(meta.metrics.items_count)
    if isinstance(item, list):
        return sum(_rows(each, None) for each in item)
    return int(getattr(item, "num_rows", 1))


def validated(sources: Iterable[DltSource], contracts: Contracts, files: dict[str, Path], work: Path) -> Counter[str]:
    """Add the steps to each resource whose table has a contract. By table: the rows that go on to dlt, as they do."""
    contracts.begin()
    counts: Counter[str] = Counter()
    lock = Lock()
    for source in sources:
        for name, resource in source.resources.selected.items():
            _add_steps(source, resource, contracts, files.get(name), work, (counts, lock))
    return counts


def _add_steps(
    source: DltSource,
    resource: DltResource,
    contracts: Contracts,
    file: Path | None,
    work: Path,
    counting: tuple[Counter[str], Lock],
) -> None:
    naming = source.schema.naming
    if not isinstance(resource.table_name, str):  # a table for each row
        return
    table = naming.normalize_table_identifier(resource.table_name)

    def name(column: str) -> str:
        return str(naming.normalize_path(column)) if column.strip() else "_empty"

    validate = contracts.validator(table, name, file)
    if validate is not None:
        if not any(pipe_of(other).parent is pipe_of(resource) for other in source.resources.values()):
            group_rows(resource)
        pipe = pipe_of(resource)
        pipe.append_step(ValidationStep(validate, work))
        pipe.append_step(CountStep(counting[0], table, counting[1]))
