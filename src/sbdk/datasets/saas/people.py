"""Names and e-mail addresses: human-looking, and no address twice in any table, by construction.

(first, last, number) ↔ row is a bijection: the low 16 bits of the row are permuted (a different permutation for each
block of 65,536 rows) to one of 256 × 256 pairs of names; the number's last two digits turn the block by a hash of the
pair, the rest of the number is the block's hundreds. The local part first‑separator‑last‑number is read back without
doubt since names are letters only, and a spelling has one index in all countries. So no two rows share a local part,
whatever their country, separator and domain.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.errors import ConfigError
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns.bijection import shuffled
from sbdk.synth.columns.choice import Codes
from sbdk.datasets.saas.arrivals import I64
from sbdk.datasets.saas.defaults import COUNTRIES, EMAIL_DOMAINS
from sbdk.synth.vocab import LOCALES, SIZE, names

BY_COUNTRY = "country"
_LOW = np.uint64(0xFFFF)
_SEPARATORS = (".", "_", "-", ".")


class People:
    """Who the users are, by 0-based row and country. `locale`: "country", or one locale for the names of all."""

    def __init__(self, seed: int, locale: str) -> None:
        if locale != BY_COUNTRY and locale not in LOCALES:
            known = ", ".join([BY_COUNTRY, *LOCALES])
            raise ConfigError(f"locale: {locale!r} is not known", hint=f"known: {known}")
        pools = [names(code if locale == BY_COUNTRY else LOCALES[locale]) for code in COUNTRIES]
        self._first = pa.array([name for pool in pools for name in pool.first])
        self._last = pa.array([name for pool in pools for name in pool.last])
        self._first_ascii = pa.array([name for pool in pools for name in pool.first_ascii])
        self._last_ascii = pa.array([name for pool in pools for name in pool.last_ascii])
        self._family_first = np.array([pool.family_first for pool in pools])
        self._domains = pa.array([f"@{domain}" for code in COUNTRIES for domain in EMAIL_DOMAINS[code]])
        self._block_key = cell_key(seed, "raw_users", "name.block")
        self._pair_key = cell_key(seed, "raw_users", "name.number")
        self._style_key = cell_key(seed, "raw_users", "email.separator")

    def pair(self, rows: U64) -> tuple[I64, I64]:
        """The pair of names (0..65,535) of each row and its number: a bijection."""
        block = rows >> np.uint64(16)
        pair = shuffled(rows & _LOW, bits(self._block_key, block))
        turn = (bits(self._pair_key, pair) >> np.uint64(32)) % np.uint64(100)
        number = (block + turn) % np.uint64(100) + block // np.uint64(100) * np.uint64(100)
        return pair.astype(np.int64), number.astype(np.int64)

    def name(self, pair: I64, country: Codes) -> pa.StringArray:
        """As people of the country write it."""
        first = self._first.take(_first_index(pair, country))
        last = self._last.take(_last_index(pair, country))
        turned = self._family_first.take(country)
        if not turned.any():
            return pc.binary_join_element_wise(first, last, " ")
        mask = pa.array(turned)
        return pc.binary_join_element_wise(pc.if_else(mask, last, first), pc.if_else(mask, first, last), " ")

    def email(self, rows: U64, pair: I64, number: I64, country: Codes, domain: I64) -> pa.StringArray:
        """first, separator, last, number (none for 0), @domain."""
        first = self._first_ascii.take(_first_index(pair, country))
        last = self._last_ascii.take(_last_index(pair, country))
        style = pa.array(_SEPARATORS).take(pa.array(lane(bits(self._style_key, rows), 0) & 3))
        digits = pc.cast(pa.array(number), pa.string())
        digits = pc.if_else(pa.array(number == 0), "", digits)
        return pc.binary_join_element_wise(first, style, last, digits, self._domains.take(pa.array(domain)), "")

    def domain(self, word: U64, country: Codes) -> I64:
        """Index of one of the country's four domains, even."""
        return country.astype(np.int64) * 4 + (lane(word, 3) & 3)


def domain_names() -> list[str]:
    """The domain of each index that `People.domain` gives."""
    return [domain for code in COUNTRIES for domain in EMAIL_DOMAINS[code]]


def _first_index(pair: I64, country: Codes) -> pa.Array:
    return pa.array(country.astype(np.int64) * SIZE + (pair >> 8))


def _last_index(pair: I64, country: Codes) -> pa.Array:
    return pa.array(country.astype(np.int64) * SIZE + (pair & 255))
