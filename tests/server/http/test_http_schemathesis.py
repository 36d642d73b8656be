"""Whatever the OpenAPI document allows or forbids is asked, and every answer must be one that the document knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from sbdk.server.http.server import Server
from sbdk.server.store import Store
from support.wire import Api, sign

# Of a delivery anything may be sent, but an integer of more than 64 bits is refused, and a schema does not tell it from
# a float of the same size, which is taken. And what a push must hold hangs on a header. All else holds everywhere.
EXCLUDED = {"POST /webhook/github": [positive_data_acceptance]}
WELL_FORMED = re.compile("sha256=[0-9a-f]{64}")
EXAMPLES = 50
MANY = 1_000
UNLIMITED = {
    "registrations_a_minute": 10**9,
    "reports_a_minute": 10**9,
    "bad_tokens_a_minute": 10**9,
    "bad_signatures_a_minute": 10**9,
}


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("schema")
    state = Store(folder / "server.sqlite")
    server = Server(Api(state, folder, **UNLIMITED).app)
    yield server.start()
    server.stop()
    state.close()


@pytest.fixture(scope="session")
def token(url: str) -> str:
    return str(requests.post(f"{url}/register", json={"project": "schema"}).json()["token"])


class Signed(requests.auth.AuthBase):
    """Signs what is really sent, and says whose project it is. A request made to lack a signature stays without."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if WELL_FORMED.fullmatch(request.headers.get("X-Hub-Signature-256", "")):
            body = request.body or b""
            raw = body if isinstance(body, bytes) else str(body).encode()
            request.headers["X-Hub-Signature-256"] = sign(raw)
        elif request.path_url.startswith("/track"):
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _operations() -> list[Any]:
    """From the document itself: no server is needed to know what there is to ask."""
    with TemporaryDirectory() as folder:
        state = Store(Path(folder) / "server.sqlite")
        spec = Api(state, Path(folder)).ask("GET", "/openapi.json").json()
        state.close()
    return [found.ok() for found in schemathesis.openapi.from_dict(spec).get_all_operations()]


OPERATIONS = {operation.label: operation for operation in _operations()}
operations = pytest.mark.parametrize("label", OPERATIONS)


def ask(label: str, url: str, examples: int, **more: Any) -> None:
    """Valid and invalid requests of one operation, all checks on each answer."""
    operation = OPERATIONS[label]
    strategy = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=strategy)
    def every(case: Any) -> None:
        case.call_and_validate(base_url=url, **more)

    every()


@operations
def test_as_a_stranger(label: str, url: str) -> None:
    ask(label, url, EXAMPLES)


@operations
def test_as_one_who_may(label: str, url: str, token: str) -> None:
    ask(label, url, EXAMPLES, auth=Signed(token), excluded_checks=EXCLUDED.get(label, []))


@pytest.mark.faults
@operations
def test_a_thousand_as_a_stranger(label: str, url: str) -> None:
    ask(label, url, MANY)


@pytest.mark.faults
@operations
def test_a_thousand_as_one_who_may(label: str, url: str, token: str) -> None:
    ask(label, url, MANY, auth=Signed(token), excluded_checks=EXCLUDED.get(label, []))
