"""Sinks that report runs to people and services outside: alerts, usage figures."""
