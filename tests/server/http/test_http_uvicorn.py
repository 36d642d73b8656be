"""src/sbdk/server/http/compat.py leans on parts of uvicorn that it does not document; an upgrade may take them away."""

from __future__ import annotations

import pytest
import uvicorn

from sbdk.core.errors import SbdkError
from sbdk.server.http import compat
from sbdk.server.http.server import Server

FILE = "src/sbdk/server/http/compat.py"


def test_the_installed_uvicorn_has_what_the_server_overrides() -> None:
    assert compat.missing_internals() == [], f"uvicorn {uvicorn.__version__} broke {FILE}"


def test_the_installed_uvicorn_was_compared() -> None:
    assert compat.is_tested(), f"compare uvicorn {uvicorn.__version__} with {FILE}, then raise TESTED_UP_TO there"


def test_versions_are_compared_by_number() -> None:
    assert compat.is_tested("0.9.1")
    assert not compat.is_tested("0.100.0")
    assert not compat.is_tested("1.0.0")


def test_without_them_no_server_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("uvicorn.protocols.http.httptools_impl.HttpToolsProtocol.on_message_begin")
    with pytest.raises(SbdkError, match="on_message_begin"):
        Server(lambda scope, receive, send: None)  # type: ignore[arg-type, return-value]
