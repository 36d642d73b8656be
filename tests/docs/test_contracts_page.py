"""Every snippet of docs/contracts.md, on a small shop."""

from __future__ import annotations

import json
import shlex

from support.shops import Shop
from support.snippets import blocks, commands

PAGE = "docs/contracts.md"
ROWS = """order_id,user_id,order_timestamp,amount,currency,order_source
1,7,2026-01-01T10:00:00,10.00,USD,web
2,7,2026-01-02T10:00:00,12.00,EUR,web
3,8,2026-01-02T11:00:00,-1.00,JPY,phone
"""


def test_the_page_is_followed(shop: Shop) -> None:
    contract = blocks(PAGE, "yaml")[0]
    for command in commands(PAGE):
        if command == "sbdk contract test":  # where the page has come to its contract
            shop.write("contracts/orders.yaml", contract)
            shop.write("orders-next.yaml", contract.replace("required: true", "required: false", 1))
            shop.write("orders.csv", ROWS)
        expected = 1 if "--file" in command or " diff " in command else 0  # each shows what is broken
        answer = shop.sbdk(*shlex.split(command)[1:])
        assert answer.code == expected, (command, answer)
    assert {path.name for path in (shop.path / "site").iterdir()} == {"orders.html", "raw_users.html"}
    assert shop.query("select count(*) from raw.raw_orders where amount <= 0") == [(0,)]


def test_the_json_is_what_the_page_shows(shop: Shop) -> None:
    shop.write("contracts/orders.yaml", blocks(PAGE, "yaml")[0])
    shop.write("orders.csv", ROWS)
    answer = shop.sbdk("contract", "test", "contracts/orders.yaml", "--file", "orders.csv", "--json").object
    (shown,) = json.loads(blocks(PAGE, "json")[0])["contracts"]
    (told,) = answer["contracts"]
    told["clauses"] = [each for each in told["clauses"] if each["rule"] == "amount.exclusiveMinimum"]
    assert told == shown
    loosened = blocks(PAGE, "yaml")[0].replace("        required: true\n        relationships", "        relationships")
    shop.write("orders-next.yaml", loosened)
    changes = shop.sbdk("contract", "diff", "contracts/orders.yaml", "orders-next.yaml", "--json").object["changes"]
    assert changes == [
        {"change": "no longer required", "table": "raw_orders", "property": "user_id", "old": True, "new": False,
         "breaking": True, "for": "readers"}
    ]  # fmt: skip
