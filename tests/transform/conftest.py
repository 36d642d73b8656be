"""The tiny dbt project, parsed once, and one warm worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sbdk.transform import Worker
from support.tiny_project import FILES, TinyProject


@pytest.fixture(scope="session")
def parsed_once(tmp_path_factory: pytest.TempPathFactory) -> TinyProject:
    """A project whose target folder has dbt's parse state, for the others to start from."""
    project = TinyProject(tmp_path_factory.mktemp("parsed"))
    project.write(FILES)
    with project.start() as worker:
        worker.wait_parsed()
    return project


@pytest.fixture
def make_project(tmp_path: Path, parsed_once: TinyProject) -> Callable[..., TinyProject]:
    def make(**changed: str) -> TinyProject:
        project = TinyProject(tmp_path)
        project.write(FILES | changed)
        shutil.copytree(parsed_once.target, project.target)
        return project

    return make


@pytest.fixture
def project(make_project: Callable[..., TinyProject]) -> TinyProject:
    return make_project()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TinyProject, Worker]]:
    """One project and one warm worker for the tests that do not change files."""
    project = TinyProject(tmp_path_factory.mktemp("shared"))
    project.write(FILES)
    with project.start() as worker:
        yield project, worker
