"""`sbdk contract` through the command line, on a small project."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from support.shops import Shop, sbdk

ITEMS = """import dlt


@dlt.resource(name="items", primary_key="sku", write_disposition="replace")
def items():
    for n in range(200):
        yield {"sku": f"S{n}", "price": n / 4, "mail": f"u{n}@x.org", "state": ["new", "used"][n % 2],
         "note": None if n else "n"}
"""


@pytest.fixture(scope="module")
def project(tiny_once: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = tiny_once.copy(tmp_path_factory.mktemp("contracts") / "tiny")
    shop.write("pipelines/items.py", ITEMS)
    shop.dev()
    return shop


@pytest.fixture
def shop(project: Shop, tmp_path: Path) -> Shop:
    return project.copy(tmp_path / "tiny")


def test_a_contract_is_inferred_kept_by_its_table_and_broken_by_a_tighter_one(shop: Shop):
    answer = shop.sbdk("contract", "infer", "items", "--out", "contracts/items.yaml")
    assert answer.code == 0, answer
    document = yaml.safe_load((shop.path / "contracts/items.yaml").read_text())
    columns = {each["name"]: each for each in document["schema"][0]["properties"]}
    assert columns["sku"]["primaryKey"]  # which dlt declares; it is not called an id
    assert columns["mail"]["classification"] == "pii"
    assert shop.sbdk("contract", "test").code == 0
    again = shop.sbdk("contract", "infer", "items", "--out", "contracts/items.yaml")
    assert (again.code, "there already" in again.err) == (2, True)
    columns["mail"]["logicalTypeOptions"] = {"maxLength": 7}
    columns["price"]["logicalTypeOptions"] = {"maximum": 49}
    (shop.path / "contracts/items.yaml").write_text(yaml.safe_dump(document))
    answer = shop.sbdk("contract", "test", "items", "--json")
    assert answer.code == 1
    (told,) = answer.object["contracts"]
    broken = {each["rule"]: (each["broken"], each["example"]) for each in told["clauses"] if each["status"] == "fail"}
    # u0@x.org has 8 characters, so all 200 are longer; 49.25, 49.5 and 49.75 are above 49
    assert broken == {"mail.maxLength": (200, "***"), "price.maximum": (3, "49.25")}
    assert shop.sbdk("contract", "test", "--show-pii", "--json").object["contracts"][0]["clauses"] != told["clauses"]


def test_a_file_is_inferred_and_tested_without_a_project(tmp_path: Path):
    lines = [json.dumps({"id": n, "at": "2026-01-01T00:00:00Z", "size": n if n else "big"}) for n in range(3)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    answer = sbdk("contract", "infer", "rows.jsonl", "--out", "rows.yaml", cwd=tmp_path)
    assert answer.code == 0, answer
    text = (tmp_path / "rows.yaml").read_text()
    document = yaml.safe_load(text)
    for each in document["schema"][0]["properties"]:
        if each["name"] == "size":
            each.update(logicalType="integer", physicalType="BIGINT")
    (tmp_path / "rows.yaml").write_text(yaml.safe_dump(document))
    answer = sbdk("contract", "test", "rows.yaml", "--file", "rows.jsonl", "--json", cwd=tmp_path)
    failed = [each for each in answer.object["contracts"][0]["clauses"] if each["status"] == "fail"]
    assert [(each["rule"], each["broken"], each["example"]) for each in failed] == [("size.type", 1, '"big"')]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["test"], "there is no contract in contracts/"),
        (["infer", "itms"], "did you mean 'items'"),
        (["infer", "nothing.csv"], "there is no file"),
        (["infer", "pipelines/items.py"], "no kind of data"),
        (["export", "x.yaml", "--to", "sql"], "there is no file"),
        (["diff", "a.yaml", "b.yaml"], "there is no file"),
        (["diff", "a.yaml", "b.yaml", "--for", "me"], "not known"),
        (["scan", "itms"], "did you mean 'items'"),
    ],
)
def test_wrong_words_are_refused(project: Shop, words: list[str], message: str):
    answer = project.sbdk("contract", *words)
    assert answer.code == 2
    assert message in answer.err


def test_a_wrong_contract_is_refused_with_file_and_place(shop: Shop):
    shop.sbdk("contract", "infer", "items", "--out", "contracts/items.yaml")
    file = shop.path / "contracts/items.yaml"
    file.write_text(file.read_text().replace("logicalType: string", "logicalTyp: string", 1))
    answer = shop.sbdk("contract", "test")
    assert answer.code == 2
    assert "items.yaml" in answer.err
    assert "schema.items.properties.sku" in answer.err
    assert "did you mean 'logicalType'" in answer.err


def test_a_broken_promise_to_readers_ends_with_1(shop: Shop):
    shop.sbdk("contract", "infer", "items", "--out", "old.yaml")
    text = (shop.path / "old.yaml").read_text()
    shop.write("new.yaml", text.replace("version: 1.0.0", "version: 1.1.0"))
    assert shop.sbdk("contract", "diff", "old.yaml", "new.yaml").code == 0
    shop.write("new.yaml", re.sub(r"      - name: price\n(        .*\n)+", "", text))
    answer = shop.sbdk("contract", "diff", "old.yaml", "new.yaml", "--json")
    assert answer.code == 1
    assert [(each["change"], each["property"], each["for"]) for each in answer.object["changes"]] == [
        ("property removed", "price", "readers")
    ]
    assert shop.sbdk("contract", "diff", "old.yaml", "new.yaml", "--for", "writers").code == 0


def test_scan_export_and_docs(shop: Shop):
    found = shop.sbdk("contract", "scan", "--json").object["columns"]
    assert [(each["table"], each["column"], each["kind"], each["matches"], each["proposed"]) for each in found] == [
        ("items", "mail", "email", 200, True)
    ]
    shop.sbdk("contract", "infer", "items", "--out", "contracts/items.yaml")
    assert not shop.sbdk("contract", "scan", "--json").object["columns"][0]["proposed"]
    answer = shop.sbdk("contract", "export", "items", "--to", "json-schema", "--json").object
    assert json.loads(answer["text"])["properties"]["state"]["enum"] == ["new", "used"]
    assert answer["left_out"] == ["items.sku.unique"]
    file = shop.path / "contracts/items.yaml"
    file.write_text(
        file.read_text().replace(
            "name: items\n    phys", "name: items\n    description: <b>Things & more</b>\n    phys"
        )
    )
    assert shop.sbdk("contract", "docs", "--out", "site").code == 0
    page = (shop.path / "site/items.html").read_text()
    assert "&lt;b&gt;Things &amp; more&lt;/b&gt;" in page
    assert "one of new, used" in page
    assert not re.search(r"<script|src=|href=\"(?!data:)|https?://", page)
