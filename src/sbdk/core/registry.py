"""Extensions by name: built-in ones first, then the project's `plugins/*.py`, then installed packages."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from sbdk.core.errors import ConfigError, SourceError, UnknownName
from sbdk.core.user_code import spec_of

T = TypeVar("T")


class Registry(Generic[T]):
    """Named extensions of one kind, for example generators. `group` is the entry-point group, `sbdk.<plural>`.

    `shipped`: the module that registers those that come with sbdk, imported when the first name is asked for.
    """

    def __init__(self, kind: str, group: str, *, shipped: str | None = None) -> None:
        self.kind = kind
        self.group = group
        self._shipped = shipped
        self._items: dict[str, tuple[T, str]] = {}
        self._packages_read = False

    def __iter__(self) -> Iterator[str]:
        self._read_packages()
        return iter(sorted(self._items))

    def items(self) -> dict[str, T]:
        """All by name, in the order in which they were registered."""
        self._read_packages()
        return {name: item for name, (item, _) in self._items.items()}

    def register(self, name: str, item: T, *, origin: str = "sbdk") -> None:
        """Add `item`; a name that is taken is a ConfigError that names both origins."""
        if name in self._items and self._items[name][1] != origin:
            raise ConfigError(f"the {self.kind} {name!r} is declared twice: by {self._items[name][1]} and by {origin}")
        self._items[name] = (item, origin)

    def named(self, name: str) -> Callable[[T], T]:
        """Decorator form of `register`; the origin is the module of what it decorates."""

        def add(item: T) -> T:
            self.register(name, item, origin=getattr(item, "__module__", "?"))
            return item

        return add

    def get(self, name: str) -> T:
        """The extension called `name`, or UnknownName with the nearest and all known names."""
        self._read_packages()
        if name not in self._items:
            near = difflib.get_close_matches(name, self._items, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise UnknownName(f"no {self.kind} is called {name!r}", hint=f"{hint}known: {', '.join(self)}")
        return self._items[name][0]

    def _read_packages(self) -> None:
        if self._packages_read:
            return
        self._packages_read = True
        if self._shipped:
            importlib.import_module(self._shipped)
        for point in entry_points(group=self.group):
            self.register(point.name, point.load(), origin=point.value)


def load_plugins(folder: Path) -> Iterable[Any]:
    """Import every `*.py` of a project's `plugins/`, in name order; they register themselves on import."""
    return [import_file(path, f"sbdk_plugin_{path.stem}") for path in sorted(folder.glob("*.py"))]


def import_file(path: Path, name: str) -> Any:
    """Import one Python file under `name`. What it raises becomes a SourceError that names file and line."""
    loader_spec = spec_of(path, name)
    assert loader_spec.loader is not None
    module = importlib.util.module_from_spec(loader_spec)
    sys.modules[name] = module  # where typing and inspect look for what a class in it refers to
    try:
        loader_spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise SourceError(f"cannot be imported: {type(error).__name__}: {error}", file=path) from error
    return module
