"""Sinks of runs: alerts and usage reports."""
