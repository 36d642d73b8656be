"""Python files of the user's, imported as they stand now."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType


class _AsItStands(SourceFileLoader):
    """Compiles the source each time. Python's cached byte code is trusted when size and second of change are the same,
    so a file that is edited and run again at once would run as it was before."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def spec_of(path: Path, name: str) -> ModuleSpec:
    """How to import the file at `path` under `name`; neither reads nor writes byte code."""
    spec = spec_from_file_location(name, path, loader=_AsItStands(name, str(path)))
    assert spec is not None
    return spec


@contextmanager
def no_byte_code() -> Iterator[None]:
    """Within: modules that such files import in the ordinary way leave no byte code behind either."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
