"""What sbdk uses of dbt's internals is there, in the shape that src/sbdk/transform/worker_process/compat.py expects."""

from __future__ import annotations

import inspect
import pkgutil
from types import CodeType, SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import FACTORY
from dbt.adapters.sql import SQLConnectionManager
from dbt.compilation import Compiler
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.model_config import NodeConfig
from dbt.plugins.manager import PluginManager
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients.jinja import MacroFuzzEnvironment, template_cache
from dbt_common.context import InvocationContext
from dbt_common.dataclass_schema import dbtClassMixin

from sbdk.transform.worker_process import compat


def test_the_installed_versions_are_tested_ones() -> None:
    assert compat.untested() is None, compat.untested()


@pytest.mark.parametrize("package", list(compat.TESTED))
def test_another_version_names_the_package_and_the_file_to_look_at(package: str, monkeypatch) -> None:
    first, below = compat.TESTED[package]
    inside = {name: f"{low[0]}.{low[1]}.3" for name, (low, _) in compat.TESTED.items()}
    monkeypatch.setattr(compat, "version", inside.get)
    assert compat.untested() is None
    for other in (f"{below[0]}.{below[1]}.0", f"{first[0]}.{first[1] - 1}.9"):
        monkeypatch.setattr(compat, "version", {**inside, package: other}.get)
        assert package in (compat.untested() or "")
        assert "worker_process/compat.py" in (compat.untested() or "")


@pytest.fixture
def patched(monkeypatch):
    """dbt's two functions, put back after the test."""
    monkeypatch.setattr(dbtClassMixin, "json_schema", dbtClassMixin.__dict__["json_schema"])
    monkeypatch.setattr(MacroFuzzEnvironment, "compile", MacroFuzzEnvironment.compile)


def test_schemas_of_configuration_classes_are_asked_for_by_name(patched) -> None:
    plain = NodeConfig.json_schema()
    kept: dict[str, dict[str, Any]] = {}
    compat.cache_schemas(kept.get, kept.__setitem__)
    name = f"{NodeConfig.__module__}.{NodeConfig.__qualname__}"
    assert NodeConfig.json_schema() == plain == kept[name]
    asked: list[str] = []
    compat.cache_schemas(lambda one: asked.append(one) or {"kept": True}, kept.__setitem__)
    assert NodeConfig.json_schema() == {"kept": True}
    assert asked == [name]


def test_code_of_templates_is_asked_for_by_text(patched) -> None:
    kept: dict[str, CodeType] = {}
    compat.cache_templates(kept.get, kept.__setitem__)
    environment = MacroFuzzEnvironment()
    assert environment.from_string("{{ 1 + 1 }}").render({}) == "2"
    assert isinstance(kept["{{ 1 + 1 }}"], CodeType)
    kept["other"] = kept["{{ 1 + 1 }}"]
    assert environment.from_string("other").render({}) == "2"
    parameters = list(inspect.signature(MacroFuzzEnvironment.__mro__[1].compile).parameters)
    assert parameters[:2] == ["self", "source"]


def test_plugins_are_looked_up_once_and_flags_without_their_callers(monkeypatch) -> None:
    plain = PluginManager.get_prefixed_modules()
    monkeypatch.setattr(PluginManager, "get_prefixed_modules", PluginManager.__dict__["get_prefixed_modules"])
    monkeypatch.setattr(BehaviorFlagRendered, "_default_source", BehaviorFlagRendered.__dict__["_default_source"])
    compat.look_up_once()
    assert PluginManager.get_prefixed_modules() == plain
    monkeypatch.setattr(pkgutil, "iter_modules", None)
    assert PluginManager.get_prefixed_modules() == plain
    monkeypatch.setattr(inspect, "stack", None)
    flag = BehaviorFlagRendered({"name": "quick", "default": True, "docs_url": "somewhere"}, {})
    assert flag.setting is True


def test_macros_are_compiled_into_a_cache() -> None:
    assert list(inspect.signature(template_cache.get_node_template).parameters) == ["node"]


def test_nodes_are_an_attribute_that_can_be_taken_away_and_put_back() -> None:
    manifest = Manifest()
    manifest.nodes = {"model.shop.users": {"compiled": False}}
    before = compat.nodes_as_parsed(manifest)
    manifest.nodes["model.shop.users"]["compiled"] = True
    compat.restore_nodes(manifest, before)
    assert manifest.nodes == {"model.shop.users": {"compiled": False}}
    assert callable(manifest.build_parent_and_child_maps)


def test_the_adapter_is_registered_by_its_type() -> None:
    assert isinstance(FACTORY.adapters, dict)
    assert compat.duckdb_adapter() is FACTORY.adapters.get("duckdb")


def test_the_database_is_held_by_the_connection_manager(monkeypatch) -> None:
    assert "_ENV" in vars(DuckDBConnectionManager)
    closed: list[str] = []

    class Environment:
        def close(self) -> None:
            closed.append("environment")

    monkeypatch.setattr(DuckDBConnectionManager, "_ENV", Environment())
    monkeypatch.setattr(DuckDBConnectionManager, "close_all_connections", lambda: closed.append("connections"))
    compat.close_database()
    assert closed == ["environment", "connections"]


@pytest.fixture
def unpatched(monkeypatch):
    """dbt's methods that recorders wrap, put back after the test."""
    monkeypatch.setattr(DuckDBConnectionManager, "add_query", DuckDBConnectionManager.add_query)
    monkeypatch.setattr(Compiler, "compile_node", Compiler.compile_node)
    monkeypatch.setattr(InvocationContext, "env", InvocationContext.__dict__["env"])


def test_statements_are_reported_with_the_name_of_the_connection(unpatched, monkeypatch) -> None:
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(DuckDBConnectionManager, "add_query", lambda self, sql, auto_begin=True: sql)
    compat.record_statements(lambda node, sql: seen.append((node, sql)))
    manager = DuckDBConnectionManager.__new__(DuckDBConnectionManager)
    monkeypatch.setattr(
        DuckDBConnectionManager, "get_thread_connection", lambda self: SimpleNamespace(name="model.shop.users")
    )
    assert manager.add_query("select 1", auto_begin=False) == "select 1"
    assert seen == [("model.shop.users", "select 1")]
    assert next(iter(inspect.signature(SQLConnectionManager.add_query).parameters)) == "self"


def test_a_thread_that_compiles_a_node_is_known(unpatched, monkeypatch) -> None:
    inside: list[bool] = []
    monkeypatch.setattr(Compiler, "compile_node", lambda self, node: inside.append(compiling()))
    compiling = compat.record_compilation()
    Compiler.compile_node(None, None)
    assert (inside, compiling()) == ([True], False)


def test_variables_are_reported_when_they_are_looked_up(unpatched) -> None:
    seen: set[str] = set()
    compat.record_variables(seen.add)
    context = InvocationContext({"SHOP": "x"})
    assert "SHOP" in context.env
    assert context.env["SHOP"] == "x"
    assert "OTHER" not in context.env
    assert seen == {"SHOP", "OTHER"}
