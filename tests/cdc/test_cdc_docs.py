"""docs/cdc.md: every snippet runs, in order, and prints what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).parents[2] / "docs" / "cdc.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_every_snippet_prints_what_the_page_says() -> None:
    assert len(SNIPPETS) == PAGE.count("```python") == 6
    names: dict[str, Any] = {}
    for code, says in SNIPPETS:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(code, names)
        assert said.getvalue() == says
