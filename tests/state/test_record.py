"""The build record: what is written is read back, older formats are read, later ones refused by name."""

from __future__ import annotations

import json
import tarfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbdk.core.errors import NewerFormat
from sbdk.run.result import RunResult
from sbdk.state import record_parts as parts
from sbdk.state.record import FORMAT, BuildRecord, FailedBuild, RecordDraft, dump, load_failed, load_record

FORMER = Path(__file__).parent.parent / "data" / "project_a7cdfd0.tar.xz"
MANIFEST: dict[str, Any] = {
    "run_id": "r1",
    "file": "data/dev.duckdb",
    "sha256": "ab" * 32,
    "size": 4096,
    "storage": "v1.0.0",
    "duckdb": "1.4.0",
    "clock": "2026-01-02T00:00:00",
    "parent": None,
    "made": "2026-01-02T03:04:05+00:00",
    "facts": {},
}
ARTIFACT = parts.Artifact("data/dev.duckdb", "ab" * 32, 4096, engine="1.4.0", storage="v1.0.0")
MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORD = BuildRecord(run_id="r1", parent=None, made_at=MADE, artifact=ARTIFACT)


def former(**facts: Any) -> BuildRecord:
    """A manifest of format 1 with these facts, as it is read now."""
    return load_record(json.dumps({**MANIFEST, "facts": facts}))


def members(pattern: str) -> list[str]:
    """The files of the project that an earlier sbdk left, by the end of their name."""
    with tarfile.open(FORMER) as archive:
        found = [archive.extractfile(name) for name in archive.getnames() if name.endswith(pattern)]
        return [file.read().decode() for file in found if file is not None]


# ---- what is written is read back

names = st.text(min_size=1, max_size=8)
digests = st.dictionaries(names, names, max_size=3)
tuples = st.lists(names, max_size=3).map(tuple)
whole = st.integers(0, 2**62)
by_file = st.none() | digests
inputs = st.builds(parts.Inputs, names, tuples, by_file, by_file, by_file, names)
counts = st.dictionaries(names, whole, max_size=2)
outcomes = st.builds(parts.ContractOutcome, names, names, whole, whole, whole, counts, counts, counts)
stamps = st.builds(parts.FileStamp, whole, whole, names, whole)
files = st.dictionaries(names, stamps, max_size=2)
reads = st.dictionaries(names, st.builds(parts.NodeReads, tuples, tuples, st.booleans(), st.booleans()), max_size=2)
kinds = st.sampled_from(["synthetic", "files", "other"])
pipelines = st.builds(parts.PipelineRecord, names, kinds, tuples, tuples, tuples, files)
foreign = st.lists(st.builds(parts.ForeignKey, names, names, names), max_size=2).map(tuple)
relations = st.lists(st.builds(parts.DbtRelation, names, names, st.none() | names, names), max_size=3).map(tuple)
nodes = st.dictionaries(names, st.builds(parts.NodeState, names, names), max_size=3)
verdicts = st.dictionaries(
    st.just("overall") | names, st.builds(parts.TableValidation, whole, whole, whole), max_size=3
)
contents = {
    "inputs": inputs,
    "pipelines": st.dictionaries(names, pipelines, max_size=2),
    "datasets": digests,
    "keys": st.dictionaries(names, st.builds(parts.TableKeys, tuples, foreign), max_size=2),
    "dbt": st.builds(
        parts.DbtRecord,
        st.none() | names,
        digests,
        nodes,
        relations,
        tuples,
        st.none() | reads,
        st.dictionaries(names, files, max_size=2),
        tuples,
    ),
    "tables": st.lists(st.builds(parts.TableCount, names, whole), max_size=2).map(tuple),
    "validation": st.none() | st.builds(parts.Validation, verdicts),
    "checks": st.lists(st.builds(parts.CheckOutcome, names, names, whole), max_size=2).map(tuple),
    "contracts": st.dictionaries(names, outcomes, max_size=2),
    "cursors": digests,
}
records = st.builds(
    BuildRecord,
    run_id=names,
    parent=st.none() | names,
    made_at=st.datetimes(timezones=st.just(UTC)),
    artifact=st.builds(parts.Artifact, names, names, whole, names, names),
    clock=st.none() | st.datetimes(),
    sbdk=st.none() | names,
    **contents,
)
drafts = st.builds(
    RecordDraft,
    loads=st.booleans(),
    loaded_tables=tuples,
    built=tuples,
    transformed=st.booleans(),
    interval=tuples,
    **contents,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(records)
def test_a_record_is_read_as_it_was_written(record: BuildRecord) -> None:
    assert load_record(dump(record)) == record


@quick
@given(names, st.none() | names, names, names, drafts)
def test_a_kept_failed_build_is_read_as_it_was_written(
    begun: str, parent: str | None, run_id: str, stage: str, draft: RecordDraft
) -> None:
    failed = FailedBuild(begun_by=begun, parent=parent, run_id=run_id, stage=stage, draft=draft)
    assert load_failed(dump(failed)) == failed


def test_what_this_version_does_not_know_is_left_out() -> None:
    written = json.loads(dump(RECORD))
    more = {**written, "owner": "x", "artifact": {**written["artifact"], "colour": "red"}}
    more["dbt"]["speed"] = [1, 2]
    assert load_record(json.dumps(more)) == RECORD


def test_what_a_record_lacks_has_its_default() -> None:
    written = json.loads(dump(RECORD))
    few = {name: written[name] for name in ("format", "run_id", "parent", "made_at", "artifact")}
    assert load_record(json.dumps(few)) == RECORD


# ---- other formats


@pytest.mark.parametrize("load", [load_record, load_failed])
@pytest.mark.parametrize("later", [FORMAT + 1, 99])
def test_a_later_format_is_refused_with_both_versions(load: Any, later: int) -> None:
    with pytest.raises(NewerFormat) as caught:
        load(json.dumps({"format": later, "anything": "else"}))
    assert f"format {later}" in str(caught.value)
    assert f"up to {FORMAT}" in str(caught.value)
    assert "upgrade sbdk" in str(caught.value.hint)
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"run_id": "r1"}', '{"format": "x"}', '{"format": 0}'])
def test_what_is_no_record_is_a_value_error(text: str) -> None:
    for load in (load_record, load_failed):
        with pytest.raises(ValueError, match=r"."):
            load(text)


