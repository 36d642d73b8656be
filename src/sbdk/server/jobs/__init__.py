"""Rebuilds: each accepted push becomes one run of `sbdk dev` with the files of the pushed commit."""

from sbdk.server.jobs.runner import Runner
from sbdk.server.jobs.settings import RebuildSettings, rebuild_settings

__all__ = ["RebuildSettings", "Runner", "rebuild_settings"]
