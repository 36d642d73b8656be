"""The section of a project that declares no charts: what is in its warehouse, and how its last run ended."""

from __future__ import annotations

from collections.abc import Sequence

from sbdk.core.sql import literal
from sbdk.spec.report import Chart, Section
from sbdk.state.record import BuildContents
from sbdk.state.record_parts import CheckOutcome, TableCount
from sbdk.targets.base import TableInfo

HOW = "The project declares no charts yet. A file in report/ with a title, one SELECT, x and y adds one."


def default_charts(contents: BuildContents, catalogue: Sequence[TableInfo] = ()) -> list[Section]:
    """What a build's record says of its tables and its run, as a section like any other.

    `catalogue`: the tables of the build, for the numbers of their columns.
    """
    charts = [_run(contents)]
    if contents.tables:
        charts += [_sizes(contents.tables), _tables(contents.tables, catalogue)]
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


def _tables(tables: Sequence[TableCount], catalogue: Sequence[TableInfo]) -> Chart:
    known = [f"({literal(one.schema)}, {literal(one.name)}, {len(one.columns)})" for one in catalogue]
    counts = ", ".join(known or ["(cast(null as varchar), cast(null as varchar), null)"])
    columns = f'select * from (values {counts}) t(schema, "table", columns)'  # noqa: S608
    sql = f'select * from ({_as_rows(tables)}) left join ({columns}) using (schema, "table") order by all'  # noqa: S608
    return Chart(title="Tables and their columns", mark="table", sql=sql, limit=5000)


def _checks(checks: Sequence[CheckOutcome]) -> Chart:
    rows = ", ".join(f"({literal(one.name)}, {literal(one.status)}, {one.failures})" for one in checks)
    return Chart(title="Checks", mark="table", sql=f'select * from (values {rows}) t("check", status, failures)')  # noqa: S608


def _as_rows(tables: Sequence[TableCount]) -> str:
    parts = ((table.name.partition("."), table.rows) for table in tables)
    rows = ", ".join(f"({literal(schema)}, {literal(name)}, {count})" for (schema, _, name), count in parts)
    return f'select * from (values {rows}) t(schema, "table", rows)'  # noqa: S608
