"""The process that sends one usage report: it registers if there is no token yet, sends, and records the outcome."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sbdk.observe.http import NotDelivered, post_json
from sbdk.observe.sinks.usage import ANONYMOUS, read_state, write_state

SECONDS = 5.0


def main() -> None:
    order = json.load(sys.stdin)
    file = Path(order["file"])
    state = read_state(file)
    try:
        token = order["token"] or _token(order["endpoint"], order["body"]["uuid"], state)
        _post(order["endpoint"] + "/track/usage", order["body"], token)
        outcome = "sent"
    except NotDelivered as error:
        outcome = f"not sent: {error}"
    state["last"] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "outcome": outcome}
    write_state(file, state)


def _token(endpoint: str, uuid: str, state: dict[str, Any]) -> str:
    """The token of an earlier registration at this endpoint, or that of a new one."""
    tokens: dict[str, str] = state.setdefault("tokens", {})
    if endpoint not in tokens:
        response = _post(endpoint + "/register", {"project": ANONYMOUS, "uuid": uuid}, None)
        if not isinstance(response.get("token"), str):
            raise NotDelivered("this uuid is registered, and its token is not here: set SBDK_TRACKING__TOKEN")
        tokens[endpoint] = response["token"]
    return tokens[endpoint]


def _post(url: str, body: dict[str, Any], token: str | None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return post_json(url, body, SECONDS, headers)


if __name__ == "__main__":
    main()
