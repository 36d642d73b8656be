"""The registry of data sets. The configuration is composed of what they declare; none is opened for that.

A data set is registered once, with a `DatasetEntry`: shipped ones in `sbdk.datasets.shipped`, those of
installed packages under the entry-point group `sbdk.datasets`, a project's own in its `plugins/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import create_model

from sbdk.core.errors import ConfigError
from sbdk.core.registry import Registry
from sbdk.spec.config_sections import Section

Volumes = Callable[[Any, float], dict[str, int]]
"""Rows by short name, of the section `data_volume` and the scale."""
ScaledStreams = Callable[[Any, float], Any]
"""The section `streams` with the volumes that one data set added multiplied by the scale."""


@dataclass(frozen=True)
class DatasetEntry:
    """One data set.

    opens: `module:name` of a callable that takes WorldSettings and returns a `sbdk.datasets.base.Dataset`; imported
    when a project opens it. volume_keys: the keys that it adds to `data_volume`; volumes: its rows by short name;
    tables: the table of each short name. rivals: pairs of keys of `data_volume` with the same meaning.
    stream_keys: the keys that it adds to `streams`; scaled_streams: applies the scale to them, or raises ValueError.
    roles: what `sbdk score` grades, with the table of the template. facts: tables that refer to entities which may
    arrive later. is_default: a project that names no data set has this one; every project's volumes include its own.
    version: raised whenever the same settings would give other rows; a project's synthetic tables are then made anew.
    """

    opens: str
    volume_keys: type[Section] | None = None
    volumes: Volumes | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    rivals: tuple[tuple[str, str], ...] = ()
    stream_keys: type[Section] | None = None
    scaled_streams: ScaledStreams | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    is_default: bool = False
    version: int = 1


data_sets: Registry[DatasetEntry] = Registry("data set", "sbdk.datasets", shipped="sbdk.datasets.shipped")
"""What `datasets` in a project's configuration may name."""


def entries() -> dict[str, DatasetEntry]:
    """All entries by name, in the order of their registration."""
    return data_sets.items()


def default_data_sets() -> list[str]:
    """The data sets of a project that names none."""
    return [name for name, entry in entries().items() if entry.is_default]


def composed(name: str, own: list[type[Section]], added: list[type[Section] | None], about: str) -> Any:
    """One section with the fields of several. Their order: the first of `own`, then `added`, then the rest of `own`.

    ConfigError for a key that two of them have."""
    parts = [own[0], *(part for part in added if part is not None), *own[1:]]
    origin: dict[str, str] = {}
    for part in parts:
        for key in part.model_fields:
            if key in origin:
                raise ConfigError(f"the key {key!r} is added twice: by {origin[key]} and by {part.__name__}")
            origin[key] = part.__name__
    return create_model(name, __base__=tuple(reversed(parts)), __doc__=about, __module__=__name__)
