"""The section of a project that declares no charts: what is in its warehouse, and how its last run ended."""

from __future__ import annotations

from collections.abc import Sequence

from sbdk.core.sql import literal
from sbdk.spec.report import Chart, Section
from sbdk.state.record import BuildContents
from sbdk.state.record_parts import CheckAnswer, TableCount

HOW = "The project declares no charts yet. A file in report/ with a title, one SELECT, x and y adds one."


def overview(contents: BuildContents) -> list[Section]:
    """What a build's record says of its tables and its run, as a section like any other."""
    charts = [_run(contents)]
    if contents.tables:
        charts += [_sizes(contents.tables), _tables(contents.tables)]
    if contents.checks:
        charts.append(_checks(contents.checks))
    return [Section(title="The warehouse", text=HOW, charts=charts)]


def _run(contents: BuildContents) -> Chart:
    counts = contents.dbt.counts
    figures = {
        "tables": len(contents.tables),
        "rows": sum(table.rows for table in contents.tables),
        "models": counts.models,
        "tests passed": counts.tests_passed,
        "checks": len(contents.checks),
    }
    columns = ", ".join(f'{number} as "{name}"' for name, number in figures.items())
    return Chart(title="At a glance", mark="figures", size="full", sql=f"select {columns}")


def _sizes(tables: Sequence[TableCount]) -> Chart:
    sql = f"{_as_rows(tables)} order by rows desc, 2 limit 25"
    return Chart(title="Rows by table", sql=sql, x="rows", y="table", colour="schema", size="full")


def _tables(tables: Sequence[TableCount]) -> Chart:
    columns = (
        'select schema_name as schema, table_name as "table", count(*) as columns from duckdb_columns() group by all'
    )
    sql = f'select * from ({_as_rows(tables)}) left join ({columns}) using (schema, "table") order by all'  # noqa: S608
    return Chart(title="Tables and their columns", mark="table", sql=sql, limit=5000)


def _checks(checks: Sequence[CheckAnswer]) -> Chart:
    rows = ", ".join(f"({literal(one.name)}, {literal(one.status)}, {one.failures})" for one in checks)
    return Chart(title="Checks", mark="table", sql=f'select * from (values {rows}) t("check", status, failures)')  # noqa: S608


def _as_rows(tables: Sequence[TableCount]) -> str:
    parts = ((table.name.partition("."), table.rows) for table in tables)
    rows = ", ".join(f"({literal(schema)}, {literal(name)}, {count})" for (schema, _, name), count in parts)
    return f'select * from (values {rows}) t(schema, "table", rows)'  # noqa: S608
