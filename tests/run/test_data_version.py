"""A project made by an older version of a data set: its tables are made anew, and that is said."""

from __future__ import annotations

from support.shops import make

CUSTOMERS = """
import dlt

import sbdk


@dlt.resource(name="customers", primary_key="customer_id", write_disposition="append")
def customers():
    yield from sbdk.rows("customers")
"""
OLDER = """
import sbdk.datasets.retail.dataset as retail

retail.RULES_VERSION = 1
"""
SMALL = {"initial": {"stores": 2, "customers": 40, "products": 3}, "sales_per_batch": 0}


def test_raw_tables_of_an_older_retail_world_are_made_anew(tmp_path):
    shop = make(
        tmp_path,
        template="blank",
        datasets=["retail"],
        start_date="2026-01-01",
        end_date="2026-01-02",
        streams=SMALL,
    )
    shop.write("pipelines/customers.py", CUSTOMERS)
    older = shop.write("plugins/older.py", OLDER)
    shop.dev()
    assert shop.sbdk("dev").err.count("another world") == 0
    count = "select count(*), count(distinct (customer_id, last_update_time)) from raw.customers"
    (rows,) = shop.query(count)
    older.unlink()
    answer = shop.sbdk("dev")
    assert answer.code == 0, answer
    assert "another world: customers" in answer.out + answer.err
    assert shop.query(count) == [rows]  # none of the old rows beside the new ones
    assert rows[0] == rows[1] > 40
