"""Names of people, and their e-mail addresses."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.arrays import looked_up
from sbdk.synth.cells import lane
from sbdk.synth.columns.names import NamePools
from sbdk.synth.vocab import LOCALES, NAMES_VERSION, names

if TYPE_CHECKING:
    from sbdk.datasets.declared.api import TableContext

_COUNTRIES = tuple(LOCALES.values())
_DOMAINS = ("example.com", "example.net", "example.org")
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
        pools = _pools()
        return pools.names(pools.people(rows.key(), rows.numbers, self.countries(rows)))


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
        pools = _pools()
        people = pools.people(person.key(), rows.numbers, rows.prepared.countries(person))
        random = rows.bits()
        style = _SEPARATORS.take(pa.array(lane(random, 0) & 3))
        domain = pa.array([f"@{name}" for name in self.domains]).take(pa.array(lane(random, 1) % len(self.domains)))
        return pools.addresses(people, style, domain)


@cache
def _pools() -> NamePools:
    return NamePools([names(country) for country in _COUNTRIES])
