"""Files outside of the database: where relative paths in views start, and which folders a query may read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from sbdk.core.sql import literal


@dataclass(frozen=True)
class OutsideFiles:
    """`start`: the folder from which dbt runs, where relative paths in its views start. `folders`: absolute paths of
    folders whose files queries may read."""

    start: Path | None = None
    folders: tuple[Path, ...] = ()

    def search(self, raw: DuckDBPyConnection) -> None:
        """Let relative paths start where dbt had them start. DuckDB separates folders by commas."""
        if self.start is not None and "," not in str(self.start):
            raw.execute(f"SET GLOBAL file_search_path = {literal(self.start)}")

    def allow(self, raw: DuckDBPyConnection) -> None:
        """Exempt the folders from the sandbox that is about to be closed. Does nothing without folders.

        DuckDB checks a relative path as it is written and again as it is found. It looks for one in this process's own
        folder, too: a relative path is left out where that has a file or folder of this name.
        """
        folders = [f"{folder.resolve()}{os.sep}" for folder in self.folders]
        if not folders:
            return
        directories, files = (
            [*folders, *(f"{each}{os.sep}" for each in self._relative_folders())],
            self._relative_files(),
        )
        raw.execute(f"SET allowed_directories = {_texts(directories)}")
        raw.execute(f"SET allowed_paths = {_texts(files)}")

    def _relative_folders(self) -> Iterator[str]:
        for folder in self.folders:
            if self.start is None:
                continue
            relative = os.path.relpath(folder, self.start)
            if relative == os.curdir:
                inside = (each.name for each in sorted(folder.iterdir()) if each.is_dir())
                yield from filter(self._is_unambiguous, inside)
            elif self._is_unambiguous(relative):
                yield relative

    def _relative_files(self) -> list[str]:
        """The files of the folder from which relative paths start, if it is one of the folders."""
        if self.start is None or self.start not in self.folders:
            return []
        return [
            each.name for each in sorted(self.start.iterdir()) if each.is_file() and self._is_unambiguous(each.name)
        ]

    def _is_unambiguous(self, relative: str) -> bool:
        here, there = os.path.abspath(relative), os.path.join(str(self.start), relative)
        return not os.path.lexists(here) or os.path.realpath(here) == os.path.realpath(there)


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(literal, values))}]"


NO_FILES = OutsideFiles()
