"""Whether a delivery is GitHub's: HMAC-SHA-256 of the raw body under the shared secret (X-Hub-Signature-256)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

_FORM = re.compile(rb"sha256=[0-9a-f]{64}")


def signature(secret: bytes, body: bytes) -> bytes:
    """The header's value for `body`."""
    return b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode()


@dataclass(frozen=True)
class Secrets:
    """The secret, and while it is being changed the one before, which is good before `previous_until`."""

    current: bytes = field(repr=False)
    previous: bytes | None = field(default=None, repr=False)
    previous_until: datetime | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def signed_by(self, given: Sequence[bytes], body: bytes) -> Literal["current", "previous"] | None:
        """Which secret signed `body`; `given` are all the values of the header, as bytes: exactly one, well formed."""
        if len(given) != 1 or not _FORM.fullmatch(given[0]):
            return None
        if hmac.compare_digest(given[0], signature(self.current, body)):
            return "current"
        if self.previous is None or self.previous_until is None or self.now() >= self.previous_until:
            return None
        return "previous" if hmac.compare_digest(given[0], signature(self.previous, body)) else None
