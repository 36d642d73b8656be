"""A table with every type of DuckDB, and the values that are hard to show, on the pages and in what they export."""

from __future__ import annotations

import csv
import html
import io
from pathlib import Path

import duckdb
import httpx
import pytest

from support.every_type import JSON, SELECT, TEXTS
from support.places import Place, served


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    place = Place.empty(tmp_path_factory.mktemp("types") / "shop")
    everything = "select * from test_all_types()"
    place.publish(
        [f"create view hard as {SELECT}", f"create view every as {everything}", f"create table kept as {everything}"]
    )
    with served(place.project) as found:
        yield found


def ask(client: httpx.Client, path: str) -> httpx.Response:
    answer = client.post(path, json={"sql": "from hard"})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("name", ["hard", "every", "kept"])
def test_a_page_of_every_type(client: httpx.Client, name: str) -> None:
    for path in (f"/table?schema=main&name={name}", f"/table/profile?schema=main&name={name}"):
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
    page = html.unescape(client.get(f"/table?schema=main&name={name}").text)
    assert all(text[:300] in page for text in TEXTS if name == "hard")


def test_the_answer_is_duckdbs_own_text(client: httpx.Client) -> None:
    assert ask(client, "/sql/run").json()["rows"] == [list(TEXTS)]


def test_what_is_exported_is_the_same(client: httpx.Client, tmp_path: Path) -> None:
    assert ask(client, "/sql/export/json").json() == [JSON]
    (tmp_path / "all.parquet").write_bytes(ask(client, "/sql/export/parquet").content)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        back = f"select cast(columns(*) as varchar) from '{tmp_path / 'all.parquet'}'"
        assert connection.execute(back).fetchall() == [TEXTS]
    head, row = csv.reader(io.StringIO(ask(client, "/sql/export/csv").text, newline=""))
    assert head == list(JSON)
    as_text = {name: text for name, text in zip(head, row, strict=True) if isinstance(JSON[name], str)}
    assert as_text == {name: value for name, value in JSON.items() if isinstance(value, str)}
