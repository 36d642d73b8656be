"""Browser libraries, as their authors published them. README.md lists version, licence and SHA-256 of each file."""

from __future__ import annotations

import difflib
from pathlib import Path

from sbdk.core.errors import UnknownName

_HERE = Path(__file__).parent


def names() -> list[str]:
    """The files that pages may be built from."""
    return sorted(path.name for path in _HERE.iterdir() if path.suffix in {".js", ".css", ".woff2"})


def path(name: str) -> Path:
    """Where the file `name` lies, for example "d3.min.js"; UnknownName if it is none of `names()`."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UnknownName(f"no vendored file is called {name!r}", hint=f"{hint}known: {', '.join(known)}")
    return _HERE / name
