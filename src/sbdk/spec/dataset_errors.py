"""What Pydantic found wrong with a data set, in one sentence: where, what, and the nearest valid key."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from sbdk.core.suggest import suggestion
from sbdk.spec.dataset import Column, Dataset, PerParent, Table
from sbdk.spec.problems import explain


def first_error(
    error: ValidationError, model: type[BaseModel], *, within: str = "", beside: Iterable[str] = ()
) -> tuple[str, str | None]:
    """Message, the key's path first, and hint of the first error.

    `within` is the path of `model` in the file; `beside` are keys that may stand beside the model's own.
    """
    found = error.errors()[0]
    path = ".".join([*filter(None, [within]), *(str(part) for part in found["loc"] if part != "[key]")])
    if found["type"] != "extra_forbidden":
        return explain({**found}, path or "data set")
    known = [*_keys(_at(model, found["loc"][:-1])), *beside]
    return f"{path}: unknown key", suggestion(str(found["loc"][-1]), known, cutoff=0.5)


def _at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that is valid at `path` in a data set: tables.NAME.per, tables.NAME.columns.NAME."""
    if model is not Dataset or not path:
        return model
    inside: dict[tuple[int | str, ...], type[BaseModel]] = {(): Table, ("per",): PerParent}
    return inside.get(path[2:], Column)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
