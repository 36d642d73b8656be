"""Browser libraries, as their authors published them. README.md lists version, licence and SHA-256 of each file."""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import UnknownName, suggestion

_HERE = Path(__file__).parent


def names() -> list[str]:
    """The files that pages may be built from."""
    return sorted(path.name for path in _HERE.iterdir() if path.suffix in {".js", ".css", ".woff2"})


def path(name: str) -> Path:
    """Where the file `name` lies, for example "d3.min.js"; UnknownName if it is none of `names()`."""
    known = names()
    if name not in known:
        raise UnknownName(f"no vendored file is called {name!r}", hint=suggestion(name, known))
    return _HERE / name