@pytest.mark.parametrize(
    ("key", "value"), [("run_id", 7), ("tables", {"a": 1}), ("tables", [{"name": "a"}]), ("clock", 1)]
)
def test_a_field_of_another_type_is_a_value_error(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        load_record(json.dumps({**json.loads(dump(RECORD)), key: value}))


def test_the_builds_of_the_former_version_are_read_whole() -> None:
    manifests = [json.loads(text) for text in members("manifest.json")]
    assert len(manifests) == 4
    for manifest in manifests:
        record, facts = load_record(json.dumps(manifest)), manifest["facts"]
        assert (record.run_id, record.parent, record.artifact.sha256) == tuple(
            manifest[name] for name in ("run_id", "parent", "sha256")
        )
        assert (record.clock, record.format) == (datetime.fromisoformat(manifest["clock"]), FORMAT)
        assert record.inputs.dbt == facts["inputs"]["dbt"]
        assert record.inputs.datasets == facts["inputs"]["world"]
        assert list(record.inputs.range) == facts["inputs"]["range"]
        assert {name: one.code for name, one in record.pipelines.items()} == {
            name: one["stamp"] for name, one in facts["pipelines"].items()
        }
        assert record.datasets == facts["worlds"]
        assert record.dbt.node_hashes == facts["marks"]["nodes"]
        assert {name: [one.type, one.status] for name, one in record.dbt.nodes.items()} == facts["nodes"]
        assert asdict(record.dbt.counts).items() <= facts["dbt"].items()
        assert {name: one.schema for name, one in record.dbt.models.items()} == facts["models"]
        assert {one.place for one in record.dbt.relations} == {tuple(place) for place in facts["relations"]}
        assert [asdict(one) for one in record.tables] == facts["tables"]
        assert record.validation is not None
        assert record.validation.as_dict() == facts["validation"]
        assert [asdict(one) for one in record.checks] == facts["checks"]


def test_the_failed_build_of_the_former_version_is_read() -> None:
    [text] = members("failed.json")
    failed, note = load_failed(text), json.loads(text)
    assert (failed.begun_by, failed.parent) == (note["run_id"], note["parent"])
    assert (failed.stage, failed.run_id) == ("check", note["facts"]["run_id"])
    assert [one.name for one in failed.draft.checks if one.status == "fail"] == ["always_wrong"]
    assert failed.draft.loads is False


@pytest.mark.parametrize("dbt", ["", "0123abcd", None])
def test_inputs_that_were_no_digests_by_file_count_as_unknown(dbt: Any) -> None:
    read = former(inputs={"world": "w", "range": ["a", "b"], "dbt": dbt, "checks": "", "dataset": "raw"})
    assert read.inputs == parts.Inputs("w", ("a", "b"), None, None, raw_schema="raw")


def test_a_build_that_told_nothing_is_read() -> None:
    read = former()
    assert read.contents() == RECORD.contents()
    assert former(marks=None, validation={}, stale=[]).contents() == RECORD.contents()


def test_places_of_models_and_seeds_become_one_list() -> None:
    read = former(
        models={"users": "main", "orders": "mart"},
        aliases={"orders": "fct_orders"},
        relations=[["main", "users"], ["mart", "fct_orders"], ["main", "rates"]],
    )
    assert {name: one.place for name, one in read.dbt.models.items()} == {
        "users": ("main", "users"),
        "orders": ("mart", "fct_orders"),
    }
    assert {one.place for one in read.dbt.relations if one.model is None} == {("main", "rates")}
    older = former(models={"users": "main"})  # before there was a list of relations
    assert older.dbt.relations == (parts.DbtRelation("main", "users", "users"),)


def test_streams_and_files_of_a_pipeline_are_read() -> None:
    read = former(
        pipelines={
            "a.py": {"stamp": "s", "kind": "files", "patterns": ["data/*.csv"], "files": {"data/a.csv": [5, 6, "ff"]}},
            "b.py": {"stamp": "t", "kind": "synthetic", "synthetic": ["raw_users"], "streams": ["sales"]},
        }
    )
    assert read.pipelines["a.py"].files == {"data/a.csv": parts.FileStamp(5, 6, "ff")}
    assert read.pipelines["b.py"] == parts.PipelineRecord("t", "synthetic", ("raw_users",), ("sales",))


# ---- validation, and what a result can be


def test_a_table_called_overall_keeps_its_verdict() -> None:
    bad, good = parts.TableValidation(3, 1, 0), parts.TableValidation(5, 0, 0)
    found = parts.Validation({"overall": bad, "raw_users": good})
    assert found.overall == "FAIL"
    assert found.failed == ["overall"]
    shown = found.as_dict()
    assert shown["overall"] == "FAIL"
    assert shown["overall (table)"]["null_ids"] == 1
    assert load_record(dump(replace(RECORD, validation=found))).validation == found


@pytest.mark.parametrize("status", ["up_to_date", "success"])
def test_no_result_is_well_and_has_an_error(status: Any) -> None:
    with pytest.raises(ValueError, match=status):
        RunResult("r", status, error=NewerFormat("no"))
