# The report in a browser: used by click and by keyboard, judged by axe, silent and alone (see `opened`).
import os
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
own = pytest.mark.skipif("REPORT" in os.environ, reason="knows the small output's articles")


def serious(page) -> list[str]:
    # Playwright's own channel: the page's content security policy would refuse an added script.
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


def test_no_serious_violation_in_either_theme(opened, theme):
    page = opened.page
    for summary in page.locator("main details > summary").all():
        summary.click()
    page.locator("#list a").first.click()
    page.locator("#text .stop").first.focus()
    assert serious(page) == []


@own
def test_no_serious_violation_beside_each_other_and_on_a_small_screen(opened, theme):
    page = opened.page
    page.set_viewport_size({"width": 390, "height": 800})
    page.select_option("#f-kind", "links")
    page.locator("#list a").first.click()
    page.locator("#side .jump", has_text="Show beside").first.click()
    expect(page.locator("#compare")).to_be_visible()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_small_screen_needs_no_scrolling_sideways(opened):
    opened.page.set_viewport_size({"width": 390, "height": 800})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_filters_by_click(opened):
    page = opened.page
    total = page.evaluate("JSON.parse(document.getElementById('data').textContent).articles.length")
    outlet = page.locator("#f-outlet option").nth(1)
    label = outlet.text_content()
    page.select_option("#f-outlet", outlet.get_attribute("value"))
    shown = int(label.rsplit("(", 1)[1].rstrip(")").replace(",", ""))
    expect(page.locator("#found")).to_have_text(f"{shown:,} of {total:,} articles")
    page.locator("#filters button[type=reset]").click()
    expect(page.locator("#found")).to_have_text(f"{total:,} articles")
    page.locator("#people .pick").first.click()
    expect(page.locator("#f-person")).to_have_value(page.locator("#people .pick").first.text_content())
    assert page.locator("#list a").count() > 0


def test_reader_by_click(opened):
    page = opened.page
    link = page.locator("#list a").nth(1)
    headline = link.evaluate("node => node.lastChild.textContent")
    link.click()
    expect(page.locator("#article h3")).to_have_text(headline)
    expect(link).to_have_attribute("aria-current", "true")
    page.locator(".step button", has_text="Previous").click()
    expect(page.locator("#list a").first).to_have_attribute("aria-current", "true")
    page.locator("#text .stop").first.hover()
    expect(page.locator("#detail")).to_contain_text("Raw characters")


def test_all_by_keyboard(opened):
    page = opened.page
    keys = page.keyboard
    keys.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(page.locator("#f-words")).to_be_focused()
    word = page.locator("#list a").last.evaluate("node => node.lastChild.textContent.split(' ')[0]")
    keys.type(word)
    assert page.locator("#list a").count() > 0
    for _ in range(5):
        keys.press("Tab")
    expect(page.locator("#filters button")).to_be_focused()
    keys.press("Enter")
    for _ in range(10):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('#list a')"):
            break
    keys.press("ArrowDown")
    second = page.locator("#list a").nth(1)
    expect(second).to_be_focused()
    keys.press("Enter")
    expect(second).to_have_attribute("aria-current", "true")
    expect(page.locator("#article")).to_be_focused()
    for _ in range(6):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('#text .stop')"):
            break
    expect(page.locator("#detail")).to_contain_text("Raw characters")
    stops = page.locator("#text .stop").count()
    keys.press("End")
    expect(page.locator("#text .stop").nth(stops - 1)).to_be_focused()
    keys.press("Escape")
    expect(second).to_be_focused()


@own
def test_hostile_text_is_seen_as_text(opened):
    page = opened.page
    page.locator("#list a", has_text="<script>alert(1)</script>").click()
    expect(page.locator("#article h3")).to_have_text("<script>alert(1)</script>")
    expect(page.locator("#text")).to_contain_text('"><img src=x onerror=alert(2)>')
    expect(page.locator("#side")).to_contain_text('“"><img src=x onerror=alert(2)>”')
    assert page.locator("#text img, #side img, #list script").count() == 0


@own
def test_a_removal_a_name_and_a_quote_say_their_rule_and_place(opened):
    page = opened.page
    page.fill("#f-words", "stays in port")
    page.locator("#list a").click()
    text = page.locator("#text")
    assert text.evaluate("n => n.textContent").startswith("By Tove Brandt\n\nOSTER (Kyst) - The night ferry")
    expect(text.locator("del.k-byline").first).to_have_css("text-decoration-line", "line-through")
    text.locator("del.k-tweet").first.focus()
    expect(page.locator("#detail")).to_contain_text("tweet.signature")
    text.locator(".e-PERSON").focus()
    expect(page.locator("#detail")).to_contain_text("full_name")
    text.locator(".q.stop").focus()
    expect(page.locator("#detail")).to_contain_text("Mara Lindqvist")
    expect(page.locator("svg.thread path")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(text.locator(".s")).to_be_focused()
    expect(text.locator(".s")).to_have_text("Mara Lindqvist")
    expect(page.locator("#side .card")).to_contain_text("@osterharbour")
    page.locator("#side .jump", has_text="Show beside").click()
    expect(page.locator("#compare mark")).to_have_count(2)
    expect(page.locator("#compare mark").first).to_have_text(
        "the quay.\n\n🌊 The island’s shop has bread for three days"
    )
    expect(page.locator("#compare mark").last).to_have_text("Thursday")
    page.locator(".tools label", has_text="Removed text").click()
    expect(text.locator("del.k-byline").first).to_be_hidden()


@own
def test_offsets_beyond_the_basic_plane_stay_right(opened):
    page = opened.page
    page.fill("#f-words", "stays in port")
    page.locator("#list a").click()
    expect(page.locator("#text del.k-tweet").first).to_have_text(
        "Winds of 30 m/s tonight 🌊 stay home — Oster Harbour (@osterharbour) May 2, 2019"
    )


def test_the_theme_can_be_changed(opened, theme):
    page = opened.page
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)
    page.locator("#theme").click()
    assert page.evaluate(paper) != before


def test_print_shows_the_figures_and_the_article(opened):
    page = opened.page
    page.emulate_media(media="print")
    expect(page.locator("#text")).to_be_visible()
    expect(page.locator("#filters")).to_be_hidden()
    assert len(page.pdf()) > 10_000
