"""What is answered to whom: names, origins, forms of error, and the limits of the SQL box."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import time
from contextlib import ExitStack

import httpx
import pyarrow.parquet as pq
import pytest

from sbdk.core.event_stream import Broadcast
from support.places import Place, served

PAGES = ("/", "/lineage", "/tables", "/table?schema=raw&name=raw_orders", "/checks", "/sql", "/lineage/states",
         "/table/profile?schema=raw&name=raw_orders", "/changes")  # fmt: skip
REACHING_OUT = (
    "select * from read_text('/etc/passwd')",
    "copy (select 1) to '/tmp/sbdk-test.csv'",
    "attach '/tmp/other.duckdb'",
    "install httpfs",
    "load httpfs",
    "set memory_limit = '1GB'",
    "create table t as select 1",
    "delete from raw.raw_orders",
    "select 1; select 2",
    "explain analyze copy (select 1) to '/tmp/x'",
)


@pytest.fixture(scope="module")
def client(shop_once: Place):
    with served(shop_once.project) as found:
        yield found


def is_an_error(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The one form of all errors."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    body = answer.json()
    assert {"error", "detail", "request_id"} <= set(body)
    assert body["error"] == code
    assert len(body["detail"]) <= 200
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


def ask(client: httpx.Client, sql: str, path: str = "/sql/run") -> httpx.Response:
    return client.post(path, json={"sql": sql})


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_and_lets_nothing_inline_in(client, page):
    answer = client.get(page)
    assert answer.status_code == 200, answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:|<script(?![^>]*src=\"/static/)", answer.text)
    assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.nip.io", "localhost.evil", "", "127.0.0.1:80:80"])
@pytest.mark.parametrize("path", ["/", "/events", "/static/app.js"])
def test_foreign_hosts_learn_nothing(client, host, path):
    is_an_error(client.get(path, headers={"Host": host}), 400, "bad_host")


@pytest.mark.parametrize("path", ["/run", "/sql/run", "/sql/export/csv"])
@pytest.mark.parametrize("origin", ["https://evil", "null", "http://127.0.0.1", "http://localhost.evil"])
def test_pages_of_other_origins_change_nothing(client, path, origin):
    is_an_error(client.post(path, json={"sql": "select 1"}, headers={"Origin": origin}), 403, "bad_origin")


def test_a_preflight_of_another_origin_gets_no_cors_headers(client):
    headers = {"Origin": "https://evil", "Access-Control-Request-Method": "POST"}
    answer = client.request("OPTIONS", "/sql/run", headers=headers)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_run_is_asked_for_only_where_somebody_runs(shop):
    requested = []
    with served(shop.project, request_run=lambda: requested.append(1)) as client:
        assert client.post("/run").status_code == 202
        is_an_error(client.post("/run", headers={"Origin": "https://evil"}), 403, "bad_origin")
        assert client.get("/run").status_code == 405
    assert requested == [1]


def test_without_a_watcher_a_run_request_is_rejected(client):
    is_an_error(client.post("/run"), 409, "not_watching")


@pytest.mark.parametrize("path", ["/nope", "/table?schema=raw&name=nope", "/runs/nope", "/runs/..%2f..%2fetc", "/table",
                                  "/sql/nope", "/static/../app.py", "/static/%2e%2e/app.py"])  # fmt: skip
def test_what_is_not_there_is_not_found(client, path):
    is_an_error(client.get(path), 404, "not_found")


def test_somebody_who_followed_a_link_gets_a_page(client):
    answer = client.get("/table?schema=raw&name=nope", headers={"Sec-Fetch-Mode": "navigate"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_query_gives_texts_types_and_nulls(client):
    body = ask(
        client, "select 1 as a, null as b, 'x' as c, date '2026-01-31' as d, 12345678901234567890::hugeint as e"
    ).json()
    assert body["rows"] == [["1", None, "x", "2026-01-31", "12345678901234567890"]]
    assert [column["name"] for column in body["columns"]] == ["a", "b", "c", "d", "e"]
    assert body["columns"][0]["kind"] == "number"
    assert not body["more"]


def test_no_more_rows_than_the_limit_are_shown(shop):
    (shop.root / "sbdk_config.json").write_text('{"project": "shop", "dashboard": {"query_rows": 5, "export_rows": 7}}')
    with served(shop.project) as client:
        body = ask(client, "select * from range(1000000000)").json()
        assert ([row[0] for row in body["rows"]], body["more"]) == (["0", "1", "2", "3", "4"], True)
        assert len(ask(client, "select * from range(1000000000)", "/sql/export/csv").text.splitlines()) == 8


@pytest.mark.parametrize("sql", REACHING_OUT)
def test_whatever_reaches_out_or_writes_is_forbidden(client, sql):
    body = is_an_error(ask(client, sql), 403, "sql_forbidden")
    assert "/etc" not in json.dumps(body)


@pytest.mark.parametrize(
    ("sql", "line", "column", "length"),
    [
        ("select nope_column from raw.raw_orders", 1, 8, 11),
        ("select id,\n  amount,\n  nope_column\nfrom raw.raw_orders", 3, 3, 11),
        ("selec 1", 1, 1, 5),
        ("select " + "id, " * 300 + "nope_column from raw.raw_orders", 1, 1208, 11),
        ("select * from nope_table", 1, 15, 10),
    ],
)
def test_wrong_sql_is_reported_with_its_position_and_without_its_words(client, sql, line, column, length):
    body = is_an_error(ask(client, sql), 400, "sql_error")
    assert body["at"] == {"line": line, "column": column, "length": length}
    assert "nope" not in body["detail"]


def test_a_query_without_end_is_stopped_and_holds_nobody_up(shop):
    (shop.root / "sbdk_config.json").write_text('{"project": "shop", "dashboard": {"query_seconds": 1.5}}')
    forever = "select count(*) from range(10000000) a, range(10000000) b where (a.range * b.range) % 7 = 3"
    with served(shop.project) as client:
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(ask(client, forever)))
        asking.start()
        time.sleep(0.3)
        with httpx.Client(base_url=client.base_url) as other:
            assert other.get("/").status_code == 200
        assert asking.is_alive()
        asking.join(30)
        is_an_error(answers[0], 408, "sql_timeout")


def test_too_many_queries_at_once_are_refused_and_pages_go_on(shop):
    (shop.root / "sbdk_config.json").write_text('{"project": "shop", "dashboard": {"query_seconds": 2}}')
    slow = "select count(*) from range(10000000) a, range(10000000) b where (a.range * b.range) % 7 = 3"
    with served(shop.project) as client:
        statuses: list[int] = []
        asking = [threading.Thread(target=lambda: statuses.append(httpx.post(
            f"{client.base_url}/sql/run", json={"sql": slow}, timeout=60).status_code)) for _ in range(17)]  # fmt: skip
        for one in asking:
            one.start()
        time.sleep(0.5)
        assert client.get("/").status_code == 200
        for one in asking:
            one.join(60)
    assert statuses.count(429) >= 1
    assert set(statuses) <= {408, 429}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b"[1]", 400, "bad_payload"),
        (b'{"sql": 1}', 400, "bad_payload"),
        (b'{"sql": "select 1", "more": 1}', 400, "bad_payload"),
        (b'{"sql": NaN}', 400, "bad_json"),
        (b'{"sql": "' + b"x" * 200_000 + b'"}', 413, "too_large"),
        (b'{"sql": "' + b"x" * 2_000_000 + b'"}', 413, "too_large"),
    ],
)
def test_bodies_that_are_no_question(client, body, status, code):
    is_an_error(client.post("/sql/run", content=body, headers={"Content-Type": "application/json"}), status, code)


def test_a_form_of_another_page_is_no_question(client):
    is_an_error(client.post("/sql/run", data={"sql": "select 1"}), 415, "unsupported_media_type")


def test_csv_begins_no_cell_like_a_formula(client):
    sql = """select * from (values ('=HYPERLINK("x")', -5, -1.5), ('+1', 2, 1), ('-1', 3, 1), ('@x', 4, 1),
             (chr(9) || 'x', 5, 1), (chr(13) || 'x', 6, 1), ('a=b', 7, 1),
             (null, null, null)) t("=name", number, fraction)"""
    rows = list(csv.reader(io.StringIO(ask(client, sql, "/sql/export/csv").text, newline="")))
    assert rows[0] == ["'=name", "number", "fraction"]
    assert [row[0] for row in rows[1:]] == [
        "'=HYPERLINK(\"x\")", "'+1", "'-1", "'@x", "'\tx", "'\rx", "a=b", "",
    ]  # fmt: skip
    assert [row[1] for row in rows[1:]] == ["-5", "2", "3", "4", "5", "6", "7", ""]
    assert rows[1][2] == "-1.5"


def test_json_and_parquet_hold_the_values_as_they_are(client):
    sql = "select 1 as a, '=x' as b, null as c union all select 2, 'é', 3 order by 1"
    expected = [{"a": 1, "b": "=x", "c": None}, {"a": 2, "b": "é", "c": 3}]
    answer = ask(client, sql, "/sql/export/json")
    assert answer.headers["content-disposition"] == 'attachment; filename="result.json"'
    assert answer.json() == expected
    assert pq.read_table(io.BytesIO(ask(client, sql, "/sql/export/parquet").content)).to_pylist() == expected


@pytest.mark.parametrize("damage", ["missing", "garbage", "cut", "empty"])
def test_a_published_file_that_is_damaged_while_pages_are_open_breaks_nothing(shop, damage):
    with served(shop.project) as client:
        assert "raw_orders" in client.get("/tables").text
        if damage == "missing":
            shop.published.unlink()
        else:
            whole = shop.published.read_bytes()
            shop.published.unlink()
            shop.published.write_bytes(
                {"garbage": b"x" * len(whole), "cut": whole[: len(whole) // 2], "empty": b""}[damage]
            )
        for page in PAGES:
            assert client.get(page).status_code in (200, 404, 409), page
        assert ask(client, "select 1").status_code in ((200,) if damage == "cut" else (400, 409))
        shop.published.unlink(missing_ok=True)
        shop.project.warehouse().rollback(shop.project.warehouse().builds()[-1].run_id)
        assert "raw_orders" in client.get("/tables").text


def test_scripts_and_styles_are_fetched_once_and_data_never_kept(client):
    page = client.get("/")
    assert page.headers["cache-control"] == "no-store"
    links = re.findall(r'"(/static/[^"]+)"', page.text)
    assert len(links) >= 3
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_a_new_build_is_seen_at_once(shop):
    with served(shop.project) as client:
        assert "big_spenders" in client.get("/tables").text
        shop.publish(["create table brand_new as select 1 as x"])
        assert "brand_new" in client.get("/tables").text
        assert client.get("/table?schema=main&name=brand_new").status_code == 200


def test_the_streams_end_with_the_server(shop):
    broadcast = Broadcast()
    with httpx.Client(timeout=30) as reader, ExitStack() as until_the_end:
        with served(shop.project, broadcast) as client:
            stream = until_the_end.enter_context(reader.stream("GET", client.base_url.join("/events")))
            texts = stream.iter_text()
            next(texts)
        for _ in texts:  # to its regular end: a connection that was cut off would raise
            pass
