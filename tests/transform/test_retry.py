"""`retry` does what failed and what was skipped because of it, and nothing else; in a new process, too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sbdk.core.errors import TransformError
from sbdk.transform import Worker
from support.tiny_project import FILES, TinyProject, query

MODEL = "models/dim_users.sql"


def test_a_mended_model_and_what_hangs_on_it_are_built_again(make_project: Callable[..., TinyProject]) -> None:
    project = make_project(**{MODEL: "select nope from {{ ref('big_orders') }}\n"})
    with project.start() as worker:
        assert not worker.build(project.database).ok
    project.write({MODEL: FILES[MODEL]})
    with project.start() as worker:
        result = worker.build(project.database, retry=True)
        assert result.ok
        assert [m.name for m in result.models] == ["dim_users", "late_orders"]
        assert [t.name for t in result.tests] == ["unique_dim_users_user_id"]
        assert result.seeds == []
        assert query(project.database, "select count(*) from dim_users") == [(2,)]


def test_after_a_build_that_succeeded_there_is_nothing_to_retry(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    assert worker.build(project.database, select=["rates"]).ok
    with pytest.raises(TransformError, match="previous run"):
        worker.build(project.database, retry=True)
