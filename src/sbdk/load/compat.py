"""All that is used of dlt beyond its public interface: pipes, run context, container, thread names, providers.

What an upgrade of dlt can break is here, and tested by tests/load/test_dlt_compat.py.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigTomlProvider, EnvironProvider, SecretsTomlProvider
from dlt.common.configuration.providers.dictionary import DictionaryProvider
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.specs.base_configuration import ContainerInjectableContext
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.run_context import RunContext
from dlt.destinations.sql_jobs import SqlMergeFollowupJob
from dlt.extract import DltResource
from dlt.pipeline.pipeline import Pipeline

TESTED = ((1, 31), (1, 32))
"""The tests of this file have passed from the first version on, and below the second."""

_POOL_THREAD = re.compile(r"dlt-pool-(\d+)-")
_ROUTED = frozenset(
    {"context", "providers", "reload", "reload_providers", "initialize_runtime", "push_context", "pop_context"}
)


def untested() -> str | None:
    """A message about the installed version if it is not among those that were tested, else None."""
    installed = version("dlt")
    if TESTED[0] <= tuple(map(int, installed.split(".")[:2])) < TESTED[1]:
        return None
    return f"dlt {installed} is untested: see that {__file__} still holds, then move TESTED"


class RunAtImportError(Exception):
    """A pipeline file called a method that runs a pipeline, while it was imported."""


_IMPORTING: ContextVar[bool] = ContextVar("sbdk_importing_pipelines", default=False)
_RUNNING = ("run", "extract", "normalize", "load", "drop", "drop_pending_packages", "sync_destination")


@contextmanager
def no_pipeline_runs() -> Iterator[None]:
    """Within, in this thread: what runs a pipeline of dlt raises RunAtImportError, before anything is written."""
    _guard_pipelines()
    token = _IMPORTING.set(True)
    try:
        yield
    finally:
        _IMPORTING.reset(token)


def _guard_pipelines() -> None:
    for name in _RUNNING:
        method = getattr(Pipeline, name)
        if not hasattr(method, "sbdk_guarded"):
            setattr(Pipeline, name, _guarded(name, method))


def _guarded(name: str, method: Any) -> Any:
    @wraps(method)
    def guarded(self: Any, *arguments: Any, **named: Any) -> Any:
        if _IMPORTING.get():
            raise RunAtImportError(name)
        return method(self, *arguments, **named)

    guarded.sbdk_guarded = True  # type: ignore[attr-defined]
    return guarded


def pipe_of(resource: DltResource) -> Any:
    """The steps of a resource: a generator first, then maps and filters."""
    return resource._pipe


def head_of(resource: DltResource) -> Any:
    """The pipe at the start of the chain: of a transformer, that of the resource that feeds it."""
    pipe = pipe_of(resource)
    while pipe.has_parent:
        pipe = pipe.parent
    return pipe


def pipes_of(resource: DltResource) -> Iterator[Any]:
    """The resource's pipe and those that feed it, the last one first; empty ones end the chain.

    Each has `gen`, what its first step is made of, and `replace_gen(made)`.
    """
    pipe = pipe_of(resource)
    while pipe is not None and not pipe.is_empty:
        yield pipe
        pipe = pipe.parent


def generator_of(resource: DltResource) -> Any:
    """The generator, generator function, list … that the first step of a resource runs."""
    return pipe_of(resource).gen


def replace_generator(resource: DltResource, generator: Any) -> None:
    """Let the first step of a resource run another generator, or generator function."""
    pipe_of(resource).replace_gen(generator)


def is_own_table(schema: Any, name: str) -> bool:
    """Whether a table of the schema is one of dlt's own."""
    return name.startswith(schema._dlt_tables_prefix)


class FixedProvider(DictionaryProvider):  # type: ignore[misc]
    """Settings that neither the environment nor a file can change, as long as it is the first of the providers."""

    NAME = "sbdk"

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._config_doc = dict(values)


class DefaultProvider(FixedProvider):
    """Settings that hold where no other provider has them, as long as it is the last one."""

    NAME = "sbdk defaults"


class ProjectRunContext(RunContext):  # type: ignore[misc]
    """Settings from `fixed`, the environment, `root/.dlt` and `defaults`; dlt writes its own data below `work`."""

    def __init__(
        self, root: Path, work: Path, fixed: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(str(root))
        self._global_dir = str(work)
        self._fixed = fixed
        self._defaults = defaults

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
        if Path(self.settings_dir).is_dir():  # dlt looks up a few hundred settings in every provider
            providers += [SecretsTomlProvider(self.settings_dir), ConfigTomlProvider(self.settings_dir)]
        return [*providers, DefaultProvider(self._defaults)] if self._defaults else providers


class RoutedRunContext(PluggableRunContext):  # type: ignore[misc]
    """The one run context of the process, which forwards each access to the context that `current` returns."""

    def __init__(self, current: Callable[[], PluggableRunContext]) -> None:
        ContainerInjectableContext.__init__(self)
        self.in_container = self.extras_added = True
        self._current = current

    def __getattribute__(self, name: str) -> Any:
        return getattr(self._current(), name) if name in _ROUTED else super().__getattribute__(name)


def replace_run_context(context: PluggableRunContext) -> Callable[[], None]:
    """Make `context` the run context of the process; returns a function that restores the previous state.

    Reads the container's dictionary: through its interface, dlt would create a context that writes to the home folder.
    """
    contexts = Container().thread_contexts[Container._MAIN_THREAD_ID][0]
    before = contexts.get(PluggableRunContext)
    contexts[PluggableRunContext] = context

    def restore() -> None:
        if before is None:
            contexts.pop(PluggableRunContext, None)
        else:
            contexts[PluggableRunContext] = before

    return restore


def pool_owner(thread_name: str) -> int | None:
    """The id of the thread that started the pool of dlt's to which the named thread belongs; None for other threads."""
    match = _POOL_THREAD.match(thread_name)
    return int(match[1]) if match else None


def import_pandas() -> None:
    """Import pandas where it is installed, before resources run in threads.

    PyArrow imports it with the first array. dlt looks for its classes as soon as it is in `sys.modules`: a thread that
    does while another one still imports it fails.
    """
    with suppress(ImportError):
        importlib.import_module("pandas")


def compare_keys_apart() -> None:
    """Have dlt compare the columns of a compound `merge_key` one by one.

    It compares their texts joined together, in which ("k", "23") equals ("k2", "3"): rows whose key is absent would be
    retired or deleted. A row of values is equal where each of its columns is.
    """
    SqlMergeFollowupJob.gen_concat_sql = classmethod(lambda cls, columns: f"ROW({', '.join(columns)})")
