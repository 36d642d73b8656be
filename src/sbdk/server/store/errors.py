"""When the state cannot be kept. An answer that something is accepted is then never given."""

from __future__ import annotations

from sbdk.core.errors import DiskTrouble, Terminal, Transient


class StateTrouble(DiskTrouble):
    """The file is damaged, the disk is full or does not answer: nothing of the request was stored."""

    code = "state"


class StateBusy(Transient):
    """More requests wait for the disk than the queue holds: nothing was stored, and later it may be."""

    code = "busy"


class StateFull(Terminal):
    """No more projects can be registered on this server."""

    code = "full"
