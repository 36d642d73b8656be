"""books as Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.synth.cells import U64, bits, cell_key
from sbdk.synth.columns import decimals, integers, timestamps
from sbdk.datasets.bookstore.books import Books
from sbdk.datasets.bookstore.fields import MONEY, TIMESTAMP, category, field, word_field
from sbdk.datasets.bookstore.permutation import Permutation
from sbdk.datasets.bookstore.season import I64
from sbdk.datasets.bookstore.words import authors, ids, titles

_GROUPS = np.array([0, 84, 2, 3], np.int64)
"""ISBN registration groups of English, Spanish, French and German. English has 1 as well as 0."""
_TAIL = 10_000_000


class BookTable:
    """Rows of books."""

    name = "books"
    key = "book_id"
    schema = pa.schema(
        [
            field("book_id", pa.string()),
            field("isbn", pa.string()),
            field("title", pa.string()),
            field("author", pa.string()),
            field("publisher_id", pa.string()),
            word_field("genre", "genres"),
            field("publication_year", pa.int32()),
            field("page_count", pa.int32()),
            field("price", MONEY),
            word_field("format", "formats"),
            word_field("language", "languages"),
            field("created_at", TIMESTAMP),
        ]
    )

    def __init__(self, seed: int, books: Books, locale: str) -> None:
        self.rows, self._books, self._locale = books.rows, books, locale
        self._number = Permutation(cell_key(seed, self.name, "isbn"), _TAIL)
        self._prefix_key, self._title_key, self._author_key = (
            cell_key(seed, self.name, column) for column in ("isbn.prefix", "title", "author")
        )

    def batch(self, start: int, stop: int) -> pa.RecordBatch:
        """Rows start..stop−1."""
        rows, books = np.arange(start, stop, dtype=np.uint64), self._books
        published, language, genre = books.published(rows), books.language(rows), books.genre(rows)
        writer = bits(self._author_key, rows) % np.uint64(max(1, self.rows // 3))  # a third as many authors as books
        year = published.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
        columns = [
            ids("BOOK_", 6, rows),
            self.isbn(rows, language),
            titles(bits(self._title_key, rows), genre, language),
            authors(bits(self._author_key, writer), language, self._locale),
            ids("PUB_", 6, books.publisher(rows)),
            category("genres", genre),
            integers(year.astype(np.int32)),
            integers(books.pages(rows).astype(np.int32)),
            decimals(books.cents(rows), 12, 2),
            category("formats", books.format(rows)),
            category("languages", language),
            timestamps(books.created(rows, published)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def isbn(self, rows: U64, language: np.ndarray) -> pa.Array:
        """ISBN-13 (ISO 2108): 978, the language's group, and digits of which seven are no other book's; check digit."""
        group, spare = _GROUPS.take(language), (bits(self._prefix_key, rows) % np.uint64(20)).view(np.int64)
        single = (group * 10 + np.where(group == 0, spare, spare % 10)) * _TAIL
        body = np.where(group == 84, group * _TAIL, single) + self._number.forward(rows).view(np.int64)
        whole = (978 * 10**9 + body) * 10
        return pc.cast(integers(whole + _check_digit(whole)), pa.string())


def _check_digit(number: I64) -> I64:
    """What makes the sum of the 13 digits, every second one times 3, a multiple of ten."""
    total = np.zeros(len(number), np.int64)
    for place in range(1, 13):
        number = number // 10
        total += number % 10 * (3 if place % 2 else 1)
    return -total % 10
