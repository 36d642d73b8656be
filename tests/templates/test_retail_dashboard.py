"""The dashboard of the retail project: its quarantine, its score, and thirty models on one screen."""

from __future__ import annotations

import re
from html import unescape

from sbdk.project import Project
from support.places import served
from support.retail_shop import Apparel


def test_quarantine_score_and_lineage(apparel: Apparel) -> None:
    with served(Project(apparel.path)) as client:
        checks = client.get("/checks").text
        parts = [unescape(part) for part in re.findall(r'data-part="(/quarantine/records[^"]+)"', checks)]
        assert parts
        assert all(client.get(part).status_code == 200 for part in parts)
        card = client.get("/score/card").text
        assert "A+" in card
        assert "negative discount" in card
        assert len(client.get("/lineage/states").json()) >= 36
        assert client.get("/quarantine/records?stream=nope&rule=nope").json()["error"] == "not_found"
