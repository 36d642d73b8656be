"""Bad inputs 59–77: registration and reports."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from wire import Api, is_error

V1 = "c232ab00-9414-11ec-b3c8-9f68deced846"
V4 = "16fd2706-8baf-433b-82eb-8c7fada847da"
V7 = "01890a5d-ac96-774b-bcce-b302099a8057"

BAD_NAMES = {
    "59": "../../etc",
    "60": "a/b",
    "61": "a\\b",
    "62": ".",
    "63": "CON",
    "64": "a" * 300,
    "64: 64": "a" * 64,
    "65": "a\x00b",
    "66": "%2e%2e%2f",
    "67": "．．／",
    "68: emoji": "a😀",
    "68: right to left": "a\u202eb",
    "69": "-a",
    "a line feed": "shop\n",
    "empty": "",
    "a digit first": "1a",
    "Cyrillic": "а",
    "a dot": "a.b",
    "upper": "Shop",
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_rows_59_to_69_names(api: Api, name: str) -> None:
    is_error(api.post("/register", {"project": name}), 422, "bad_project_name")
    assert api.state.counts()["projects"] == {"registered": 0}


@pytest.mark.parametrize("name", ["a", "shop", "a" * 63, "a-b_c9"])
def test_good_names(api: Api, name: str) -> None:
    assert api.post("/register", {"project": name}).json()["project"] == name


def test_row_70_a_link_that_leads_outside(api: Api, tmp_path: Path) -> None:
    """The one file that a request names: the log of a run."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "log.txt").write_text("not for you")
    jobs = tmp_path / "jobs"
    (jobs / "1").mkdir(parents=True)
    (jobs / "1" / "log.txt").write_text("built")
    (jobs / "2").symlink_to(outside)
    (jobs / "3").mkdir()
    (jobs / "3" / "log.txt").symlink_to(outside / "log.txt")
    (jobs / "4").mkdir()
    (jobs / "4" / "log.txt").symlink_to(jobs / "1" / "log.txt")
    (jobs / "5" / "log.txt").mkdir(parents=True)
    assert api.ask("GET", "/runs/1/log").text == "built"
    for number in (2, 3, 4, 5, 6):
        is_error(api.ask("GET", f"/runs/{number}/log"), 404, "not_found")


@pytest.mark.parametrize("run", ["..%2f..%2fetc", "0", "-1", "x", "1e3", "%00", "１", "9" * 17])
def test_row_70_runs_are_numbers(api: Api, run: str) -> None:
    answer = api.ask("GET", f"/runs/{run}/log")
    is_error(answer, answer.status_code)
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize(
    "uuid",
    [V1, V4.upper(), V4[:-1], V4.replace("-", ""), f"{{{V4}}}", f"urn:uuid:{V4}", "", "0" * 36, V4 + "\n", 5, True, []],
)
def test_row_71_uuids(api: Api, uuid: object) -> None:
    is_error(api.post("/register", {"project": "shop", "uuid": uuid}), 422, "invalid")


@pytest.mark.parametrize("uuid", [V4, V7])
def test_row_72_the_same_again_and_another(api: Api, uuid: str) -> None:
    first = api.post("/register", {"project": "shop", "uuid": uuid})
    assert (first.status_code, set(first.json())) == (201, {"uuid", "project", "token"})
    again = api.post("/register", {"project": "shop", "uuid": uuid})
    assert (again.status_code, again.json()) == (200, {"uuid": uuid, "project": "shop"})
    is_error(api.post("/register", {"project": "other", "uuid": uuid}), 409, "conflict")
    report = {"uuid": uuid, "events": [{"name": "run"}]}
    assert api.post("/track/usage", report, token=first.json()["token"]).status_code == 202


def test_the_server_makes_a_uuid_and_each_its_own(api: Api) -> None:
    made = {api.post("/register", {"project": "shop"}).json()["uuid"] for _ in range(5)}
    assert len(made) == 5
    assert {uuid[14] for uuid in made} == {"4"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"project": None},
        {"project": 5},
        {"project": ["shop"]},
        {"project": {"a": 1}},
        {"project": "shop", "admin": True},
        {"project": "shop", "token": "x"},
        {"Project": "shop"},
        {"project": "shop", "__proto__": {}},
    ],
)
def test_row_73_fields_of_register(api: Api, body: dict[str, object]) -> None:
    answer = api.post("/register", body)
    is_error(answer, 422)
    assert "admin" not in answer.text
    assert "proto" not in answer.text


@pytest.fixture
def project(api: Api) -> tuple[str, str]:
    answer = api.post("/register", {"project": "shop"}).json()
    return answer["uuid"], answer["token"]


