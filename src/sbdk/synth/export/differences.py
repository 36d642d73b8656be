"""What a proof found wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal[
    "missing_table",
    "unreadable",
    "missing_column",
    "extra_column",
    "type",
    "rows",
    "content",
    "cell",
    "missing_row",
    "extra_row",
]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the manifest says. `text` says it in full, for people.

    row: 0-based, in the world's order; found and expected are JSON texts of one cell, or of a row's key.
    """

    table: str
    kind: Kind
    text: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    found: str | None = None
    expected: str | None = None

    def __str__(self) -> str:
        return f"{self.table}: {self.text}"

    def as_dict(self) -> dict[str, str | int | None]:
        """For `--json`."""
        return asdict(self)
