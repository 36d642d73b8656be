"""The example of docs/datasets.md: what the page shows is what is in the files, and the files work."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.compute as pc
import pytest

from sbdk.core.registry import load_plugins
from sbdk.datasets.declared import generators
from sbdk.datasets.declared.dataset import DeclaredDataset, parse_dataset, read_dataset
from sbdk.datasets.declared.schema import json_schema, text
from sbdk.datasets.union import open_dataset, open_datasets
from sbdk.spec import strict_yaml
from sbdk.spec.dataset import Dataset
from sbdk.spec.loader import load_project
from support.declared_shop import EXAMPLE, columns, made, opened, settings, shop, table

PAGE = EXAMPLE.parents[1] / "datasets.md"
SHIPPED = EXAMPLE.parents[2] / "src" / "sbdk" / "spec" / "dataset.schema.json"


def blocks(language: str) -> list[str]:
    parts = PAGE.read_text().split("```")[1::2]
    return [part.removeprefix(language).strip() for part in parts if part.startswith(f"{language}\n")]


@pytest.mark.parametrize(
    "path",
    ["sbdk_config.json", "datasets/shop.yml", "datasets/weather.py", "plugins/plates.py", "plugins/temperatures.py"],
)
def test_the_page_shows_the_file_word_for_word(path: str) -> None:
    shown = blocks({"yml": "yaml", "json": "json"}.get(path.rpartition(".")[2], "python"))
    assert (EXAMPLE / path).read_text().strip() in shown


def test_the_plates_of_the_plugin_look_like_plates() -> None:
    plates = table(shop(), "customers")["plate"]
    assert pc.all(pc.match_substring_regex(plates, r"^B-[A-Z]{2} [1-9]\d{2}$")).as_py()


def test_the_python_form_makes_a_world_too() -> None:
    with load_plugins(EXAMPLE / "plugins").active():
        world = open_dataset("datasets/weather.py", settings(), EXAMPLE)
    assert tuple(world.tables) == ("readings_berlin", "readings_paris", "readings_london")
    readings = table(world, "readings_paris").to_pylist()
    july = [row["celsius"] for row in readings if row["read_at"].month == 7]
    assert all(19 - 8 <= celsius <= 19 + 8 for celsius in july)
    assert abs(sum(july) / len(july) - 19) < 1
    assert {row["city"] for row in readings} == {"paris"}


def test_several_data_sets_are_one_world() -> None:
    with load_plugins(EXAMPLE / "plugins").active():
        world = open_datasets(["datasets/shop.yml", "datasets/weather.py"], settings(), EXAMPLE)
    assert set(world.tables) >= {"customers", "order_lines", "readings_berlin"}
    assert table(world, "orders", 5, 9).equals(table(shop(), "orders", 5, 9))
    assert world.tables["order_lines"].key == ("order_id", "line")
    assert world.tables["customers"].count() == 2_000
    assert world.tables["orders"].fingerprint == shop().tables["orders"].fingerprint


def test_the_example_is_a_project_whose_configuration_names_its_data_sets() -> None:
    loaded = load_project(EXAMPLE, env={})
    with load_plugins(loaded.plugins).active():
        world = open_datasets(loaded.config.datasets, loaded.config.world_settings(), loaded.root)
    assert table(world, "orders").equals(table(shop(), "orders"))


def test_a_declaration_survives_json_unchanged() -> None:
    declared = read_dataset(EXAMPLE / "datasets" / "shop.yml")
    again = Dataset.model_validate_json(declared.model_dump_json())
    assert again == declared
    assert parse_dataset(json.loads(declared.model_dump_json())) == declared


def test_json_and_yaml_declare_the_same(tmp_path: Path) -> None:
    declared = strict_yaml.load(EXAMPLE / "datasets" / "shop.yml")
    (tmp_path / "shop.json").write_text(json.dumps(declared))
    with load_plugins(EXAMPLE / "plugins").active():
        world = open_dataset("shop.json", settings(), tmp_path)
    assert table(world, "orders").equals(table(shop(), "orders"))


def test_the_shipped_schema_is_current() -> None:
    assert SHIPPED.read_text() == text(), (
        "write sbdk.datasets.declared.schema.text() to src/sbdk/spec/dataset.schema.json"
    )


def test_the_schema_accepts_the_example_and_a_plugins_options() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(strict_yaml.load(EXAMPLE / "datasets" / "shop.yml"), json_schema())


@pytest.mark.parametrize(
    "column",
    [
        {"generator": "choice", "values": ["a"], "wieghts": [1]},
        {"generator": "integer", "low": 1},
        {"generator": "bool", "probability": 2},
        {"generator": "name", "locale": "xx"},
        {"nulls": 0.1},
    ],
)
def test_the_schema_refuses_what_opening_refuses(column: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(columns(c=column), json_schema())
    with pytest.raises(Exception, match=r"tables\.t\.columns\.c"):
        opened(columns(c=column))


def test_every_built_in_generator_is_documented_on_the_page_and_in_the_schema() -> None:
    page = PAGE.read_text()
    for name in generators:
        if generators.get(name).__module__.startswith("sbdk."):
            assert f"`{name}`" in page, name
            assert generators.get(name).__doc__


def test_an_unrelated_column_changes_no_other_and_only_its_tables_fingerprint() -> None:
    def content(**more: Any) -> dict[str, Any]:
        declared = columns(a={"generator": "float"}, **more)
        declared["tables"]["u"] = {"rows": 5, "key": "id", "columns": {"id": {"generator": "sequence"}}}
        return declared

    one, other = opened(content()), opened(content(b={"generator": "float"}))
    assert table(one, "t")["a"].equals(table(other, "t")["a"])
    assert one.tables["t"].fingerprint != other.tables["t"].fingerprint
    assert one.tables["u"].fingerprint == other.tables["u"].fingerprint


def test_a_parents_change_is_a_childs_change_and_a_description_is_none() -> None:
    def content(high: float, description: str = "") -> dict[str, Any]:
        declared = columns(a={"generator": "float", "high": high, "description": description})
        key = {"generator": "foreign_key", "parent": "t"}
        columns_of_u = {"id": {"generator": "sequence"}, "t_id": key}
        declared["tables"]["u"] = {"rows": 5, "key": "id", "columns": columns_of_u, "description": description}
        return declared

    base = opened(content(1.0))
    assert opened(content(2.0)).tables["u"].fingerprint != base.tables["u"].fingerprint
    assert opened(content(1.0, "what it is")).tables["u"].fingerprint == base.tables["u"].fingerprint


def test_a_table_per_another_changes_with_it() -> None:
    def content(hours: list[int]) -> dict[str, Any]:
        declared = columns(at={"generator": "arrivals", "hours": hours})
        per = {"parent": "t", "counts": {"1": 1, "2": 1}}
        read = {"generator": "parent", "of": "t", "column": "at"}
        inside = {"t": {"generator": "owner"}, "n": {"generator": "position"}, "at": read}
        declared["tables"]["u"] = {"per": per, "key": ["t", "n"], "columns": inside}
        return declared

    assert opened(content([1] * 24)).tables["u"].fingerprint != opened(content([1] * 23 + [2])).tables["u"].fingerprint


def test_the_order_of_columns_changes_no_fingerprint_but_that_of_values_does() -> None:
    def prints(values: dict[str, float], turned: bool = False) -> str:
        content = columns(a={"generator": "choice", "values": values}, b={"generator": "float"})
        if turned:
            inside = content["tables"]["t"]
            inside["columns"] = dict(reversed(inside["columns"].items()))
        return opened(content).tables["t"].fingerprint

    assert prints({"x": 1, "y": 2}) == prints({"x": 1, "y": 2}, turned=True)
    assert prints({"x": 1, "y": 2}) != prints({"y": 2, "x": 1})


DICE = {
    "function": """from sbdk.synth.columns import between
