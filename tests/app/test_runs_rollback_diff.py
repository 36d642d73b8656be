"""`sbdk runs`, `sbdk rollback`, `sbdk diff`."""

from __future__ import annotations

from support.shops import THINGS, Shop


def test_back_and_forth_with_every_difference_named(tiny_built: Shop) -> None:
    (first,) = [run["run_id"] for run in tiny_built.sbdk("runs", "--json").object["runs"]]
    old = tiny_built.published.read_bytes()
    tiny_built.write("pipelines/things.py", THINGS.replace("* 10", "* 10 + (number == 3)").replace("6)", "8)"))
    second = tiny_built.dev()["run_id"]

    found = tiny_built.sbdk("diff", first, second, "--json").object
    rows = {table["name"]: table["rows"] for table in found["tables"] if table["name"] == "raw.things"}["raw.things"]
    assert (rows["added"], rows["removed"], rows["changed"]) == (2, 0, 1)
    assert rows["columns"]["size"] == 1

    assert tiny_built.sbdk("rollback", "--json").object["run_id"] == first
    assert tiny_built.published.read_bytes() == old
    runs = {run["run_id"]: run for run in tiny_built.sbdk("runs", "--json").object["runs"]}
    assert runs[first]["current"]
    assert not runs[second]["current"]
    assert tiny_built.sbdk("rollback", second).code == 0
    assert tiny_built.query("select count(*) from doubled") == [(7,)]


def test_runs_that_do_not_exist(tiny_built_once: Shop) -> None:
    (first,) = [run["run_id"] for run in tiny_built_once.sbdk("runs", "--json").object["runs"]]
    for words in (("rollback", "nope"), ("diff", first, "nope"), ("diff", first, first)):
        answer = tiny_built_once.sbdk(*words, "--json")
        assert answer.code == 2
        assert answer.object["error"]["hint"]


def test_without_arguments_the_last_two_builds_are_compared(tiny_built: Shop) -> None:
    alone = tiny_built.sbdk("diff", "--json")
    assert (alone.code, alone.object["error"]["code"]) == (2, "usage")
    tiny_built.write("pipelines/things.py", THINGS.replace("6)", "9)"))
    tiny_built.dev()
    (things,) = [table for table in tiny_built.sbdk("diff", "--json").object["tables"] if table["name"] == "raw.things"]
    assert (things["rows"]["added"], things["rows"]["removed"]) == (3, 0)
    first = tiny_built.sbdk("runs", "--json").object["runs"][-1]["run_id"]
    assert tiny_built.sbdk("diff", first, "--json").object == tiny_built.sbdk("diff", "--json").object
