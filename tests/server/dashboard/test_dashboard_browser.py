"""The pages in a real Chromium: nothing of the data runs, keys and colours work, a run is seen as it happens."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sbdk.core.event_stream import Broadcast
from sbdk.core.events import NodeStarted, Progress, RunFinished, RunStarted, StageFinished, StageStarted, Warned
from sbdk.state.record_parts import DbtRecord, DbtRelation
from support.payloads import PAYLOADS
from support.places import Place, model, served

STAGES = ("generate", "load", "transform", "check", "publish")


class Eye:
    """A page, and what must never happen on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.dialogs: list[str] = []
        self.complaints: list[str] = []
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path, wait_until="load")
        expect(self.page.locator("[data-part]:not([data-lazy])")).to_have_count(0)
        return self.page


@pytest.fixture(scope="module")
def url(shop_once: Place) -> Iterator[str]:
    with served(shop_once.project) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture
def eye(browser: Browser, url: str) -> Iterator[Eye]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    yield Eye(context.new_page(), url)
    context.close()


def hostile_place(place: Place) -> None:
    """Each payload as a value, and as the name of a table, a column, a run's command, a model, a failing row."""
    quoted = ["'" + payload.replace("'", "''") + "'" for payload in PAYLOADS]
    name = ['"' + payload.replace('"', '""').replace("\0", "") + '"' for payload in PAYLOADS]
    statements = ["create schema raw", "create table raw.said as select unnest([" + ", ".join(quoted) + "]) as word"]
    statements += [
        f"create table raw.{one} as select 1 as {one}, {text} as word" for one, text in zip(name, quoted, strict=True)
    ]
    place.publish(statements, dbt=DbtRecord(relations=tuple(DbtRelation("main", one, one) for one in PAYLOADS)))
    wide = ", ".join(f"{text} as {one}" for one, text in zip(name, quoted, strict=True))
    place.publish([f"create or replace table raw.said as select {wide}", "insert into raw.said select * from raw.said"])
    everything = " ".join(PAYLOADS)
    error = {"message": everything, "file": PAYLOADS[0], "hint": everything, "code": "check"}
    run_id = place.record("failed", error=error)
    for at, payload in enumerate(PAYLOADS):
        safe = re.sub(r"[/\0]", "_", payload)[:60]
        place.keep_failures(run_id, f"{at}{safe}", [{payload: payload}])
    (place.state / "runs" / run_id / "dbt.log").write_text(everything)
    (place.root / "checks" / "bad.sql").write_text(
        f"-- description: {PAYLOADS[0]}\nselect '{PAYLOADS[1]}' from raw.said\n"
    )
    nodes = [model(payload, description=payload, columns={payload: {"description": payload}}) for payload in PAYLOADS]
    shown = model("said", schema="raw", description=everything, columns={PAYLOADS[0]: {"description": PAYLOADS[1]}})
    place.manifest(
        *nodes, shown, *(model(payload, kind="test", attached_node="model.shop.said") for payload in PAYLOADS)
    )
    (place.root / "pipelines" / "<img src=x onerror=alert(1)>.py").write_text("")


