"""The settings of rebuilds. All of them come from the server's own configuration, none from a push."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sbdk.spec.project import ProjectSpec
from sbdk.state.layout import StateDir

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
        return StateDir(self.state).rebuild


def rebuild_settings(project: ProjectSpec) -> RebuildSettings | None:
    """The settings in a project's configuration; None without a repository.

    Variables of its `.env` that are not sbdk's own are passed to rebuilds: their sources may need them.
    """
    webhooks = project.config.webhooks
    if webhooks.repository_url is None:
        return None
    return RebuildSettings(
        root=project.root,
        published=project.published,
        repository_url=_repository_address(webhooks.repository_url, project.root),
        branch=webhooks.branch,
        target=project.config.target,
        folder=webhooks.folder,
        seconds=webhooks.job_seconds,
        secrets=tuple(project.secrets.values()),
        environment=project.dotenv,
    )


def _repository_address(configured: str, root: Path) -> str:
    """A URL, git's host:path, or an absolute path; a configured path is relative to the project."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|[^/]+:", configured):
        return configured
    return str((root / Path(configured).expanduser()).absolute())
