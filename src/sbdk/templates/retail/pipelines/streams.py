"""The four streams: every record in `landing/`, loaded once and unchanged. The dbt models validate the records."""

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
    """The records that `sbdk quarantine replay` requests."""
    yield from sbdk.landed("replays")
