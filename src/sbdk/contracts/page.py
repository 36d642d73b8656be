"""A contract as one self-contained HTML page: no script, and no address of another place that a browser would fetch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.contracts.document import Contract, TableContract, action_of, column_name
from sbdk.contracts.exports.export import allowed_values, is_required, is_unique, options, references
from sbdk.contracts.row_clauses import per_row
from sbdk.contracts.table_clauses import table_clauses

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_WORDS = {
    "minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}", "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minItems": "at least {} items", "maxItems": "at most {} items", "multipleOf": "a multiple of {}",
    "pattern": "matches {}", "format": "format {}", "defaultTimezone": "time zone {} where none is given",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A property as a line of the page. `depth`: 0 for a column, 1 for a field of an object in it, …"""

    path: str
    depth: int
    kind: str
    physical: str
    marks: list[str]
    rules: list[str]
    description: str
    personal: bool


@dataclass(frozen=True)
class Section:
    """A table as a section of the page."""

    table: TableContract
    lines: list[Line]
    rules: Sequence[tuple[str, str, str]]
    relationships: list[tuple[str, str]]


def page_name(contract: Contract) -> str:
    """The name of the file."""
    return (re.sub(r"[^A-Za-z0-9_.-]+", "_", contract.name).strip("._") or "contract") + ".html"


def contract_page(contract: Contract, style: str) -> str:
    """The page; every value is escaped. `style`: the CSS that all pages share."""
    sections = [_section(each) for each in contract.tables]
    document = contract.document
    return (
        _environment()
        .get_template("page.html.j2")
        .render(contract=contract, document=document, sections=sections, style=style, levels=_levels(document))
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _section(table: TableContract) -> Section:
    columns = table.schema.properties or []
    rules = [(each.rule, each.expected, each.action) for each in table_clauses(table)]
    ends = [(", ".join(each.columns), f"{each.parent}.{', '.join(each.parent_columns)}") for each in references(table)]
    return Section(table, [line for each in columns for line in _lines(table, each, "", 0)], rules, ends)


def _lines(table: TableContract, column: Any, above: str, depth: int) -> Iterator[Line]:
    path = f"{above}{column_name(column)}"
    marks = ["primary key"] if column.primaryKey else []
    marks += ["unique"] if is_unique(table, column) and not column.primaryKey and not depth else []
    marks += ["required"] if is_required(column) and not column.primaryKey else []
    marks += ["deprecated"] if column.deprecated else []
    yield Line(
        path, depth, column.logicalType or "", column.physicalType or "", marks, list(_rules(column)),
        " ".join((column.description or "").split()), bool(column.classification),
    )  # fmt: skip
    for each in column.properties or []:
        yield from _lines(table, each, f"{path}.", depth + 1)
    if column.items and (column.items.properties or column.items.logicalTypeOptions):
        yield from _lines(table, column.items, f"{path}[]", depth + 1)


def _rules(column: Any) -> Iterator[str]:
    for name, value in options(column).items():
        if name in _WORDS:
            yield _WORDS[name].format(value)
    yield from ["with time zone"] if options(column).get("timezone") else []
    if (values := allowed_values(column)) is not None:
        yield f"one of {', '.join(map(str, values))}"
    for each in column.quality or []:
        if per_row(each) and "pattern" in (each.arguments or {}):
            yield f"matches {each.arguments['pattern']}"
        elif each.description and each.type == "text":
            yield each.description
    yield from [f"classified {column.classification}"] if column.classification else []
    if action := action_of(column.customProperties):
        yield f"if broken: {action}"


def _levels(document: Any) -> list[tuple[str, str, str]]:
    return [
        (str(each.property), f"{each.value} {each.unit or ''}".strip(), each.element or each.description or "")
        for each in document.slaProperties or []
    ]
