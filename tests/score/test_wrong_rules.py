"""Every rule of docs/retail.md is told apart by the default day: another rule loses what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sbdk.datasets.retail.grading.expected import expected_tables
from sbdk.datasets.retail.grading.grade import grade
from sbdk.datasets.retail.grading.inputs import truth_tables
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.spec.data_set_sections import ScoreSettings
from sbdk.synth.dirt import dirt_of
from sbdk.synth.streams import LandingSink, run_streams
from support import wrong_rules
from support.retail_worlds import retail
from support.snippets import ROOT

_ROW = r"^\| ([^|]+) \| ([^|]+) \| at least (\d+) \|$"
PAGE = re.findall(_ROW, (ROOT / "docs/grade-your-pipeline.md").read_text(encoding="utf-8"), re.MULTILINE)
QUICK = ("`event_time` to the microsecond", "watermark of ten minutes")


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    """Grades a changed program over the landing files of the default day."""
    folder: Path = tmp_path_factory.mktemp("day")
    world = retail()
    dirt = dirt_of(world, world.settings.seed, {})
    received = run_streams(world, dirt, LandingSink(folder / "landing"), batches=288).positions
    truth = truth_tables(world, dirt, received)
    truth |= expected_tables(truth)

    def graded(changes: list[wrong_rules.Change]) -> RetailScorecard:
        program = wrong_rules.changed(wrong_rules.right_program(), changes)
        database = folder / "mine.duckdb"
        database.unlink(missing_ok=True)
        with wrong_rules.run(program, folder / "landing", database) as connection:
            return grade(connection, truth, ScoreSettings.model_validate(wrong_rules.SETTINGS))

    return graded


def test_the_page_has_every_wrong_rule():
    assert [f"{rule} | {instead}" for rule, instead, _ in PAGE] == list(wrong_rules.RULES)
    assert all(int(points) >= 1 for *_, points in PAGE)


def test_the_right_program_has_full_marks(card):
    assert (card([]).score, card([]).findings()) == (100, [])


@pytest.mark.parametrize(
    ("rule", "instead", "points"),
    [pytest.param(*row, marks=[] if row[0] in QUICK and "nine" not in row[1] else pytest.mark.faults) for row in PAGE],
)
def test_a_wrong_rule_costs_what_the_page_says(card, rule, instead, points):
    assert card(wrong_rules.RULES[f"{rule} | {instead}"]).score <= 100 - int(points)
