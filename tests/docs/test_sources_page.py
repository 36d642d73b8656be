"""The commands of docs/sources.md, in a blank project with a database and a file."""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

from support.shops import make
from support.snippets import blocks, commands

PAGE = "docs/sources.md"


def test_the_page_on_sources(tmp_path: Path) -> None:
    shop = make(tmp_path, template="blank")
    with closing(sqlite3.connect(shop.path / "shop.db")) as database, database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT, updated_at DATETIME)")
        database.execute("INSERT INTO orders VALUES (1, 'Zoë', '2026-01-01 10:00:00'), (2, 'Ünal', NULL)")
    shop.write("data/README", "")
    (shop.path / "data" / "prices1.csv").write_bytes("name;price\nZoë;1.5\n".encode("latin-1"))
    answers = {}
    for command in commands(PAGE):
        answers[command] = answer = shop.sbdk(*shlex.split(command)[1:])
        assert answer.code == 0, (command, answer)
    assert len(commands(PAGE)) == len("".join(blocks(PAGE, "console")).splitlines())
    assert shop.query("SELECT id, name FROM raw.orders ORDER BY id") == [(1, "Zoë"), (2, "Ünal")]
    assert shop.query("SELECT name, price FROM raw.prices") == [("Zoë", 1.5)]
    assert "updated_at" in answers["sbdk runs --cursors"].out
