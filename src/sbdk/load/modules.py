"""Import the files of `pipelines/` the way their authors expect, and leave no trace of it in the process."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from sbdk.core.errors import SourceError
from sbdk.core.imports import UserModules
from sbdk.load.blame import blame

PACKAGE = "sbdk_pipelines"
"""The files are imported as modules of a package that starts with this name, so that a `requests.py` there hides
nobody's `requests`. `import _shared`, `from _shared import x` and `from ._shared import x` find the folder's own."""


def pipeline_paths(folder: Path) -> list[Path]:
    """The files to import, in name order: every `*.py` that does not start with an underscore or a dot."""
    return sorted(path for path in folder.glob("*.py") if path.is_file() and not path.name.startswith(("_", ".")))


def import_pipeline(path: Path, modules: UserModules) -> ModuleType:
    """Import one file. Whatever it raises, a call of `sys.exit` included, is a SourceError with its line."""
    try:
        return modules.load(path)
    except (Exception, SystemExit) as error:
        raise _import_error(path, error) from error


def _import_error(path: Path, error: BaseException) -> SourceError:
    file, place = blame(error, path.parent, default=path)
    hint = "a file whose name starts with _ is not run as a pipeline"
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = f"install {error.name.split('.')[0]!r} into the environment that runs sbdk"
    elif isinstance(error, SystemExit):
        hint = 'put what runs the pipeline below `if __name__ == "__main__":`'
    return SourceError(f"{place}cannot be imported: {type(error).__name__}: {error}", file=file, hint=hint)