BAD_EVENTS = {
    "73: an extra field": {"name": "run", "evil": 1},
    "74: false for a number": {"name": "run", "n": False},
    "74: true for a number": {"name": "run", "seconds": True},
    "75: a number as text": {"name": "run", "n": "1"},
    "75: 1e400 as text": {"name": "run", "seconds": "1e400"},
    "76: year 10000": {"name": "run", "at": "10000-01-01T00:00:00Z"},
    "76: 30 February": {"name": "run", "at": "2026-02-30T00:00:00Z"},
    "76: no offset": {"name": "run", "at": "2026-02-03T00:00:00"},
    "76: seconds": {"name": "run", "at": 1_700_000_000},
    "a fraction": {"name": "run", "n": 1.5},
    "zero": {"name": "run", "n": 0},
    "too many": {"name": "run", "n": 10**18},
    "negative": {"name": "run", "seconds": -1},
    "a name": {"name": "Run away"},
    "no name": {},
    "no object": "run",
    "nested data": {"name": "run", "data": {"a": {"b": 1}}},
    "a list in data": {"name": "run", "data": {"a": [1]}},
    "a number in data": {"name": "run", "data": {"a": 2**53}},
    "a fraction in data": {"name": "run", "data": {"a": 1e17}},
    "long text in data": {"name": "run", "data": {"a": "x" * 201}},
    "much data": {"name": "run", "data": {str(number): 1 for number in range(33)}},
}


@pytest.mark.parametrize("event", BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_rows_73_to_76_events(api: Api, project: tuple[str, str], event: object) -> None:
    uuid, token = project
    answer = api.post("/track/usage", {"uuid": uuid, "events": [{"name": "run"}, event]}, token=token)
    is_error(answer, 422, "invalid")
    assert "evil" not in answer.text
    assert api.state.counts()["usage"] == {"events": 0}


def test_row_75_1e400_as_a_number(api: Api, project: tuple[str, str]) -> None:
    uuid, token = project
    body = b'{"uuid":"%s","events":[{"name":"run","seconds":1e400}]}' % uuid.encode()
    is_error(api.post("/track/usage", body, token=token), 400, "bad_json")


@pytest.mark.parametrize(("number", "status"), [(0, 422), (1, 202), (1_000, 202), (1_001, 422), (10_000, 422)])
def test_row_77_batches(api: Api, project: tuple[str, str], number: int, status: int) -> None:
    uuid, token = project
    answer = api.post("/track/usage", {"uuid": uuid, "events": [{"name": "run"}] * number}, token=token)
    assert answer.status_code == status
    if status == 202:
        assert answer.json() == {"stored": number}
    else:
        is_error(answer, 422, "invalid")


def test_row_77_a_batch_beyond_the_size_limit(api: Api, project: tuple[str, str]) -> None:
    uuid, token = project
    body = {"uuid": uuid, "events": [{"name": "run", "data": {"x": "y" * 200}}] * 10_000}
    is_error(api.post("/track/usage", body, token=token), 413, "too_large")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"project":"a","project":"b"}', b'{"project":NaN}'])
@pytest.mark.parametrize("path", ["/register", "/track/usage"])
def test_what_is_no_json_object(api: Api, project: tuple[str, str], path: str, body: bytes) -> None:
    token = project[1] if path == "/track/usage" else None
    is_error(api.post(path, body, token=token), 400)


def test_a_full_report_is_stored_as_it_was(api: Api, project: tuple[str, str]) -> None:
    import sqlite3

    uuid, token = project
    event = {
        "name": "run",
        "at": "2026-11-21T05:00:00.5Z",
        "n": 3,
        "seconds": 1.5,
        "data": {"a": True, "b": None, "c": "ü"},
    }
    assert api.post("/track/usage", {"uuid": uuid, "events": [event]}, token=token).status_code == 202
    with sqlite3.connect(api.state.path) as database:
        ((name, at, data),) = database.execute("SELECT name, at, data FROM usage").fetchall()
    assert (name, at, json.loads(data)) == ("run", event["at"], {key: event[key] for key in ("n", "seconds", "data")})


def test_what_the_programs_own_tracking_sends_is_taken(api: Api) -> None:
    from datetime import UTC, datetime

    from sbdk import __version__
    from sbdk.observe.usage import ANONYMOUS, report, run_event
    from sbdk.run.result import RunResult

    uuid = str(uuid4())
    token = api.post("/register", {"project": ANONYMOUS, "uuid": uuid}).json()["token"]
    body = report(uuid, [run_event(RunResult("r", "up_to_date").as_dict(), "dev", datetime.now(UTC), __version__)])
    assert api.post("/track/usage", body, token=token).json() == {"stored": 1}
