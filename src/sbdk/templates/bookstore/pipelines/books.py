"""Synthetic books: the rows that are not in the warehouse yet."""

import dlt

import sbdk


@dlt.resource(name="books", primary_key="book_id", write_disposition="append")
def books():
    yield from sbdk.rows("books")
