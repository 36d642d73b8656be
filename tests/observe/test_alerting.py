"""An alert reaches the webhook once per trouble, as Slack wants it, and never hurts the run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sbdk.observe.alert_state import Alert
from sbdk.observe.sinks.alerts import Alerter, slack_message
from sbdk.spec.config_sections import Alerts
from support.slack_double import SlackDouble

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def slack():
    double = SlackDouble()
    yield double
    double.close()


class Desk:
    """An Alerter with a clock that stands until it is moved."""

    def __init__(self, url, state, **settings):
        self.time, self.warnings = START, []
        self.alerter = Alerter(
            url, Alerts(**settings), state, lambda event: self.warnings.append(event.text), now=lambda: self.time
        )

    def fails(self, text="model users: no such column", kind="failure", project="shop"):
        self.alerter.raise_alert(Alert(kind, "critical", project, "dev", f"{project} (dev): a run failed", text))

    def succeeds(self):
        self.alerter.resolve(Alert("recovered", "info", "shop", "dev", "shop (dev): runs again"), ("failure", "check"))


@pytest.fixture
def desk(slack, tmp_path):
    return Desk(slack.url, tmp_path / ".sbdk")


def titles(slack):
    return [body["blocks"][0]["text"]["text"] for body in slack.received]


def test_the_same_alert_is_sent_once(slack, desk):
    for _ in range(5):
        desk.fails()
    assert titles(slack) == [":rotating_light: shop (dev): a run failed"]


def test_counts_and_run_ids_do_not_make_it_another_alert(slack, desk):
    desk.fails("check paid found 1 row; see runs/20260105T120000-ab12cd")
    desk.fails("check paid found 4,711 rows; see runs/20260106T120000-0e34ff")
    assert len(slack.received) == 1


def test_another_alert_is_sent_at_once(slack, desk):
    desk.fails()
    desk.fails("the disk is full")
    desk.fails(kind="check")
    desk.fails(project="books")
    assert len(slack.received) == 4


def test_it_is_sent_again_after_a_day_but_not_before(slack, desk):
    desk.fails()
    desk.time += timedelta(hours=23, minutes=59)
    desk.fails()
    assert len(slack.received) == 1
    desk.time += timedelta(minutes=1)
    desk.fails()
    assert len(slack.received) == 2


def test_recovery_is_sent_once_with_the_resolved_alerts(slack, desk):
    desk.fails()
    desk.fails()
    desk.succeeds()
    desk.succeeds()
    assert len(slack.received) == 2
    assert slack.received[1]["blocks"][1]["fields"] == [
        {"type": "mrkdwn", "text": "*shop (dev): a run failed*\nsince 2026-01-05T12:00:00Z, 2 ×"}
    ]


def test_after_a_recovery_the_same_alert_is_new_again(slack, desk):
    desk.fails()
    desk.succeeds()
    desk.fails()
    assert len(slack.received) == 3


def test_nothing_is_sent_for_a_good_run_without_an_open_alert(slack, desk):
    desk.succeeds()
    assert slack.received == []


def test_kinds_that_are_turned_off_are_not_sent(slack, tmp_path):
    desk = Desk(slack.url, tmp_path, on=["recovered"])
    desk.fails()
    desk.succeeds()
    assert slack.received == []


@pytest.mark.parametrize("answer", [302, 404, 429, 500])
def test_an_answer_that_is_no_success_is_a_warning_and_is_tried_again(slack, desk, answer):
    slack.answer = answer
    desk.fails()
    assert desk.warnings == [f"the alert was not delivered: the answer was {answer}"]
    slack.answer = 200
    desk.fails()
    desk.fails()
    assert len(slack.received) == 2


def test_a_webhook_that_is_not_there_is_a_warning_without_its_address(slack, tmp_path):
    slack.close()
    desk = Desk(slack.url, tmp_path)
    desk.fails()
    assert len(desk.warnings) == 1
    assert "refused" in desk.warnings[0].lower()
    assert "canary" not in desk.warnings[0]


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "not an address", "ftp://127.0.0.1/x", "http://[::1", "http://a b/"]
)
def test_an_address_that_is_none_is_a_warning(tmp_path, url):
    desk = Desk(url, tmp_path)
    desk.fails()
    assert len(desk.warnings) == 1


def test_a_webhook_that_stalls_is_left_after_the_timeout(slack, tmp_path):
    slack.stall = 20
    desk = Desk(slack.url, tmp_path, timeout_seconds=0.3)
    desk.fails()
    assert desk.warnings  # waiting until the answer came would have been a success


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"x": 1}', '{"x": {"y": 1}}', "\x00"])
def test_a_damaged_ledger_counts_as_empty(slack, tmp_path, content):
    (tmp_path / "alerts.json").write_text(content)
    Desk(slack.url, tmp_path).fails()
    assert len(slack.received) == 1
    assert len(json.loads((tmp_path / "alerts.json").read_text())) == 1


def test_a_ledger_that_cannot_be_written_is_a_warning(slack, tmp_path):
    (tmp_path / "state").write_text("a file where a folder should be")
    desk = Desk(slack.url, tmp_path / "state")
    desk.fails()
    assert len(desk.warnings) == 1


def test_the_message_keeps_slacks_limits_and_shows_text_as_text():
    hostile = "<!channel> <http://evil|click> & *bold* " + "x" * 9000
    facts = {f"fact {n} <@U1>": "y" * 5000 for n in range(30)}
    body = slack_message(Alert("failure", "critical", "shop", "dev", "t" * 500, hostile, facts))
    header, section, fields = body["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert len(section["text"]["text"]) <= 3000
    assert len(fields["fields"]) == 10
    assert all(len(field["text"]) <= 2000 for field in fields["fields"])
    assert "<" not in json.dumps(body)
    assert section["text"]["text"].startswith("&lt;!channel&gt; &lt;http://evil|click&gt; &amp; ")
