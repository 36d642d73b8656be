"""The section of a project that declares no charts: what is in its warehouse, and how its last run ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sbdk.core.sql import literal
from sbdk.spec.report import Chart, Section
from sbdk.targets.base import TableInfo

HOW = "The project declares no charts yet. A file in report/ with a title, one SELECT, x and y adds one."


def overview(facts: Mapping[str, Any], catalogue: Sequence[TableInfo] = ()) -> list[Section]:
    """What a build's manifest remembers of its tables and its run, as a section like any other.

    `catalogue`: the tables of the build, for the numbers of their columns.
    """
    charts = [_run(facts)]
    if facts.get("tables"):
        charts += [_sizes(facts["tables"]), _tables(facts["tables"], catalogue)]
    if facts.get("checks"):
        charts.append(_checks(facts["checks"]))
    return [Section(title="The warehouse", text=HOW, charts=charts)]


def _run(facts: Mapping[str, Any]) -> Chart:
    tables, dbt = facts.get("tables", []), facts.get("dbt", {})
    figures = {
        "tables": len(tables),
        "rows": sum(table["rows"] for table in tables),
        "models": dbt.get("models", 0),
        "tests passed": dbt.get("tests_passed", 0),
        "checks": len(facts.get("checks", [])),
    }
    columns = ", ".join(f'{number} as "{name}"' for name, number in figures.items())
    return Chart(title="At a glance", mark="figures", size="full", sql=f"select {columns}")


def _sizes(tables: list[dict[str, Any]]) -> Chart:
    sql = f"{_as_rows(tables)} order by rows desc, 2 limit 25"
    return Chart(title="Rows by table", sql=sql, x="rows", y="table", colour="schema", size="full")


def _tables(tables: list[dict[str, Any]], catalogue: Sequence[TableInfo]) -> Chart:
    known = [f"({literal(one.schema)}, {literal(one.name)}, {len(one.columns)})" for one in catalogue]
    counts = ", ".join(known or ["(cast(null as varchar), cast(null as varchar), null)"])
    columns = f'select * from (values {counts}) t(schema, "table", columns)'  # noqa: S608
    sql = f'select * from ({_as_rows(tables)}) left join ({columns}) using (schema, "table") order by all'  # noqa: S608
    return Chart(title="Tables and their columns", mark="table", sql=sql, limit=5000)


def _checks(checks: list[dict[str, Any]]) -> Chart:
    rows = ", ".join(f"({literal(one['name'])}, {literal(one['status'])}, {int(one['failures'])})" for one in checks)
    return Chart(title="Checks", mark="table", sql=f'select * from (values {rows}) t("check", status, failures)')  # noqa: S608


def _as_rows(tables: list[dict[str, Any]]) -> str:
    parts = ((*table["name"].split(".", 1), int(table["rows"])) for table in tables)
    rows = ", ".join(f"({literal(schema)}, {literal(name)}, {count})" for schema, name, count in parts)
    return f'select * from (values {rows}) t(schema, "table", rows)'  # noqa: S608
