"""What is wrong in a declaration is said with file, key and the nearest valid name; nothing is made."""

from pathlib import Path
from typing import Any

import pytest

from sbdk.core.errors import ConfigError, SourceError, UnknownName
from sbdk.core.registry import load_plugins
from sbdk.datasets.declared import generators
from sbdk.datasets.declared.dataset import DeclaredDataset
from sbdk.datasets.union import open_dataset, open_datasets
from support.declared_shop import columns, opened, settings, table

SEQUENCE = {"id": {"generator": "sequence"}}
CHOICE = {"generator": "choice", "values": ["a", "b"]}


def refused(content: dict[str, Any]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        opened(content)
    assert caught.value.file == "d.yml"
    assert caught.value.exit_code == 2
    return caught.value


def refused_column(**declared: dict[str, Any]) -> ConfigError:
    return refused(columns(**declared))


COLUMNS = [
    ({"generator": "chioce", "values": ["a"]}, "c.generator: no generator is called 'chioce'", "'choice'"),
    ({"generator": "choice", "valuse": ["a"]}, "c.values: is missing", None),
    ({**CHOICE, "wieghts": [1, 2]}, "c.wieghts: unknown key", "'weights'"),
    ({**CHOICE, "nul": 0.1}, "c.nul: unknown key", "'nulls'"),
    ({**CHOICE, "weights": [1]}, "c.weights: 1 weights for 2 values", None),
    ({**CHOICE, "weights": [1, -1]}, "must not be negative", None),
    ({**CHOICE, "weights": [0, 0]}, "above zero", None),
    ({**CHOICE, "weights": [1, float("nan")]}, "finite", None),
    ({**CHOICE, "weights": [1, float("inf")]}, "finite", None),
    ({"generator": "choice", "values": ["a", "a"]}, "listed twice", None),
    ({"generator": "choice", "values": []}, "c.values", None),
    ({"generator": "choice", "values": {"a": 1}, "weights": [1]}, "leave `weights` out", None),
    ({**CHOICE, "times": {"x": {"a": 2}}}, "need `by`", None),
    ({**CHOICE, "by": "idd"}, "there is no 'idd' among the columns", None),
    ({**CHOICE, "by": "id", "when": {"1": {"z": 2}}}, "'z' is none of the values", "a, b"),
    ({**CHOICE, "by": "id", "when": {"1": {"a": 0}}}, "above zero", None),
    ({**CHOICE, "by": "c"}, "reads itself", None),
    ({**CHOICE, "nulls": 1.5}, "c.nulls", None),
    ({**CHOICE, "type": "strnig"}, "no type is called 'strnig'", None),
    ({"generator": "integer", "low": 3, "high": 2}, "low (3) is above high (2)", None),
    ({"generator": "integer", "high": "many"}, "c.high: must be a whole number", None),
    ({"generator": "decimal", "high": 1.005}, "more than 2 digits", None),
    ({"generator": "decimal", "high": 10**11, "precision": 9}, "does not fit", None),
    ({"generator": "bool", "probability": 2}, "c.probability", None),
    ({"generator": "quantiles", "values": [2, 1]}, "do not ascend", None),
    ({"generator": "pattern", "pattern": "é"}, "c.pattern", None),
    ({"generator": "format", "format": "{id!r}"}, "only the names of columns", None),
    ({"generator": "format", "format": "{idd}"}, "there is no 'idd'", None),
    ({"generator": "expression", "expression": "id +"}, "not an expression", None),
    ({"generator": "expression", "expression": "other + 1"}, "there is no 'other'", None),
    ({"generator": "mapping", "column": "id", "values": {"1": "a"}, "otherwise": 3}, "all must be texts", None),
    ({"generator": "after", "of": "id", "high": "3 days"}, "90s, 15m, 2h, 30d", None),
    ({"generator": "date", "low": "2024-01-02", "high": "2024-01-01"}, "is after high", None),
    ({"generator": "arrivals", "hours": [1, 2]}, "2 weights for 24 values", None),
    ({"generator": "arrivals", "weekdays": [0] * 7}, "above zero", None),
    ({"generator": "arrivals", "grows_with": "u"}, "there is no 'u' among the tables", None),
    ({"generator": "foreign_key", "parent": "u"}, "there is no 'u' among the tables", None),
    ({"generator": "parent", "of": "id", "column": "x"}, "is not a foreign key", None),
    ({"generator": "owner"}, "for tables with `per`", None),
    ({"generator": "position"}, "for tables with `per`", None),
    ({"generator": "email", "of": "id"}, "not made by the generator `name`", None),
    ({"generator": "name", "locale": "xx_XX"}, "c.locale", None),
]


@pytest.mark.parametrize(("column", "message", "hint"), COLUMNS, ids=[message for _, message, _ in COLUMNS])
def test_a_column_that_makes_no_sense_is_refused(column: dict[str, Any], message: str, hint: str | None) -> None:
    error = refused_column(c=column)
    assert message in error.message
    assert error.message.startswith("tables.t")
    assert hint is None or hint in (error.hint or "")


TABLES = [
    ({"key": "id", "columns": SEQUENCE}, "give `rows` or `per`"),
    ({"rows": 1, "key": "idd", "columns": SEQUENCE}, "there is no column 'idd'"),
    ({"rows": 1, "key": [], "columns": SEQUENCE}, "tables.t.key"),
    ({"rows": 1, "key": ["id", "id"], "columns": SEQUENCE}, "named twice"),
    ({"rows": 1, "key": "id", "columns": {"id": CHOICE}}, "id may have a value twice"),
    ({"rows": 1, "key": ["a", "b"], "columns": {"a": CHOICE, "b": CHOICE}}, "a, b may have a value twice"),
    ({"rows": 1, "key": "id", "columns": {"id": {"generator": "sequence", "nulls": 0.1}}}, "a key is never null"),
    ({"rows": 1, "key": "id", "columns": {}}, "tables.t.columns"),
    ({"rows": -1, "key": "id", "columns": SEQUENCE}, "tables.t.rows"),
    ({"rows": 10**12, "key": "id", "columns": SEQUENCE}, "tables.t.rows"),
    ({"rows": 1, "key": "id", "columns": {"Bad Name": {"generator": "sequence"}}}, "tables.t.columns.Bad Name"),
    ({"rows": 1, "key": "id", "columns": {'a"; DROP TABLE t; --': {"generator": "sequence"}}}, "tables.t.columns"),
    ({"rows": 1, "keys": "id", "columns": SEQUENCE}, "tables.t.key: is missing"),
    ({"rows": 1, "key": "id", "columns": SEQUENCE, "row": 3}, "tables.t.row: unknown key"),
    ({"per": {"parent": "t", "counts": {1: 1}}, "key": "id", "columns": SEQUENCE}, "its own"),
    ({"per": {"parent": "u", "counts": {1: 1}}, "key": "id", "columns": SEQUENCE}, "there is no 'u'"),
    ({"per": {"parent": "p", "counts": {0: 1}}, "key": "id", "columns": SEQUENCE}, "no row has a child"),
    ({"per": {"parent": "p", "counts": {1: -1}}, "key": "id", "columns": SEQUENCE}, "must not be negative"),
    ({"per": {"parent": "p", "counts": {-1: 1}}, "key": "id", "columns": SEQUENCE}, "tables.t.per.counts"),
    ({"per": {"parent": "timed", "counts": {1: 1}}, "key": "id", "columns": SEQUENCE}, "a copy of timed.at"),
]


@pytest.mark.parametrize(("table", "message"), TABLES, ids=[message for _, message in TABLES])
def test_a_table_that_makes_no_sense_is_refused(table: dict[str, Any], message: str) -> None:
    other = {"rows": 9, "key": "id", "columns": SEQUENCE}
    timed = {"rows": 9, "key": "id", "columns": {**SEQUENCE, "at": {"generator": "arrivals"}}}
    error = refused({"name": "d", "tables": {"t": table, "p": other, "timed": timed}})
    assert message in error.message


def test_the_nearest_key_is_named_at_every_depth() -> None:
    table = {"rows": 1, "key": "id", "columns": SEQUENCE}
    assert "'tables'" in (refused({"name": "d", "tables": {"t": table}, "tabels": {}}).hint or "")
    assert "'rows'" in (refused({"name": "d", "tables": {"t": {**table, "row": 1}}}).hint or "")
    per = {"parent": "t", "counts": {1: 1}, "count": 1}
    assert "'counts'" in (refused({"name": "d", "tables": {"t": {**table, "rows": None, "per": per}}}).hint or "")


def test_circles_are_named() -> None:
    a, b = ({**CHOICE, "by": other} for other in "ba")
    assert "a → b → a" in refused_column(a=a, b=b).message or "b → a → b" in refused_column(a=a, b=b).message
    one = {"rows": 1, "key": "id", "columns": {**SEQUENCE, "f": {"generator": "foreign_key", "parent": "u"}}}
    two = {"rows": 1, "key": "id", "columns": {**SEQUENCE, "f": {"generator": "foreign_key", "parent": "t"}}}
    assert "circle" in refused({"name": "d", "tables": {"t": one, "u": two}}).message


def test_a_foreign_key_needs_rows_and_weights_to_draw_by() -> None:
    def child(rows: int = 5, **options: Any) -> dict[str, Any]:
        content = columns(c=CHOICE, zero={"generator": "float", "high": 0.0}, n={"generator": "float"})
        content["tables"]["t"]["rows"] = rows
        key = {"generator": "foreign_key", "parent": "t", **options}
        content["tables"]["u"] = {"rows": 5, "key": "id", "columns": {**SEQUENCE, "f": key}}
        return content

    opened(child(weight="n"))
    assert "has no rows to refer to" in refused(child(rows=0)).message
    assert "no column 'x' to weigh by" in refused(child(weight="x")).message
    assert "greatest value" in refused(child(weight="c")).message
    assert "greatest value" in refused(child(weight="zero")).message
    assert "negative" in refused(child(weight="c", weights={"a": -1, "b": 2})).message
    assert "has a weight above zero" in refused(child(weight="c", weights={"other": 1})).message
    assert "without `weight`" in refused(child(weights={"a": 1})).message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "a data set is a mapping"),
        ("", "a data set is a mapping"),
        ("name: [", "line"),
        ("name: a\nname: b", "a second time"),
        ("name: &a x\nother: *a", "alias"),
        ("name: !!python/object/apply:os.system ['true']", "tags"),
        ("name: shop", "tables: is missing"),
    ],
)
def test_a_file_that_declares_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "d.yml").write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        open_dataset("d.yml", settings(), tmp_path)
    assert caught.value.file == str(tmp_path / "d.yml")


