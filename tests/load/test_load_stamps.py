"""What a pipeline depends on, found without running it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.load.fingerprints import changed_files, code_of, pipeline_stamp, stamp_files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "pipelines/a.py": "import _one\nfrom lib import two\n",
        "pipelines/b.py": "x = 1\n",
        "pipelines/_one.py": "def f():\n    from . import _late\n",
        "pipelines/_late.py": "import os\nimport _one\n",
        "pipelines/lib/__init__.py": "",
        "pipelines/lib/two.py": "from .three import x\n",
        "pipelines/lib/three.py": "from .. import _unused_name\nx = 1\n",
        "pipelines/lib/four.py": "",
        "data/x1.csv": "a\n1\n",
        "data/x2.csv": "a\n2\n",
    }.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "shop"


def test_the_code_of_a_pipeline_is_all_that_it_imports_from_the_project(root):
    names = {path.relative_to(root / "pipelines").as_posix() for path in code_of(root / "pipelines" / "a.py")}
    assert names == {"a.py", "_one.py", "_late.py", "lib/__init__.py", "lib/two.py", "lib/three.py"}
    assert code_of(root / "pipelines" / "b.py") == [root / "pipelines" / "b.py"]


@pytest.mark.parametrize(
    ("file", "moves"),
    [("a.py", True), ("_late.py", True), ("lib/three.py", True), ("lib/four.py", False), ("b.py", False)],
)
def test_the_stamp_changes_with_the_code_and_only_with_it(root, file, moves):
    before = pipeline_stamp(root / "pipelines" / "a.py", root)
    path = root / "pipelines" / file
    path.write_text(path.read_text() + "\n# a change\n")
    assert (pipeline_stamp(root / "pipelines" / "a.py", root) != before) is moves


def test_a_project_may_be_copied_elsewhere(root, tmp_path):
    stamps = stamp_files((root / "data").iterdir(), root)
    code = pipeline_stamp(root / "pipelines" / "a.py", root)
    moved = shutil.copytree(root, tmp_path / "other" / "place", copy_function=shutil.copyfile)
    assert changed_files(stamps, ["data/*.csv"], moved) == []
    assert pipeline_stamp(moved / "pipelines" / "a.py", moved) == code


def test_a_file_that_cannot_be_parsed_still_has_a_stamp(root):
    path = root / "pipelines" / "b.py"
    path.write_text("def (:\n")
    first = pipeline_stamp(path, root)
    path.write_text("def )\n")
    assert pipeline_stamp(path, root) != first


def test_new_gone_and_different_files_are_named(root):
    stamps = stamp_files((root / "data").iterdir(), root)
    assert changed_files(stamps, ["data/*.csv"], root) == []
    (root / "data" / "x3.csv").write_text("a\n3\n")
    (root / "data" / "x1.csv").unlink()
    (root / "data" / "x2.csv").write_text("a\n9\n")
    os.utime(root / "data" / "x2.csv", ns=(1, 1))
    assert changed_files(stamps, ["data/*.csv"], root) == ["data/x1.csv", "data/x2.csv", "data/x3.csv"]
    assert changed_files(stamps, [], root) == ["data/x1.csv", "data/x2.csv"]


def test_a_touched_file_is_the_same_file(root):
    stamps = stamp_files((root / "data").iterdir(), root)
    os.utime(root / "data" / "x1.csv", ns=(1, 1))
    assert changed_files(stamps, ["data/*.csv"], root) == []


def test_absolute_patterns_and_files_outside_the_project(root, tmp_path):
    outside = tmp_path / "landing" / "y.csv"
    outside.parent.mkdir()
    outside.write_text("1")
    stamps = stamp_files([outside], root)
    assert changed_files(stamps, [f"{outside.parent}/*.csv"], root) == []
    outside.write_text("22")
    assert changed_files(stamps, [f"{outside.parent}/*.csv"], root) == [outside.as_posix()]


@given(edges=st.dictionaries(st.integers(0, 5), st.sets(st.integers(0, 5)), max_size=6))
def test_imports_are_followed_to_the_end_and_round_in_circles(tmp_path_factory, edges):
    folder = tmp_path_factory.mktemp("graph")
    for node in range(6):
        (folder / f"m{node}.py").write_text("".join(f"import m{to}\n" for to in sorted(edges.get(node, ()))))
    reached = {0}
    for _ in range(6):
        reached |= {to for node in reached for to in edges.get(node, ())}
    assert [path.stem for path in code_of(folder / "m0.py")] == sorted(f"m{node}" for node in reached)


def test_stamps_need_neither_dlt_nor_arrow(root):
    code = "import sys, sbdk.load.fingerprints; print({'dlt', 'pyarrow', 'duckdb', 'numpy'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
