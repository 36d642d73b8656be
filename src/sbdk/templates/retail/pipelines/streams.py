"""The four streams: every record that lands in `landing/`, once, as it came. What a record is worth, dbt decides."""

import dlt

import sbdk


@dlt.resource(name="raw_stores", write_disposition="append")
def raw_stores():
    yield from sbdk.landed("stores")


@dlt.resource(name="raw_customers", write_disposition="append")
def raw_customers():
    yield from sbdk.landed("customers")


@dlt.resource(name="raw_products", write_disposition="append")
def raw_products():
    yield from sbdk.landed("products")


@dlt.resource(name="raw_sales", write_disposition="append")
def raw_sales():
    yield from sbdk.landed("sales")


@dlt.resource(name="raw_replays", write_disposition="append")
def raw_replays():
    """What `sbdk quarantine replay` asks for."""
    yield from sbdk.landed("replays")
