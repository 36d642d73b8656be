"""Work that a build would do anyway, done while the parent still loads: a quarter of the build's time.

Only ever a head start: whatever goes wrong here is left for the build to meet again and report.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from dbt.cli.main import dbtRunner

from .compat import compile_macro


def warm_up(manifest: Any, flags: list[str], wanted: Callable[[], bool]) -> None:
    """Load what dbt loads late, compile the macros that the project's nodes can reach, rehearse one compilation.

    Stops early when `wanted()` says that a command has come. Opens no database and runs no hook.
    """
    with contextlib.suppress(Exception):
        _import_late_ones()
        for macro in _reachable_macros(manifest):
            if wanted():
                return
            compile_macro(macro)
        _rehearse(manifest, flags)


def _import_late_ones() -> None:
    import babel.dates  # noqa: F401
    import dbt.adapters.duckdb.environments.local  # noqa: F401
    import dbt_common.clients.agate_helper  # noqa: F401
    import duckdb

    duckdb.connect(":memory:").execute("select count(*) from information_schema.tables").fetchall()


def _reachable_macros(manifest: Any) -> list[Any]:
    """Macros called by nodes, what these call, and the `duckdb__` or `default__` ones that they dispatch to."""
    found: set[str] = set()
    ahead = [name for node in manifest.nodes.values() for name in node.depends_on.macros]
    ahead += [name for name in manifest.macros if name.startswith("macro.dbt_duckdb.")]
    dispatched: dict[str, list[str]] = {}
    for name in manifest.macros:
        dispatched.setdefault(name.rpartition("__")[2], []).append(name)
    while ahead:
        name = ahead.pop()
        if name in found or name not in manifest.macros:
            continue
        found.add(name)
        ahead += manifest.macros[name].depends_on.macros
        ahead += [
            other for other in dispatched.get(name.rpartition(".")[2], []) if other.split(".")[1].startswith("dbt")
        ]
    return [manifest.macros[name] for name in found]


def _rehearse(manifest: Any, flags: list[str]) -> None:
    """Compile one test of a kind that comes with dbt: that needs no database."""
    for node in manifest.nodes.values():
        kind = getattr(getattr(node, "test_metadata", None), "name", None)
        if kind in ("not_null", "unique"):
            arguments = ["compile", "--no-introspect", "--no-populate-cache", "--select", node.name, *flags]
            dbtRunner(manifest).invoke(arguments)
            return
