"""Every file in pipelines/ is found as it stands, and what is wrong with one is said with its name."""

from __future__ import annotations

import sys

import pytest

from sbdk.core.errors import ConfigError, SourceError


def test_sources_resources_and_transformers_load_without_registration(project):
    project.file(
        "shop.py",
        """
        @dlt.source
        def shop():
            @dlt.resource
            def orders():
                yield [{"id": 1}, {"id": 2}]
            return orders

        @dlt.resource
        def base():
            yield from [{"k": 1}, {"k": 2}, {"k": 3}]

        @dlt.transformer(data_from=base)
        def doubled(row):
            yield {"k": 2 * row["k"]}

        made_by_hand = dlt.resource([{"x": 1}], name="made_by_hand")
        """,
    )
    assert project.run() == {"base": 3, "doubled": 3, "made_by_hand": 1, "orders": 2}
    assert project.sql("select k from raw.doubled order by k") == [(2,), (4,), (6,)]


def test_what_cannot_run_by_itself_is_left_alone(project):
    project.file(
        "parts.py",
        """
        @dlt.transformer
        def without_parent(row):
            yield row

        @dlt.resource
        def with_argument(table):
            yield {"table": table}

        @dlt.source
        def source_with_argument(table):
            return with_argument(table)

        _private = dlt.resource([{"x": 1}], name="private")
        bound = with_argument("given").with_name("bound")
        """,
    )
    assert project.run() == {"bound": 1}


def test_a_resource_that_is_part_of_a_source_is_not_loaded_twice(project):
    project.file(
        "shop.py",
        """
        @dlt.resource
        def users():
            yield {"id": 1}

        @dlt.source
        def shop():
            return users
        """,
    )
    assert project.run() == {"users": 1}


def test_imported_resources_belong_to_the_file_that_declares_them(project):
    project.file("_shared.py", "@dlt.resource\ndef shared():\n    yield {'id': 1}\n")
    project.file("a.py", "from _shared import shared\n@dlt.resource\ndef own():\n    yield {'id': 1}\n")
    assert project.run() == {"own": 1}


def test_reading_files_with_dlt_loads_the_rows_and_not_the_listing(project):
    (project.root / "d.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    project.file(
        "files.py",
        f"""
        from dlt.sources.filesystem import filesystem, read_jsonl
        files = filesystem(bucket_url={str(project.root)!r}, file_glob="*.jsonl")
        lines = (files | read_jsonl()).with_name("lines")
        """,
    )
    assert project.run() == {"lines": 2}
    assert project.loader.local_patterns == {"lines": [f"{project.root}/*.jsonl"]}


def test_helpers_are_importable_both_ways_and_leave_nothing_behind(project):
    project.file("_shared.py", "BASE = 5\n")
    project.file(
        "a.py",
        """
        from _shared import BASE
        from ._shared import BASE as again

        @dlt.resource
        def made():
            import _shared
            yield {"a": BASE, "b": again, "c": _shared.BASE}
        """,
    )
    path, modules = list(sys.path), set(sys.modules)
    project.run()
    assert project.sql("select a, b, c from raw.made") == [(5, 5, 5)]
    assert sys.path == path
    own = [name for name in set(sys.modules) - modules if "shared" in name or name.startswith("sbdk_pipelines")]
    assert own == []


def test_a_pipeline_file_hides_no_installed_package(project):
    project.file(
        "yaml.py", "@dlt.resource\ndef one():\n    import yaml\n    yield {'real': hasattr(yaml, 'safe_load')}\n"
    )
    sys.modules.pop("yaml", None)
    project.run()
    assert project.sql("select real from raw.one") == [(True,)]


def test_settings_come_from_the_projects_own_folder_and_the_environment(project, monkeypatch):
    project.file(
        "api.py",
        "@dlt.resource\ndef made(n=dlt.config.value, key=dlt.secrets.value):\n    yield [{'n': n, 'k': key}]\n",
    )
    (project.root / ".dlt").mkdir()
    (project.root / ".dlt" / "config.toml").write_text("[sources.api.made]\nn = 4\n")
    monkeypatch.setenv("SOURCES__API__MADE__KEY", "from the environment")
    project.run()
    assert project.sql("select n, k from raw.made") == [(4, "from the environment")]


