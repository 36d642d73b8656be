"""A second `sbdk start` on a project says that there is a first one."""

from __future__ import annotations

from support.shops import Shop
from support.started import Started


def test_the_second_names_the_first(shop: Shop) -> None:
    first = Started(shop)
    try:
        first.wait_for("sbdk start")
        first.wait_for("up to date|everything")
        second = Started(shop)
        try:
            assert f"PID {first.process.pid}" in second.wait_for("another `sbdk start`")
        finally:
            second.stop()
    finally:
        first.stop()
    alone = Started(shop)
    try:
        alone.wait_for("up to date|everything")
        assert not any("another" in line for line in alone.lines)
    finally:
        alone.stop()
