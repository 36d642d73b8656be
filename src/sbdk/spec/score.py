"""The section `score`: which tables and columns of a warehouse are graded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sbdk.spec.config_sections import Section
from sbdk.spec.data_sets import entries
from sbdk.spec.dirt import Defect

if TYPE_CHECKING:
    Role = str
else:
    Role = Literal[tuple(role for entry in entries().values() for role in entry.roles)]

TableName = Annotated[str, Field(pattern=r"^[^.\"]+\.[^.\"]+$")]
ColumnName = Annotated[str, Field(min_length=1)]


class ScoreSettings(Section):
    """Tables, columns and rule names of a warehouse that `sbdk score` grades, where they are not the template's."""

    tables: dict[Role, TableName | None] = Field(
        default={},
        description="Where each role is, {role: schema.table}; null: there is none. Default: the template's.",
    )
    columns: dict[Role, dict[str, ColumnName]] = Field(
        default={}, description="Columns with other names, {role: {column: its name there}}."
    )
    rules: dict[str, Defect] = Field(
        default={}, description="The defect that a rule of the quarantine tables stands for, {rule: defect}."
    )
