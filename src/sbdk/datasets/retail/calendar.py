"""Virtual time of the retail streams: batches of five minutes from `start` on, in microseconds since 1970."""

from __future__ import annotations

BATCH = 300_000_000
"""Five virtual minutes."""
WINDOW = 12
"""Batches in which each dimension has one newcomer whose record may be held back."""
SETTLED = 8
"""Records by which an out-of-order record may fall behind; nobody refers to a key that is younger than this."""
