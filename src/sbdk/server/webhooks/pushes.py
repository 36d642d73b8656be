"""What a push says, read from its signed body: four fields of it, each checked; the rest is for others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sbdk.server.http.errors import HttpError
from sbdk.server.store import Push

# git-check-ref-format is wider; what a shell, a path or an option could take for its own is refused here.
_REF = re.compile(r"refs/(?:heads|tags)/(?![-./])(?!.*(?:\.\.|//|@\{|/\.|/-))[\w./#@+=%,-]{1,244}(?<![/.])")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


def read_push(payload: dict[str, Any]) -> Push:
    """The push. HttpError: 400 bad_payload when a field is absent or of another type, bad_ref for a ref or commit."""
    repository = payload.get("repository")
    ref, after = payload.get("ref"), payload.get("after")
    if not isinstance(repository, dict) or not isinstance(ref, str) or not isinstance(after, str):
        raise HttpError(400, "bad_payload", "a push has ref, after and repository")
    number, name = repository.get("id"), repository.get("full_name")
    if type(number) is not int or not 0 < number < 2**63 or not isinstance(name, str) or not 0 < len(name) <= 200:
        raise HttpError(400, "bad_payload", "a push has repository.id and repository.full_name")
    if not _REF.fullmatch(ref):
        raise HttpError(400, "bad_ref", "ref is not the full name of a branch or a tag")
    if not _COMMIT.fullmatch(after):
        raise HttpError(400, "bad_ref", "after is not a commit of 40 or 64 hexadecimal digits")
    return Push(number, name, ref, after)


@dataclass(frozen=True)
class Allowed:
    """The one repository, by its number (names can be taken over), and the one branch that may be rebuilt."""

    repository_id: int | None
    branch: str

    def repository(self, push: Push) -> bool:
        return push.repository_id == self.repository_id

    def commit(self, push: Push) -> bool:
        """Whether it is of the branch, and not the branch's deletion."""
        return push.ref == f"refs/heads/{self.branch}" and push.after.strip("0") != ""
