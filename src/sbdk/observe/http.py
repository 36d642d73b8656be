"""One JSON document to one URL, with a limit on the time it may take."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

MOST = 100_000  # bytes of an answer that are read


class NotDelivered(Exception):
    """Why; never the URL, which may hold a token."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def post_json(
    url: str, body: dict[str, Any], timeout: float, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The object that was answered; empty if the answer was none.

    NotDelivered unless the answer is 2xx within `timeout` seconds per step. Redirects are not followed.
    """
    try:
        request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
        for name, value in {"Content-Type": "application/json", "User-Agent": "sbdk", **(headers or {})}.items():
            request.add_header(name, value)
        if request.type not in {"http", "https"}:
            raise NotDelivered("the address is not an http or https one")
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=timeout) as answer:
            return _object(answer.read(MOST))
    except urllib.error.HTTPError as error:
        raise NotDelivered(f"the answer was {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NotDelivered(str(getattr(reason, "strerror", None) or type(reason).__name__)) from None


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
