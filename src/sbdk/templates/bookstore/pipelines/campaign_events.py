"""Synthetic campaign events: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="campaign_events", primary_key="campaign_id", write_disposition="append")
def campaign_events():
    yield from sbdk.rows("campaign_events")
