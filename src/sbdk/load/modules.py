"""Import the files of `pipelines/` the way their authors expect, and leave no trace of it in the process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from sbdk.core.errors import SourceError
from sbdk.core.user_code import no_byte_code, spec_of
from sbdk.load.blame import blame

PACKAGE = "sbdk_pipelines"
"""The files are imported as modules of this package, so that a `requests.py` there hides nobody's `requests`."""


def pipeline_paths(folder: Path) -> list[Path]:
    """The files to import, in name order: every `*.py` that does not start with an underscore or a dot."""
    return sorted(path for path in folder.glob("*.py") if path.is_file() and not path.name.startswith(("_", ".")))


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Within: `import _shared`, `from _shared import x`, `from ._shared import x` find the modules of `folder`.

    The folder goes to the end of the path: an installed package is never hidden. Afterwards path and module table are
    as before, so that another project in the same process does not meet this one's modules.
    """
    folder = folder.resolve()
    before = set(sys.modules)
    sys.path.append(str(folder))
    package = ModuleType(PACKAGE)
    package.__path__ = [str(folder)]
    sys.modules[PACKAGE] = package
    try:
        with no_byte_code():
            yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name not in before and _lies_in(sys.modules[name], folder)]:
            del sys.modules[name]
        sys.modules.pop(PACKAGE, None)


def import_pipeline(path: Path) -> ModuleType:
    """Import one file. Whatever it raises, a call of `sys.exit` included, is a SourceError with its line."""
    name = f"{PACKAGE}.{path.stem}"
    spec = spec_of(path, name)
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        raise _import_error(path, error) from error
    return module


def _import_error(path: Path, error: BaseException) -> SourceError:
    file, place = blame(error, path.parent, default=path)
    hint = "a file whose name starts with _ is not run as a pipeline"
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = f"install {error.name.split('.')[0]!r} into the environment that runs sbdk"
    elif isinstance(error, SystemExit):
        hint = 'put what runs the pipeline below `if __name__ == "__main__":`'
    return SourceError(f"{place}cannot be imported: {type(error).__name__}: {error}", file=file, hint=hint)


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return bool(file) and folder in Path(str(file)).resolve().parents
