"""A declared data set: models of its tables, columns and generators, and messages for what they refuse."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sbdk.core.errors import suggestion
from sbdk.spec.errors import explain

NAME = r"^[a-z_][a-z0-9_]{0,62}$"
MOST_ROWS = 2**31

Name = Annotated[str, Field(pattern=NAME)]


class DeclaredPart(BaseModel):
    """Base of all parts: frozen, unknown keys refused, NaN and infinity too."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True, serialize_by_alias=True
    )


class Column(DeclaredPart):
    """One column: the name of its generator, the keys that all generators share, and the options of its own generator.

    The options are extra keys; the generator's own model checks them when the data set is opened.
    """

    model_config = ConfigDict(extra="allow")

    generator: str = Field(min_length=1, description="Name of a built-in generator, or of one from plugins/.")
    nulls: float = Field(0.0, ge=0, lt=1, description="Share of the rows that are null; never in a key.")
    type: str | None = Field(
        None, min_length=1, description="Arrow type to convert to: string, int32, date32, decimal(12,2), …"
    )
    description: str = Field("", description="For readers; no value depends on it.")

    @property
    def options(self) -> dict[str, Any]:
        """The generator's own options, as written."""
        return dict(self.model_extra or {})


class PerParent(DeclaredPart):
    """Rows that belong to the rows of another table: so many for each, in the parent's order."""

    parent: Name = Field(description="The table whose rows have children here.")
    counts: dict[Annotated[int, Field(ge=0, le=1000)], float] = Field(
        min_length=1, description="How many children, and the weight of each number: {1: 50, 2: 30, 3: 20}."
    )


class Table(DeclaredPart):
    """One table. Either `rows`, the number there are before the anchor, or `per` another table's rows."""

    rows: int | None = Field(None, ge=0, le=MOST_ROWS, description="Rows before the anchor (end_date).")
    per: PerParent | None = Field(None, description="In place of rows: so many for each row of another table.")
    key: tuple[Name, ...] = Field(min_length=1, description="The column, or columns, unique in every row.")
    columns: dict[Name, Column] = Field(min_length=1, description="Columns, in order.")
    description: str = Field("", description="For readers; no value depends on it.")

    @field_validator("key", mode="before")
    @classmethod
    def _one_name_is_enough(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("key")
    @classmethod
    def _no_column_twice(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a column is named twice")
        return value


class Dataset(DeclaredPart):
    """A declared data set. Its name, like every description, is for readers; tables and columns decide the values."""

    schema_: str | None = Field(None, alias="$schema", description="Where an editor finds this schema.")
    name: Name = Field(description="What to call it.")
    version: int = Field(1, ge=1, description="Another version gives other values everywhere.")
    description: str = Field("", description="For readers; no value depends on it.")
    tables: dict[Name, Table] = Field(min_length=1, description="Tables, in any order.")


def first_error(
    error: ValidationError, model: type[BaseModel], *, within: str = "", beside: Iterable[str] = ()
) -> tuple[str, str | None]:
    """Message, which begins with the key's path, and hint of the first error.

    `within` is the path of `model` in the file; `beside` are further keys that are allowed beside the model's own.
    """
    first = error.errors()[0]
    path = ".".join([*filter(None, [within]), *(str(part) for part in first["loc"] if part != "[key]")])
    if first["type"] != "extra_forbidden":
        return explain({**first}, path or "data set")
    known = [*_keys(_model_at(model, first["loc"][:-1])), *beside]
    return f"{path}: unknown key", suggestion(str(first["loc"][-1]), known, cutoff=0.5)


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model of the object at `path` in a data set: tables.NAME.per, tables.NAME.columns.NAME."""
    if model is not Dataset or not path:
        return model
    inside: dict[tuple[int | str, ...], type[BaseModel]] = {(): Table, ("per",): PerParent}
    return inside.get(path[2:], Column)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
