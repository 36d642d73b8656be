"""Bad inputs 1–37 and 45–47: deliveries that are not GitHub's, or that GitHub would not send."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from sbdk.server.webhooks.github import WebhookSecrets
from support.wire import REPOSITORY, SECRET, SHA, WEBHOOK, Api, headers, is_error, payload, sign

BODY = json.dumps(payload()).encode()
RIGHT = sign(BODY)
SPACED = json.dumps(payload(), separators=(", ", " : ")).encode()

BAD_SIGNATURES = {
    "row 1: none": {"X-Hub-Signature-256": None},
    "row 2: empty": {"X-Hub-Signature-256": ""},
    "row 3: not ASCII": {"X-Hub-Signature-256": b"sha256=" + "ü".encode("latin-1") + RIGHT[8:].encode()},
    "row 4: wrong key": {"X-Hub-Signature-256": sign(BODY, "another")},
    "row 7: upper case": {"X-Hub-Signature-256": "sha256=" + RIGHT[7:].upper()},
    "row 8: without sha256=": {"X-Hub-Signature-256": RIGHT[7:]},
    "row 9: 65 digits": {"X-Hub-Signature-256": RIGHT + "0"},
    "row 9: 63 digits": {"X-Hub-Signature-256": RIGHT[:-1]},
    "row 9: a line feed": {"X-Hub-Signature-256": RIGHT.encode() + b"\n"},
    "row 11: sha1 only": {"X-Hub-Signature-256": None, "X-Hub-Signature": "sha1=" + "a" * 40},
    "row 12: of other spaces": {"X-Hub-Signature-256": sign(SPACED)},
}


@pytest.mark.parametrize("given", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES)
def test_is_not_signed(api: Api, given: dict[str, str | None]) -> None:
    is_error(api.deliver(BODY, given=given), 401, "bad_signature")
    assert api.state.counts()["deliveries"] == {}


@pytest.mark.parametrize("body", [BODY[:-2] + b"X}", BODY[:-1], BODY + b" ", b""], ids=["5", "6", "longer", "empty"])
def test_signature_of_another_body(api: Api, body: bytes) -> None:
    is_error(api.deliver(body, given={"X-Hub-Signature-256": RIGHT}), 401, "bad_signature")


def test_row_10_two_signatures(api: Api) -> None:
    twice = [*headers(BODY).items(), ("X-Hub-Signature-256", RIGHT)]
    is_error(api.ask("POST", WEBHOOK, content=BODY, headers=twice), 401, "bad_signature")


def test_row_14_rotation(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    clock = [now]
    secrets = WebhookSecrets(b"new secret", SECRET.encode(), now + timedelta(hours=1), now=lambda: clock[0])
    rotating = api.changed(secrets=secrets)
    with caplog.at_level(logging.WARNING, "sbdk.security"):
        assert rotating.deliver(BODY).status_code == 202
    assert "secret=previous" in caplog.text
    assert rotating.deliver(BODY, secret="new secret").status_code == 202
    clock[0] += timedelta(hours=1)
    is_error(rotating.deliver(BODY), 401, "bad_signature")
    assert rotating.deliver(BODY, secret="new secret").status_code == 202


def test_row_14_a_previous_secret_without_an_end_is_not_taken(api: Api) -> None:
    is_error(api.changed(secrets=WebhookSecrets(b"new", SECRET.encode())).deliver(BODY), 401, "bad_signature")


@pytest.mark.parametrize(("event", "body"), [("push", BODY), ("ping", b"{}"), ("issues", b"{}")])
def test_row_15_the_same_delivery_again(api: Api, event: str, body: bytes) -> None:
    assert api.deliver(body, event=event, delivery="one").status_code in (200, 202)
    built = api.jobs()
    again = api.deliver(body, event=event, delivery="one")
    assert (again.status_code, again.json(), api.jobs()) == (200, {"status": "duplicate"}, built)


def test_row_16_a_captured_push_under_a_new_id(api: Api) -> None:
    assert api.deliver(BODY).json() == {"status": "accepted"}
    replayed = api.deliver(BODY)
    assert (replayed.status_code, replayed.json(), api.jobs()) == (202, {"status": "known"}, 1)


@pytest.mark.parametrize("delivery", [None, "", "../../x", "x" * 10_000, "a b", "ä".encode(), "-x"])
def test_row_17_delivery_id(api: Api, delivery: str | bytes | None) -> None:
    is_error(api.deliver(BODY, given={"X-GitHub-Delivery": delivery}), 400, "bad_delivery_id")


def test_two_delivery_ids(api: Api) -> None:
    twice = [*headers(BODY, delivery="one").items(), ("X-GitHub-Delivery", "two")]
    is_error(api.ask("POST", WEBHOOK, content=BODY, headers=twice), 400, "bad_delivery_id")


@pytest.mark.parametrize("event", [None, "", "Push", "push,ping", "x" * 65])
def test_event(api: Api, event: str | None) -> None:
    is_error(api.deliver(BODY, given={"X-GitHub-Event": event}), 400, "bad_event")


def test_row_18_ping(api: Api) -> None:
    answer = api.deliver({"zen": "Keep it logically awesome.", "hook_id": 1}, event="ping")
    assert (answer.status_code, answer.json()) == (200, {"status": "pong"})


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("something_new", {}),  # 19
        ("push", {"ref": "refs/heads/other"}),  # 20
        ("push", {"ref": "refs/tags/v1"}),
        ("push", {"after": "0" * 40}),
        ("push", {"after": "0" * 64}),
        ("push", {"ref": "refs/heads/mainly"}),
        ("push", {"ref": "refs/tags/main"}),
        ("pull_request", {"action": "opened", "pull_request": {"head": {"ref": "main", "repo": {"fork": True}}}}),  # 22
    ],
)
def test_rows_19_to_22_ignored(api: Api, event: str, changes: dict[str, object]) -> None:
    answer = api.deliver(payload(**changes), event=event)
    assert (answer.status_code, answer.json(), api.jobs()) == (202, {"status": "ignored"}, 0)
    assert api.state.counts()["deliveries"] == {"ignored": 1}


@pytest.mark.parametrize(
    "repository",
    [{"id": 1, "full_name": "evil/evil"}, {"id": REPOSITORY + 1, "full_name": "Codertocat/Hello-World"}],
    ids=["another", "the name, another number"],
)
def test_row_21_repository(api: Api, repository: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "sbdk.security"):
        answer = api.deliver(payload(repository=repository))
    assert (answer.status_code, answer.json(), api.jobs()) == (202, {"status": "ignored"}, 0)
    assert "repository_not_allowed" in caplog.text


def test_a_renamed_repository_is_the_same(api: Api) -> None:
    assert api.deliver(payload(repository={"id": REPOSITORY, "full_name": "new/name"})).json() == {"status": "accepted"}


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": "refs/heads/main;rm -rf /"},  # 23
        {"ref": "--upload-pack=x"},  # 24
        {"ref": "refs/heads/--upload-pack=x"},
        {"ref": "refs/heads/../../x"},
        {"ref": "refs/heads/a\nb"},
        {"ref": "refs/heads/main\n"},
        {"ref": "refs/heads/$(id)"},
        {"ref": "main"},
        {"ref": ""},
        {"ref": "refs/heads/" + "x" * 300},
        {"after": "HEAD"},  # 25
        {"after": SHA[:-1]},
        {"after": SHA.upper()},
        {"after": SHA + "\n"},
        {"after": "--all" + SHA[5:]},
    ],
)
def test_rows_23_to_25_ref_and_commit(api: Api, changes: dict[str, str]) -> None:
    is_error(api.deliver(payload(**changes)), 400, "bad_ref")
    assert api.jobs() == 0


@pytest.mark.parametrize("url", ["file:///etc", "ext::sh -c id", "http://169.254.169.254/"])
def test_row_26_urls_of_the_payload_are_not_looked_at(api: Api, url: str) -> None:
    repository = {**payload()["repository"], "clone_url": url, "git_url": url, "ssh_url": url, "url": url}
    assert api.deliver(payload(repository=repository)).json() == {"status": "accepted"}
    assert url not in repr(api.state.jobs())


NOT_JSON = {
    "27: empty": b"",
    "29: NaN": b'{"a":NaN}',
    "29: Infinity": b'{"a":Infinity}',
    "29: 1e400": b'{"a":1e400}',
    "31: 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "31: 100,000 deep in an object": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "32: 5,000 digits": b'{"a":' + b"1" * 5_000 + b"}",
    "32: 65 bits": b'{"a":18446744073709551616}',
    "32: 64 bits and a sign": b'{"a":-9223372036854775809}',
    "33: invalid UTF-8": b'{"a":"\xff"}',
    "34: lone surrogate": b'{"a":"\\ud800"}',
    "35: UTF-16": json.dumps(payload()).encode("utf-16"),
    "35: UTF-16 without a mark": json.dumps(payload()).encode("utf-16-le"),
    "36: byte order mark": b"\xef\xbb\xbf{}",
    "words": b"ref=main",
    "two values": b"{}{}",
    "a comment": b"{}//",
    "single quotes": b"{'a':1}",
    "a NUL": b"{}\x00",
}
NOT_A_PAYLOAD = {
    "28: list": b"[1]",
    "28: null": b"null",
    "28: text": b'"x"',
    "28: number": b"1",
    "30: 1,000 deep": b"[" * 1_000 + b"]" * 1_000,
    "30: 1,000 deep in an object": b'{"a":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "30: objects": b'{"a":' * 65 + b"1" + b"}" * 65,
}
DUPLICATES = {
    "37: ref": BODY[:-1] + b',"ref":"refs/heads/evil"}',
    "37: escaped": BODY[:-1] + b',"re\\u0066":"refs/heads/evil"}',
    "37: inside": b'{"repository":{"id":1,"id":2}}',
}


@pytest.mark.parametrize("event", ["push", "ping"])
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_rows_27_to_36_not_json(api: Api, body: bytes, event: str) -> None:
    is_error(api.deliver(body, event=event), 400, "bad_json")


@pytest.mark.parametrize("body", NOT_A_PAYLOAD.values(), ids=NOT_A_PAYLOAD)
def test_rows_28_and_30_not_a_payload(api: Api, body: bytes) -> None:
    is_error(api.deliver(body), 400, "bad_payload")


@pytest.mark.parametrize("body", DUPLICATES.values(), ids=DUPLICATES)
def test_row_37_the_same_key_twice(api: Api, body: bytes) -> None:
    is_error(api.deliver(body), 400, "duplicate_key")


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": None},
        {"after": 1},
        {"repository": None},
        {"repository": []},
        {"repository": {"id": True, "full_name": "a/b"}},
        {"repository": {"id": 1.0, "full_name": "a/b"}},
        {"repository": {"id": "1", "full_name": "a/b"}},
        {"repository": {"id": -1, "full_name": "a/b"}},
        {"repository": {"id": 2**63, "full_name": "a/b"}},
        {"repository": {"id": 1}},
        {"repository": {"id": 1, "full_name": ""}},
    ],
)
def test_a_push_without_its_fields(api: Api, changes: dict[str, object]) -> None:
    is_error(api.deliver(payload(**changes)), 400, "bad_payload")


def test_brackets_in_strings_are_not_nesting(api: Api) -> None:
    odd = payload(x="[" * 500, y="\\", z='"' + "{" * 500, w="}]" * 500)
    assert api.deliver(odd).json() == {"status": "accepted"}


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, identity"])
def test_row_45_compressed(api: Api, coding: str) -> None:
    is_error(api.deliver(BODY, given={"Content-Encoding": coding}), 415, "bad_content_encoding")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/json", "", None, "application/jsonx"])
def test_row_46_another_content_type(api: Api, kind: str | None) -> None:
    answer = api.deliver(b"payload=%7B%7D", given={"Content-Type": kind})
    is_error(answer, 415, "bad_content_type")
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "TRACE", "PATCH", "HEAD", "OPTIONS"])
def test_row_47_methods(api: Api, method: str) -> None:
    answer = api.ask(method, WEBHOOK)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        is_error(answer, 405, "method_not_allowed")


def test_without_a_repository_pushes_are_ignored(api: Api) -> None:
    from sbdk.server.webhooks.github import AllowedRef

    answer = api.changed(allowed=AllowedRef(None, "main")).deliver()
    assert (answer.status_code, answer.json(), api.jobs()) == (202, {"status": "ignored"}, 0)


def test_the_order_of_checks(api: Api) -> None:
    """Each request is wrong in all later ways, too."""
    evil = {"X-Hub-Signature-256": None, "X-GitHub-Delivery": None}
    large = b"[" * 2_000_000
    is_error(api.deliver(large, given={**evil, "Host": "evil", "Content-Type": "x"}), 413)
    is_error(api.deliver(b"[", given={**evil, "Host": "evil", "Content-Type": "x"}), 400, "bad_host")
    is_error(api.deliver(b"[", given={**evil, "Content-Type": "x"}), 415)
    is_error(api.deliver(b"[", given=evil), 401)
    is_error(api.deliver(b"[", given={"X-GitHub-Delivery": None}), 400, "bad_json")
    is_error(api.deliver({"ref": 1}, given={"X-GitHub-Delivery": None}), 400, "bad_delivery_id")
    is_error(api.deliver({"ref": 1}), 400, "bad_payload")


def test_bad_signatures_are_limited_and_good_ones_are_not(api: Api) -> None:
    limited = api.changed(bad_signatures_a_minute=5)
    for _ in range(5):
        is_error(limited.deliver(secret="wrong"), 401)
    refused = limited.deliver(secret="wrong")
    is_error(refused, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert limited.deliver().status_code == 202
