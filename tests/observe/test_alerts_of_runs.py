"""Alerts through the command line: a broken model, a failed check, recovery, freshness; and no secret in any of it."""

from __future__ import annotations

import pytest

from support.shops import Shop
from support.slack_double import SlackDouble

CANARY = "canary-5f3a9c"


@pytest.fixture
def slack():
    double = SlackDouble()
    yield double
    double.close()


def texts(slack: SlackDouble) -> list[str]:
    return [body["text"] for body in slack.received]


def test_a_broken_model_is_reported_once_and_its_fix_once(tiny: Shop, slack: SlackDouble) -> None:
    address = {"SBDK_ALERTS__URL": slack.url}
    whole = (tiny.path / "dbt/models/doubled.sql").read_text()
    tiny.write("dbt/models/doubled.sql", "select nothing from nowhere")
    assert [tiny.sbdk("dev", **address).code for _ in range(3)] == [1, 1, 1]
    (message,) = texts(slack)
    assert message.startswith("tiny (dev): a run failed: ")
    assert "doubled" in message
    tiny.write("dbt/models/doubled.sql", whole)
    assert [tiny.sbdk("dev", **address).code for _ in range(2)] == [0, 0]
    assert texts(slack)[1:] == ["tiny (dev): runs again"]


def test_a_failed_check_is_reported_as_one(tiny: Shop, slack: SlackDouble) -> None:
    tiny.write("checks/small.sql", "select * from raw.things where size > 0\n")
    assert tiny.sbdk("dev", SBDK_ALERTS__URL=slack.url).code == 1
    assert texts(slack)[0].startswith("tiny (dev): a check failed: check small found ")


def test_stale_tables_are_reported_and_fresh_ones_again(tiny_built: Shop, slack: SlackDouble) -> None:
    tiny = tiny_built
    tiny.configure(quality={"freshness": {"warn_hours": 1e-9}})
    assert tiny.sbdk("check", "--freshness", SBDK_ALERTS__URL=slack.url).code == 0
    assert texts(slack) == ["tiny (dev): stale tables: things"]
    tiny.configure(quality={"freshness": {"warn_hours": 1000}})
    assert tiny.sbdk("check", "--freshness", SBDK_ALERTS__URL=slack.url).code == 0
    assert texts(slack)[1:] == ["tiny (dev): tables are fresh again"]


def test_a_secret_in_an_error_is_in_no_alert_no_log_and_no_answer(tiny: Shop, slack: SlackDouble) -> None:
    tiny.write(
        "pipelines/shy.py",
        "import os, dlt\n@dlt.resource\ndef shy():\n    raise OSError('login root:' + os.environ['SHOP_PASSWORD'])\n",
    )
    environment = {"SBDK_ALERTS__URL": slack.url, "SHOP_PASSWORD": CANARY}
    answers = [tiny.sbdk("dev", "--verbose", **environment), tiny.sbdk("runs", "--json", **environment)]
    assert answers[0].code == 1
    assert "login root:***" in texts(slack)[0]
    written = {path for path in tiny.path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()}
    assert written == set()
    for answer in answers:
        assert CANARY not in answer.out + answer.err
        assert "canary-token" not in answer.out + answer.err
