"""`sbdk add postgres` on a real server: what is loaded is what plain SQL says, over several runs."""

from __future__ import annotations

import stat
from decimal import Decimal

from support.postgres import PASSWORD, free_port
from support.shops import Answer, Shop

from .conftest import Database

ORDERS = """CREATE TABLE orders (
    id bigint PRIMARY KEY, name text, amount numeric(12, 2), active boolean, day date, updated_at timestamptz)"""
FIRST = """INSERT INTO orders SELECT i, 'order ' || i, i * 1.25, i % 2 = 0, date '2026-01-01' + i,
    timestamptz '2026-01-01 00:00Z' + i * interval '1 minute' FROM generate_series(1, 500) i"""
COLUMNS = "id, name, amount, active, day, updated_at"


def add(project: Shop, database: Database, *options: str, name: str = "shop") -> Answer:
    return project.sbdk("add", "postgres", name, "--url", database.url, "--schema", database.schema, *options)


def same(project: Shop, database: Database, columns: str, table: str) -> None:
    """The published rows are those of the source."""
    sql = f"SELECT {columns} FROM {{}} ORDER BY 1, 2"
    assert project.query(sql.format(f"raw.{table}")) == database.rows(sql.format(table))


def test_changes_ties_late_commits_and_absurd_cursors(project: Shop, database: Database) -> None:
    database.run(ORDERS, FIRST)
    answer = add(project, database, "--table", "orders", "--json")
    assert answer.code == 0, answer
    assert answer.object["tables"][0] | {"backend": "connectorx"} == answer.object["tables"][0]
    assert len(answer.object["preview"]) == 10
    project.dev()
    same(project, database, COLUMNS, "orders")
    late = database.open(autocommit=False)
    late.execute("INSERT INTO orders VALUES (901, 'late', 1, true, '2026-02-01', '2026-01-01 08:15Z')")
    database.run(
        "INSERT INTO orders VALUES (601, 'no cursor', 1, true, NULL, NULL)",
        "INSERT INTO orders VALUES (602, 'absurd', 1, true, NULL, '9999-12-31Z')",
        "INSERT INTO orders VALUES (603, 'tie', 1, true, NULL, '2026-01-01 08:20Z')",
        "UPDATE orders SET name = 'changed', updated_at = '2026-01-01 08:30Z' WHERE id = 7",
    )
    project.dev()
    late.commit()
    late.close()
    database.run(
        "INSERT INTO orders VALUES (604, 'tie', 1, true, NULL, '2026-01-01 08:30Z')",
        "UPDATE orders SET name = 'still none' WHERE id = 601",
    )
    project.dev()
    same(project, database, COLUMNS, "orders")
    assert project.query("SELECT count(*) FROM raw.orders WHERE _extracted_at IS NULL OR _source <> 'shop.orders'") == [
        (0,)
    ]
    cursors = project.sbdk("runs", "--cursors", "--json").object["cursors"]
    assert [(each["source"], each["resource"], each["column"]) for each in cursors] == [
        ("shop", "orders", "updated_at")
    ]
    assert cursors[0]["last_value"].startswith("2026-01-01 08:30:00")


def test_without_a_key_nothing_is_doubled(project: Shop, database: Database) -> None:
    database.run("CREATE TABLE events (what text, at timestamp)", "INSERT INTO events VALUES ('a', '2026-01-01')")
    assert add(project, database, "--table", "events", "--cursor", "at").code == 0
    project.dev()
    database.run("INSERT INTO events VALUES ('b', '2026-01-01'), ('c', '2026-01-02'), ('d', NULL), ('e', '9999-01-01')")
    project.dev()
    project.dev()
    assert project.query("SELECT what FROM raw.events ORDER BY 1") == [("a",), ("b",), ("c",)]
    assert project.query("SELECT what FROM raw.events_undated ORDER BY 1") == [("d",), ("e",)]


def test_types_that_connectorx_does_not_read(project: Shop, database: Database) -> None:
    odd = {
        "took": ("interval", "'1 day 02:00'"), "net": ("cidr", "'10.0.0.0/8'"),
        "mac": ("macaddr", "'08:00:2b:01:02:03'"), "n": ("numeric", "0.12345678901234567890123456789"),
        "tz": ("timetz", "'10:00+02'"), "price": ("money", "'1.50'"), "doc": ("xml", "'<a/>'"),
    }  # fmt: skip
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in odd.items())
    values = ", ".join(value for _, value in odd.values())
    database.run(f"CREATE TABLE odd (id int PRIMARY KEY, {columns})", f"INSERT INTO odd VALUES (1, {values})")
    database.run("CREATE TABLE long (n numeric(30, 15), j jsonb)", "INSERT INTO long VALUES (0.123456789012345, '{}')")
    told = add(project, database, "--table", "odd", "--table", "long", "--json").object
    assert [(each["table"], each["backend"]) for each in told["tables"]] == [("odd", "connectorx"), ("long", "pyarrow")]
    project.dev()
    texts = ", ".join(f"{name}::text" for name in odd)
    assert project.query(f"SELECT {', '.join(odd)} FROM raw.odd") == database.rows(f"SELECT {texts} FROM odd")
    assert project.query("SELECT n FROM raw.long") == database.rows("SELECT n FROM long")


