"""Code of a resource runs within its scope, whatever kind of function it is and whichever thread of dlt's runs it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path

import dlt
import pytest

from sbdk.core.errors import SourceError
from sbdk.load import Loader
from sbdk.targets.duckdb.build import DuckDBBuild

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


def loader_in(folder: Path) -> Loader:
    (folder / "pipelines").mkdir()
    return Loader(DuckDBBuild(folder, folder / "dev.duckdb", "r1", None), folder / "dlt", root=folder)


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

    loader_in(tmp_path).extract([shop()], scope=scope)
    assert seen == {kind.__name__: {f"shop.{kind.__name__}"} for kind in KINDS}
    assert WHO.get() == "nobody"


@pytest.mark.parametrize("slow", [False, True], ids=["at once", "waiting"])
@pytest.mark.parametrize("fails", [False, True], ids=["limit", "failure"])
def test_an_asynchronous_generator_is_closed_once_within_its_scope(
    tmp_path: Path, fails: bool, slow: bool, caplog: pytest.LogCaptureFixture
) -> None:
    closed: list[str] = []

    @dlt.resource(name="endless")
    async def endless():
        try:
            while True:
                yield {"who": WHO.get()}
                await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0.01 * slow)
            closed.append(WHO.get())

    @dlt.resource(name="short")
    def short():
        yield {"id": 1}
        if fails:
            raise ValueError("no more")

    @dlt.source(name="shop")
    def shop():
        return [endless if fails else endless.add_limit(3), short]

    with pytest.raises(SourceError, match="no more") if fails else nullcontext():
        loader_in(tmp_path).extract([shop()], scope=scope)
    assert closed == ["shop.endless"]
    assert [record for record in caplog.records if not (fails and of_dlts_loop(record))] == []
    assert WHO.get() == "nobody"


def of_dlts_loop(record: logging.LogRecord) -> bool:
    """Plain dlt logs it too, about one time in six: after a failure its loop closes a generator that is at work."""
    return record.exc_info is not None and "asynchronous generator is already running" in str(record.exc_info[1])
