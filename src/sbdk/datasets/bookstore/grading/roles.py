"""The roles of the bookstore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sbdk.score.roles import GradedTables
from sbdk.spec.score import BOOKSTORE_TABLES, Role


class BookstoreTables(GradedTables):
    roles: ClassVar[Sequence[Role]] = tuple(BOOKSTORE_TABLES)
