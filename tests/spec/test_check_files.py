"""`checks/*.sql` and `checks/checks.yml`."""

from __future__ import annotations

import pytest

from sbdk.core.errors import ConfigError
from sbdk.spec.checks import read_checks


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "checks"
    path.mkdir()
    return path


def test_no_folder_or_an_empty_one_is_no_check(tmp_path, folder):
    assert read_checks(tmp_path / "none") == []
    assert read_checks(folder) == []


def test_severity_and_description_stand_in_the_first_comments(folder):
    (folder / "b.sql").write_text(
        "-- Orders, by hand: see the wiki\n\n--severity: warn\n-- description: big orders: a look\n"
        "select 1\n-- severity: x\n"
    )
    (folder / "a.sql").write_text("select 2")
    (folder / "notes.txt").write_text("no check")
    first, second = read_checks(folder)
    assert (first.name, first.severity, first.description, first.sql) == ("a", "error", "", "select 2")
    assert (second.name, second.severity, second.description) == ("b", "warn", "big orders: a look")
    assert second.file == folder / "b.sql"


def test_or_in_yaml_beside_it(folder):
    (folder / "a.sql").write_text("-- description: ours\nselect 1")
    (folder / "checks.yml").write_text("checks:\n  a:\n    severity: warn\n")
    (check,) = read_checks(folder)
    assert (check.severity, check.description) == ("warn", "ours")


@pytest.mark.parametrize(
    ("sql", "yaml", "words", "hint"),
    [
        ("-- severity: warning\nselect 1", "", "severity: 'warning' is not known", "did you mean 'warn'?"),
        ("-- severity: fatal\nselect 1", "", "'fatal'", "known: error, warn"),
        ("-- severity:\nselect 1", "", "severity: ''", "known: error, warn"),
        ("-- severty: warn\nselect 1", "", "line 1: unknown key 'severty'", "did you mean 'severity'?"),
        ("-- Severity: warn\nselect 1", "", "line 1: unknown key 'Severity'", "did you mean 'severity'?"),
        ("-- severity: warn\n-- severity: error\nselect 1", "", "line 2: severity is given a second time", None),
        ("-- severity: warn\nselect 1", "checks: {a: {severity: warn}}", "given here and in checks.yml", None),
        ("select 1", "checks: {a: {severity: WARN}}", "'WARN' is not known", "did you mean 'warn'?"),
        ("select 1", "checks: {a: {severty: warn}}", "checks.a.severty: unknown key", "did you mean 'severity'?"),
        ("select 1", "checks: {a: {description: 5}}", "checks.a.description: must be a text, not 5", None),
        ("select 1", "checks: {a: warn}", "checks.a: must be a mapping", None),
        ("select 1", "checks: {aa: {severity: warn}}", "aa: no such check", "did you mean 'a'?"),
        ("select 1", "a: {severity: warn}", "must be `checks:`", None),
        ("select 1", "checks: {a: {severity: on}}", "'on' is not known", None),
        ("select 1", "checks: &x {a: *x}", "anchors and aliases", None),
    ],
)
def test_what_is_wrong_is_named(folder, sql, yaml, words, hint):
    (folder / "a.sql").write_text(sql)
    (folder / "checks.yml").write_text(yaml)
    with pytest.raises(ConfigError) as caught:
        read_checks(folder)
    assert words in caught.value.message
    assert str(folder) in (caught.value.file or "")
    if hint:
        assert hint in (caught.value.hint or "")


def test_a_name_that_could_lead_elsewhere_or_no_text(folder):
    (folder / "-rf.sql").write_text("select 1")
    with pytest.raises(ConfigError, match="file name"):
        read_checks(folder)
    (folder / "-rf.sql").unlink()
    (folder / "a.sql").write_bytes(b"select '\xff'")
    with pytest.raises(ConfigError, match="line 1, column 9: not UTF-8"):
        read_checks(folder)
