"""sbdk: a local-first data pipeline kit.

`Project(path).run()` is `sbdk dev`; `open(path).sql("…")` reads what was published; `rows(table)` is for files in
`pipelines/`; `synth` makes synthetic data. Everything is imported on use: `import sbdk` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sbdk.version import __version__

if TYPE_CHECKING:
    from sbdk import synth
    from sbdk.load.sql_rows import as_text, dated, stamped, undated
    from sbdk.project import Project
    from sbdk.project import open_published as open
    from sbdk.run.landing import landed
    from sbdk.run.source_context import local_files, rows

__all__ = [
    "Project",
    "__version__",
    "as_text",
    "dated",
    "landed",
    "local_files",
    "open",
    "rows",
    "stamped",
    "synth",
    "undated",
]

_HOMES = {
    "Project": ("sbdk.project", "Project"),
    "open": ("sbdk.project", "open_published"),
    "rows": ("sbdk.run.source_context", "rows"),
    "local_files": ("sbdk.run.source_context", "local_files"),
    "as_text": ("sbdk.load.sql_rows", "as_text"),
    "dated": ("sbdk.load.sql_rows", "dated"),
    "stamped": ("sbdk.load.sql_rows", "stamped"),
    "undated": ("sbdk.load.sql_rows", "undated"),
    "landed": ("sbdk.run.landing", "landed"),
    "synth": ("sbdk.synth", None),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sbdk' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    imported = importlib.import_module(module)
    return imported if attribute is None else getattr(imported, attribute)