def test_nothing_of_the_data_is_ever_run(browser: Browser, tmp_path) -> None:
    place = Place.empty(tmp_path / "hostile")
    hostile_place(place)
    assert len(PAYLOADS) == 100
    broadcast = Broadcast()
    with served(place.project, broadcast, request_run=lambda: None) as client:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        eye = Eye(context.new_page(), str(client.base_url).rstrip("/"))
        shown = eye.go("/table?schema=raw&name=said").locator(".peek thead th")
        assert shown.count() == len(PAYLOADS)
        for payload in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'):
            assert eye.page.get_by_text(payload).count() > 0
        eye.page.click("text=Compare with")
        expect(eye.page.locator("#changes table")).to_be_visible()
        for path in ("/", "/lineage", "/tables", "/checks", "/sql", "/score"):
            eye.go(path)
            for text in PAYLOADS[:3]:
                broadcast.emit(StageStarted("load"))
                broadcast.emit(Progress("load", item=text))
                broadcast.emit(NodeStarted("load", text, text, text))
                broadcast.emit(Warned("load", text))
        eye.go("/")
        expect(eye.page.locator("#live .lines li").first).to_contain_text("alert")
        for link in [one.get_attribute("href") for one in eye.page.locator(".past a").all()][:2]:
            eye.go(str(link))
        eye.go("/lineage")
        eye.page.locator(".node").evaluate_all(
            "nodes => nodes.forEach(node => node.dispatchEvent("
            "new MouseEvent('click', {bubbles: true, cancelable: true, detail: 1})))"
        )
        for link in [one.get_attribute("href") for one in eye.go("/tables").locator("a[data-row]").all()][:5]:
            eye.go(str(link))
        ask_for_payloads(eye)
        context.close()
    assert eye.dialogs == []
    assert eye.complaints == []


def ask_for_payloads(eye: Eye) -> None:
    """The SQL box shows and keeps them as they are."""
    listed = ", ".join("'" + payload.replace("'", "''").replace("\0", "") + "'" for payload in PAYLOADS)
    eye.go("/sql").fill("#sql", f'select unnest([{listed}]) as "<img src=x onerror=alert(2)>"')
    eye.page.keyboard.press("Control+Enter")
    cells = eye.page.locator("#result td")
    expect(cells).to_have_count(len(PAYLOADS))
    assert cells.all_text_contents() == [payload.replace("\0", "") for payload in PAYLOADS]
    eye.page.reload()
    eye.page.click("#show-past")
    expect(eye.page.locator("#past button")).to_have_count(1)


def test_the_address_bar_runs_nothing_either(eye: Eye) -> None:
    for path in (
        "/sql?sql=<script>alert(1)</script>",
        "/table?schema=<img src=x onerror=alert(1)>&name=x",
        "/<script>alert(1)</script>",
    ):
        eye.page.goto(eye.url + path)
        eye.page.wait_for_timeout(100)
    assert eye.dialogs == []


def test_a_run_is_seen_stage_by_stage(browser: Browser, shop: Place) -> None:
    broadcast = Broadcast()
    with served(shop.project, broadcast) as client:
        context = browser.new_context()
        eye = Eye(context.new_page(), str(client.base_url).rstrip("/"))
        page = eye.go("/")
        stage = page.locator("#live .stages li")
        before = page.locator("#live").bounding_box()
        broadcast.emit(RunStarted("sbdk dev", "shop", "dev", run_id="x"))
        expect(page.locator("#live .top b")).to_have_text("Running")
        broadcast.emit(StageStarted("generate"))
        expect(stage.nth(0)).to_have_class("running")
        broadcast.emit(Progress("generate", 1_000, 4_000, "rows"))
        expect(stage.nth(0).locator(".what")).to_contain_text("1,000 of 4,000")
        broadcast.emit(StageFinished("generate", "success", 1.25, 4_000))
        expect(stage.nth(0).locator(".time")).to_have_text("1.25 s")
        expect(stage.nth(0).locator(".what")).to_have_text("4,000 rows")
        for name in STAGES[1:]:
            broadcast.emit(StageStarted(name))
            broadcast.emit(StageFinished(name, "success", 0.5))
        broadcast.emit(RunFinished("success", run_id="x"))
        expect(page.locator("#live .top b")).to_have_text("Published")
        assert page.locator("#live").bounding_box() == before
        context.close()


