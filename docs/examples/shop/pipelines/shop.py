"""Loads the declared tables: one dlt resource each, only rows that the warehouse does not hold yet."""

import dlt

import sbdk


@dlt.resource(name="customers", primary_key="customer_id", write_disposition="append")
def customers():
    yield from sbdk.rows("customers")


@dlt.resource(name="orders", primary_key="order_id", write_disposition="append")
def orders():
    yield from sbdk.rows("orders")


@dlt.resource(name="order_lines", primary_key=["order_id", "line"], write_disposition="append")
def order_lines():
    yield from sbdk.rows("order_lines")
