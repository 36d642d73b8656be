"""Names of people, and their e-mail addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.arrays import looked_up
from sbdk.synth.cells import U64, lane
from sbdk.synth.columns.choice import pair_and_number
from sbdk.synth.vocab import LOCALES, NAMES_VERSION, SIZE, names

if TYPE_CHECKING:
    from sbdk.datasets.declared.api import TableContext

_COUNTRIES = tuple(LOCALES.values())
_DOMAINS = ("example.com", "example.net", "example.org")
_POOLS = {
    spelling: pa.array([name for country in _COUNTRIES for name in getattr(names(country), spelling)])
    for spelling in ("first", "last", "first_ascii", "last_ascii")
}
_FAMILY_FIRST = np.array([names(country).family_first for country in _COUNTRIES])
_SEPARATORS = pa.array([".", "_", "-", "."])


@generator("name")
class Name(Generator):
    """First and last name as people of a country write them: of `locale`, or by a column of country codes.

    Countries are US, GB, CA, AU, DE, FR, JP; in any other, names are as in the US. Without both, the project's locale.
    """

    version: ClassVar[int] = NAMES_VERSION
    locale: str | None = Field(None, pattern=f"^({'|'.join(LOCALES)})$")
    country: str | None = None

    def reads(self) -> tuple[str, ...]:
        return (self.country,) if self.country else ()

    def countries(self, rows: Rows) -> NDArray[np.int64]:
        """The position of each row's country."""
        if not self.country:
            locale = self.locale or rows.chunk.table.settings.locale
            return np.full(len(rows), _COUNTRIES.index(LOCALES.get(locale, "US")), np.int64)
        return looked_up(rows.column(self.country), lambda c: _COUNTRIES.index(c) if c in _COUNTRIES else 0, 0)

    def make(self, rows: Rows) -> pa.Array:
        pair, _ = pair_and_number(rows.key(), rows.numbers)
        country = self.countries(rows)
        first, last = _spelled("first", country, pair), _spelled("last", country, pair)
        turned = _FAMILY_FIRST.take(country)
        if not turned.any():
            return pc.binary_join_element_wise(first, last, " ")
        front, back = pc.if_else(pa.array(turned), last, first), pc.if_else(pa.array(turned), first, last)
        return pc.binary_join_element_wise(front, back, " ")


@generator("email")
class Email(Generator):
    """The address of the person in a `name` column, no address twice at any volume: anna.berg7@example.com."""

    unique: ClassVar[bool] = True
    version: ClassVar[int] = NAMES_VERSION
    of: str
    domains: tuple[str, ...] = Field(_DOMAINS, min_length=1, max_length=1_000)

    def reads(self) -> tuple[str, ...]:
        return (self.of,)

    def prepare(self, table: TableContext, column: str) -> Name:
        person = table.generators[self.of]
        if not isinstance(person, Name):
            raise table.error(column, f"of: {self.of!r} is not made by the generator `name`")
        return person

    def make(self, rows: Rows) -> pa.Array:
        person = Rows(rows.chunk, self.of)
        pair, number = pair_and_number(person.key(), rows.numbers)
        country = rows.prepared.countries(person)
        first, last = _spelled("first_ascii", country, pair), _spelled("last_ascii", country, pair)
        random = rows.bits()
        style = _SEPARATORS.take(pa.array(lane(random, 0) & 3))
        domain = pa.array([f"@{name}" for name in self.domains]).take(pa.array(lane(random, 1) % len(self.domains)))
        digits = pc.if_else(pa.array(number == 0), "", pa.array(number).cast(pa.string()))
        return pc.binary_join_element_wise(first, style, last, digits, domain, "")


def _spelled(spelling: str, country: NDArray[np.int64], pair: U64) -> pa.Array:
    """The first or last names of the pairs: the upper 8 bits are the first name, the lower the last."""
    index = pair >> np.uint64(8) if spelling.startswith("first") else pair & np.uint64(255)
    return _POOLS[spelling].take(pa.array(country * SIZE + index.astype(np.int64)))
