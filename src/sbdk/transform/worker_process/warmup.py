"""Does work of the build in advance, while the parent still loads: a quarter of the build's time.

Errors are ignored: the build meets them again and reports them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from dbt.cli.main import dbtRunner

from .compat import compile_macro


def warm_up(manifest: Any, flags: list[str], should_stop: Callable[[], bool]) -> None:
    """Import dbt's lazy imports, compile the macros that the project's nodes can reach, compile one node.

    Stops early when `should_stop()` is true: a command has come. Opens no database and runs no hook.
    """
    with contextlib.suppress(Exception):
        _import_lazy_modules()
        for macro in _reachable_macros(manifest):
            if should_stop():
                return
            compile_macro(macro)
        _compile_a_test(manifest, flags)


def _import_lazy_modules() -> None:
    import babel.dates  # noqa: F401
    import dbt.adapters.duckdb.environments.local  # noqa: F401
    import dbt_common.clients.agate_helper  # noqa: F401
    import duckdb

    duckdb.connect(":memory:").execute("select count(*) from information_schema.tables").fetchall()


def _reachable_macros(manifest: Any) -> list[Any]:
    """Macros called by nodes, what these call, and the `duckdb__` or `default__` ones that they dispatch to."""
    found: set[str] = set()
    queue = [name for node in manifest.nodes.values() for name in node.depends_on.macros]
    queue += [name for name in manifest.macros if name.startswith("macro.dbt_duckdb.")]
    dispatched: dict[str, list[str]] = {}
    for name in manifest.macros:
        dispatched.setdefault(name.rpartition("__")[2], []).append(name)
    while queue:
        name = queue.pop()
        if name in found or name not in manifest.macros:
            continue
        found.add(name)
        queue += manifest.macros[name].depends_on.macros
        queue += [
            candidate
            for candidate in dispatched.get(name.rpartition(".")[2], [])
            if candidate.split(".")[1].startswith("dbt")
        ]
    return [manifest.macros[name] for name in found]


def _compile_a_test(manifest: Any, flags: list[str]) -> None:
    """Compile one of dbt's own generic tests, which needs no database."""
    for node in manifest.nodes.values():
        kind = getattr(getattr(node, "test_metadata", None), "name", None)
        if kind in ("not_null", "unique"):
            arguments = ["compile", "--no-introspect", "--no-populate-cache", "--select", node.name, *flags]
            dbtRunner(manifest).invoke(arguments)
            return
