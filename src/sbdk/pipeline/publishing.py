"""Stage publish: what the build holds is written down, and the build becomes the published file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbdk.core.events import Event
from sbdk.core.sql import quoted
from sbdk.pipeline.stages import Work, stage

if TYPE_CHECKING:
    from sbdk.targets.base import Connection


def publish(work: Work) -> None:
    """All or nothing: until the rename inside `warehouse.publish`, the old file is the published one."""
    with stage(work, "publish"):
        _settle(work)
        with work.build.connect() as connection:
            _drop_gone(work, connection)
            work.facts["tables"] = work.result.tables = count_tables(connection, _names(work.facts), work.dataset)
        published = work.warehouse.publish(work.build, work.result.run_id, work.facts)
        work.result.published = str(published.path)


def _settle(work: Work) -> None:
    """Which models no longer match the raw tables, and which inputs the build was made from."""
    before, plan = work.plan.before, work.plan
    built = set(work.facts.pop("built", ()))
    models = set(work.facts.get("models", {})) or {
        path.stem for path in work.project.loaded.dbt.glob("models/**/*.sql")
    }
    behind = models if work.facts.pop("loads") or plan.other_world else set(before.get("stale", ()))
    work.result.stale = work.facts["stale"] = sorted(behind - built)
    inputs = dict(plan.inputs)
    if work.resumed:  # what was mended since in other models is for the next run to see
        inputs["dbt"] = work.facts["inputs"]["dbt"]
    elif not plan.transform.run or work.options.select:
        inputs["dbt"] = before.get("inputs", {}).get("dbt", "")
    if not plan.check.run or work.options.pipelines_only:
        inputs["checks"] = before.get("inputs", {}).get("checks", "")
    work.facts["inputs"] = inputs


def _drop_gone(work: Work, connection: Connection) -> None:
    """Tables and views of models and seeds that the dbt project no longer has, or has under another name now."""
    kinds = {(table.schema, table.name): table.kind for table in connection.tables()}
    for place in sorted(_made(work.plan.before) - _made(work.facts)):
        if place in kinds:
            connection.execute(f"drop {kinds[place]} {quoted(place[0])}.{quoted(place[1])}")
            work.emit(Event("note", "publish", f"dropped {'.'.join(place)}: its model is gone"))


def _made(facts: dict[str, Any]) -> set[tuple[str, str]]:
    """Schema and name of all that dbt made."""
    return {(schema, name) for schema, name in facts.get("relations", ())} | _names(facts)


def _names(facts: dict[str, Any]) -> set[tuple[str, str]]:
    """Schema and name of each model; a model can have another name in the database."""
    aliases = facts.get("aliases", {})
    return {(schema, aliases.get(name, name)) for name, schema in facts.get("models", {}).items()}


def count_tables(connection: Connection, models: set[tuple[str, str]], dataset: str) -> list[dict[str, Any]]:
    """Raw tables and models of the file, as schema.table, with their rows."""
    found = [(table.schema, table.name) for table in connection.tables()]
    wanted = [pair for pair in found if pair in models or (pair[0] == dataset and not pair[1].startswith("_dlt"))]
    return [{"name": f"{schema}.{name}", "rows": _rows(connection, schema, name)} for schema, name in wanted]


def _rows(connection: Connection, schema: str, name: str) -> int:
    return int(connection.value(f"select count(*) from {quoted(schema)}.{quoted(name)}"))  # noqa: S608
