"""A server's folder, its state and a repository; the API in this process, and the same on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from sbdk.server.http.server import Server
from sbdk.server.store import Store
from support.hub import Hub
from support.wire import Api, Wire


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder in which the server runs."""
    folder = tmp_path / "served"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that holds nothing yet: to make its tables waits for the disk three times."""
    path = tmp_path_factory.mktemp("store") / "server.sqlite"
    Store(path).close()
    return path


@pytest.fixture
def state(root: Path, empty_store: Path) -> Iterator[Store]:
    path = root / ".sbdk" / "server.sqlite"
    path.parent.mkdir()
    opened = Store(Path(copyfile(empty_store, path)))
    yield opened
    opened.close()


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub.make(tmp_path / "hub")


@pytest.fixture
def api(state: Store, tmp_path: Path) -> Api:
    return Api(state, tmp_path)


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """One server on a real socket for all tests that send bytes."""
    folder = tmp_path_factory.mktemp("wire")
    state = Store(folder / "server.sqlite")
    server = Server(Api(state, folder).app)
    server.start()
    yield Wire(server, state)
    server.stop()
    state.close()
