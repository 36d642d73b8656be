"""What is not the published file is found out before a run builds on it, and a rollback mends it."""

from __future__ import annotations

import os
import random
import shutil
import struct

import duckdb
import pytest

from sbdk.core.errors import LockHeld, UnknownName, UsageError, WarehouseDamaged
from sbdk.state.record import BuildContents
from support.warehouse_oracle import rows, sha


def refused_and_mended(project, good):
    """A run refuses the file with a way out, doctor reports it, and a rollback restores the last good bytes."""
    with pytest.raises(WarehouseDamaged) as caught:
        project.warehouse.begin("x")
    assert caught.value.exit_code == 1
    assert "\n" not in caught.value.message
    assert "rollback" in caught.value.hint
    assert not (project.state / "build").exists(), "the half copy should be gone"
    assert [p.severity for p in project.warehouse.diagnose()][:1] == ["error"]
    project.warehouse.rollback()
    assert sha(project.published) == good
    assert project.warehouse.diagnose() == []


def flip(project, seed):
    good = sha(project.published)
    chance = random.Random(seed)
    with open(project.published, "r+b") as file:
        file.seek(chance.randrange(project.published.stat().st_size))
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ (1 << chance.randrange(8))]))
    assert sha(project.published) != good
    refused_and_mended(project, good)


def test_one_flipped_bit_anywhere(project):
    project.run("r0")
    project.run("r1")
    for seed in range(15):
        flip(project, seed)


@pytest.mark.faults
def test_three_hundred_flipped_bits(project):
    project.run("r0")
    project.run("r1")
    for seed in range(1000, 1300):
        flip(project, seed)


@pytest.mark.parametrize("length", [0, 1, 4096, 12288, 0.5, -4096, -1, 1.0])
def test_cut_at_any_length_or_with_bytes_added(project, length):
    project.run("r0")
    good = sha(project.published)
    size = project.published.stat().st_size
    if length == 1.0:
        with open(project.published, "ab") as file:
            file.write(b"\0")
    else:
        os.truncate(project.published, int(size * length) if isinstance(length, float) else length % size)
    refused_and_mended(project, good)


def test_the_file_of_another_project(project, make_project):
    other = make_project("other")
    project.run("r0")
    other.run("x0")
    good = sha(project.published)
    shutil.copyfile(other.published, project.published)
    refused_and_mended(project, good)


def test_the_file_of_another_project_with_the_same_run_id(project, make_project):
    other = make_project("other")
    project.run("r0")
    other.run("r0")
    good = sha(project.published)
    shutil.copyfile(other.published, project.published)
    refused_and_mended(project, good)


def test_an_earlier_build_copied_over_the_published_file(project):
    project.run("r0")
    project.run("r1")
    good = sha(project.published)
    shutil.copyfile(project.warehouse.builds()[0].path, project.published)
    refused_and_mended(project, good)


def test_a_file_that_no_run_made_is_refused_and_never_lost(project, foreign_file):
    project.published.parent.mkdir(parents=True)
    shutil.copyfile(foreign_file, project.published)
    with pytest.raises(WarehouseDamaged, match="no run of sbdk") as caught:
        project.run("r0")
    assert "--full-refresh" in caught.value.hint
    project.run("r0", empty=True)
    assert rows(project.published) == [0]
    (aside,) = (project.state / "aside").iterdir()
    assert sha(aside) == sha(foreign_file)
    assert any(str(aside) in text for text in project.warnings())


def test_a_row_written_by_hand_is_noticed(project):
    project.run("r0")
    good = sha(project.published)
    with duckdb.connect(str(project.published)) as connection:
        connection.execute("INSERT INTO left_rows VALUES (7)")
    refused_and_mended(project, good)


def test_a_missing_manifest_is_damage(project):
    project.run("r0")
    project.run("r1")
    shutil.rmtree(project.state / "builds" / "r1")
    with pytest.raises(WarehouseDamaged, match="r1"):
        project.warehouse.begin("x")
    assert project.warehouse.rollback().run_id == "r0"
    assert rows(project.published) == [0]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"run_id": "r0"}', b"\xff\x00"])
def test_a_damaged_manifest_is_damage_and_no_crash(project, content):
    project.run("r0")
    (project.state / "builds" / "r0" / "manifest.json").write_bytes(content)
    with pytest.raises(WarehouseDamaged):
        project.warehouse.begin("x")
    project.run("r1", empty=True)
    assert rows(project.published) == [0]


def test_a_run_id_that_would_be_a_path_is_refused(project):
    project.run("r0")
    with duckdb.connect(str(project.published)) as connection:
        connection.execute("UPDATE _sbdk.build SET run_id = '../../../etc'")
    with pytest.raises(WarehouseDamaged, match="not one of ours"):
        project.warehouse.current()


