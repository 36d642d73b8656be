"""No path below `.sbdk` is spelled outside StateDir, and StateDir spells each of them once."""

from __future__ import annotations

import re
from pathlib import Path

import sbdk
from sbdk.state.layout import StateDir

SOURCES = Path(sbdk.__file__).parent
HOME = SOURCES / "state" / "layout.py"
# `.sbdk` itself: the folder of a project, and the link to it in a checked-out one.
OF_THE_FOLDER = {"spec/project.py", "spec/paths.py", "server/jobs/rebuild.py", "server/jobs/settings.py"}
SHOWN = {"transform/results.py", "app/from_dbt.py"}  # what a user is to write
SPELLED = re.compile(r"""\bstate\)?\s*/\s*f?["']|["']\.sbdk(?:/|["'])""")


def paths() -> dict[str, Path]:
    """Every path that StateDir knows, by its name there."""
    state = StateDir(Path("/p/.sbdk"))
    arguments = {"job": (7,), "job_log": (7,), "build_file": ("dev.duckdb",)}
    names = [name for name, one in vars(StateDir).items() if not name.startswith("_") and name != "root"]
    found = {name: getattr(state, name) for name in names}
    return {
        name: one if isinstance(one, Path) else one(*arguments.get(name, ("20260102T000000-abcdef",)))
        for name, one in found.items()
    }


def test_no_path_below_the_state_folder_is_spelled_elsewhere() -> None:
    found = []
    for file in SOURCES.rglob("*.py"):
        name = file.relative_to(SOURCES).as_posix()
        if file == HOME or name in SHOWN or "templates" in file.parts:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if SPELLED.search(line) and not (name in OF_THE_FOLDER and re.search(r"/ \"\.sbdk\"", line)):
                found.append(f"{name}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def test_all_paths_lie_below_the_folder_and_differ() -> None:
    known = paths()
    assert len(known) > 20
    assert all(path.is_relative_to("/p/.sbdk") and path != Path("/p/.sbdk") for path in known.values())
    assert len(set(known.values())) == len(known)


def test_the_documented_layout_names_every_path() -> None:
    described = HOME.read_text(encoding="utf-8").split('"""')[1]
    for name, path in paths().items():
        assert path.name in described or path.parent.name in described, f"{name}: {path}"
