"""What a rebuild needs to know. All of it comes from the server's own configuration, nothing from a push."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEV = (sys.executable, "-m", "sbdk", "dev")


@dataclass(frozen=True)
class RebuildSettings:
    """`root`: the server's project; its published file `published` is what a rebuild replaces.

    `repository_url`: a URL or a path. `folder`: where in the repository the project lies. `seconds`: the time limit of
    one job. `secrets`: values that no log may show. `environment`: variables that the rebuild gets besides PATH, HOME,
    LANG, TZ and TMPDIR. `command`: what is run in the checked-out project.
    """

    root: Path
    published: Path
    repository_url: str = field(repr=False)
    branch: str = "main"
    target: str = "dev"
    folder: str = ""
    seconds: float = 1_800.0
    grace_seconds: float = 2.0
    log_bytes: int = 5_000_000
    keep_logs: int = 100
    secrets: tuple[str, ...] = field(default=(), repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: tuple[str, ...] = DEV

    @property
    def state(self) -> Path:
        return self.root / ".sbdk"

    @property
    def workplace(self) -> Path:
        """Where rebuilds work, one at a time: the repository's copy, the checked-out commit, a home folder."""
        return self.state / "rebuild"