from sbdk.datasets.declared import generator

@generator("dice")
def dice(rows):
    return between(rows.bits(), 1, HIGH)
""",
    "class": """from __future__ import annotations
from typing import Literal
from sbdk.synth.columns import between
from sbdk.datasets.declared import Generator, generator

@generator("dice")
class Dice(Generator):
    kind: Literal["fair"] = "fair"

    def make(self, rows):
        return between(rows.bits(), 1, HIGH)
""",
}


@pytest.mark.parametrize("form", list(DICE))
def test_a_changed_plugin_is_another_world(tmp_path: Path, form: str) -> None:
    prints = []
    for high in (5, 6):
        (tmp_path / "dice.py").write_text(DICE[form].replace("HIGH", str(high)))
        with load_plugins(tmp_path).active():
            prints.append(opened(columns(c={"generator": "dice"})).tables["t"].fingerprint)
            assert max(made(c={"generator": "dice"})["c"].to_pylist()) == high
    assert prints[0] != prints[1]


def test_names_follow_the_projects_locale_unless_told_otherwise() -> None:
    content = parse_dataset(columns(project={"generator": "name"}, own={"generator": "name", "locale": "en_US"}))
    japanese = table(DeclaredDataset(content, replace(settings(), locale="ja_JP")), "t")
    assert not any(name.isascii() for name in japanese["project"].to_pylist())
    assert sum(name.isascii() for name in japanese["own"].to_pylist()) > 4_000
