"""Synthetic publishers: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="publishers", primary_key="publisher_id", write_disposition="append")
def publishers():
    yield from sbdk.rows("publishers")
