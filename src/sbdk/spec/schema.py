"""The JSON Schema of `sbdk_config.json`, which editors complete and check with, offline.

`init` writes it beside the configuration as `.sbdk_config.schema.json`, and the scaffolded file points at it:
`"$schema": "./.sbdk_config.schema.json"`. It is a file of the project like any other: a fresh clone has it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_name("sbdk_config.schema.json")


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12), made from ProjectConfig; every key has a description and, if optional, a default."""
    from sbdk.spec.config import ProjectConfig

    schema = ProjectConfig.model_json_schema(by_alias=True, mode="validation")
    defaults = ProjectConfig(project="p").model_dump(mode="json", by_alias=True)
    for key, field in schema["properties"].items():
        if key != "project":
            field["default"] = defaults[key]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def text() -> str:
    """The schema as the shipped file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
