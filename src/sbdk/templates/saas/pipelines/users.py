"""Synthetic users: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="raw_users", primary_key="user_id", write_disposition="append")
def raw_users():
    yield from sbdk.rows("raw_users")
