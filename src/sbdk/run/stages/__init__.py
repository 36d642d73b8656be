"""The stages of a run, in order. Light to import: what a stage needs comes in with its first use."""

from __future__ import annotations

from sbdk.run.context import Stage
from sbdk.run.stages.check import Check
from sbdk.run.stages.generate import Generate
from sbdk.run.stages.load import Load
from sbdk.run.stages.publish import Publish
from sbdk.run.stages.transform import Transform

STAGES: tuple[Stage, ...] = (
    Generate(),
    Load(),
    Transform(),
    Check(),
    Publish(),
)
