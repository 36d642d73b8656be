"""The roles of the bookstore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sbdk.datasets.bookstore.settings import ROLES
from sbdk.score.session import GradedTables


class BookstoreTables(GradedTables):
    """Dimensions, sales, stock, features, experiments."""

    roles: ClassVar[Mapping[str, str]] = ROLES
