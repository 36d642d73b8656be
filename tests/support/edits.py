"""Random edits of a project, each followed by a run of one kept worker, as `sbdk start` follows them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from sbdk.project import Project
from sbdk.run.dbt_workers import ReusedPool
from sbdk.run.options import RunOptions
from support.shops import Shop

Edit = Callable[[Shop, random.Random], None]


def runs_after(
    shop: Shop, edits: Sequence[Edit], seed: int, count: int, options: RunOptions
) -> Iterator[list[list[str]]]:
    """Make one edit or two and run the project, `count` times; after each run, the names of all edits so far."""
    chance, workers = random.Random(seed), ReusedPool()
    done: list[list[str]] = []
    try:
        for _ in range(count):
            chosen = chance.sample(edits, chance.choice([1, 1, 2]))
            done.append([edit.__name__ for edit in chosen])
            for edit in chosen:
                edit(shop, chance)
            result = Project(shop.path).run(options, workers=workers)
            assert result.error is None, (seed, done, result.error)
            yield done
    finally:
        workers.close()


def come_or_go(shop: Shop, chance: random.Random) -> None:
    """Add a model below `named`, or remove it."""
    path = shop.path / f"dbt/models/extra_{chance.randint(1, 2)}.sql"
    if path.exists():
        path.unlink()
    else:
        path.write_text("{{ config(materialized='table') }} select count(*) as n from {{ ref('named') }}\n")
