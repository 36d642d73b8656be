"""What stands on the pages: figures that are right, rows that failed, and what to do where there is nothing."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from sbdk.core.event_stream import Broadcast
from sbdk.core.events import NodeFinished, NodeStarted, Progress, StageFinished, StageStarted
from sbdk.server.dashboard.queries import caches
from sbdk.server.dashboard.queries.catalog import preview, relation
from sbdk.server.dashboard.queries.profile import SAMPLED_FROM, profile
from sbdk.server.dashboard.run_state import RunState
from sbdk.state.history import History
from support.places import Place, served


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.fixture(scope="module")
def client(shop_once: Place):
    with served(shop_once.project) as found:
        yield found


def test_a_preview_reads_the_rows_that_it_shows_and_no_others(shop_once: Place) -> None:
    one, page = preview(shop_once.project.warehouse(), "raw", "raw_orders", {}, start=100, rows=15)
    assert [row[0] for row in page.rows] == [str(number) for number in range(100, 115)]
    assert (one.rows, page.more) == (121, True)
    _, last = preview(shop_once.project.warehouse(), "raw", "raw_orders", {}, start=115, rows=15)
    assert ([row[0] for row in last.rows], last.more) == (["115", "116", "117", "118", "119", "120"], False)
    assert preview(shop_once.project.warehouse(), "raw", "raw_orders", {}, start=5_000, rows=15)[1].rows == []


@pytest.mark.parametrize("start", ["-1", "x", "1e3", "9" * 40, "٣", ""])
def test_nonsense_for_a_first_row_is_the_first(client, start) -> None:
    assert client.get("/table", params={"schema": "raw", "name": "raw_orders", "start": start}).status_code == 200


def test_a_profile_agrees_with_arithmetic(shop_once: Place) -> None:
    found = {
        one.column.name: one
        for one in profile(
            shop_once.project.warehouse(), relation(shop_once.project.warehouse(), "raw", "raw_orders", {})
        ).columns
    }
    assert (found["id"].smallest, found["id"].largest, found["id"].distinct, found["id"].nulls) == (
        "0",
        "120",
        121,
        0.0,
    )
    assert found["id"].bins == [
        sum(int(number / 120 * 24) == at or (number == 120 and at == 23) for number in range(121)) for at in range(24)
    ]
    assert sum(found["at"].bins) == 121
    assert dict(found["paid"].top) == {"true": 61, "false": 60}
    assert found["customer"].distinct == 7


def test_a_profile_of_odd_columns_is_no_error(tmp_path) -> None:
    place = Place.empty(tmp_path / "odd")
    place.publish([
        """create table odd as select * from (values
           (null::int, 'inf'::double, [1, 2], {'a': 1}, interval 1 day, '\\x00'::blob, null, date '20000-01-01', 'x'),
           (null, 'nan', null, null, null, null, null, date '-infinity', 'x'),
           (null, 1.5, [], {'a': null}, interval 2 month, 'b', null, null, 'x'))
           t(nothing, fraction, list, struct, span, bytes, untyped, day, same)""",
        'create table "empty ""one" (a int, b varchar)',
    ])  # fmt: skip
    with served(place.project) as client:
        for name in ("odd", 'empty "one'):
            params = {"schema": "main", "name": name}
            assert client.get("/table", params=params).status_code == 200
            assert client.get("/table/profile", params=params).status_code == 200


def test_of_a_large_table_a_sample_is_read_and_labelled_as_one(tmp_path) -> None:
    place = Place.empty(tmp_path / "large")
    place.publish([f"create table large as select i, i % 10 as digit from range({2 * SAMPLED_FROM}) t(i)"])
    found = profile(place.project.warehouse(), relation(place.project.warehouse(), "main", "large", {}))
    assert found.sampled
    assert 190_000 < found.read < 210_000
    assert max(found.columns[0].bins) < 1.2 * min(found.columns[0].bins)
    with served(place.project) as client:
        output = text_of(client.get("/table/profile?schema=main&name=large").text)
    assert f"From a sample of {found.read:,} rows" in output


def test_changes_since_the_last_build_are_shown(client) -> None:
    output = text_of(client.get("/changes?schema=raw&name=raw_orders").text)
    assert "raw.raw_orders changed 120 121 +1" in output
    assert "the same" in text_of(client.get("/changes?schema=main&name=big_spenders").text)


def test_a_comparison_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place.empty(tmp_path / "long")
    place.publish(["create table long as select i, hash(i) as h from range(3000000) t(i)"])
    place.publish(["update long set h = h + 1 where i % 2 = 0"])
    monkeypatch.setattr(caches, "SECONDS", 0.01)
    with served(place.project) as client:
        assert "stopped after 0.01 s" in text_of(client.get("/changes").text)
        monkeypatch.setattr(caches, "SECONDS", 60)
        assert "main.long changed" in text_of(client.get("/changes").text)


def test_a_table_names_what_guards_it(client) -> None:
    output = text_of(client.get("/table?schema=main&name=big_spenders").text)
    assert "customer unique" in output
    assert "paid check" not in output
    assert "paid check warn, 60 rows Nobody owes us." in text_of(client.get("/table?schema=raw&name=raw_orders").text)


def test_a_failed_run_shows_why_and_the_rows(shop: Place) -> None:
    error = {"message": "check paid found 2 rows", "file": str(shop.root / "checks/paid.sql"), "hint": "look at them"}
    run_id = shop.record("failed", error=error)
    shop.keep_failures(run_id, "paid", [{"id": 4711, "who": None}, {"id": 4712, "who": "somebody"}])
    with served(shop.project) as client:
        for page in ("/", f"/runs/{run_id}"):
            output = text_of(client.get(page).text)
            assert "check paid found 2 rows" in output
            assert "4711 null 4712 somebody" in output
            assert str(shop.root) not in output
        assert "4712" in client.get("/checks").text


def test_kept_rows_that_are_cut_or_odd_break_nothing(shop: Place) -> None:
    run_id = shop.record("failed", error=None)
    folder = shop.state / "runs" / run_id / "failures"
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_bytes(b'{"x": 1}\n{"x": \xff\n[1]\n{"x": {"deep": [1, null]}}\n' + b"[" * 5_000)
    (folder / "b.jsonl").mkdir()
    with served(shop.project) as client:
        assert "{&#34;deep&#34;: [1, null]}" in client.get(f"/runs/{run_id}").text


@pytest.mark.parametrize("page", ["/", "/lineage", "/tables", "/checks", "/sql"])
def test_an_empty_project_shows_what_to_do(tmp_path, page) -> None:
    place = Place.empty(tmp_path / "empty")
    with served(place.project) as client:
        output = text_of(client.get(page).text)
    assert ("sbdk dev" in output) or ("pipelines/" in output) or ("a query in checks/" in output)


def test_an_edited_configuration_takes_effect_at_once(shop: Place) -> None:
    config = shop.root / "sbdk_config.json"
    with served(shop.project) as client:
        config.write_text('{"project": "shop", "dashboard": {"query_rows": 7}}')
        assert "7 rows shown" in text_of(client.get("/sql").text)
        config.write_text('{"project": "shop", "dashb')
        assert "7 rows shown" in text_of(client.get("/sql").text)
        config.write_text('{"project": "shop", "duckdb_path": "data/other.duckdb"}')
        assert "Nothing is published" in text_of(client.get("/tables").text)
        config.write_text('{"project": "shop", "duckdb_path": "data/dev.duckdb"}')
        assert "big_spenders" in client.get("/tables").text


def test_a_run_of_another_terminal_is_not_shown_with_the_stages_of_one_before(shop: Place) -> None:
    broadcast = Broadcast()
    with served(shop.project, broadcast) as client:
        broadcast.emit(StageFinished("publish", "success", 47.11))
        assert "47.1 s" not in text_of(client.get("/").text)
        History(shop.state).start_run("sbdk dev --full-refresh")
        output = text_of(client.get("/").text)
    assert "Running just now in another terminal: sbdk dev --full-refresh" in output
    assert "generate – load – transform – check – publish –" in output


def test_tables_that_no_run_counted_are_counted_for_the_list(tmp_path: Path) -> None:
    place = Place.empty(tmp_path / "seeds")
    place.publish(["create table rates as select i from range(1234) t(i)"], tables=())
    with served(place.project) as client:
        assert "rates table 1 1,234" in text_of(client.get("/tables").text)


def test_live_a_run_begins_with_its_first_stage_and_ends_with_the_last_or_a_failure() -> None:
    run = RunState()
    run.apply(StageFinished("generate", "skipped", reason="up to date"))
    run.apply(StageStarted("transform"))
    run.apply(NodeStarted("transform", "model.a", "a", "model", total=3))
    assert run.building
    assert run.nodes == {"model.a": "running"}
    run.apply(NodeFinished("transform", "model.a", "a", "model", "success", 0.1, done=1, total=3))
    run.apply(StageFinished("transform", "failed", 1.0))
    assert (run.building, run.status, run.nodes) == (False, "failed", {"model.a": "success"})
    run.apply(StageStarted("generate"))
    assert (run.building, run.number, run.nodes) == (True, 2, {})


def test_events_reach_every_stream_while_they_happen(shop: Place) -> None:
    """Hundreds of events from several threads: each stream ends with the whole picture."""
    broadcast = Broadcast()
    with served(shop.project, broadcast) as client:
        pictures: list[str] = []

        def listen() -> None:
            with client.stream("GET", "/events") as stream:
                for line in stream.iter_lines():
                    if '"what": "the last one"' in line:
                        pictures.append(line)
                        return

        listeners = [threading.Thread(target=listen) for _ in range(3)]
        for one in listeners:
            one.start()
        for done in range(2_000):
            broadcast.emit(Progress("load", done, 2_000, item=f"t{done}"))
        broadcast.emit(Progress("load", 2_000, item="the last one"))
        for one in listeners:
            one.join(20)
    assert len(pictures) == 3
