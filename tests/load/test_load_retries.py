"""A source that does not answer is asked three times; what would fail again is not."""

from __future__ import annotations

import pytest

from sbdk.core.errors import SourceError, SourceUnavailable, Transient

COUNTED = """
    import pathlib
    calls = pathlib.Path(__file__).with_suffix(".calls")

    @dlt.resource(name="t")
    def made():
        count = len(calls.read_text()) if calls.exists() else 0
        calls.write_text("x" * (count + 1))
        yield {{"id": 1}}
        if count < {failures}:
            raise {error}
    """
TRANSIENT = [
    "ConnectionError('gone')",
    "TimeoutError()",
    "__import__('requests').exceptions.ReadTimeout('slow')",
    "__import__('requests').exceptions.ConnectionError('refused')",
    "__import__('urllib.error').error.URLError('no route')",
    "__import__('urllib.error').error.HTTPError('http://x', 503, 'busy', {}, None)",
]
TERMINAL = [
    "ValueError('wrong')",
    "FileNotFoundError('x.csv')",
    "KeyError('column')",
    "SystemExit(3)",
    "__import__('urllib.error').error.HTTPError('http://x', 404, 'not there', {}, None)",
]


def fail(project, error, failures):
    project.file("api.py", COUNTED.format(error=error, failures=failures))
    project.resource("{'id': 1}", name="other", file="other.py")


def calls(project):
    return len((project.folder / "api.calls").read_text())


@pytest.mark.parametrize("error", TRANSIENT)
def test_what_answers_at_last_is_loaded_once(project, error):
    fail(project, error, failures=2)
    assert project.run() == {"other": 1, "t": 1}
    assert calls(project) == 3
    assert project.sql("select (select count(*) from raw.t), (select count(*) from raw.other)") == [(1, 1)]


def test_waits_double_and_stay_near_the_plan(project):
    fail(project, TRANSIENT[0], failures=2)
    project.run()
    first, second = project.waits
    assert first == pytest.approx(1, rel=0.2)
    assert second == pytest.approx(2, rel=0.2)
    assert sum(project.waits) == pytest.approx(3, rel=0.2)


def test_each_attempt_is_said(project):
    fail(project, TRANSIENT[0], failures=2)
    project.run()
    said = [event.text for event in project.events if event.kind == "warning"]
    assert [text.split(" failed")[0] for text in said] == ["attempt 1 of 3", "attempt 2 of 3"]
    assert all("gone" in text for text in said)


def test_a_source_that_never_answers_is_given_up(project):
    fail(project, TRANSIENT[0], failures=99)
    with pytest.raises(SourceUnavailable, match="line 13: ConnectionError: gone") as caught:
        project.run()
    assert isinstance(caught.value, Transient)
    assert calls(project) == 3
    assert project.sql("select count(*) from duckdb_tables()") == [(0,)]


@pytest.mark.parametrize("error", TERMINAL)
def test_what_would_fail_again_is_not_tried_again(project, error):
    fail(project, error, failures=99)
    with pytest.raises(SourceError, match="line 13: "):
        project.run()
    assert calls(project) == 1
    assert project.waits == []


ONCE = """
    def rows():
        yield {"id": 1}
        raise ConnectionError("gone")

    def fewer():
        yield {"id": 2}

    t = dlt.resource(rows(), name="t")
    other = dlt.resource(iter([{"id": 3}]), name="other")
    """


def test_what_can_be_read_only_once_is_not_read_half_a_second_time(project):
    """A generator that stopped goes on after the error: a second attempt would load a part and call it all."""
    project.file("api.py", ONCE)
    with pytest.raises(SourceUnavailable, match="gone"):
        project.run()
    assert project.waits == []
    assert project.sql("select count(*) from duckdb_tables()") == [(0,)]


def test_files_imported_anew_can_be_asked_again(project):
    counter = project.folder / "calls"
    project.file(
        "api.py",
        f"""
        import pathlib
        calls = pathlib.Path({str(counter)!r})
        calls.write_text((calls.read_text() if calls.exists() else "") + "x")

        def rows():
            yield from [{{"id": 1}}, {{"id": 2}}]
            if len(calls.read_text()) < 3:
                raise ConnectionError("gone")

        t = dlt.resource(rows(), name="t")
        """,
    )
    sources = lambda: [source for file in project.discover() for source in file.sources]  # noqa: E731
    assert project.run(again=sources) == {"t": 2}
    assert project.sql("select id from raw.t order by id") == [(1,), (2,)]
    assert len(project.waits) == 2
