"""Synthetic events: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="raw_events", primary_key="event_id", write_disposition="append")
def raw_events():
    yield from sbdk.rows("raw_events")
