"""Extensions by name: those of sbdk and of installed packages for all projects, those of plugins for one project.

Extensions that are built in or that an installed package declares are the same for all projects of a process; the
`Registry` holds them. Extensions that a project's `plugins/*.py` register are held by the project's `Extensions`, and
found within `Extensions.active()` only: two projects may use one name for different things.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from sbdk.core.errors import ConfigError, UnknownName, suggestion
from sbdk.core.imports import UserModules, import_files

T = TypeVar("T")
_Items = dict[str, tuple[Any, str]]


class Extensions:
    """The extensions that the plugins in `folder` have registered, by registry. `load_plugins` makes it."""

    def __init__(self, folder: Path) -> None:
        self.modules = UserModules(folder, "sbdk_plugin")
        self.importing = True
        self._items: dict[str, _Items] = {}

    def of(self, group: str) -> _Items:
        """The extensions of one group by name, each with its origin."""
        return self._items.setdefault(group, {})

    def declares(self, module: str | None) -> bool:
        """Whether an extension declared in `module` is one of these; None, an unknown module: while importing."""
        return self.modules.holds(module) or (module is None and self.importing)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Within the block registries find these extensions beside those of all projects."""
        token = _ACTIVE.set(self)
        try:
            yield
        finally:
            _ACTIVE.reset(token)


_ACTIVE: ContextVar[Extensions | None] = ContextVar("sbdk_extensions", default=None)


def load_plugins(folder: Path) -> Extensions:
    """Import every `*.py` of a project's `plugins/`, in name order; what they register on import belongs to the result.

    Raises SourceError for a file that cannot be imported.
    """
    extensions = Extensions(folder)
    with extensions.active():
        import_files(extensions.modules, sorted(folder.glob("*.py")))
    extensions.importing = False
    return extensions


class Registry(Generic[T]):
    """Named extensions of one kind, for example generators. `group` is the entry-point group, `sbdk.<plural>`.

    `shipped`: the module that registers those that come with sbdk, imported on the first look-up.
    """

    def __init__(self, kind: str, group: str, *, shipped: str | None = None) -> None:
        self.kind = kind
        self.group = group
        self._shipped = shipped
        self._items: _Items = {}
        self._packages_read = False

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._known()))

    def items(self) -> dict[str, T]:
        """All extensions by name, in the order of their registration."""
        return {name: item for name, (item, _) in self._known().items()}

    def register(self, name: str, item: T, *, module: str | None = None) -> None:
        """Add `item`: to the project whose plugin is being imported, or to all projects if `module` is no plugin.

        module: the name of the module that declares it. ConfigError, naming both origins, if the name is taken.
        """
        extensions = _ACTIVE.get()
        if extensions is not None and extensions.declares(module):
            self._read_packages()
            items = extensions.of(self.group)
        else:
            items = self._items
        origin = _origin(module)
        taken = items.get(name) or self._items.get(name)
        if taken and taken[1] != origin:
            raise ConfigError(f"the {self.kind} {name!r} is declared twice: by {taken[1]} and by {origin}")
        items[name] = (item, origin)

    def named(self, name: str) -> Callable[[T], T]:
        """Decorator form of `register`; the origin is the module of what it decorates."""

        def add(item: T) -> T:
            self.register(name, item, module=getattr(item, "__module__", None))
            return item

        return add

    def get(self, name: str) -> T:
        """The extension called `name`, or UnknownName with the nearest and all known names."""
        known = self._known()
        if name not in known:
            raise UnknownName(f"no {self.kind} is called {name!r}", hint=suggestion(name, sorted(known)))
        item: T = known[name][0]
        return item

    def _known(self) -> _Items:
        self._read_packages()
        extensions = _ACTIVE.get()
        return {**self._items, **(extensions.of(self.group) if extensions else {})}

    def _read_packages(self) -> None:
        if self._packages_read:
            return
        self._packages_read = True
        if self._shipped:
            importlib.import_module(self._shipped)
        for point in entry_points(group=self.group):
            self.register(point.name, point.load(), module=point.module)


def _origin(module: str | None) -> str:
    """Where an extension is declared: the file of a plugin or package; for sbdk's own, the module."""
    if module is None:
        return "a plugin"
    file = getattr(sys.modules.get(module), "__file__", None)
    return module if file is None or module.partition(".")[0] == "sbdk" else str(file)
