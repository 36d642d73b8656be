"""An alert as the JSON of Slack's incoming webhooks and their imitations (Mattermost, Discord's /slack).

Format: Slack, "Incoming webhooks" and "Block Kit" (header ≤ 150 characters, section ≤ 3,000, 10 fields ≤ 2,000).
"""

from __future__ import annotations

from typing import Any

from sbdk.observe.alert_state import Alert

MARK = {"info": ":white_check_mark:", "warning": ":warning:", "critical": ":rotating_light:"}
HEADER, SECTION, FIELD, FIELDS = 150, 3000, 2000, 10


def slack_message(alert: Alert) -> dict[str, Any]:
    """The body to send. `text` is shown in the notification; text from data or errors is never markup."""
    heading = f"{MARK[alert.severity]} {alert.title}"
    blocks: list[dict[str, Any]] = [{"type": "header", "text": {"type": "plain_text", "text": cut(heading, HEADER)}}]
    if alert.text:
        blocks.append({"type": "section", "text": _markdown(escaped(alert.text), SECTION)})
    if alert.facts:
        fields = [_markdown(f"*{escaped(name)}*\n{escaped(value)}", FIELD) for name, value in alert.facts.items()]
        blocks.append({"type": "section", "fields": fields[:FIELDS]})
    return {
        "text": cut(escaped(f"{alert.title}: {alert.text}" if alert.text else alert.title), SECTION),
        "blocks": blocks,
    }


def escaped(text: str) -> str:
    """The three control characters of Slack's markup, escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _markdown(text: str, most: int) -> dict[str, str]:
    return {"type": "mrkdwn", "text": cut(text, most)}