def test_json_is_read_strictly(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('{"name": "d", "name": "e"}')
    with pytest.raises(ConfigError, match="second time"):
        open_dataset("d.json", settings(), tmp_path)


def test_unknown_names_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no data set is called 'sas'") as caught:
        open_dataset("sas", settings(), tmp_path)
    assert "did you mean 'saas'" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="no such file"):
        open_dataset("datasets/shop.yml", settings(), tmp_path)
    with pytest.raises(ConfigError, match="outside the project"):
        open_dataset("../shop.yml", settings(), tmp_path)


def test_two_data_sets_with_the_same_table_are_refused_naming_both(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yml").write_text(
            f"name: {name}\ntables: {{t: {{rows: 1, key: id, columns: {{id: {{generator: sequence}}}}}}}}"
        )
    with pytest.raises(ConfigError, match=r"'t' is in both 'one.yml' and 'two.yml'"):
        open_datasets(["one.yml", "two.yml"], settings(), tmp_path)


def test_a_python_file_without_a_data_set_or_that_raises_is_refused(tmp_path: Path) -> None:
    for text, message in [
        ("x = 1", "binds no `dataset`"),
        ("from sbdk.spec.dataset import Dataset\ndataset = Dataset(name='d', tables={}, extra=1)", "tables"),
    ]:
        (tmp_path / "d.py").write_text(text)
        with pytest.raises(ConfigError, match=message):
            open_dataset("d.py", settings(), tmp_path)
    (tmp_path / "d.py").write_text("1 / 0")
    with pytest.raises(SourceError, match="ZeroDivisionError"):
        open_dataset("d.py", settings(), tmp_path)