def test_a_run_of_another_terminal_appears_by_itself(browser: Browser, shop: Place) -> None:
    with served(shop.project) as client:
        context = browser.new_context()
        page = Eye(context.new_page(), str(client.base_url).rstrip("/")).go("/")
        expect(page.locator("#past tbody tr")).to_have_count(2)
        page.wait_for_timeout(1_300)  # the stream has looked once
        run_id = shop.record("failed", error={"message": "check paid found 60 rows", "file": None, "hint": None})
        shop.keep_failures(run_id, "paid", [{"id": 7, "reason": "seven is not paid"}])
        page.wait_for_timeout(200)
        shop.publish(["create table late as select 1 as x"])
        expect(page.locator("#past tbody tr")).to_have_count(3)
        expect(page.locator("#trouble")).to_contain_text("check paid found 60 rows")
        expect(page.locator("#trouble")).to_contain_text("seven is not paid")
        context.close()


def test_keys_lead_everywhere(eye: Eye) -> None:
    page = eye.go("/")
    page.keyboard.press("?")
    expect(page.locator("dialog#help")).to_be_visible()
    page.keyboard.press("Escape")
    for key, path in (("2", "/lineage"), ("3", "/tables")):
        page.keyboard.press(key)
        page.wait_for_url(eye.url + path)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "latest"
    page.keyboard.press("/")
    page.keyboard.type("spend")
    expect(page.locator("tr[data-name]:visible")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("name=big_spenders"))
    assert eye.complaints == []


def test_colours_follow_the_system_until_somebody_chooses(browser: Browser, url: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = Eye(context.new_page(), url).go("/")

    def paper() -> int:
        return int(re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[0])

    assert paper() < 60
    page.keyboard.press("t")
    assert paper() > 200
    page.goto(url + "/tables")
    assert paper() > 200
    context.close()


def test_the_lineage_is_walked_with_the_arrow_keys(eye: Eye) -> None:
    page = eye.go("/lineage")
    expect(page.locator(".node")).to_have_count(4)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    chosen = page.locator(".node.chosen")
    assert chosen.get_attribute("data-key") in ("model.shop.big_spenders", "model.shop.latest")
    expect(page.locator(".detail:visible")).to_have_count(1)
    expect(page.locator(".node.near")).to_have_count(3)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/table\\?schema=main"))
    assert eye.complaints == []


def test_the_editor_indents_and_shows_where_a_mistake_is(eye: Eye) -> None:
    page = eye.go("/sql")
    page.fill("#sql", "")
    page.locator("#sql").focus()
    page.keyboard.type("select id,")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("nope from raw.raw_orders")
    assert page.input_value("#sql") == "select id,\n  nope from raw.raw_orders"
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result pre")).to_contain_text("line 2:   nope from")
    assert page.evaluate("document.getElementById('sql').selectionStart") == len("select id,\n  ")
    expect(page.locator("#paint .bad")).to_have_text("nope")
    page.keyboard.press("Shift+Tab")
    assert page.input_value("#sql") == "select id,\nnope from raw.raw_orders"
    page.fill("#sql", "select 1 as one")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result td")).to_have_text("1")
    with page.expect_download() as download:
        page.click("[data-export=csv]")
    assert download.value.path().read_text() == "one\n1\n"
    kept = json.loads(page.evaluate("localStorage.getItem('sbdk-sql-shop')"))
    assert kept[0] == "select 1 as one"


@pytest.mark.parametrize("width", [380, 900, 2500])
def test_no_page_is_wider_than_the_screen(browser: Browser, url: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    eye = Eye(context.new_page(), url)
    for path in ("/", "/lineage", "/tables", "/table?schema=raw&name=raw_orders", "/checks", "/sql"):
        page = eye.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").is_visible()
    context.close()


def test_what_comes_later_moves_nothing(eye: Eye) -> None:
    """Layout shift as Chromium counts it, also for the profile that replaces its own place."""
    page = eye.page
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "one => { window.shift += one.value })).observe({type: 'layout-shift', buffered: true})"
    )
    for path in ("/", "/lineage", "/tables", "/sql", "/checks"):
        eye.go(path)
        time.sleep(0.3)
        assert page.evaluate("window.shift") < 0.01, path
