"""Extensions by name: built-in ones first, then the project's `plugins/*.py`, then installed packages."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.core.imports import UserModules, import_files

T = TypeVar("T")


class Registry(Generic[T]):
    """Named extensions of one kind, for example generators. `group` is the entry-point group, `sbdk.<plural>`."""

    def __init__(self, kind: str, group: str) -> None:
        self.kind = kind
        self.group = group
        self._items: dict[str, tuple[T, str]] = {}
        self._packages_read = False

    def __iter__(self) -> Iterator[str]:
        self._read_packages()
        return iter(sorted(self._items))

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
        for point in entry_points(group=self.group):
            self.register(point.name, point.load(), origin=point.value)


def load_plugins(folder: Path) -> Iterable[Any]:
    """Import every `*.py` of a project's `plugins/`, in name order; they register themselves on import."""
    return import_files(UserModules(folder, "sbdk_plugin"), sorted(folder.glob("*.py")))
