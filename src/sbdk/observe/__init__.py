"""Listeners of runs: alerts, usage tracking; and what no log may hold."""
