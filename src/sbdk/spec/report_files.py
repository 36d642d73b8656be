"""Sections of a report out of `report/*.yml`, in the order of the files' names; and their JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sbdk.core.errors import ConfigError
from sbdk.spec import strict_yaml
from sbdk.spec.problems import explain
from sbdk.spec.report import Chart, Declared, Reference, Section
from sbdk.spec.strict_json import read_text

SHIPPED = Path(__file__).with_name("report.schema.json")


def read_report(folder: Path) -> list[Section]:
    """What the files in `folder` declare; nothing if there is no folder.

    A ConfigError names file, key and the nearest known one.
    """
    return [read_section(path) for path in sorted(folder.glob("*.yml"))]


def read_section(path: Path) -> Section:
    """One file, with the SQL files that it names read into it."""
    content = strict_yaml.load(path)
    if not isinstance(content, dict):
        raise ConfigError("must be a mapping with title and charts", file=path)
    if "file" in content:
        raise ConfigError("file: unknown key", file=path)
    try:
        section = Section.model_validate({**content, "file": path})
    except ValidationError as error:
        message, hint = _first(error)
        raise ConfigError(message, file=path, hint=hint) from None
    return section.model_copy(update={"charts": [_with_sql(chart, path) for chart in section.charts]})


def _with_sql(chart: Chart, path: Path) -> Chart:
    """The chart with the text of its query; a file of that name must lie beside the section's."""
    name = chart.sql.strip()
    if not name.endswith(".sql") or len(name.split()) > 1:
        return chart
    file = path.parent / name
    if Path(name).name != name or not file.is_file():
        found = ", ".join(sorted(one.name for one in path.parent.glob("*.sql"))) or "none"
        raise ConfigError(f"{chart.title}: sql: there is no {name} beside it", file=path, hint=f"there are: {found}")
    return chart.model_copy(update={"sql": read_text(file)})


def _first(error: ValidationError) -> tuple[str, str | None]:
    """The problem to mend first: where, counted as people do, what, and the nearest known key."""
    problem = _telling(error)
    steps = _steps(problem)
    path = ".".join(str(step + 1) if isinstance(step, int) else step for step in steps)
    if problem["type"] == "extra_forbidden":
        _, hint = explain({**problem, "loc": steps[-1:]}, path, _model_at(steps))
        return f"{path}: unknown key", hint
    return explain(problem, path)


def _telling(error: ValidationError) -> dict[str, Any]:
    """A misspelt key before the one that is missing for it; of a union, the branch that came furthest."""
    problems: list[dict[str, Any]] = [{**problem} for problem in error.errors()]
    first = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    place = _steps(first)
    return max((one for one in problems if _steps(one)[: len(place)] == place), key=lambda one: len(_steps(one)))


def _steps(problem: dict[str, Any]) -> tuple[str | int, ...]:
    """Where it is in the file: Pydantic also names the branch of a union, as `dict[…]`, and `[key]`."""
    branches = ("str", "float", "constrained-str")
    return tuple(
        step for step in problem["loc"] if isinstance(step, int) or not (step in branches or step.endswith("]"))
    )


def _model_at(steps: tuple[str | int, ...]) -> type[Declared]:
    if "reference" in steps[:-1]:
        return Reference
    return Chart if "charts" in steps[:-1] else Section


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one file in `report/`."""
    schema = Section.model_json_schema(mode="validation")
    del schema["properties"]["file"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "report/*.yml"}


def schema_text() -> str:
    """The schema as the shipped file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
