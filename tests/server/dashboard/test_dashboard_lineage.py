"""Where nodes are drawn, which there are, and how they are."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.server.dashboard.lineage.layout import COLUMN, HEIGHT, WIDTH, curve, lay_out
from sbdk.state.record_parts import DbtRecord, DbtRelation, PipelineRecord
from support.places import Place, model, served

NAMES = [f"n{number}" for number in range(24)]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Any graph without cycles: parents come before their children."""
    names = NAMES[: draw(st.integers(0, len(NAMES)))]
    return {
        name: draw(st.lists(st.sampled_from(names[:at]), max_size=4)) if at else [] for at, name in enumerate(names)
    }


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_nothing_lies_on_anything_and_all_ways_lead_to_the_right(parents: dict[str, list[str]]) -> None:
    drawing = lay_out(parents)
    assert set(drawing.places) == set(parents)
    for (x1, y1), (x2, y2) in combinations(drawing.places.values(), 2):
        assert abs(x1 - x2) >= COLUMN or abs(y1 - y2) >= HEIGHT
    drawn = {(one, other) for one, other, _ in drawing.edges}
    assert drawn == {(parent, key) for key, found in parents.items() for parent in found}
    for one, other, points in drawing.edges:
        assert points[0] == (drawing.places[one][0] + WIDTH, drawing.places[one][1] + HEIGHT / 2)
        assert points[-1] == (drawing.places[other][0], drawing.places[other][1] + HEIGHT / 2)
        assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert all(
        0 <= y <= drawing.height - HEIGHT + 0.01 and 0 <= x <= drawing.width - WIDTH for x, y in drawing.places.values()
    )


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_no_edge_runs_through_a_node(parents: dict[str, list[str]]) -> None:
    drawing = lay_out(parents)
    columns = {x: [y for a, y in drawing.places.values() if a == x] for x, _ in drawing.places.values()}
    for one, other, points in drawing.edges:
        ends = {drawing.places[one][0], drawing.places[other][0]}
        for x, y in points[1:-1:2]:
            assert x in ends or all(not top < y < top + HEIGHT for top in columns.get(x, []))


def test_a_cycle_and_unknown_parents_are_drawn_all_the_same() -> None:
    drawing = lay_out({"a": ["b", "nobody"], "b": ["a"], "c": ["c"]})
    assert len(drawing.places) == 3
    assert len(drawing.edges) == 1


def test_a_tree_is_drawn_without_crossings() -> None:
    parents = {"root": [], **{f"b{at}": ["root"] for at in range(3)}, **{f"l{at}": [f"b{at % 3}"] for at in range(9)}}
    places = lay_out(parents).places
    branch_order = sorted((f"b{at}" for at in range(3)), key=lambda key: places[key][1])
    leaf_order = sorted((f"l{at}" for at in range(9)), key=lambda key: places[key][1])
    assert [parents[leaf][0] for leaf in leaf_order] == [branch for branch in branch_order for _ in range(3)]


def test_a_curve_leaves_and_arrives_level() -> None:
    assert curve([(0, 0), (10, 20)]) == "M0,0C5,0 5,20 10,20"
    assert curve([(0, 5), (10, 5)]) == "M0,5L10,5"


def states(place: Place) -> dict[str, str]:
    with served(place.project) as client:
        return client.get("/lineage/states").json()


def test_what_is_published_is_well(shop: Place) -> None:
    assert states(shop) == {
        "pipeline:orders.py": "ok", "raw:raw_orders": "ok", "model.shop.big_spenders": "ok", "model.shop.latest": "ok",
    }  # fmt: skip


def test_the_file_that_a_run_failed_at_is_red_and_what_follows_is_not(shop: Place) -> None:
    shop.record(
        "failed", error={"message": "boom", "file": str(shop.root / "dbt/models/big_spenders.sql"), "hint": None}
    )
    found = states(shop)
    assert found["model.shop.big_spenders"] == "failed"
    assert found["model.shop.latest"] == "ok"


def test_what_a_failed_check_reads_is_red(shop: Place) -> None:
    run_id = shop.record("failed", error={"message": "boom", "file": str(shop.root / "checks/paid.sql"), "hint": None})
    shop.keep_failures(run_id, "paid", [{"id": 1}])
    assert {key for key, state in states(shop).items() if state == "failed"} == {"raw:raw_orders"}


def test_stale_new_and_failed_by_a_test(shop: Place) -> None:
    relations = tuple(DbtRelation("main", name, name) for name in ("big_spenders", "latest"))
    dbt = DbtRecord(relations=relations, stale=("latest",))
    shop.publish(["select 1"], dbt=dbt, pipelines={"orders.py": PipelineRecord()})
    nodes = [model(name, "source.shop.raw_orders") for name in ("big_spenders", "latest", "not_built")]
    shop.manifest(*nodes, sources=[{**model("raw_orders", schema="raw", kind="source"), "identifier": "raw_orders"}])
    found = states(shop)
    assert (found["model.shop.latest"], found["model.shop.not_built"]) == ("stale", "new")


def test_without_a_parse_there_are_still_pipelines_and_raw_tables(shop: Place) -> None:
    (shop.state / "target" / "partial_parse.msgpack").write_bytes(b"\xc1 garbage")
    assert set(states(shop)) == {"pipeline:orders.py", "raw:raw_orders"}
