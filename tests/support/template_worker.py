"""Copies of the shipped templates, and dbt workers for them."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.resources import files
from pathlib import Path

from sbdk.pipeline.scaffold import copy_macros
from sbdk.transform import Worker
from support.shop_world import START

TEMPLATES = Path(str(files("sbdk.templates")))
VARIABLES = {"start_date": START.date().isoformat()}
NAME = "shop.duckdb"


def copy_template(name: str, target: Path) -> Path:
    """The template's dbt folder as `sbdk init` would write it."""
    shutil.copytree(TEMPLATES / name, target)
    for path in target.rglob("*"):
        if path.is_file() and "__project__" in (text := path.read_text()):
            path.write_text(text.replace("__project__", "shop"))
    copy_macros(json.loads((target / "template.json").read_text()).get("$macros", ()), target / "dbt" / "macros")
    return target / "dbt"


def start_worker(dbt: Path, scratch: Path, database: Path) -> Worker:
    return Worker.start(
        sys.executable, dbt, dbt, scratch / "target", scratch / "worker.log", "dev",
        database=database, variables=VARIABLES, threads=4,
    )  # fmt: skip
