"""Retries sources that did not respond: three attempts, exponential backoff with a little random jitter."""

from __future__ import annotations

import random
from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from sbdk.core.errors import SourceUnavailable
from sbdk.core.events import Emit, Warned

ATTEMPTS = 3
FIRST_WAIT = 1.0
SPREAD = 0.1
"""Waits are FIRST_WAIT · 2ⁿ seconds times 1 − SPREAD to 1 + SPREAD, so that several runs do not retry in step."""


def retrying(wait: Callable[[float], None], emit: Emit, *, repeat: bool) -> Retrying:
    """Attempts to loop over, one if not `repeat`. Only SourceUnavailable is retried, unless dlt's HTTP
    client has tried several times; the last one is raised."""

    def warn(state: RetryCallState) -> None:
        assert state.outcome is not None
        assert state.next_action is not None
        seconds, attempt = state.next_action.sleep, f"attempt {state.attempt_number} of {ATTEMPTS}"
        text = f"{attempt} failed: {state.outcome.exception()}; again in {seconds:.1f} s"
        emit(Warned("generate", text))

    return Retrying(
        sleep=wait,
        stop=stop_after_attempt(ATTEMPTS if repeat else 1),
        wait=_spread_doubling,
        retry=retry_if_exception(_may_succeed),
        before_sleep=warn,
        reraise=True,
    )


def _may_succeed(error: BaseException) -> bool:
    return isinstance(error, SourceUnavailable) and not error.retried


def _spread_doubling(state: RetryCallState) -> float:
    planned: float = FIRST_WAIT * 2.0 ** (state.attempt_number - 1)
    return planned * random.uniform(1 - SPREAD, 1 + SPREAD)
