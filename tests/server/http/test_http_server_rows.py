"""Bad inputs 50–58 and 78: names, origins, tokens, rates, and what strangers see."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from sbdk.server.http.server import Server
from sbdk.server.store import Store
from sbdk.server.webhooks.services import RateLimit
from sbdk.server.webhooks.tokens import hash_token, new_token
from support.wire import ADMIN, SECRET, Api, is_error

OUTSIDE = "203.0.113.7"
PRIVATE = ("/runs", "/metrics", "/runs/1/log")


@pytest.fixture
def public(api: Api) -> Api:
    """As beyond the loopback."""
    return api.changed(private=False, hosts=("hooks.example.com", "127.0.0.1"))


def registered(api: Api, project: str = "shop", uuid: str | None = None) -> tuple[str, str]:
    """(uuid, token)."""
    answer = api.post("/register", {"project": project, **({"uuid": uuid} if uuid else {})})
    assert answer.status_code == 201, answer.text
    return answer.json()["uuid"], answer.json()["token"]


def report(uuid: str) -> dict[str, object]:
    return {"uuid": uuid, "events": [{"name": "run"}]}


BAD_HOSTS = [
    "evil.example",
    "127.0.0.1.nip.io",
    "localhost.evil",
    "localhost.",
    "",
    "127.0.0.1:port",
    "127.0.0.1:80:80",
    "[::1",
    "[::2]",
    "::1",
    "user@localhost",
    "localhost/x",
    "localhost, evil",
    "0.0.0.0",
    "127.1",
    "[::ffff:127.0.0.1]",
]


@pytest.mark.parametrize("path", ["/health", "/webhook/github", "/docs"])
@pytest.mark.parametrize("host", BAD_HOSTS)
def test_row_50_names_that_are_not_ours(api: Api, host: str, path: str) -> None:
    is_error(api.ask("GET", path, headers={"Host": host}), 400, "bad_host")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]", "[::1]:8000", "[0:0:0:0:0:0:0:1]:8000"]
)
def test_row_50_names_that_are(api: Api, host: str) -> None:
    assert api.ask("GET", "/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil", "null", "", "http://127.0.0.1:4701", "https://app.example.com.evil", "https://app-example.com"],
)
@pytest.mark.parametrize("path", ["/register", "/track/usage", "/webhook/github"])
def test_row_51_origins(api: Api, origin: str, path: str) -> None:
    listed = api.changed(origins=("https://app.example.com",))
    is_error(listed.post(path, {}, given={"Origin": origin}), 403, "bad_origin")


def test_row_51_our_own_pages_and_listed_ones(api: Api) -> None:
    listed = api.changed(origins=("https://app.example.com",))
    for origin in ("https://app.example.com", "http://127.0.0.1:4700"):
        answer = listed.post("/register", {"project": "shop"}, given={"Origin": origin})
        assert answer.status_code == 201
    assert "access-control-allow-origin" not in answer.headers  # of our own page none is needed


def test_a_browser_that_sends_no_origin(api: Api) -> None:
    is_error(api.post("/register", {"project": "x"}, given={"Sec-Fetch-Site": "cross-site"}), 403, "bad_origin")


@pytest.mark.parametrize("origin", ["https://evil", "null", "https://app.example.com"])
def test_row_52_preflight(api: Api, origin: str) -> None:
    requested = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = api.ask("OPTIONS", "/register", headers=requested)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    listed = api.changed(origins=("https://app.example.com",)).ask("OPTIONS", "/register", headers=requested)
    allowed = {name: value for name, value in listed.headers.items() if name.startswith("access-control-allow")}
    if origin == "https://app.example.com":
        assert allowed["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in allowed
    else:
        assert not allowed


BAD_TOKENS = [
    "",
    "x",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Basic {ADMIN}",
    f"Bearer {ADMIN} ",
    f"Bearer {ADMIN}x",
    "Bearer é",
]


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("token", [None, *BAD_TOKENS])
def test_row_53_the_operators_pages(public: Api, path: str, token: str | None) -> None:
    given = {} if token is None else {"Authorization": token.encode()}
    answer = public.ask("GET", path, headers=given)
    is_error(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_row_53_register_beyond_the_loopback(public: Api) -> None:
    is_error(public.post("/register", {"project": "shop"}), 401)
    assert public.post("/register", {"project": "shop"}, token=ADMIN).status_code == 201


@pytest.mark.parametrize("path", ["/runs", "/metrics"])
def test_the_admin_token_opens(public: Api, path: str) -> None:
    assert public.ask("GET", path, headers={"Authorization": f"Bearer {ADMIN}"}).status_code == 200


@pytest.mark.parametrize("token", [None, "wrong", ADMIN, "sbdk_" + "0" * 32 + "_6ce256ef_" + "x" * 43])
def test_row_53_track(api: Api, token: str | None) -> None:
    uuid, _ = registered(api)
    answer = api.post("/track/usage", report(uuid), token=token)
    is_error(answer, 401, "unauthorized")
    assert "www-authenticate" in answer.headers


def test_row_53_expired(api: Api) -> None:
    uuid, _ = registered(api)
    old = new_token(uuid, 1, now=lambda: 1_000_000_000)
    _replace_token(api.state, uuid, old)  # in the place of the good one, as if time had passed
    is_error(api.post("/track/usage", report(uuid), token=old), 401)
    new = new_token(uuid, 1)
    _replace_token(api.state, uuid, new)
    assert api.post("/track/usage", report(uuid), token=new).status_code == 202


def _replace_token(state: Store, uuid: str, token: str) -> None:
    import sqlite3

    with sqlite3.connect(state.path) as database:
        database.execute("UPDATE projects SET token_hash = ? WHERE uuid = ?", (hash_token(token), uuid))


def test_only_hashes_are_stored(api: Api, tmp_path: Path) -> None:
    _, token = registered(api)
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("server.sqlite*"))
    assert hash_token(token) in stored
    assert token.encode() not in stored
    assert token[-43:].encode() not in stored


@pytest.mark.parametrize(
    "query", ["token=x", "access_token=x", "api_key=x", "Authorization=x", "secret", "a=b&TOKEN=c"]
)
@pytest.mark.parametrize("path", ["/runs", "/health", "/metrics", "/docs", "/openapi.json", "/ready"])
def test_row_54_tokens_in_the_url(api: Api, path: str, query: str) -> None:
    is_error(api.ask("GET", f"{path}?{query}"), 400, "token_in_url")


@pytest.mark.parametrize("path", ["/register", "/track/usage", "/webhook/github"])
def test_row_54_tokens_in_the_url_of_what_changes(api: Api, path: str) -> None:
    is_error(api.post(f"{path}?token={ADMIN}", {}), 400, "token_in_url")


def test_row_55_the_token_of_another(api: Api) -> None:
    one, one_token = registered(api, "one")
    two, _ = registered(api, "two")
    is_error(api.post("/track/usage", report(two), token=one_token), 404, "not_found")
    assert api.post("/track/usage", report(one), token=one_token).json() == {"stored": 1}
    assert api.state.counts()["usage"] == {"events": 1}


def test_row_56_the_eleventh_bad_token(public: Api) -> None:
    for _ in range(10):
        is_error(public.ask("GET", "/runs", headers={"Authorization": "Bearer x"}), 401)
    refused = public.ask("GET", "/runs", headers={"Authorization": "Bearer x"})
    is_error(refused, 429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    is_error(public.ask("GET", "/runs", headers={"Authorization": "Bearer x"}, client=OUTSIDE), 401)  # another address
    good = public.ask("GET", "/runs", headers={"Authorization": f"Bearer {ADMIN}"})
    assert good.status_code == 200  # who has the token is not kept out by who has not


def test_row_57_registrations(api: Api) -> None:
    for _ in range(60):
        assert api.post("/register", {"project": "shop"}).status_code == 201
    refused = api.post("/register", {"project": "shop"})
    is_error(refused, 429)
    assert "retry-after" in refused.headers
    is_error(api.post("/register", b"not even JSON"), 429)  # the rate comes before the first look at the body


def test_row_57_reports(api: Api) -> None:
    assert api.settings.reports_a_minute == 600
    few = api.changed(reports_a_minute=3)
    uuid, token = registered(few)
    for _ in range(3):
        assert few.post("/track/usage", report(uuid), token=token).status_code == 202
    is_error(few.post("/track/usage", report(uuid), token=token), 429)
    other, other_token = registered(few, "other")
    assert few.post("/track/usage", report(other), token=other_token).status_code == 202


def test_row_58_forwarded_addresses_are_not_believed(api: Api) -> None:
    limited = api.changed(registrations_a_minute=2, private=False)
    for number in range(3):
        given = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        answer = limited.post("/register", {"project": "shop"}, token=ADMIN, given=given)
    is_error(answer, 429)


@pytest.mark.parametrize(("proxies", "last"), [((), 429), (("127.0.0.1",), 201)])
def test_row_58_unless_the_proxy_is_named(state: Store, tmp_path: Path, proxies: tuple[str, ...], last: int) -> None:
    app = Api(state, tmp_path, registrations_a_minute=2, private=False).app
    server = Server(app, proxies=proxies)
    url = server.start()
    try:
        for number in range(3):
            given = {"X-Forwarded-For": f"203.0.113.{number}", "Authorization": f"Bearer {ADMIN}"}
            answer = httpx.post(f"{url}/register", json={"project": "shop"}, headers=given)
        assert answer.status_code == last
    finally:
        server.stop()


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_came_through_a_proxy_is_not_local(api: Api, name: str) -> None:
    """A proxy on this machine makes everybody look local."""
    is_error(api.ask("GET", "/runs", headers={name: "203.0.113.7"}), 401)
    assert api.ask("GET", "/runs").status_code == 200


def test_a_public_name_is_not_local(api: Api) -> None:
    named = api.changed(hosts=("hooks.example.com", "127.0.0.1"))
    is_error(named.ask("GET", "/runs", headers={"Host": "hooks.example.com"}), 401)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_row_78_documents_are_not_for_strangers(public: Api, path: str) -> None:
    unknown = public.ask("GET", "/nothing").json()
    answer = public.ask("GET", path)
    is_error(answer, 404, "not_found")
    assert {**answer.json(), "request_id": ""} == {**unknown, "request_id": ""}
    assert public.ask("GET", path, headers={"Authorization": f"Bearer {ADMIN}"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/redoc", "/docs/oauth2-redirect", "/nothing", "/register/", "//register", "/runs/%2e%2e/health"]
)
def test_unknown_paths(api: Api, path: str) -> None:
    is_error(api.ask("GET", path), 404, "not_found")


def test_documents_name_every_route(api: Api) -> None:
    spec = api.ask("GET", "/openapi.json").json()
    assert {path: sorted(methods) for path, methods in spec["paths"].items()} == {
        "/webhook/github": ["post"],
        "/register": ["post"],
        "/track/usage": ["post"],
        "/health": ["get"],
        "/ready": ["get"],
        "/metrics": ["get"],
        "/runs": ["get"],
        "/runs/{run}/log": ["get"],
    }
    page = api.ask("GET", "/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert all(path in page.text for path in spec["paths"])
    assert "<script" not in page.text


def test_strangers_learn_nothing(public: Api) -> None:
    """Whatever is there or not, the answers are the same."""
    registered_uuid = public.post("/register", {"project": "shop"}, token=ADMIN).json()["uuid"]
    unknown = "00000000-0000-4000-8000-000000000000"
    answers = [public.post("/track/usage", report(uuid), token="x").json() for uuid in (registered_uuid, unknown)]
    assert next({**answer, "request_id": ""} for answer in answers) == {**answers[1], "request_id": ""}
    for method, path in (("GET", "/runs/1/log"), ("GET", "/runs"), ("POST", "/register"), ("POST", "/webhook/github")):
        given = {"Content-Type": "application/json"}
        assert public.ask(method, path, headers=given).status_code == 401


def test_every_answer_has_the_headers(api: Api) -> None:
    for answer in (api.ask("GET", "/health"), api.ask("GET", "/nothing"), api.deliver(), api.deliver(secret="x")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 16
        assert "server" not in answer.headers


def test_health_ready_metrics_runs(api: Api) -> None:
    assert api.ask("GET", "/health").json() == {"status": "ok"}
    assert api.ask("GET", "/ready").json() == {"status": "ready"}
    api.deliver()
    api.deliver(secret="wrong")
    figures = api.ask("GET", "/metrics")
    assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'sbdk_webhook_deliveries_total{outcome="accepted"} 1.0' in figures.text
    assert 'sbdk_refused_total{error="bad_signature"} 1.0' in figures.text
    assert 'sbdk_stored_jobs{kind="queued"} 1.0' in figures.text
    (run,) = api.ask("GET", "/runs").json()["runs"]
    assert (run["status"], run["ref"], run["attempts"]) == ("queued", "refs/heads/main", 0)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "", "1e2", "１", "9" * 5_000])
def test_runs_limit(api: Api, limit: str) -> None:
    is_error(api.ask("GET", "/runs", params={"limit": limit}), 422)


def test_not_ready_when_nothing_can_be_stored(api: Api) -> None:
    api.state.close()
    is_error(api.ask("GET", "/ready"), 503, "not_ready")
    answer = api.deliver()
    is_error(answer, 503, "state")
    assert "retry-after" in answer.headers


def test_rates_forget() -> None:
    """Whoever has a million addresses gets no memory of ours."""
    clock = [0.0]
    rate = RateLimit(2, 60.0, keys=100, clock=lambda: clock[0])
    for number in range(1_000):
        assert rate.use(number) == 0
    assert len(rate) == 100
    assert [rate.use("a"), rate.use("a"), rate.use("a")] == [0, 0, 60]
    clock[0] = 59.5
    assert rate.use("a") == pytest.approx(0.5)
    clock[0] = 60.0
    assert rate.use("a") == 0


def test_secrets_are_in_no_representation(api: Api) -> None:
    text = repr(api.settings) + repr(replace(api.settings)) + json.dumps(api.ask("GET", "/openapi.json").json())
    assert SECRET not in text
    assert ADMIN not in text
    assert hash_token(ADMIN).hex() not in text


def test_refusals_are_counted_whoever_refuses(api: Api) -> None:
    """A guard, the front, a route, the framework: each is in the figures under the code that was answered."""
    answers = [
        api.ask("GET", "/health", headers={"Host": "evil.example"}),
        api.ask("POST", "/register", headers={"Origin": "https://evil.example"}),
        api.ask("GET", "/health", headers={"X-Long": "x" * 20_000}),
        api.post("/register", b"x" * 1_100_000),
        api.deliver(secret="wrong"),
        api.deliver(b"{"),
        api.post("/register", {"project": "../etc"}),
        api.post("/track/usage", {}, token="none"),
        api.ask("GET", "/nowhere"),
        api.ask("PUT", "/runs"),
        api.ask("GET", "/runs?limit=0"),
        api.ask("GET", "/runs?token=x"),
    ]
    codes = [answer.json()["error"] for answer in answers]
    assert len(set(codes)) == len(codes)
    text = api.ask("GET", "/metrics").text
    counted = dict(re.findall(r'^sbdk_refused_total\{error="(\w+)"\} (\S+)$', text, re.MULTILINE))
    assert counted == dict.fromkeys(codes, "1.0")


def test_what_goes_well_is_no_refusal(api: Api) -> None:
    api.deliver()
    api.post("/register", {"project": "shop"})
    assert "sbdk_refused_total{" not in api.ask("GET", "/metrics").text
