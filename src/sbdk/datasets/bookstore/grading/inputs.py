"""The bookstore: what the generator made up to the clock of the build, and what is true of its experiments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SourceError
from sbdk.score.graded import Graded

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection as Connection

    from sbdk.pipeline.project import Project
    from sbdk.synth.table import World

COLUMNS = {
    "books": ("book_id", "created_at"),
    "sales": ("book_id", "sale_date", "quantity", "total_amount"),
    "campaign_events": ("experiment_id", "treatment_group", "impressions", "clicks", "spend", "campaign_date"),
}


def grade_bookstore(project: Project, connection: Connection) -> Graded:
    """Against the rows before the clock of what was published; of another file, before the same, else the anchor.

    Raises ConfigError for a wrong mapping; SourceError if the published data were made by another seed or volume.
    """
    from sbdk.datasets.bookstore.grading import grade

    world = project.world()
    published = project.warehouse().current()
    if published:
        _same_world(world, published.facts.get("worlds", {}))
    clock = (published.clock if published else None) or world.anchor
    books: Any = world.owner("books") if hasattr(world, "owner") else world
    truth = {name: _rows(books, name, columns, clock) for name, columns in COLUMNS.items()}
    truth["experiments"] = books.experiments()
    last_day = (clock - timedelta(microseconds=1)).date()
    card = grade(connection, truth, last_day, project.loaded.config.score)
    return Graded(card, {name: truth[name].num_rows for name in COLUMNS})


def _same_world(world: World, known: dict[str, str]) -> None:
    """SourceError if the published rows are of another world: then its truth is not theirs."""
    for table in COLUMNS:
        if known.get(table) not in (None, world.fingerprint(table)):
            raise SourceError(
                f"what was published of {table} was made by another seed, volume or range",
                hint="`sbdk dev --full-refresh`, or the configuration that it was made with",
            )


def _rows(world: World, table: str, columns: tuple[str, ...], clock: datetime) -> pa.Table:
    import pyarrow as pa

    batches = [batch.select(list(columns)) for batch in world.batches(table, clock=clock)]
    schema = pa.schema([world.schema(table).field(name) for name in columns])
    return pa.Table.from_batches(batches, schema)
