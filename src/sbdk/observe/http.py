"""POST of a JSON document, with a time limit."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

MAX_BYTES = 100_000  # of a response that are read


class NotDelivered(Exception):
    """The message is the reason, without the URL, which may contain a token."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def post_json(
    url: str, body: dict[str, Any], timeout: float, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Post `body` and return the JSON object of the response; empty if it has none.

    NotDelivered unless the response is 2xx within `timeout` seconds per step. Redirects are not followed.
    """
    try:
        request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
        for name, value in {"Content-Type": "application/json", "User-Agent": "sbdk", **(headers or {})}.items():
            request.add_header(name, value)
        if request.type not in {"http", "https"}:
            raise NotDelivered("the address is not an http or https one")
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=timeout) as response:
            return _object(response.read(MAX_BYTES))
    except urllib.error.HTTPError as error:
        raise NotDelivered(f"the answer was {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NotDelivered(str(getattr(reason, "strerror", None) or type(reason).__name__)) from None


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
