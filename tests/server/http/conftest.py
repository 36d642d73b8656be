"""The API in this process, over the state of a fresh folder; and the same on a real socket."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from wire import Api, Wire

from sbdk.server.http.server import Server
from sbdk.server.store import Store


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Store]:
    state = Store(tmp_path / "server.sqlite")
    yield state
    state.close()


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
