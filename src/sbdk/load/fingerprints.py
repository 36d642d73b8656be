"""Whether a pipeline could yield anything new: stamps of its code and of the local files it read. Imports no dlt."""

from __future__ import annotations

import ast
import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sbdk.state.record_parts import FileStamp


def stamp_files(files: Iterable[Path], root: Path) -> dict[str, FileStamp]:
    """The stamps of `files`, by their name relative to `root` (absolute if outside it, so that projects can move)."""
    return {_name(path, root): _stamp(path) for path in sorted(files)}


def changed_files(stamps: Mapping[str, FileStamp], patterns: Iterable[str], root: Path) -> list[str]:
    """Names of files that are new, gone or different, sorted.

    stamps: of the files at the time they were read. patterns: globs relative to `root` (or absolute) that found them.
    The content decides; it is not read again while the system's own time of the file's last change is the same.
    """
    now = {_name(path, root) for pattern in patterns for path in matches(pattern, root)}
    new = now - set(stamps)
    return sorted(new | {name for name, stamp in stamps.items() if _differs(root / name, stamp)})


def matches(pattern: str, root: Path) -> list[Path]:
    """Files that match a glob relative to `root`, or an absolute one, in name order."""
    base = Path(Path(pattern).anchor) if Path(pattern).is_absolute() else root
    relative = str(Path(pattern).relative_to(base)) if Path(pattern).is_absolute() else pattern
    if not set("*?[") & set(pattern):
        return [base / relative] if (base / relative).is_file() else []
    try:
        return sorted(path for path in base.glob(relative) if path.is_file())
    except ValueError:  # "a**": no pattern of Python's, so it can have found nothing
        return []


def pipeline_stamp(path: Path, root: Path) -> str:
    """Hex; changes when the pipeline file or a project module that it imports changes, not when the project moves."""
    digest = hashlib.sha256()
    for file in code_of(path):
        digest.update(f"{_name(file, root)}\0{_sha256(file)}\0".encode())
    return digest.hexdigest()


def code_of(path: Path) -> list[Path]:
    """The file and the modules of its folder that it imports, directly or through one another, in name order.

    Found by reading the import statements, those within functions too; an import of a computed name is not seen.
    """
    found: set[Path] = set()
    todo = [path.resolve()]
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            todo += [module for name in _imports(file, path.parent) for module in _modules(name, path.parent.resolve())]
    return sorted(found)


def _imports(file: Path, folder: Path) -> Iterator[str]:
    """Dotted names, as seen from `folder`, of all that the file imports; of `from a import b` both a and a.b."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    package = ".".join(file.parent.relative_to(folder.resolve()).parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield base
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _modules(name: str, folder: Path) -> Iterator[Path]:
    """The files that importing `name` from `folder` runs: the packages on the way and the module itself."""
    parts = name.split(".") if name else []
    for end in range(1, len(parts) + 1):
        stem = folder.joinpath(*parts[:end])
        yield from (file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file())


def _name(path: Path, root: Path) -> str:
    path, root = path.resolve(), root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _stamp(path: Path) -> FileStamp:
    """Times and size from before the content is read: a file changed meanwhile counts as changed the next time."""
    status = path.stat()
    settled = abs(time.time_ns() - status.st_ctime_ns) > TICK_NS
    return FileStamp(status.st_size, status.st_mtime_ns, _sha256(path), status.st_ctime_ns if settled else 0)


TICK_NS = 100_000_000
"""A file looked at sooner after its last change may change again without another time."""


def _differs(path: Path, stamp: FileStamp) -> bool:
    if not path.is_file():
        return True
    status = path.stat()
    if status.st_size != stamp.size:
        return True
    if stamp.ctime_ns and (status.st_ctime_ns, status.st_mtime_ns) == (stamp.ctime_ns, stamp.mtime_ns):
        return False
    return _sha256(path) != stamp.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
