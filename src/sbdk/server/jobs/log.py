"""The log of one job: without secrets, and of limited size."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sbdk.core.redact import Redactor

_TAIL = 4_096  # bytes of the end that are kept in any case
_LINE = 65_536  # a longer line is written in pieces


class JobLog:
    """Written line by line, so that a secret in two pieces is found. Beyond `limit` bytes only the end is kept."""

    def __init__(self, path: Path, secrets: Iterable[str], limit: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 (open as long as the job)
        self._redact = Redactor(secrets)
        self._bytes_left = limit - self._file.tell()
        self._cut = 0
        self._tail = b""
        self._unfinished = b""

    def write(self, data: bytes) -> None:
        """Add output of a command, in pieces of any length."""
        self._unfinished += data
        whole = self._unfinished.rfind(b"\n") + 1
        if not whole and len(self._unfinished) > _LINE:
            whole = len(self._unfinished) - self._redact.longest
        ready, self._unfinished = self._without_secrets(whole)
        self._append(ready)

    def line(self, text: str) -> None:
        """Add a line of the server."""
        self.write(f"{text}\n".encode())

    def tail(self, lines: int = 5) -> str:
        """The last lines that are not empty, for the job's record."""
        texts = self._tail.decode(errors="replace").splitlines()
        return "\n".join([text.strip() for text in texts if text.strip()][-lines:])[-1_000:]

    def close(self) -> None:
        self._append(self._redact.bytes(self._unfinished))
        self._unfinished = b""
        if self._cut:
            self._file.write(f"\n… {self._cut:,} bytes are left out here …\n".encode() + self._tail)
        self._file.close()

    def _without_secrets(self, end: int) -> tuple[bytes, bytes]:
        """(bytes to write, bytes to hold back): within a line, a secret may lie across the cut."""
        if not end:
            return b"", self._unfinished
        if self._unfinished[:end].endswith(b"\n"):
            return self._redact.bytes(self._unfinished[:end]), self._unfinished[end:]
        clean = self._redact.bytes(self._unfinished)
        keep = self._redact.longest
        return clean[: len(clean) - keep], clean[len(clean) - keep :]

    def _append(self, data: bytes) -> None:
        """On a full disk the log is cut, but the job goes on: its record gets the last lines in any case."""
        self._tail = (self._tail + data)[-_TAIL:]
        fits = data[: max(self._bytes_left, 0)]
        try:
            self._file.write(fits)
        except OSError:
            fits, self._bytes_left = b"", 0
        self._bytes_left -= len(fits)
        self._cut += len(data) - len(fits)
