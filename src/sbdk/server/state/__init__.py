"""What the server must not forget: projects, usage, deliveries, commits and jobs, in one SQLite file."""

from sbdk.server.state.records import Delivery, Job, Outcome, Project, Push, Registered, UsageEvent
from sbdk.server.state.state import State
from sbdk.server.state.trouble import StateBusy, StateFull, StateTrouble

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
