"""GitHub's side of a delivery: the signature of its raw body, and the push in its payload.

The signature is HMAC-SHA-256 under the shared secret (X-Hub-Signature-256). Of a push four fields are read, and each
is checked; the rest of the payload is ignored.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sbdk.server.http.errors import HttpError
from sbdk.server.store.records import Push

_SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")
# git-check-ref-format allows more; what a shell, a path or an option could take for its own is rejected here.
_REF = re.compile(r"refs/(?:heads|tags)/(?![-./])(?!.*(?:\.\.|//|@\{|/\.|/-))[\w./#@+=%,-]{1,244}(?<![/.])")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


def signature(secret: bytes, body: bytes) -> bytes:
    """The value of X-Hub-Signature-256 for `body`."""
    return b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode()


@dataclass(frozen=True)
class WebhookSecrets:
    """The secret and, while it is being changed, the previous one, which is valid before `previous_until`."""

    current: bytes = field(repr=False)
    previous: bytes | None = field(default=None, repr=False)
    previous_until: datetime | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def signed_with(self, values: Sequence[bytes], body: bytes) -> Literal["current", "previous"] | None:
        """The secret that signed `body`. `values`: all values of the header; valid is exactly one, well formed."""
        if len(values) != 1 or not _SIGNATURE.fullmatch(values[0]):
            return None
        if hmac.compare_digest(values[0], signature(self.current, body)):
            return "current"
        if self.previous is None or self.previous_until is None or self.now() >= self.previous_until:
            return None
        return "previous" if hmac.compare_digest(values[0], signature(self.previous, body)) else None


@dataclass(frozen=True)
class AllowedRef:
    """The one repository, by its number (names can be taken over), and the one branch that may be rebuilt."""

    repository_id: int | None
    branch: str

    def allows_repository(self, push: Push) -> bool:
        return push.repository_id == self.repository_id

    def allows_commit(self, push: Push) -> bool:
        """Whether the push is of the branch, and not the branch's deletion."""
        return push.ref == f"refs/heads/{self.branch}" and push.after.strip("0") != ""


def read_push(payload: dict[str, Any]) -> Push:
    """The push. HttpError 400: bad_payload when a field is absent or of another type, bad_ref for a ref or commit."""
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
