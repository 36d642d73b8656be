"""Commands and code out of a Markdown page."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(page: str) -> list[str]:
    """The lines of all console blocks that begin with `$ `, without their comments."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [line[2:].split("   #")[0].strip() for line in lines if line.startswith("$ ")]
