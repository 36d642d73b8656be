"""Nothing that is kept or shown holds a secret of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any


def without_secrets(value: Any, variables: Mapping[str, str] | None = None) -> Any:
    """A string, list or dict in which values of variables with a secret's name are `***`: those of this process's
    environment, and of `variables` (a project's `.env`)."""
    from sbdk.transform.child.scrub import Scrubber

    return Scrubber({**os.environ, **(variables or {})}, "")(value)
