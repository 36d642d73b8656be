"""What sbdk uses of dlt's internals is there, in the shape that src/sbdk/load/compat.py expects."""

from __future__ import annotations

import inspect
import threading
from pathlib import Path

import dlt
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.collector_base import Collector

from sbdk.load import compat


@dlt.resource
def numbers():
    yield {"n": 1}


@dlt.transformer(data_from=numbers)
def doubled(row):
    yield {"n": row["n"] * 2}


def test_the_installed_version_is_one_that_was_tested() -> None:
    assert compat.untested() is None, compat.untested()


def test_another_version_names_the_file_to_look_at(monkeypatch) -> None:
    for other in ("1.30.9", "1.32.0", "2.0.0"):
        monkeypatch.setattr(compat, "version", lambda _, other=other: other)
        assert "load/compat.py" in (compat.untested() or "")


def test_a_resource_has_a_pipe_that_starts_with_its_generator() -> None:
    assert inspect.isgeneratorfunction(compat.generator_of(numbers))
    assert inspect.isgenerator(compat.generator_of(dlt.resource((n for n in [1]), name="made")))
    assert compat.head_of(numbers()) is not None
    pipe = compat.pipe_of(numbers())
    assert pipe.has_parent is False
    assert pipe.is_empty is False
    assert callable(pipe.ensure_gen_bound)


def test_the_head_of_a_transformer_is_the_resource_that_feeds_it() -> None:
    chained = doubled()
    assert compat.pipe_of(chained).has_parent is True
    assert compat.head_of(chained).gen is compat.pipe_of(chained).parent.gen


def test_a_generator_is_replaced() -> None:
    resource = numbers()

    def others():
        yield {"n": 5}

    compat.replace_generator(resource, others)
    assert list(resource) == [{"n": 5}]


def test_dlts_own_tables_are_known_by_their_prefix() -> None:
    schema = dlt.Schema("shop")
    assert [compat.is_own_table(schema, name) for name in ("_dlt_loads", "users")] == [True, False]


def test_what_is_fixed_stands_above_everything(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RUNTIME__SENTRY_DSN", "from the environment")
    context = compat.ProjectRunContext(tmp_path, tmp_path / "work", {"runtime": {"sentry_dsn": "fixed"}})
    first, second, *_ = context.initial_providers()
    assert first.get_value("sentry_dsn", str, "", "runtime")[0] == "fixed"
    assert second.get_value("sentry_dsn", str, "", "runtime")[0] == "from the environment"
    assert (context.run_dir, context.local_dir, context.data_dir) == (
        str(tmp_path), str(tmp_path), str(tmp_path / "work"),
    )  # fmt: skip


def test_a_collector_is_started_updated_and_stopped() -> None:
    abstract = {"_start", "_stop", "update"}
    assert abstract <= set(dir(Collector))
    parameters = inspect.signature(Collector.update).parameters
    assert list(parameters) == ["self", "name", "inc", "total", "inc_total", "message", "label"]


def test_the_run_context_of_the_process_is_replaced_and_restored(tmp_path: Path) -> None:
    routed = PluggableRunContext(compat.ProjectRunContext(tmp_path, tmp_path / "work", {}))
    router = compat.RoutedRunContext(lambda: routed)
    restore_nothing = compat.replace_run_context(router)
    try:
        assert Container()[PluggableRunContext] is router
        assert Container()[PluggableRunContext].context is routed.context
        restore = compat.replace_run_context(routed)
        assert Container()[PluggableRunContext] is routed
        restore()
        assert Container()[PluggableRunContext] is router
    finally:
        restore_nothing()


def test_a_router_forwards_what_dlts_run_context_offers(tmp_path: Path) -> None:
    routed = PluggableRunContext(compat.ProjectRunContext(tmp_path, tmp_path / "work", {}))
    router = compat.RoutedRunContext(lambda: routed)
    for name in ("context", "providers", "reload", "reload_providers", "push_context", "pop_context"):
        assert getattr(router, name) == getattr(routed, name), name
    assert callable(router.initialize_runtime)


def test_a_pool_of_dlts_carries_the_id_of_its_owner_in_the_names_of_its_threads() -> None:
    assert compat.pool_owner(Container.thread_pool_prefix() + "0") == threading.get_ident()
    assert compat.pool_owner(threading.current_thread().name) is None
