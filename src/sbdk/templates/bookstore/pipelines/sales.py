"""Synthetic sales: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="sales", primary_key="transaction_id", write_disposition="append")
def sales():
    yield from sbdk.rows("sales")
