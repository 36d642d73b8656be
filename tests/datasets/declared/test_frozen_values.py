"""The values of the documented shop, frozen: they may change only together with a version in the fingerprint."""

import hashlib

import pytest

from support.declared_shop import shop, table

WORLD = shop()
FROZEN = {
    "customers": "5009c6511bbc62da5e3717f427afbf7c",
    "orders": "6ad1b3eb8c0198a879a2907763c59266",
    "order_lines": "12c6c2beb7376e7e7d8129de262a1820",
}


@pytest.mark.parametrize("name", list(FROZEN))
def test_no_release_changes_a_value_unawares(name: str) -> None:
    """If it fails on purpose: raise ENGINE in fingerprint.py or the generator's `version`, then write the new hash."""
    rows = repr(table(WORLD, name).to_pylist()).encode()
    assert hashlib.sha256(rows).hexdigest()[:32] == FROZEN[name]
