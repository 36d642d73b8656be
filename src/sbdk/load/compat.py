"""All that is used of dlt beyond its public interface: its pipes, its context and its providers.

When an upgrade of dlt breaks something, it is here. tests/load/test_dlt_compat.py says what.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dlt.common.configuration.providers import ConfigTomlProvider, EnvironProvider, SecretsTomlProvider
from dlt.common.configuration.providers.dictionary import DictionaryProvider
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.runtime.run_context import RunContext
from dlt.extract import DltResource

TESTED = ((1, 31), (1, 32))
"""From the first version, and below the second, the tests of this file have passed."""


def untested() -> str | None:
    """What to say about the installed version, if it lies outside of what was tested."""
    installed = version("dlt")
    if TESTED[0] <= tuple(map(int, installed.split(".")[:2])) < TESTED[1]:
        return None
    return f"dlt {installed} is untested: see that {__file__} still holds, then move TESTED"


def pipe_of(resource: DltResource) -> Any:
    """The steps of a resource: a generator first, then maps and filters."""
    return resource._pipe


def head_of(resource: DltResource) -> Any:
    """The pipe at the start of the chain: of a transformer, that of the resource that feeds it."""
    pipe = pipe_of(resource)
    while pipe.has_parent:
        pipe = pipe.parent
    return pipe


def generator_of(resource: DltResource) -> Any:
    """What the first step is made of: a generator, a generator function, a list …"""
    return pipe_of(resource).gen


def replace_generator(resource: DltResource, made: Any) -> None:
    """Put another generator, or generator function, in its place."""
    pipe_of(resource).replace_gen(made)


def is_own_table(schema: Any, name: str) -> bool:
    """Whether a table of the schema is one of dlt's own."""
    return name.startswith(schema._dlt_tables_prefix)


class FixedProvider(DictionaryProvider):  # type: ignore[misc]
    """Settings that no environment and no file can change, if it is the first place where dlt looks."""

    NAME = "sbdk"

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._config_doc = dict(values)


class ProjectContext(RunContext):  # type: ignore[misc]
    """Settings from `fixed`, the environment and `root/.dlt`; data of dlt's own below `work`."""

    def __init__(self, root: Path, work: Path, fixed: Mapping[str, Any]) -> None:
        super().__init__(str(root))
        self._global_dir = str(work)
        self._fixed = fixed

    @property
    def run_dir(self) -> str:
        return str(self._init_run_dir)

    @property
    def local_dir(self) -> str:
        return str(self._init_run_dir)

    @property
    def data_dir(self) -> str:
        return str(self._global_dir)

    def initial_providers(self) -> list[ConfigProvider]:
        providers = [FixedProvider(self._fixed), EnvironProvider()]
        if Path(self.settings_dir).is_dir():  # every provider is asked for each of a few hundred settings
            providers += [SecretsTomlProvider(self.settings_dir), ConfigTomlProvider(self.settings_dir)]
        return providers
