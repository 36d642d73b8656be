"""Two runs of two projects that are provably at work at the same moment: each gets its own, whoever asks."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import sbdk.templates
from sbdk import Project
from sbdk.run.dbt_workers import ReusedPool
from sbdk.run.options import RunOptions
from support.emitting import BUSY
from support.meeting import meetings
from support.two_projects import (
    INTERVAL,
    PIPELINES,
    changed,
    in_threads,
    make,
    outcome,
    process_state,
    query,
    run,
    write,
)

NAMES = ["east", "west"]
SEEDS = {"east": 7, "west": 70}

TOGETHER = """
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import dlt
import helper

from sbdk.core.errors import UsageError

helper.meet("import")


def in_a_thread(function):
    with ThreadPoolExecutor(1) as pool:
        try:
            return str(pool.submit(function).result())
        except UsageError as error:
            return f"{error.message}: {error.hint}"


def greeting():
    return dlt.config["greeting"]


@dlt.resource(name="own_threads", write_disposition="replace")
def own_threads():
    helper.meet("own threads begin")
    yield {"files": in_a_thread(helper.texts), "greeting": in_a_thread(greeting)}
    yield {"files": in_a_thread(lambda: copy_context().run(helper.texts)), "greeting": greeting()}
    context = copy_context()
    yield {"files": in_a_thread(lambda: context.run(helper.texts)),
           "greeting": in_a_thread(lambda: context.copy().run(greeting))}
    helper.meet("own threads end")


@dlt.resource(name="awaited", write_disposition="replace")
async def awaited():
    helper.meet("awaited begins")
    yield {"text": helper.texts()[0], "greeting": greeting()}
    helper.meet("awaited ends")


@dlt.resource(name="called", write_disposition="replace")
def called():
    helper.meet("called begins")
    yield lambda: [{"text": helper.texts()[0], "interval": str(dlt.current.interval())}]
    helper.meet("called ends")
"""
AMBIGUOUS = (
    "several runs are in progress, and this thread belongs to none of them: "
    "start it with contextvars.copy_context().run"
)


PIPELINES_TOGETHER = {**PIPELINES, "together": TOGETHER}


def test_both_are_inside_of_their_sources_at_once(tmp_path: Path) -> None:
    projects = {name: make(tmp_path, name, SEEDS[name], where="here", pipelines=PIPELINES_TOGETHER) for name in NAMES}
    run(projects["east"], None, INTERVAL)
    alone = query(projects["east"], "SELECT DISTINCT files, greeting FROM raw.own_threads")
    assert alone == [("['text of east']", "hello east")], "a run that is alone serves every thread"
    before = process_state()
    with meetings() as came:
        in_threads(partial(run, projects["east"], INTERVAL), partial(run, projects["west"]))
    assert changed(before, process_state()) == {}
    assert len(came) == 2 * len({place for place, _ in came}) == 26

    for name, path in projects.items():
        seed, text = SEEDS[name], f"text of {name}"
        rows = outcome(path)["rows"]
        assert {face for _, face in rows["dice"]} <= set(range(seed, seed + 6))
        assert [number for number, _ in rows["dice"]] == list(range(1, 51))
        assert set(rows["seen"][0]) == {name, "here", f"hello {name}", f"secret of {name}"}
        assert {rows[table][0] for table in ["one", "two", "first", "second", "third"]} == {(text,)}
        days = sorted([*range(1, 29), *(2 * [*range(10, 20)] if name == "east" else [])])
        assert [(at.day, who) for at, who in rows["moments"]] == [(day, name) for day in days]
        assert query(path, "SELECT text, greeting FROM raw.awaited") == [(text, f"hello {name}")]
        assert query(path, "SELECT text, interval <> 'None' FROM raw.called") == [(text, name == "east")]
        assert query(path, "SELECT files, greeting FROM raw.own_threads") == sorted(
            [(AMBIGUOUS, AMBIGUOUS), (AMBIGUOUS, f"hello {name}"), (str([text]), f"hello {name}")]
        )


DBT = {
    "dbt/dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n",
    "dbt/profiles.yml": """
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('SBDK_DATABASE', 'nowhere.duckdb') }}", threads: 2}
""",
    "dbt/models/faces.sql": """
select face, count(*) as times, '{{ env_var('WHERE') }}' as place, 'NAME' as model
from raw.dice group by face
""",
}


DICE = """
import dlt
import helper
import sbdk

@dlt.resource(name="dice")
def dice():
    yield from sbdk.rows("dice")
"""


def test_models_of_one_name_in_both(tmp_path: Path) -> None:
    """Each keeps its dbt worker for a second run, as `sbdk start` does."""
    projects = {name: make(tmp_path, name, SEEDS[name], pipelines={"things": DICE}) for name in NAMES}
    pools = {name: ReusedPool() for name in NAMES}

    def work(name: str) -> None:
        path = projects[name]
        for version in [1, 2]:
            model = f"{name} {version}"
            write(path, {file: text.replace("NAME", model) for file, text in DBT.items()})
            result = Project(path).run(RunOptions(), workers=pools[name])
            assert result.status == "success", result.error
            assert result.dbt.models_built == 1
            sql = "SELECT sum(times), min(face) // 7 * 7, any_value(place), any_value(model) FROM main.faces"
            assert query(path, sql) == [(50, SEEDS[name], f"in {name}", model)]

    try:
        in_threads(*(partial(work, name) for name in NAMES))
        assert len({pool.pid for pool in pools.values()} - {None}) == 2
    finally:
        for pool in pools.values():
            pool.close()


LANDED = {
    "streams": {
        **BUSY,
        "sales_per_batch": 2,
        "new_per_batch": {"stores": 1, "customers": 1, "products": 1},
        "batches_per_file": 48,
    },
    "datasets": ["retail"],
    "start_date": "2026-01-01",
    "end_date": "2026-01-02",
}
STREAMS = ["stores", "customers", "products", "sales"]


def shop(folder: Path, seed: int) -> Path:
    """The pipelines of the retail template, with the least that can land."""
    settings = {"project": "shop", "seed": seed, **LANDED}
    write(folder, {"sbdk_config.json": json.dumps(settings), "dbt/.gitkeep": ""})
    shutil.copytree(Path(sbdk.templates.__file__).parent / "retail" / "pipelines", folder / "pipelines")
    return folder


def records(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    columns = "received, record, source_file, source_position"
    return {stream: query(path, f"SELECT {columns} FROM raw.raw_{stream}") for stream in STREAMS}


def landed(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The same, read from the files: each line once, in the order of the files."""
    found = {}
    for stream in STREAMS:
        lines = [
            (line, f"landing/{stream}/{file.name}", position)
            for file in sorted((path / "landing" / stream).glob("[!.]*"))
            for position, line in enumerate(file.read_text().splitlines(), int(file.name[:12]))
        ]
        found[stream] = [(number, *line) for number, line in enumerate(lines)]
    return found


def test_landing_folders_of_two_runs_do_not_meet(tmp_path: Path) -> None:
    alone, *both = (shop(tmp_path / folder / "shop", seed) for folder, seed in [("a", 1), ("b", 1), ("c", 2)])
    run(alone)
    in_threads(*(partial(run, path) for path in both))
    one, two = (records(path) for path in both)
    assert [one, two] == [landed(path) for path in both]
    assert one == landed(alone), "what this seed lands when it is alone"
    assert all(one[stream] and one[stream] != two[stream] for stream in STREAMS)
