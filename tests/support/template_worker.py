"""Copies of the shipped templates, and dbt workers for them."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from sbdk.app import init
from sbdk.transform import Worker
from support.shop_world import START

TEMPLATES = Path(str(files("sbdk.templates")))
VARIABLES = {"start_date": START.date().isoformat()}
NAME = "shop.duckdb"


def copy_template(name: str, target: Path) -> Path:
    """The template's dbt folder as `sbdk init` would write it."""
    target.mkdir(parents=True)
    init.copy_template(name, target, "shop")
    return target / "dbt"


def start_worker(dbt: Path, scratch: Path, database: Path) -> Worker:
    return Worker.start(
        sys.executable, dbt, dbt, scratch / "target", scratch / "worker.log", "dev",
        database=database, variables=VARIABLES, threads=4,
    )  # fmt: skip
