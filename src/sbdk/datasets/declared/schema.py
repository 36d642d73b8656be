"""The JSON Schema of declared data sets, for editors: the declaration's own, and every built-in generator's options."""

from __future__ import annotations

import json
from typing import Any

import sbdk.datasets.declared.built_in  # noqa: F401 — imported to be registered
from sbdk.datasets.declared.api import generators
from sbdk.spec.dataset import Column, Dataset


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12). Generators that it does not know, a user's own, may have any options."""
    schema = Dataset.model_json_schema(by_alias=True)
    column = schema["$defs"]["Column"]
    kinds = {name: generators.get(name) for name in generators}
    own = {name: kind for name, kind in kinds.items() if kind.__module__.startswith("sbdk.")}
    about = " · ".join(f"{name}: {(kind.__doc__ or '').splitlines()[0]}" for name, kind in own.items())
    column["properties"]["generator"] |= {"anyOf": [{"enum": list(own)}, {"type": "string"}], "description": about}
    column["allOf"] = [_options(name, kind.model_json_schema()) for name, kind in own.items()]
    table = schema["$defs"]["Table"]["properties"]["key"]
    table["anyOf"] = [
        {"type": "string"},
        {"type": "array", "items": table.pop("items"), "minItems": table.pop("minItems")},
    ]
    del table["type"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _options(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """If a column names this generator, it has these keys and no others."""
    shared = dict.fromkeys(Column.model_fields, True)
    then = {"properties": {**options.get("properties", {}), **shared}, "additionalProperties": False}
    required = {"required": options["required"]} if "required" in options else {}
    return {"if": {"properties": {"generator": {"const": name}}}, "then": {**then, **required}}


def text() -> str:
    """The schema as the shipped file `sbdk/spec/dataset.schema.json` holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
