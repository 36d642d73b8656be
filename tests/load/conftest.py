"""A project folder with pipeline files, loaded by real dlt into a DuckDB build."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk.core.events import RunEvent
from sbdk.load import Loader, PipelineFile, discover
from sbdk.targets.duckdb.build import DuckDBBuild

Loaded = dict[str, int]


class PipelineProject:
    """`file` writes into pipelines/, `run` discovers, extracts and loads into `build`, `sql` asks the build."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "pipelines"
        self.folder.mkdir(parents=True)
        self.build = root / ".sbdk" / "build" / "dev.duckdb"
        self.build.parent.mkdir(parents=True)
        self.events: list[RunEvent] = []
        self.waits: list[float] = []
        self.loader: Loader | None = None

    @property
    def target_build(self) -> DuckDBBuild:
        return DuckDBBuild(self.build.parent, self.build, "r1", None)

    def file(self, name: str, body: str) -> Path:
        path = self.folder / name
        path.write_text("import dlt\nimport pyarrow as pa\n" + textwrap.dedent(body))
        return path

    def resource(self, rows: str, *, name: str = "t", options: str = "", file: str = "a.py") -> Path:
        """One file with one resource that yields the expression `rows`."""
        return self.file(file, f"@dlt.resource(name={name!r}{options})\ndef made():\n    yield {rows}\n")

    def discover(self) -> list[PipelineFile]:
        return discover(self.folder, root=self.root)

    def extract(self, *, parallel: bool = True, name: str = "sbdk", dataset: str = "raw", **options: Any) -> Loaded:
        sources = [source for file in self.discover() for source in file.sources]
        self.loader = Loader(
            self.target_build,
            self.build.parent / "dlt",
            dataset,
            pipeline_name=name,
            root=self.root,
            parallel=parallel,
            wait=self.waits.append,
        )
        return self.loader.extract(sources, emit=self.events.append, **options)

    def run(self, **options: Any) -> Loaded:
        self.extract(**options)
        assert self.loader is not None
        return self.loader.load(self.events.append)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.build)) as connection:
            return connection.execute(query).fetchall()

    def columns(self, table: str = "t") -> list[str]:
        """Names of the user's columns, in order."""
        return [row[0] for row in self.sql(f"describe raw.{table}") if not row[0].startswith("_dlt")]


@pytest.fixture
def project(tmp_path: Path) -> PipelineProject:
    return PipelineProject(tmp_path / "shop")
