"""What cannot be done with a feed of changes."""

from __future__ import annotations

from sbdk.core.errors import Terminal


class ChangeError(Terminal, ValueError):
    """A declaration that does not fit the feed or the table, or events that have no place in a history."""

    code = "changes"
