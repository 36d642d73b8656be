"""Books as pure cells (publisher, format, price, life) and the rows of the table."""

from __future__ import annotations

from datetime import date
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sbdk.datasets.bookstore.permutation import Permutation
from sbdk.datasets.bookstore.publishers import OPENING, Publishers
from sbdk.datasets.bookstore.seasonality import DAY, I64
from sbdk.datasets.bookstore.words import MONEY, authors, category, field, ids, titles, word_field
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import Choice, chance, choose_given, decimals, given_table, integers, scaled, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.columns.choice import Codes

NEVER = 2**31 - 1
"""The last day of demand for a book whose demand does not end."""
HARDCOVER, PAPERBACK, EBOOK, AUDIOBOOK = range(4)
ACADEMIC = 2
_PHYSICAL = 0.65
_GENRE = Choice.of(range(5), (32, 24, 14, 12, 18))
_LANGUAGE = given_table([(94, 3, 1, 2), (6, 93, 1, 0), (7, 1, 91, 1), (9, 0, 1, 90)])
"""English, Spanish, French, German, by the language of the publisher's country."""
_FIRST_DIGITAL = (date(2000, 1, 1) - date(1970, 1, 1)).days
"""Before this day no eBook or audiobook came out, unless the whole data set lies before it."""
_NEW = 0.12
"""Share of an active publisher's books that come out between start and anchor."""
_BACKLIST_YEARS = 40
_ENDING = 0.1
"""Share of the books two years old at the start whose demand ends on some day."""
_ESTABLISHED_BOOK = 720
_BEFORE_START, _BEFORE_ANCHOR = 365, 45
_LOWEST = np.array((1800, 900, 400, 1200), np.int64)
_SPAN = np.array((7000, 2600, 1600, 3800), np.int64)


class Books:
    """Cells of books by 0-based row. `start` and `anchor` are days since 1970. Row 0 was there before and stays."""

    def __init__(self, seed: int, start: int, anchor: int, rows: int, publishers: Publishers) -> None:
        self.rows, self.start, self.anchor, self._publishers = rows, start, anchor, publishers
        self._keys = {
            column: cell_key(seed, "books", column)
            for column in ("traits", "is_new", "published", "ending", "ended", "price", "created_at")
        }
        self._title_number = Permutation(cell_key(seed, "books", "publisher_id"), rows)
        self.format_number = Permutation(cell_key(seed, "books", "format"), rows)
        self.physical = max(1, round(_PHYSICAL * rows))
        self._lock = Lock()
        self._lives: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None

    def _column_bits(self, column: str, books: U64) -> U64:
        return bits(self._keys[column], books)

    def publisher(self, books: U64) -> U64:
        return self._publishers.of_title(self._title_number.forward(books))

    def genre(self, books: U64) -> Codes:
        return _GENRE.codes(lane(self._column_bits("traits", books), 0))

    def language(self, books: U64) -> Codes:
        at_home = self._publishers.language(self.publisher(books))
        return choose_given(_LANGUAGE, at_home, lane(self._column_bits("traits", books), 1))

    def digital(self, books: U64) -> NDArray[np.bool_]:
        """eBooks and audiobooks: 35 % of all, exactly."""
        return self.format_number.forward(books) >= self.physical

    def format(self, books: U64) -> I64:
        second = lane(self._column_bits("traits", books), 2) < 42_000
        return np.where(self.digital(books), AUDIOBOOK - second, PAPERBACK - ~second)

    def published(self, books: U64) -> I64:
        """The day of publication: of new books evenly between start and anchor, of others the denser the later."""
        publisher = self.publisher(books)
        new = chance(self._column_bits("is_new", books), _NEW) & self._publishers.active(publisher) & (books != 0)
        word = self._column_bits("published", books)
        founded = (self._publishers.established(publisher) - 1970).astype("datetime64[Y]").astype("datetime64[D]")
        backlist = np.maximum(founded.astype(np.int64), self.start - _BACKLIST_YEARS * 365)
        first_digital = min(_FIRST_DIGITAL, self.start - 365)
        earliest = np.where(self.digital(books), np.maximum(backlist, first_digital), backlist)
        within = (word >> np.uint64(43)).view(np.int64)
        ago = (within * within >> 21) * (self.start - earliest) >> 21
        fresh = self.start + scaled(word, self.anchor - self.start).view(np.int64)
        return np.where(new, fresh, self.start - 1 - ago)

    def ended(self, books: U64, published: I64) -> I64:
        """The first day without demand; NEVER for most books."""
        old = published <= self.start - _ESTABLISHED_BOOK
        ending = chance(self._column_bits("ending", books), _ENDING) & old & (books != 0)
        span = self.anchor - self.start + _BEFORE_START - _BEFORE_ANCHOR
        day = self.start - _BEFORE_START + scaled(self._column_bits("ended", books), span).view(np.int64)
        return np.where(ending, day, NEVER)

    def life(self, books: U64) -> tuple[I64, I64]:
        """published and ended, looked up."""
        published, ended = self.lives
        rows = books.view(np.int64)
        return published.take(rows).astype(np.int64), ended.take(rows).astype(np.int64)

    @property
    def lives(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """published and ended of every book: eight bytes each, computed once for draws by the million."""
        with self._lock:
            self._lives = self._lives or self._compute_lives()
        return self._lives

    def _compute_lives(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        published_days, ended_days = np.empty(self.rows, np.int32), np.empty(self.rows, np.int32)
        for low in range(0, self.rows, 131_072):
            part = np.arange(low, min(low + 131_072, self.rows), dtype=np.uint64)
            published = self.published(part)
            published_days[low : low + len(part)] = published
            ended_days[low : low + len(part)] = self.ended(part, published)
        return published_days, ended_days

    def cents(self, books: U64) -> I64:
        """List price: ends in 49 or 99; low ones more often; half as much again at academic publishers."""
        word = self._column_bits("price", books)
        kind = self.format(books)
        both = lane(word, 0).astype(np.int64) * lane(word, 1)
        academic = self._publishers.type(self.publisher(books)) == ACADEMIC
        amount = (_LOWEST.take(kind) + (both * _SPAN.take(kind) >> 32)) * np.where(academic, 3, 2) // 2
        return amount // 50 * 50 + 49

    def pages(self, books: U64) -> I64:
        """Of an audiobook, those of the printed edition."""
        word = self._column_bits("price", books)
        return 40 + (lane(word, 2).astype(np.int64) * 380 >> 16) + (lane(word, 3).astype(np.int64) * 360 >> 16)

    def created(self, books: U64, published: I64) -> I64:
        """Microseconds at which the shop entered the book: 1–17 weeks before it came out, or when the shop opened."""
        word = self._column_bits("created_at", books)
        opening = (self.start - OPENING + 30) * DAY + scaled(word, 60 * DAY).view(np.int64)
        return np.maximum(opening, published * DAY - 7 * DAY - scaled(word, 113 * DAY).view(np.int64))


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
