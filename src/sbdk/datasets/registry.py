"""Data sets by name (built-in, or from an installed package) or by the path of a file that declares one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.core.registry import Registry
from sbdk.spec.world import WorldSettings
from sbdk.datasets.union import JoinedWorld
from sbdk.synth.table import World

Open = Callable[[WorldSettings], World]

datasets: Registry[Open] = Registry("data set", "sbdk.datasets")
"""What `datasets` in a project's configuration may name; a data set is a callable that takes the settings."""

SUFFIXES = (".yml", ".yaml", ".json", ".py")


@datasets.named("saas")
def _saas(settings: WorldSettings) -> World:
    from sbdk.datasets.saas import SaasWorld

    world: World = SaasWorld(settings)
    return world


@datasets.named("retail")
def _retail(settings: WorldSettings) -> World:
    from sbdk.datasets.retail import RetailWorld

    world: World = RetailWorld(settings)
    return world


@datasets.named("bookstore")
def _bookstore(settings: WorldSettings) -> World:
    from sbdk.datasets.bookstore import BookstoreWorld

    world: World = BookstoreWorld(settings)
    return world


def open_dataset(name_or_path: str, settings: WorldSettings, root: Path) -> World:
    """The world of one data set. A path is relative to the project's `root` and stays inside of it.

    Raises UnknownName for a name that nobody registered, ConfigError for a file that declares none. Generators in
    the project's `plugins/` must have been loaded before.
    """
    if Path(name_or_path).suffix not in SUFFIXES:
        try:
            return datasets.get(name_or_path)(settings)
        except UnknownName as error:
            raise UnknownName(error.message, hint=f"{error.hint}, or the path of a file {'|'.join(SUFFIXES)}") from None
    from sbdk.datasets.declared.load import read_dataset
    from sbdk.datasets.declared import DeclaredWorld

    path = (root / name_or_path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ConfigError(f"datasets: {name_or_path!r} is outside the project")
    return DeclaredWorld(read_dataset(path), settings, file=path)


def open_worlds(names: Sequence[str], settings: WorldSettings, root: Path) -> World:
    """The tables of several data sets together. A table that two of them have is a ConfigError."""
    worlds = {name: open_dataset(name, settings, root) for name in names}
    if len(worlds) == 1:
        return next(iter(worlds.values()))
    return JoinedWorld(worlds, settings.anchor)
