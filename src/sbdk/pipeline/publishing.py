"""Stage publish: what the build holds is written down, and the build becomes the published file."""

from __future__ import annotations

from typing import Any

from sbdk.pipeline.stages import Work, stage


def publish(work: Work) -> None:
    """All or nothing: until the rename inside `warehouse.publish`, the old file is the published one."""
    with stage(work, "publish"):
        _settle(work)
        with work.build.connect() as connection:
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


def _names(work: Work) -> set[tuple[str, str]]:
    return {(schema, name) for name, schema in work.facts.get("models", {}).items()}


def count_tables(connection: Any, models: set[tuple[str, str]], dataset: str) -> list[dict[str, Any]]:
    """Raw tables and models of the file, as schema.table, with their rows."""
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where not internal union all "
        "select schema_name, view_name from duckdb_views() where not internal order by 1, 2"
    ).fetchall()
    wanted = [pair for pair in found if pair in models or (pair[0] == dataset and not pair[1].startswith("_dlt"))]
    return [{"name": f"{schema}.{name}", "rows": _rows(connection, schema, name)} for schema, name in wanted]


def _rows(connection: Any, schema: str, name: str) -> int:
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
    return int(connection.execute(f"select count(*) from {quoted}").fetchall()[0][0])  # noqa: S608
