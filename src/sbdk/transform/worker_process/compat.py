"""All that is used of dbt beyond its public interface: classes that are patched, caches, the adapter, pickled nodes.

What an upgrade of dbt can break is here, and tested by tests/transform/test_dbt_compat.py.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from types import CodeType
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import FACTORY
from dbt.compilation import Compiler
from dbt.parser.manifest import ManifestLoader
from dbt.plugins.manager import PluginManager
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients.jinja import MacroFuzzEnvironment, template_cache
from dbt_common.context import InvocationContext
from dbt_common.dataclass_schema import dbtClassMixin

TESTED = {
    "dbt-core": ((1, 11), (1, 12)),
    "dbt-common": ((1, 39), (1, 40)),
    "dbt-adapters": ((1, 24), (1, 25)),
    "dbt-duckdb": ((1, 11), (1, 12)),
}
"""The tests of this file have passed from the first version on, and below the second."""

Schema = dict[str, Any]


def untested() -> str | None:
    """A message about the first installed version that is not among those that were tested, else None."""
    for package, (first, below) in TESTED.items():
        installed = version(package)
        if not first <= tuple(map(int, installed.split(".")[:2])) < below:
            return f"{package} {installed} is untested: see that {__file__} still holds, then move TESTED"
    return None


def cache_schemas(get: Callable[[str], Schema | None], keep: Callable[[str, Schema], None]) -> None:
    """Have dbt take the JSON schemas of its configuration classes from `get`, by the class's full name.

    A schema that `get` does not have is computed by dbt and passed to `keep`.
    """
    mixin: Any = dbtClassMixin
    described: dict[type, Schema] = {}
    describe = mixin.json_schema.__func__

    def json_schema(cls: type) -> Schema:
        if cls not in described:
            name = f"{cls.__module__}.{cls.__qualname__}"
            schema = get(name)
            if schema is None:
                schema = describe(cls)
                keep(name, schema)
            described[cls] = schema
        return described[cls]

    mixin.json_schema = classmethod(json_schema)


def cache_templates(get: Callable[[str], CodeType | None], keep: Callable[[str, CodeType], None]) -> None:
    """Have dbt take the code of its templates from `get`, by their text; new code is passed to `keep`.

    Only for environments of this class: all have the same options, so that the code depends on the text alone.
    """
    environment: Any = MacroFuzzEnvironment
    compile_by_jinja = environment.compile

    def compile_template(self: Any, source: Any, *place: Any, **options: Any) -> Any:
        if place or options or not isinstance(source, str):
            return compile_by_jinja(self, source, *place, **options)
        code = get(source)
        if code is None:
            code = compile_by_jinja(self, source)
            keep(source, code)
        return code

    environment.compile = compile_template


def compile_macro(macro: Any) -> None:
    """Compile the macro into dbt's cache."""
    template_cache.get_node_template(macro)


def look_up_once() -> None:
    """Have dbt no longer look up in each of its commands what costs much and cannot change meanwhile.

    Its plugins, for which it reads every folder of the import path; and the module that asked for a behaviour flag, for
    which it reads the source of all callers: it is told in one event alone, and dbt's own word for it is "Unknown".
    """
    manager: Any = PluginManager
    manager.get_prefixed_modules = staticmethod(cache(manager.get_prefixed_modules))
    flag: Any = BehaviorFlagRendered
    flag._default_source = staticmethod(lambda: "Unknown")


def follow_moved_projects() -> None:
    """Have dbt correct, in a parse state that it reads, the folders that files and seeds are said to lie in.

    The state may have been written before the project was moved or copied; dbt loads a seed from the folder of then.
    """
    loader: Any = ManifestLoader
    read = loader.read_manifest_for_partial_parse

    def read_manifest_for_partial_parse(self: Any) -> Any:
        manifest = read(self)
        if manifest is not None:
            roots = {name: str(project.project_root) for name, project in self.all_projects.items()}
            for file in manifest.files.values():
                if hasattr(file.path, "project_root"):  # what is no file of a folder has none
                    file.path.project_root = roots.get(file.project_name, file.path.project_root)
            for node in manifest.nodes.values():
                if node.resource_type == "seed":
                    node.root_path = roots.get(node.package_name, node.root_path)
        return manifest

    loader.read_manifest_for_partial_parse = read_manifest_for_partial_parse


def nodes_as_parsed(manifest: Any) -> bytes:
    """A copy of the manifest's nodes; a build compiles into them."""
    return pickle.dumps(manifest.nodes, protocol=5)


def restore_nodes(manifest: Any, nodes: bytes) -> None:
    """Undo the changes of builds to the nodes since `nodes_as_parsed`."""
    manifest.nodes = pickle.loads(nodes)


def duckdb_adapter() -> Any:
    """The adapter that dbt has registered; None before a first parse."""
    return FACTORY.adapters.get("duckdb")


def close_database() -> None:
    """Close DuckDB. dbt leaves it open after `invoke`, and drops its reference before it has closed it."""
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()


def attached_databases() -> list[tuple[str, str]]:
    """Alias and path of the databases that the profile attaches; of one without an alias, the name of its file."""
    adapter = duckdb_adapter()
    attached = (adapter.config.credentials.attach if adapter is not None else None) or []
    return [(each.alias or os.path.splitext(os.path.basename(each.path))[0], each.path) for each in attached]


def record_statements(seen: Callable[[str, str], None]) -> None:
    """Have dbt call `seen` with the name of the connection, which is a node's id, and each statement it executes."""
    manager: Any = DuckDBConnectionManager
    execute = manager.add_query

    def add_query(self: Any, sql: str, *arguments: Any, **named: Any) -> Any:
        seen(str(self.get_thread_connection().name), sql)
        return execute(self, sql, *arguments, **named)

    manager.add_query = add_query


def record_compilation() -> Callable[[], bool]:
    """A function that tells whether this thread is compiling a node: its code asks for what is executed meanwhile."""
    state = threading.local()
    compiler: Any = Compiler
    compile_plain = compiler.compile_node

    def compile_node(self: Any, *arguments: Any, **named: Any) -> Any:
        state.depth = getattr(state, "depth", 0) + 1
        try:
            return compile_plain(self, *arguments, **named)
        finally:
            state.depth -= 1

    compiler.compile_node = compile_node
    return lambda: bool(getattr(state, "depth", 0))


class _Variables(dict[str, str]):
    """An environment that reports the names that are looked up."""

    def __init__(self, variables: Any, seen: Callable[[str], None]) -> None:
        super().__init__(variables)
        self._seen = seen

    def __contains__(self, name: object) -> bool:
        self._seen(str(name))
        return super().__contains__(name)


def record_variables(seen: Callable[[str], None]) -> None:
    """Have dbt call `seen` with the name of each environment variable that it looks up."""
    context: Any = InvocationContext
    plain = context.env.fget

    def env(self: Any) -> Any:
        variables = plain(self)
        if not isinstance(variables, _Variables):
            self._env = variables = _Variables(variables, seen)
        return variables

    context.env = property(env)
