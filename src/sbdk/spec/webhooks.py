"""The section `webhooks`: which repository the server rebuilds from, and who may reach it.

Secrets are no keys of it: SBDK_WEBHOOKS__SECRET, …SECRET_PREVIOUS and …ADMIN_TOKEN come from the environment or `.env`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from sbdk.spec.sections import Section

SECRET = "SBDK_WEBHOOKS__SECRET"
SECRET_PREVIOUS = "SBDK_WEBHOOKS__SECRET_PREVIOUS"
ADMIN_TOKEN = "SBDK_WEBHOOKS__ADMIN_TOKEN"

HostName = Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$")]
Origin = Annotated[str, Field(pattern=r"^https?://[a-z0-9.:\[\]-]+$")]


class WebhookSettings(Section):
    """What a push may rebuild, and limits of the server."""

    port: int = Field(default=4700, ge=0, le=65_535, description="Port of `sbdk webhooks`; 0: any free one.")
    repository_url: str | None = Field(
        default=None,
        min_length=1,
        description="URL or path of the git repository that a push rebuilds from; none: pushes are ignored.",
    )
    repository_id: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="The repository's number at GitHub; others' pushes are ignored."
    )
    branch: str = Field(
        default="main",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$",
        description="The branch whose pushes rebuild; the others are ignored.",
    )
    folder: str = Field(default="", description="Folder of the repository in which the project lies; empty: its top.")
    job_seconds: float = Field(
        default=1_800.0, gt=0, le=86_400, description="Time limit of a rebuild; after it all its processes are ended."
    )
    secret_previous_until: AwareDatetime | None = Field(
        default=None,
        description="Until when the previous secret is still taken, with its offset: 2026-12-31T00:00:00Z.",
    )
    token_days: int = Field(default=365, ge=1, le=3_650, description="Days for which a project's token is good.")
    allowed_hosts: list[HostName] = Field(
        default=[], description="Names under which the server is reached, besides localhost and its own address."
    )
    allowed_origins: list[Origin] = Field(
        default=[], description="Origins of web pages that may call the server (CORS), exactly as browsers send them."
    )

    @model_validator(mode="after")
    def _both_or_neither(self) -> WebhookSettings:
        if (self.repository_url is None) != (self.repository_id is None):
            raise ValueError("repository_url and repository_id are set together, or not at all")
        if ".." in self.branch or self.branch.endswith(("/", ".lock")):
            raise ValueError("branch is not a name of a branch")
        if self.folder.startswith("/") or ".." in self.folder.split("/"):
            raise ValueError("folder must lie inside of the repository")
        return self
