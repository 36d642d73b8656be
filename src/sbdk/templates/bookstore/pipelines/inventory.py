"""Synthetic inventory: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="inventory", primary_key="inventory_id", write_disposition="append")
def inventory():
    yield from sbdk.rows("inventory")
