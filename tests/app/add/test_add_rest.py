"""`sbdk add rest` against a server that pages, asks for logins and fails on command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.paging_server import ROWS, TOKEN, Api, serving
from support.shops import Answer, Shop


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as server:
        yield server


def add(project: Shop, api: Api, name: str, path: str, *options: str) -> Answer:
    return project.sbdk("add", "rest", name, "--base-url", api.url, "--path", path, *options)


EXPECTED = [(row["id"], row["name"]) for row in ROWS]


def test_every_kind_of_paging(project: Shop, api: Api) -> None:
    kinds = {
        "offset": ["--page-size", "3"],
        "page": [],
        "link": [],
        "json-link": ["--selector", "data"],
        "cursor": ["--selector", "data", "--next-path", "meta.next", "--page-param", "after"],
        "single": [],
    }
    for kind, options in kinds.items():
        name = kind.replace("-", "_")
        answer = add(project, api, name, kind, "--paginator", kind, "--key", "id", *options)
        assert answer.code == 0, (kind, answer)
    project.dev()
    project.dev()
    for kind in kinds:
        rows = project.query(f"SELECT id, name FROM raw.{kind.replace('-', '_')} ORDER BY id")
        assert rows == EXPECTED, kind


def test_every_kind_of_login(project: Shop, api: Api) -> None:
    for auth, path, more in (
        ("bearer", "bearer", []),
        ("api-key", "key", []),
        ("basic", "basic", ["--user", "shop"]),
        ("oauth2", "bearer", ["--user", "shop", "--token-url", f"{api.url}token"]),
    ):
        name = auth.replace("-", "_")
        options = ["--paginator", "single", "--auth", auth, *more]
        wrong = add(project, api, name, path, *options, "--secret", "wrong-secret")
        assert auth == "oauth2" or (wrong.code, "401" in wrong.err) == (1, True), wrong
        if auth != "oauth2":
            right = add(project, api, name, path, *options, "--secret", TOKEN)
            assert right.code == 0, right
        assert TOKEN not in (project.path / "pipelines" / f"{name}.py").read_text()
    project.dev()
    for name in ("bearer", "api_key", "basic", "oauth2"):
        assert project.query(f"SELECT id, name FROM raw.{name} ORDER BY id") == EXPECTED, name


def test_a_server_that_fails_for_a_while_and_one_that_fails_for_ever(project: Shop, api: Api) -> None:
    api.status, api.headers = 429, {"Retry-After": "1"}
    assert add(project, api, "busy", "fail/1/busy", "--paginator", "single").code == 0
    assert api.requests["/fail/1/busy"] == 2
    api.requests.clear()
    project.dev()
    assert project.query("SELECT id, name FROM raw.busy ORDER BY id") == EXPECTED
    api.status, api.headers = 500, {}
    file = project.path / "pipelines" / "busy.py"
    file.write_text(file.read_text().replace("fail/1/busy", "fail/99/busy"))
    answer = project.sbdk("dev")
    assert answer.code == 1
    assert api.requests["/fail/99/busy"] == 3
    assert "pipelines/busy.py" in answer.err
    assert "resource 'busy'" in answer.err
    assert project.query("SELECT count(*) FROM raw.busy") == [(len(ROWS),)]


def test_what_is_wrong_is_a_sentence_and_nothing_is_written(project: Shop, api: Api) -> None:
    for said, options in {
        "did you mean 'offset'?": ["--paginator", "offse"],
        "did you mean 'bearer'?": ["--auth", "beare"],
        "--secret is missing": ["--auth", "bearer"],
        "did you mean 'id'?": ["--paginator", "single", "--key", "idd"],
    }.items():
        answer = add(project, api, "a", "single", *options)
        assert (answer.code, said in answer.err) == (2, True), answer
    assert add(project, api, "a", "bearer", "--paginator", "single").code == 1
    assert not (project.path / "pipelines" / "a.py").exists()
