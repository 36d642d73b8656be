"""The log of one job: without secrets, and of limited size."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, urlsplit

_TAIL = 4_096  # bytes of the end that are kept in any case
_LINE = 65_536  # a longer line is written in pieces
SHORTEST = 4  # a shorter value would be found everywhere


class JobLog:
    """Written line by line, so that a secret that comes in two pieces is seen; `limit` in bytes, then only the end."""

    def __init__(self, path: Path, secrets: Iterable[str], limit: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 (open as long as the job)
        self._secrets = [one.encode() for one in spellings(secrets)]
        self._left = limit - self._file.tell()
        self._cut = 0
        self._tail = b""
        self._unfinished = b""

    def write(self, data: bytes) -> None:
        """What a command said, in pieces as they come."""
        self._unfinished += data
        whole = self._unfinished.rfind(b"\n") + 1
        if not whole and len(self._unfinished) > _LINE:
            whole = len(self._unfinished) - max(map(len, self._secrets), default=0)
        ready, self._unfinished = self._without_secrets(whole)
        self._put(ready)

    def line(self, text: str) -> None:
        """A line of the server's own."""
        self.write(f"{text}\n".encode())

    def tail(self, lines: int = 5) -> str:
        """The last lines that say something, for the job's record."""
        texts = self._tail.decode(errors="replace").splitlines()
        return "\n".join([text.strip() for text in texts if text.strip()][-lines:])[-1_000:]

    def close(self) -> None:
        self._put(self._redacted(self._unfinished))
        self._unfinished = b""
        if self._cut:
            self._file.write(f"\n… {self._cut:,} bytes are left out here …\n".encode() + self._tail)
        self._file.close()

    def _without_secrets(self, end: int) -> tuple[bytes, bytes]:
        """What may be written, and what must wait: of a line in pieces, a secret may lie across the cut."""
        if not end:
            return b"", self._unfinished
        if self._unfinished[:end].endswith(b"\n"):
            return self._redacted(self._unfinished[:end]), self._unfinished[end:]
        clean = self._redacted(self._unfinished)
        keep = max(map(len, self._secrets), default=0)
        return clean[: len(clean) - keep], clean[len(clean) - keep :]

    def _redacted(self, data: bytes) -> bytes:
        for secret in self._secrets:
            data = data.replace(secret, b"***")
        return data

    def _put(self, data: bytes) -> None:
        """A full disk costs the log, not the job: its verdict has the last lines in any case."""
        self._tail = (self._tail + data)[-_TAIL:]
        fits = data[: max(self._left, 0)]
        try:
            self._file.write(fits)
        except OSError:
            fits, self._left = b"", 0
        self._left -= len(fits)
        self._cut += len(data) - len(fits)


def spellings(secrets: Iterable[str]) -> list[str]:
    """The lines of each secret as they are and as they stand in a URL; longest first, one may be part of another."""
    values = {line for value in secrets for line in value.splitlines() if len(line) >= SHORTEST}
    return sorted(values | {quote(value, safe="") for value in values}, key=len, reverse=True)


def secrets_of_url(url: str) -> tuple[str, ...]:
    """User and password of a repository's URL: a token may stand in either place."""
    try:
        parts = urlsplit(url)
        found = (parts.password, parts.username if parts.scheme.startswith("http") else None)
    except ValueError:
        return ()
    return tuple(value for value in found if value and value != "git")
