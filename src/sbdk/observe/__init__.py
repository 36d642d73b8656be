"""Sinks that report runs to people and to other services: alerts, usage reports."""
