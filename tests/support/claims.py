"""A claim tried on random examples: some in CI, many in the fault campaigns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy


def claim(few: int, many: int, *strategies: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Make a test of a check: `few` examples, and `many` when marked faults are run."""

    def decorate(check: Callable[..., None]) -> Any:
        campaign = pytest.param(many, marks=[pytest.mark.faults, pytest.mark.timeout(0)])

        @pytest.mark.parametrize("examples", [few, campaign])
        def test(examples: int) -> None:
            every = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
            every(given(*strategies)(check))()

        test.__doc__ = check.__doc__
        return test

    return decorate
