"""Where file events are unavailable (fault row 58): a warning, and the files are polled instead."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sbdk.core.events import RunEvent, Warned
from sbdk.watch.file_events import FileEvents
from support.shops import Shop
from support.started import Started
from support.tiny_shop import FILES

MODEL = "dbt/models/apart.sql"
TEN_WATCHES = ("unshare", "-r", "sh", "-c", 'echo 10 > /proc/sys/user/max_inotify_watches && exec "$@"', "sh")


@pytest.fixture
def limited(shop: Shop) -> Iterator[Started]:
    """A watch in a user namespace with ten inotify watches, and more folders than that."""
    probe = subprocess.run([*TEN_WATCHES, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this machine lets nobody make a user namespace with a limit of its own")
    for number in range(20):
        shop.write(f"dbt/models/part_{number}/notes.md", "words\n")
    running = Started(shop, prefix=TEN_WATCHES)
    yield running
    running.stop()


def test_with_too_few_inotify_watches_it_warns_once_and_polls_instead(limited: Started) -> None:
    limited.wait_for("everything|checking the files every")  # in either order: file events have threads of their own
    limited.wait_for("everything|checking the files every")
    (warning,) = [line for line in limited.lines if "checking the files every" in line]
    assert "watch limit reached" in warning
    for number in (2, 3):
        limited.edit(MODEL, FILES[MODEL].replace("7", str(number)))
        assert limited.shop.query("select id from apart") == [(number,)]
    assert sum("checking the files" in line for line in limited.lines) == 1


def test_whatever_error_the_system_raises_it_is_warned_of_and_files_are_polled_more_often(tmp_path: Path) -> None:
    emitted: list[RunEvent] = []
    warned = threading.Event()
    events = FileEvents(tmp_path, lambda event: (emitted.append(event), warned.set())[0])
    before = events.every
    events.listen([tmp_path / "nowhere"])  # watchfiles itself raises FileNotFoundError
    assert warned.wait(10)
    events.stop()
    (warning,) = emitted
    assert isinstance(warning, Warned)
    assert "checking the files every 0.5 s" in warning.text
    assert events.every < before


@pytest.mark.parametrize("folder", ["dbt/models", "dbt", "pipelines", "checks"])
def test_a_folder_that_was_deleted_and_made_again_is_watched_again(started: Started, folder: str) -> None:
    place = started.shop.path / folder
    aside = started.shop.path.parent / "aside"
    shutil.copytree(place, aside)
    shutil.rmtree(place)
    aside.rename(place)
    before = started.builds()
    check = "checks/small.sql"
    for name, number in ((MODEL, 11), (MODEL, 12), (check, 13)):
        started.edit(name, FILES[name].replace("7", str(number)) + f"-- {number}\n")
    assert started.shop.query("select id from apart") == [(12,)]
    assert started.builds() > before
    assert not any("checking the files" in line for line in started.lines)
    started.edit(MODEL, FILES[MODEL])
    started.edit(check, FILES[check])
