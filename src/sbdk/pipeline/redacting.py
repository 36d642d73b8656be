"""Nothing that is kept or shown holds a secret of the environment."""

from __future__ import annotations

import os
from typing import Any


def without_secrets(value: Any) -> Any:
    """A string, list or dict in which values of environment variables with a secret's name are `***`."""
    from sbdk.transform.child.scrub import Scrubber

    return Scrubber(os.environ, "")(value)
