"""Imports a user's Python files under names of their own, and optional dependencies with a hint on the extra."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from itertools import count
from pathlib import Path
from threading import RLock
from types import CodeType, ModuleType
from typing import Any

from sbdk.core.errors import MissingExtra, SourceError

_NUMBERS = count(1)
_FINDERS = RLock()


def _change_finders(change: Callable[[list[Any]], list[Any]]) -> None:
    """Put another list in the place of `sys.meta_path`. The list itself is not changed: another thread may be at an
    import, walks it without a lock, and would skip a finder."""
    with _FINDERS:
        sys.meta_path = change(sys.meta_path)


class UserModules(MetaPathFinder):
    """The Python files of one folder, as modules of one package called `<kind>_<number>`.

    Within `registered()` the modules are in `sys.modules`, where pickle, dataclasses and inspect look for them;
    outside of it they leave no trace there. An installed package is never hidden by a file of the folder. A file is
    executed once; another UserModules executes it again.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder.resolve()
        self.package = f"{kind}_{next(_NUMBERS)}"
        root = ModuleType(self.package)
        root.__path__ = [str(self.folder)]
        self._modules: dict[str, ModuleType] = {self.package: root}
        self._owned: dict[str, bool] = {}
        self._lock = RLock()
        self._entered = 0
        self._importlib = _Importlib(self)
        self.builtins: Mapping[str, Any] = {**vars(builtins), "__import__": self._import}
        """The builtins of the modules; `__import__` is what an import statement calls."""

    @contextmanager
    def registered(self) -> Iterator[None]:
        """Within the block the modules are in `sys.modules`. May be nested, and entered by several threads at once."""
        with self._lock:
            self._entered += 1
            if self._entered == 1:
                sys.modules.update(self._modules)
                _change_finders(lambda finders: [self, *finders])
        try:
            yield
        finally:
            with self._lock:
                self._entered -= 1
                if not self._entered:
                    _change_finders(lambda finders: [finder for finder in finders if finder is not self])
                    for name in [name for name in list(sys.modules) if self._is_ours(name)]:
                        self._modules[name] = sys.modules.pop(name)

    def holds(self, module: str | None) -> bool:
        """Whether this is the name of one of the modules."""
        return module is not None and self._is_ours(module)

    def load(self, path: Path) -> ModuleType:
        """The module of one file of the folder. Raises whatever executing the file raises."""
        name = f"{self.package}.{path.stem}"
        with self.registered():
            if name not in sys.modules:
                spec = importlib.util.spec_from_file_location(name, path, loader=_UncachedLoader(name, str(path), self))
                assert spec is not None
                module = sys.modules[name] = importlib.util.module_from_spec(spec)
                try:
                    spec.loader.exec_module(module)  # type: ignore[union-attr]
                except BaseException:
                    sys.modules.pop(name, None)
                    raise
            return sys.modules[name]

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        """Called by importlib for a module of the package. Reads the folder each time, so that new files are found."""
        if path is None or not self._is_ours(fullname):
            return None
        finders = [FileFinder(entry, (self._loader, SOURCE_SUFFIXES)) for entry in path]  # type: ignore[arg-type]
        specs = [spec for spec in (finder.find_spec(fullname) for finder in finders) if spec is not None]
        return specs[0] if specs else None

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """`importlib.import_module` as a file of the folder sees it."""
        if not name.startswith(".") and not self._owns(name.partition(".")[0]):
            return importlib.import_module(name, package)
        with self.registered(), self._plain_names():
            return importlib.import_module(name if name.startswith(".") else f"{self.package}.{name}", package)

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """`__import__` of the files in the folder: import statements call it."""
        top = name.partition(".")[0]
        if level == 0 and not self._owns(top):
            module = builtins.__import__(name, globals, locals, fromlist or (), level)
            return self._importlib if module is importlib else module
        with self.registered(), self._plain_names():
            full = name if level else f"{self.package}.{name}"
            module = builtins.__import__(full, globals, locals, fromlist or (), level)
            return module if level or fromlist else sys.modules[f"{self.package}.{top}"]

    def _owns(self, top: str) -> bool:
        """Whether `import top` means a module of the folder."""
        if top not in self._owned:
            stem = self.folder / top
            here = stem.with_suffix(".py").is_file() or stem.is_dir()
            self._owned[top] = here and not self._is_installed(top)
        return self._owned[top]

    def _is_installed(self, top: str) -> bool:
        """Whether a module or package with code is built in or found on the path. `sys.modules` does not count: the
        imports of the host program must not decide."""
        for finder in list(sys.meta_path):
            if isinstance(finder, UserModules) or not hasattr(finder, "find_spec"):  # as importlib itself does
                continue
            spec = finder.find_spec(top, None, None)
            if spec is not None and spec.loader is not None:
                return not (spec.origin and self.folder in Path(spec.origin).resolve().parents)
        return False

    def _is_ours(self, name: str) -> bool:
        return name == self.package or name.startswith(f"{self.package}.")

    def _loader(self, name: str, path: str) -> SourceFileLoader:
        return _UncachedLoader(name, path, self)

    @contextmanager
    def _plain_names(self) -> Iterator[None]:
        """ModuleNotFoundError names the module as the import statement does, without the package."""
        try:
            yield
        except ModuleNotFoundError as error:
            if error.name is None or not self._is_ours(error.name):
                raise
            name = error.name.removeprefix(f"{self.package}.")
            raise ModuleNotFoundError(f"No module named {name!r}", name=name).with_traceback(
                error.__traceback__
            ) from None


class _UncachedLoader(SourceFileLoader):
    """Compiles the source each time, and writes no byte code. Python takes cached byte code for current when size and
    second of change are the same, so a file that is edited and run again at once would run in its old version."""

    def __init__(self, name: str, path: str, modules: UserModules) -> None:
        super().__init__(name, path)
        self._modules = modules

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._modules.builtins
        super().exec_module(module)


class _Importlib(ModuleType):
    """`importlib` for the files of one folder: its `import_module` finds their own modules."""

    def __init__(self, modules: UserModules) -> None:
        super().__init__("importlib")
        self.import_module = modules.import_module

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib, name)


def import_file(path: Path, kind: str) -> ModuleType:
    """Import one Python file, in a package called after `kind`. What it raises becomes a SourceError with the file."""
    return import_files(UserModules(path.parent, kind), [path])[0]


def import_files(modules: UserModules, paths: Sequence[Path]) -> list[ModuleType]:
    """The modules of these files, in their order. What one raises becomes a SourceError with the file."""
    imported = []
    with modules.registered():
        for path in paths:
            try:
                imported.append(modules.load(path))
            except Exception as error:
                raise SourceError(f"cannot be imported: {type(error).__name__}: {error}", file=path) from error
    return imported


def require(module: str, extra: str) -> ModuleType:
    """Import `module`, or raise MissingExtra naming `pip install 'sbdk[extra]'`."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        hint = f"pip install 'sbdk[{extra}]'"
        raise MissingExtra(f"this needs the package {module!r}, which is not installed", hint=hint) from error
