"""What the server must not forget: projects, usage, deliveries, commits and jobs, in one SQLite file."""

from sbdk.server.store.errors import StateBusy, StateFull, StateTrouble
from sbdk.server.store.records import Delivery, Job, Outcome, Project, Push, Registered, UsageEvent
from sbdk.server.store.store import State

__all__ = [
    "Delivery",
    "Job",
    "Outcome",
    "Project",
    "Push",
    "Registered",
    "State",
    "StateBusy",
    "StateFull",
    "StateTrouble",
    "UsageEvent",
]
