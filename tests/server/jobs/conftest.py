"""The project that is pushed to a server."""

from __future__ import annotations

import pytest

from support.shipping import shipping_shop
from support.shops import Shop


@pytest.fixture(scope="session")
def shipping_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return shipping_shop(tmp_path_factory.mktemp("shipping"))
