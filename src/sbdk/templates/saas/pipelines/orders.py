"""Synthetic orders: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="raw_orders", primary_key="order_id", write_disposition="append")
def raw_orders():
    yield from sbdk.rows("raw_orders")
