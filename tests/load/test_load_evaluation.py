"""Code of a resource runs within its scope, whatever kind of function it is and whichever thread of dlt's runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import dlt
import pytest

from sbdk.load import Loader

WHO: ContextVar[str] = ContextVar("who", default="nobody")


@contextmanager
def scope(source: str, resource: str) -> Iterator[None]:
    token = WHO.set(f"{source}.{resource}")
    try:
        yield
    finally:
        WHO.reset(token)


def generator():
    yield {"who": WHO.get()}
    yield {"who": WHO.get()}


async def asynchronous():
    yield {"who": WHO.get()}
    yield {"who": WHO.get()}


def returning():
    return iter([{"who": WHO.get()}])


def functions():
    yield lambda: {"who": WHO.get()}


def nested():
    yield generator()


KINDS = [generator, asynchronous, returning, functions, nested]


@pytest.mark.parametrize("parallelized", [False, True])
def test_every_kind_of_resource(tmp_path: Path, parallelized: bool) -> None:
    seen: dict[str, set[str]] = {}

    def recorded(name):
        def record(row):
            seen.setdefault(name, set()).add(row["who"])
            return row

        return record

    @dlt.source(name="shop")
    def shop():
        for kind in KINDS:
            made = dlt.resource(kind, name=kind.__name__, parallelized=parallelized and kind is generator)
            yield made.add_map(recorded(kind.__name__))

    (tmp_path / "pipelines").mkdir()
    loader = Loader(tmp_path / "build.duckdb", tmp_path / "dlt", root=tmp_path)
    loader.extract([shop()], scope=scope)
    assert seen == {kind.__name__: {f"shop.{kind.__name__}"} for kind in KINDS}
    assert WHO.get() == "nobody"
