"""A project that appends a row with its version each time it is built, and a repository that holds it."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.hub import Hub
from support.shops import Shop, make

SHIPPED = """
from pathlib import Path

import dlt


@dlt.resource(name="shipped", write_disposition="append")
def shipped():
    yield [{"version": Path("version.txt").read_text()}]
"""


def shipping_shop(folder: Path) -> Shop:
    shop = make(folder, "shop", "blank")
    shop.write("pipelines/shipped.py", SHIPPED)
    return shop


def shipping_hub(shop: Shop, folder: Path) -> Hub:
    made = Hub.make(folder)
    shutil.copytree(shop.path, made.work, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".sbdk", "data"))
    return made


def versions(shop: Shop) -> dict[str, int]:
    """What was published, and how often; asked of the published file with DuckDB alone."""
    return dict(shop.query("select version, count(*) from raw.shipped group by version order by 1"))
