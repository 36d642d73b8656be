"""Parcels: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="parcels", primary_key="parcel_id", write_disposition="append")
def parcels():
    yield from sbdk.rows("parcels")