def test_a_missing_setting_is_named_with_where_to_set_it(project):
    path = project.file("api.py", "@dlt.resource\ndef made(key=dlt.secrets.value):\n    yield {'k': key}\n")
    with pytest.raises(SourceError, match="'key' is missing") as caught:
        project.run()
    assert caught.value.file == str(path)
    assert "SOURCES__API__MADE__KEY" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x = 1\n1 / 0\n", r"line 4: .*ZeroDivisionError"),
        ("def (:\n", r"line 3: .*SyntaxError"),
        ("import no_such_package_at_all\n", r"line 3: .*ModuleNotFoundError"),
        ("import sys\nsys.exit(3)\n", r"line 4: .*SystemExit"),
    ],
)
def test_a_file_that_cannot_be_imported_is_named_with_its_line(project, body, said):
    path = project.file("broken.py", body)
    with pytest.raises(SourceError, match=said) as caught:
        project.discover()
    assert caught.value.file == str(path)
    assert caught.value.hint


def test_a_helper_that_fails_is_blamed_itself(project):
    helper = project.file("_helper.py", "def half():\n    return 1 / 0\n")
    project.file("a.py", "from _helper import half\nhalf()\n")
    with pytest.raises(SourceError, match="line 4: ") as caught:
        project.discover()
    assert caught.value.file == str(helper)


def test_a_file_without_a_resource_is_a_warning(project):
    project.file("empty.py", "x = 1\n")
    (found,) = project.discover()
    assert found.sources == []
    assert "declares no dlt source" in found.warnings[0]
    assert project.run() == {}


def test_two_files_that_fill_one_table_are_refused_by_name(project):
    project.file("a.py", "@dlt.resource(name='x', table_name='T A')\ndef r():\n    yield {'a': 1}\n")
    project.file("b.py", "@dlt.resource(name='y', table_name='t_a')\ndef r():\n    yield {'a': 1}\n")
    with pytest.raises(ConfigError, match=r"'t_a'.*a\.py and b\.py"):
        project.discover()


def test_two_resources_of_one_name_are_refused(project):
    project.file("a.py", "@dlt.resource(name='x', table_name='one')\ndef r():\n    yield {'a': 1}\n")
    project.file("b.py", "@dlt.resource(name='x', table_name='two')\ndef r():\n    yield {'a': 1}\n")
    with pytest.raises(ConfigError, match=r"'x'.*a\.py and b\.py"):
        project.discover()
    (project.folder / "b.py").unlink()
    project.file("a.py", "a = dlt.resource([1], name='x')\nb = dlt.resource([2], name='x')\n")
    with pytest.raises(ConfigError, match="two resources are called 'x'"):
        project.discover()


def test_the_tables_of_a_file_are_known_before_it_runs(project):
    project.file("a.py", "@dlt.resource(name='User Events')\ndef r():\n    yield {'a': 1}\n")
    assert [file.tables for file in project.discover()] == [["user_events"]]


def test_a_warning_of_the_file_is_kept_with_its_line(project, capfd):
    project.file("a.py", "import warnings\nwarnings.warn('old way')\n@dlt.resource\ndef r():\n    yield {'a': 1}\n")
    assert [file.warnings for file in project.discover()] == [["line 4: old way"]]
    assert capfd.readouterr() == ("", "")


def test_a_linked_folder_is_read_like_any_other(project, tmp_path):
    project.file("a.py", "1 / 0\n")
    project.folder.rename(tmp_path / "elsewhere")
    project.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="line 3: "):
        project.discover()


def test_a_script_that_runs_its_pipeline_is_refused_and_writes_nothing(project):
    project.file(
        "a.py",
        """
        @dlt.resource
        def rows():
            yield {"id": 1}

        dlt.pipeline("mine", destination="duckdb", dataset_name="d").run(rows())
        """,
    )
    before = sorted(project.root.rglob("*.duckdb"))
    with pytest.raises(SourceError, match=r"line \d+: calls pipeline.run\(\) when it is imported") as caught:
        project.discover()
    assert "__main__" in str(caught.value.hint)
    assert sorted(project.root.rglob("*.duckdb")) == before
