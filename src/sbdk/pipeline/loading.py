"""Stages generate and load: the project's pipelines through dlt into the build."""

from __future__ import annotations

import os
from typing import Any

from sbdk.core.events import Event
from sbdk.core.failpoints import failpoint
from sbdk.load.stamps import pipeline_stamp, stamp_files
from sbdk.pipeline.rows import Active, activate
from sbdk.pipeline.stages import Work, stage


def generate(work: Work) -> None:
    """Run the sources whose turn it is. Synthetic rows become Parquet files in the build's folder."""
    from sbdk.load import Loader, discover

    project, config = work.project.loaded, work.project.loaded.config
    with stage(work, "generate") as record:
        files = discover(project.pipelines, root=project.root, work=work.build.folder / "dlt")
        turn = [file for file in files if work.plan.pipelines[file.path.name].run]
        for file in files:
            for text in file.warnings:
                work.emit(Event("warning", "generate", f"pipelines/{file.path.name} {text}"))
        work.loader = Loader(
            work.build.path,
            work.build.folder / "dlt",
            work.dataset,
            config.pipeline_name,
            work.threads,
            root=project.root,
            pipelines=project.pipelines,
            parallel=config.performance.parallel_pipelines,
        )
        with activate(_active(work)) as active:
            _empty_interval(work, active)
            sources = [source for file in turn for source in file.sources]
            extracted = work.loader.extract(sources, refresh=active.refreshed, emit=work.emit) if sources else {}
        record.rows = sum(extracted.values())
        work.facts["pipelines"] = {
            file.path.name: _pipeline_facts(work, active, file)
            if file in turn
            else work.plan.before["pipelines"][file.path.name]
            for file in files
        }
        _note_synthetic(work, active)
    failpoint("after_generate")


def load(work: Work) -> None:
    """Write what was extracted into the build, and validate it."""
    with stage(work, "load") as record:
        assert work.loader is not None
        loaded = work.loader.load(work.emit)
        record.rows = sum(loaded.values())
    failpoint("after_load")


def _active(work: Work) -> Active:
    project = work.project.loaded
    world = work.world = work.project.world()
    before = work.plan.before.get("worlds", {})
    changed = frozenset(table for table in world.tables if before.get(table) not in (None, world.fingerprint(table)))
    if changed and not work.plan.empty:
        work.emit(Event("note", "generate", f"another world: {', '.join(sorted(changed))} are made anew"))
    return Active(
        root=project.root,
        pipelines=project.pipelines,
        world=world,
        clock=work.plan.clock,
        interval=work.options.interval,
        parts=work.build.folder / "parts",
        threads=work.threads,
        emit=work.emit,
        refreshed=changed,
    )


def _empty_interval(work: Work, active: Active) -> None:
    """`--from/--to`: rows of the interval leave the build before they are loaded again, so twice is harmless."""
    interval = work.options.interval
    if interval is None:
        return
    os.environ["DLT_START_VALUE"] = interval.start.isoformat()
    os.environ["DLT_END_VALUE"] = interval.stop.isoformat()
    dataset = work.dataset
    with work.build.connect() as connection:
        there = {
            row[0]
            for row in connection.execute(
                "select table_name from duckdb_tables() where schema_name = ?", [dataset]
            ).fetchall()
        }
        for table in active.world.tables:
            column = active.world.time_column(table)
            if column and table in there:
                connection.execute(
                    f'DELETE FROM "{dataset}"."{table}" WHERE "{column}" >= ? AND "{column}" < ?',  # noqa: S608
                    [interval.start, interval.stop],
                )


def _pipeline_facts(work: Work, active: Active, file: Any) -> dict[str, Any]:
    """What the next run needs to know to skip this file, or not."""
    name, root = file.path.name, work.project.root
    resources = sum(len(source.resources.selected) for source in file.sources)
    asked = len(active.functions.get(name, ()))
    files = active.files.get(name, set())
    kind = "other" if asked < resources else "files" if files else "synthetic"
    return {
        "stamp": pipeline_stamp(file.path, root),
        "kind": kind,
        "tables": file.tables,
        "files": {path: list(stamp) for path, stamp in stamp_files(files, root).items()},
        "patterns": sorted(str(pattern) for pattern in active.files.get(f"{name}:patterns", ())),
    }


def _note_synthetic(work: Work, active: Active) -> None:
    made = {table for tables in active.tables.values() for table in tables}
    worlds = dict(work.plan.before.get("worlds", {}))
    worlds.update({table: active.world.fingerprint(table) for table in made})
    work.facts["worlds"] = worlds
    keys = dict(work.plan.before.get("keys", {}))
    for table in made:
        foreign = [[key.column, key.parent, key.parent_column] for key in active.world.foreign_keys(table)]
        keys[table] = {"key": list(active.world.key(table)), "foreign_keys": foreign}
    work.facts["keys"] = keys
