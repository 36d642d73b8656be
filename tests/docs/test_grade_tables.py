"""What the page on grading says of roles, points, columns and grades is what the grader asks."""

from __future__ import annotations

from pathlib import Path

from sbdk.datasets.retail.grading.asked_tables import ASKED
from sbdk.datasets.retail.settings import ROLES
from sbdk.score.card import LETTERS

PAGE = Path(__file__).parents[2].joinpath("docs/grade-your-pipeline.md").read_text()


def test_every_asked_table_is_on_the_page_with_its_points_and_columns():
    for asked in ASKED:
        key = ", ".join(f"`{column.name}`" for column in asked.key)
        columns = ", ".join(f"`{column.name}`{'?' * column.optional}" for column in asked.columns)
        assert f"| {asked.role} | `{ROLES[asked.role]}` | {asked.worth:g} | {key} | {columns} |" in PAGE
    assert {asked.role for asked in ASKED} == {role for role in ROLES if not role.startswith("bronze")}


def test_the_grades_are_on_the_page():
    for letter, least in LETTERS[1:]:
        assert f"| {letter} | {least} |" in PAGE
    assert "| A+ | 100, over the whole answer key |" in PAGE
