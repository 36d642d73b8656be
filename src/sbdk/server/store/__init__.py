"""The server's durable data: projects, usage, deliveries, commits and jobs, in one SQLite file."""

from sbdk.server.store.records import (
    Delivery,
    DeliveryOutcome,
    Job,
    Push,
    RegisteredProject,
    RegistrationOutcome,
    StoreBusy,
    StoreFull,
    StoreUnavailable,
    UsageEvent,
)
from sbdk.server.store.store import Store

__all__ = [
    "Delivery",
    "DeliveryOutcome",
    "Job",
    "Push",
    "RegisteredProject",
    "RegistrationOutcome",
    "Store",
    "StoreBusy",
    "StoreFull",
    "StoreUnavailable",
    "UsageEvent",
]
