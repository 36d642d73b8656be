"""The section of a project that declares no charts: the tables of its warehouse, and the results of its last run."""

from __future__ import annotations

from collections.abc import Sequence

from sbdk.core.sql import literal
from sbdk.spec.report import Chart, Section
from sbdk.state.record import BuildContents
from sbdk.state.record_parts import CheckOutcome, TableCount
from sbdk.targets.base import TableInfo

HOW_TO_ADD = "The project declares no charts yet. A file in report/ with a title, one SELECT, x and y adds one."


def default_charts(contents: BuildContents, catalogue: Sequence[TableInfo] = ()) -> list[Section]:
    """One section about the tables and the run of a build, from the build's record.

    `catalogue`: the tables of the build, from which their columns are counted.
    """
    charts = [_run_figures(contents)]
    if contents.tables:
        charts += [_table_sizes(contents.tables), _table_list(contents.tables, catalogue)]
    if contents.checks:
        charts.append(_check_list(contents.checks))
    return [Section(title="The warehouse", text=HOW_TO_ADD, charts=charts)]


def _run_figures(contents: BuildContents) -> Chart:
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


def _table_sizes(tables: Sequence[TableCount]) -> Chart:
    sql = f"{_row_counts(tables)} order by rows desc, 2 limit 25"
    return Chart(title="Rows by table", sql=sql, x="rows", y="table", colour="schema", size="full")


def _table_list(tables: Sequence[TableCount], catalogue: Sequence[TableInfo]) -> Chart:
    known = [f"({literal(table.schema)}, {literal(table.name)}, {len(table.columns)})" for table in catalogue]
    counts = ", ".join(known or ["(cast(null as varchar), cast(null as varchar), null)"])
    columns = f'select * from (values {counts}) t(schema, "table", columns)'  # noqa: S608
    sql = f'select * from ({_row_counts(tables)}) left join ({columns}) using (schema, "table") order by all'  # noqa: S608
    return Chart(title="Tables and their columns", mark="table", sql=sql, limit=5000)


def _check_list(checks: Sequence[CheckOutcome]) -> Chart:
    rows = ", ".join(f"({literal(check.name)}, {literal(check.status)}, {check.failures})" for check in checks)
    return Chart(title="Checks", mark="table", sql=f'select * from (values {rows}) t("check", status, failures)')  # noqa: S608


def _row_counts(tables: Sequence[TableCount]) -> str:
    parts = ((table.name.partition("."), table.rows) for table in tables)
    rows = ", ".join(f"({literal(schema)}, {literal(name)}, {count})" for (schema, _, name), count in parts)
    return f'select * from (values {rows}) t(schema, "table", rows)'  # noqa: S608
