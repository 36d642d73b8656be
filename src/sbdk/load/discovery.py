"""Finds and imports the files in `pipelines/`, each with the sources and tables it declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from dlt.extract import DltSource

from sbdk.core.errors import ConfigError, SbdkError, SourceError
from sbdk.core.imports import UserModules
from sbdk.load.compat import RunAtImportError, no_pipeline_runs
from sbdk.load.errors import import_failure, locate
from sbdk.load.session import session
from sbdk.load.sources import DEFAULT_SOURCE, declared_sources
from sbdk.state.layout import FOLDER, StateDir


@dataclass(frozen=True)
class PipelineFile:
    """One file of `pipelines/`: its sources, and the warnings about it."""

    path: Path
    sources: list[DltSource]
    warnings: list[str] = field(default_factory=list)

    @property
    def tables(self) -> list[str]:
        """Names of the tables it fills, as dlt writes them; resources that name a table per row are left out."""
        return sorted(table for source in self.sources for table in _tables(source))


def discover(folder: Path, *, root: Path | None = None, work: Path | None = None) -> list[PipelineFile]:
    """Import every file of `folder` (`_*.py` are helpers) and return what each declares, in name order.

    `root` is the project (default: the folder above), whose `.dlt/` may configure sources; `work` is where dlt may
    write (default: `root/.sbdk/build`). Raises SourceError for a file that cannot be imported or a source that cannot
    be created, ConfigError when two files fill one table. A file that declares nothing is a warning.
    """
    root, folder = root or folder.parent, folder.resolve()
    modules = UserModules(folder, PACKAGE)
    caught: list[tuple[str, str]] = []

    def warn(category: str, text: str, filename: str, lineno: int) -> None:
        caught.append((filename, f"line {lineno}: {text}"))

    with (
        session(root, work or StateDir(root / FOLDER).build) as dlt_session,
        dlt_session.capture(warn, lambda *_: None),
        modules.registered(),
    ):
        files = [_read_file(path, modules) for path in pipeline_paths(folder)]
    for file in files:
        file.warnings[:0] = [text for filename, text in caught if filename == str(file.path)]
    _reject_shared_tables(files)
    return files


def _read_file(path: Path, modules: UserModules) -> PipelineFile:
    sources = declared_sources(import_pipeline(path, modules), path)
    empty = "declares no dlt source or resource that can be called without arguments"
    return PipelineFile(path, sources, [] if sources else [empty])


def _reject_shared_tables(files: list[PipelineFile]) -> None:
    """Two files that fill one table would overwrite or double each other's rows."""
    owners: dict[str, Path] = {}
    for file in files:
        for table in file.tables:
            if owners.setdefault(table, file.path) != file.path:
                hint = "give one of the resources another name or table_name"
                two = f"{owners[table].name} and {file.path.name}"
                raise ConfigError(f"the table {table!r} is filled by two files: {two}", file=file.path, hint=hint)
    _reject_shared_names(files)


def _reject_shared_names(files: list[PipelineFile]) -> None:
    """State is kept by the names of source and resource: two of one name would share their cursors."""
    owners: dict[str, Path] = {}
    for file in files:
        for source in file.sources:
            names = [f"resource {name!r}" for name in source.resources] if source.name == DEFAULT_SOURCE else []
            for name in names or [f"source {source.name!r}"]:
                if owners.setdefault(name, file.path) != file.path:
                    two = f"{owners[name].name} and {file.path.name}"
                    raise ConfigError(f"the {name} is declared by two files: {two}", file=file.path)


def _tables(source: DltSource) -> list[str]:
    naming = source.schema.naming
    chosen = [resource for resource in source.resources.selected.values() if isinstance(resource.table_name, str)]
    return [naming.normalize_table_identifier(str(resource.table_name)) for resource in chosen]


PACKAGE = "sbdk_pipelines"
"""The files are imported as modules of a package whose name starts with this, so that a `requests.py` there does not
hide the library `requests`. `import _shared`,
`from _shared import x` and `from ._shared import x` find modules of the folder."""


def pipeline_paths(folder: Path) -> list[Path]:
    """The files to import, in name order: every `*.py` that does not start with an underscore or a dot."""
    return sorted(path for path in folder.glob("*.py") if path.is_file() and not path.name.startswith(("_", ".")))


def import_pipeline(path: Path, modules: UserModules) -> ModuleType:
    """Import one file. Whatever it raises, a call of `sys.exit` included, is a SourceError with its line;
    so is a call that runs a pipeline of dlt's."""
    try:
        with no_pipeline_runs():
            return modules.load(path)
    except (Exception, SystemExit) as error:
        raise _import_error(path, error) from error


def _import_error(path: Path, error: BaseException) -> SbdkError:
    file, position = locate(error, path.parent, default=path)
    hint = "a file whose name starts with _ is not run as a pipeline"
    if isinstance(error, RunAtImportError):
        message = f"{position}calls pipeline.{error}() when it is imported; sbdk runs the sources itself"
        return SourceError(message, file=file, hint='put that below `if __name__ == "__main__":`, or remove it')
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = f"install {error.name.split('.')[0]!r} into the environment that runs sbdk"
    elif isinstance(error, SystemExit):
        hint = 'put what runs the pipeline below `if __name__ == "__main__":`'
    return import_failure(error, file, position, hint)
