"""A subscription product's operational data: users, their events in sessions, their orders in purchase histories."""