def block_checksum(content):
    """DuckDB's checksum of a block: words of 64 bits, each times a constant, joined by exclusive or."""
    value = 5381
    for (word,) in struct.iter_unpack("<Q", content):
        value ^= word * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return value


def test_a_newer_storage_version_is_named_with_the_one_that_can_be_read(project):
    """The version stands at byte 12 of the header, after the block's checksum and the word DUCK."""
    project.run("r0")
    with open(project.published, "r+b") as file:
        header = bytearray(file.read(4096))
        assert header[8:12] == b"DUCK"
        assert struct.unpack_from("<Q", header)[0] == block_checksum(header[8:]), "DuckDB's checksum has changed"
        struct.pack_into("<Q", header, 12, 123456)
        struct.pack_into("<Q", header, 0, block_checksum(header[8:]))
        file.seek(0)
        file.write(header)
    with pytest.raises(WarehouseDamaged) as caught:
        project.warehouse.begin("x")
    assert "\n" not in caught.value.message
    assert "123456" in caught.value.message
    assert duckdb.__version__ in caught.value.message


def test_a_foreign_log_beside_the_published_file_is_moved_aside(project):
    """Its writer was killed; replayed into the next published file it would ruin it."""
    project.run("r0")
    process = project.start("write")
    assert process.stdout.readline().strip() == "open"
    process.kill()
    process.communicate()
    log = project.published.with_name("dev.duckdb.wal")
    content = sha(log)
    assert [p.code for p in project.warehouse.diagnose()] == ["foreign_wal"]
    project.run("r1")
    assert rows(project.published) == [0, 1]
    assert not log.exists()
    assert [sha(path) for path in (project.state / "aside").iterdir()] == [content]
    assert any(".wal" in text for text in project.warnings())


def test_a_live_writer_of_the_published_file_is_named_and_waited_out(project):
    project.run("r0")
    process = project.start("write")
    assert process.stdout.readline().strip() == "open"
    with pytest.raises(LockHeld, match=str(process.pid)):
        project.warehouse.begin("x")
    assert project.published.with_name("dev.duckdb.wal").exists(), "a live writer's log is not touched"
    process.kill()
    process.communicate()
    project.run("r1")
    assert rows(project.published) == [0, 1]


def test_a_log_that_comes_while_a_run_works_is_moved_before_the_rename(project):
    project.run("r0")
    build = project.warehouse.begin("r1")
    process = project.start("write")
    assert process.stdout.readline().strip() == "open"
    with pytest.raises(LockHeld):
        project.warehouse.publish(build, "r1", BuildContents())
    process.kill()
    process.communicate()
    project.warehouse.publish(build, "r1", BuildContents())
    assert project.warehouse.verify().run_id == "r1"
    assert os.listdir(project.published.parent) == ["dev.duckdb"]


def test_rollback_goes_back_build_by_build_and_forward_by_name(project):
    hashes = {}
    for number in range(4):
        project.run(f"r{number}")
        hashes[f"r{number}"] = sha(project.published)
    for expected in ("r2", "r1", "r0"):
        assert project.warehouse.rollback().run_id == expected
        assert sha(project.published) == hashes[expected]
    with pytest.raises(UsageError, match="no earlier build"):
        project.warehouse.rollback()
    assert project.warehouse.rollback("r3").run_id == "r3"
    assert sha(project.published) == hashes["r3"]
    with pytest.raises(UnknownName, match="r9") as caught:
        project.warehouse.rollback("r9")
    assert "r3" in caught.value.hint


def test_after_a_rollback_runs_go_on_from_there_and_roll_back_to_there(project):
    for number in range(3):
        project.run(f"r{number}")
    project.warehouse.rollback("r0")
    project.run("r3")
    assert rows(project.published) == [0, 1]
    assert project.warehouse.rollback().run_id == "r0", "the build that was live before, not the one that was left"


def test_rolling_back_to_a_damaged_build_leaves_everything_as_it_was(project):
    project.run("r0")
    project.run("r1")
    before = sha(project.published)
    kept = project.state / "builds" / "r0" / "dev.duckdb"
    os.truncate(kept, kept.stat().st_size - 1)
    assert [p.code for p in project.warehouse.diagnose()] == ["kept_damaged"]
    with pytest.raises(WarehouseDamaged, match="damaged too"):
        project.warehouse.rollback()
    assert sha(project.published) == before


def test_a_published_file_that_was_deleted_comes_back(project):
    project.run("r0")
    good = sha(project.published)
    project.published.unlink()
    assert project.warehouse.rollback().run_id == "r0"
    assert sha(project.published) == good