PLUGINS = [
    ("raise RuntimeError('no')", "raised RuntimeError: no"),
    ("return [1]", "made 1 values for 2 rows"),
    ("return [None] * len(rows)", "its type is unknown"),
]


@pytest.mark.parametrize(("body", "message"), PLUGINS)
def test_a_users_generator_that_misbehaves_is_named_on_opening(tmp_path: Path, body: str, message: str) -> None:
    text = f"from sbdk.datasets.declared import generator\n@generator('bad')\ndef bad(rows):\n    {body}\n"
    (tmp_path / "bad.py").write_text(text)
    plugins = load_plugins(tmp_path)
    with plugins.active(), pytest.raises((SourceError, ConfigError), match=message) as caught:
        opened(columns(c={"generator": "bad"}))
    assert "t.c" in caught.value.message or "columns.c" in caught.value.message


def test_a_generator_that_fails_or_changes_its_mind_later_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "moody.py").write_text(
        "from sbdk.datasets.declared import generator\n"
        "@generator('moody')\ndef moody(rows):\n    return [1.5 if n else 1 for n in rows.numbers % 2]\n"
        "@generator('late')\ndef late(rows):\n    return ['x' if n > 100 else 1 for n in rows.numbers]\n"
    )
    plugins = load_plugins(tmp_path)
    with plugins.active():
        assert table(opened(columns(c={"generator": "moody"})), "t", 0, 1)["c"].to_pylist() == [1.0]
    with plugins.active(), pytest.raises(SourceError, match=r"t\.c: the generator 'late' raised ArrowInvalid"):
        table(opened(columns(c={"generator": "late"})), "t")


def test_a_generators_name_that_is_taken_names_both_origins(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from sbdk.datasets.declared import generator\n@generator('choice')\ndef choice(rows): return [1] * len(rows)\n"
    )
    with pytest.raises(SourceError, match=r"declared twice: by sbdk\.datasets.* and by .*/mine\.py"):
        load_plugins(tmp_path)
    assert generators.get("choice").__module__.startswith("sbdk.")
    assert DeclaredDataset