def test_all_tables_and_keys_by_hand(project: Shop, database: Database) -> None:
    database.run(ORDERS, FIRST, "CREATE VIEW few AS SELECT * FROM orders LIMIT 3")
    database.run("CREATE TABLE codes (code text, name text)", "INSERT INTO codes VALUES ('a', 'A')")
    assert add(project, database).code == 2
    answer = add(project, database, "--yes", "--cursor", "orders.none", "--json")
    assert [each["table"] for each in answer.object["tables"]] == ["codes", "orders"]
    assert {each["write_disposition"] for each in answer.object["tables"]} == {"replace"}
    project.dev()
    same(project, database, COLUMNS, "orders")
    same(project, database, "code, name", "codes")


def test_what_is_wrong_is_a_sentence_and_nothing_is_written(project: Shop, database: Database) -> None:
    database.run(ORDERS)
    before = (project.path / ".env").read_text()
    answers = {
        "password": project.sbdk("add", "postgres", "x", "--url", database.url.replace(PASSWORD, "wrong-42"), "--yes"),
        "port": project.sbdk("add", "postgres", "x", "--url", f"postgresql://a:{PASSWORD}@127.0.0.1:{free_port()}/b"),
        "database": project.sbdk("add", "postgres", "x", "--url", f"{database.url}y"),
        "table": add(project, database, "--table", "order"),
        "column": add(project, database, "--table", "orders", "--cursor", "updated"),
        "schema": project.sbdk("add", "postgres", "x", "--url", database.url, "--schema", "nope"),
        "url": project.sbdk("add", "postgres", "x", "--url", f"mysql://a:{PASSWORD}@b/c"),
        "source": project.sbdk("add", "postgre", "x"),
        "name": project.sbdk("add", "postgres", "../x", "--url", database.url),
    }
    said = {
        "password": "password authentication failed", "port": "does not respond", "database": "does not exist",
        "table": "did you mean 'orders'?", "column": "did you mean 'updated_at'?", "schema": "schemas: ",
        "url": "--url is of mysql", "source": "did you mean 'postgres'?", "name": "is no name for a source",
    }  # fmt: skip
    for what, answer in answers.items():
        assert said[what] in answer.err, (what, answer)
        assert answer.code == (1 if what in ("password", "port", "database") else 2), what
        assert PASSWORD not in answer.err
        assert "Traceback" not in answer.err
    assert [path.name for path in (project.path / "pipelines").iterdir()] == ["README.md"]
    assert (project.path / ".env").read_text() == before


def test_the_secret_is_in_env_only_and_no_file_is_overwritten(project: Shop, database: Database) -> None:
    database.run(ORDERS, FIRST)
    answer = add(project, database, "--table", "orders")
    env, file = project.path / ".env", project.path / "pipelines" / "shop.py"
    assert PASSWORD in env.read_text()
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert PASSWORD not in file.read_text() + answer.out + answer.err
    written = file.read_text()
    again = add(project, database, "--table", "orders")
    assert (again.code, "exists already" in again.err) == (2, True)
    assert file.read_text() == written
    second = project.sbdk("add", "postgres", "second", "--table", "orders")
    assert (second.code, "--url is missing" in second.err) == (2, True)


def test_a_renamed_table_and_a_server_that_is_down(project: Shop, database: Database) -> None:
    database.run(ORDERS, FIRST)
    add(project, database, "--table", "orders")
    database.run("ALTER TABLE orders RENAME TO sales")
    answer = project.sbdk("dev")
    assert answer.code == 1
    assert "the table 'orders' is not in the database" in answer.err.replace(f"{database.schema}.", "")
    assert "pipelines/shop.py" in answer.err
    down = f"postgresql+psycopg://shop:x@127.0.0.1:{free_port()}/shop"
    answer = project.sbdk("dev", "--json", SOURCES__SHOP__CREDENTIALS=down)
    assert answer.object["error"]["code"] == "source_unavailable", answer.object["error"]
    answer = project.sbdk("dev", SOURCES__SHOP__CREDENTIALS=down)
    assert (answer.out + answer.err).count("attempt ") == 2, answer


NUMBERS = """
apiVersion: v3.1.0
kind: DataContract
id: prices
version: 1.0.0
status: active
schema:
  - name: prices
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: price, logicalType: number, physicalType: "DECIMAL(10,2)", logicalTypeOptions: {minimum: 0}}
"""


def test_not_a_number_is_a_sentence_and_then_set_aside_by_a_contract(project: Shop, database: Database) -> None:
    """connectorx panics at NaN: no Exception. What the hint says is done, and a contract finds the row."""
    prices = "INSERT INTO prices VALUES (1, 1.50), (2, 'NaN'), (3, -1), (4, 2)"
    database.run("CREATE TABLE prices (id bigint PRIMARY KEY, price numeric(10, 2))", prices)
    assert add(project, database, "--table", "prices").code == 0
    answer = project.sbdk("dev", "--json")
    assert (answer.code, "Traceback" in answer.err) == (1, False)
    error = answer.object["error"]
    assert (error["code"], "connectorx cannot read NaN in a numeric column" in error["message"]) == ("source", True)
    adapter = 'table_adapter_callback=sbdk.as_text("COLUMN")'
    assert adapter in error["hint"]
    file = project.path / "pipelines" / "shop.py"
    file.write_text(
        file.read_text().replace('table="prices",', f'table="prices", {adapter.replace("COLUMN", "price")},')
    )
    project.write("contracts/prices.yaml", NUMBERS)
    project.dev()
    assert project.query("SELECT id, price FROM raw.prices ORDER BY id") == [(1, Decimal("1.50")), (4, Decimal(2))]
    rules = project.sbdk("quarantine", "list", "--json").object["rules"]
    assert sorted((each["rule"], each["records"]) for each in rules) == [("price.minimum", 1), ("price.type", 1)]
