"""The stages of a run, in order. Light to import: a stage imports what it needs when it runs."""

from __future__ import annotations

from sbdk.run.context import Stage
from sbdk.run.stages.check import CheckStage
from sbdk.run.stages.generate import GenerateStage
from sbdk.run.stages.load import LoadStage
from sbdk.run.stages.publish import PublishStage
from sbdk.run.stages.transform import TransformStage

STAGES: tuple[Stage, ...] = (
    GenerateStage(),
    LoadStage(),
    TransformStage(),
    CheckStage(),
    PublishStage(),
)
