"""Stage publish: what the build holds is written down, and the build becomes the published file."""

from __future__ import annotations

from typing import Any

from sbdk.core.events import Event
from sbdk.pipeline.stages import Work, stage
from sbdk.warehouse.reader import quoted

_RELATIONS = """
    select schema_name, table_name, 'table' as kind from duckdb_tables() where not internal
    union all select schema_name, view_name, 'view' from duckdb_views() where not internal
    order by 1, 2
"""


def publish(work: Work) -> None:
    """All or nothing: until the rename inside `warehouse.publish`, the old file is the published one."""
    with stage(work, "publish"):
        _settle(work)
        with work.build.connect() as connection:
            _drop_gone(work, connection)
            work.facts["tables"] = work.result.tables = count_tables(connection, _names(work), work.dataset)
        work.facts["dbt"] = vars(work.result.dbt)
        published = work.warehouse.publish(work.build, work.result.run_id, work.facts)
        work.result.published = str(published.path)


def _settle(work: Work) -> None:
    """Which models no longer match the raw tables, and which inputs the build was made from."""
    before, plan = work.plan.before, work.plan
    work.facts.pop("nodes", None)
    built = set(work.facts.pop("built", ()))
    models = set(work.facts.get("models", {})) or {
        path.stem for path in work.project.loaded.dbt.glob("models/**/*.sql")
    }
    behind = models if work.facts.pop("loads") or plan.other_world else set(before.get("stale", ()))
    work.result.stale = work.facts["stale"] = sorted(behind - built)
    inputs = dict(plan.inputs)
    if not (plan.transform.run or work.resumed) or work.options.select:
        inputs["dbt"] = before.get("inputs", {}).get("dbt", "")
    if not plan.check.run or work.options.pipelines_only:
        inputs["checks"] = before.get("inputs", {}).get("checks", "")
    work.facts["inputs"] = inputs


def _drop_gone(work: Work, connection: Any) -> None:
    """The tables of models that the dbt project no longer has: nobody builds or tests them any more."""
    gone = work.plan.before.get("models", {}).keys() - work.facts.get("models", {}).keys()
    kinds = {(schema, name): kind for schema, name, kind in connection.execute(_RELATIONS).fetchall()}
    before = _places(work.plan.before)
    for name in sorted(gone):
        place = before[name]
        if place in kinds and place not in _names(work):
            connection.execute(f"drop {kinds[place]} {quoted(place[0])}.{quoted(place[1])}")
            work.emit(Event("note", "publish", f"dropped {'.'.join(place)}: its model is gone"))


def _names(work: Work) -> set[tuple[str, str]]:
    return set(_places(work.facts).values())


def _places(facts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Schema and table of each model; a model can have another name in the database."""
    aliases = facts.get("aliases", {})
    return {name: (schema, aliases.get(name, name)) for name, schema in facts.get("models", {}).items()}


def count_tables(connection: Any, models: set[tuple[str, str]], dataset: str) -> list[dict[str, Any]]:
    """Raw tables and models of the file, as schema.table, with their rows."""
    found = [(schema, name) for schema, name, _ in connection.execute(_RELATIONS).fetchall()]
    wanted = [pair for pair in found if pair in models or (pair[0] == dataset and not pair[1].startswith("_dlt"))]
    return [{"name": f"{schema}.{name}", "rows": _rows(connection, schema, name)} for schema, name in wanted]


def _rows(connection: Any, schema: str, name: str) -> int:
    counted = connection.execute(f"select count(*) from {quoted(schema)}.{quoted(name)}")  # noqa: S608
    return int(counted.fetchall()[0][0])
