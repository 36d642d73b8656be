"""One happening that people should hear of."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Literal

from sbdk.spec.alerts import AlertKind

Severity = Literal["info", "warning", "critical"]
_CHANGING = re.compile(r"\b\d{8}T\d{6}-[0-9a-f]{6}\b|\d[\d,.]*( rows?\b)?")  # run ids, and counts of anything


@dataclass(frozen=True)
class Alert:
    """`facts` are shown beneath the text, in their order. Nothing in it may be secret."""

    kind: AlertKind
    severity: Severity
    project: str
    target: str
    title: str
    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Where trouble of this kind is over when it is over."""
        return f"{self.project}/{self.target}"

    @property
    def fingerprint(self) -> str:
        """Hex; the same for the same trouble: counts, seconds and run ids in the text do not make it another one."""
        text = _CHANGING.sub("#", f"{self.title}\n{self.text}")
        return hashlib.sha256(f"{self.kind}\n{self.subject}\n{text}".encode()).hexdigest()[:32]
