# The pictures in the docs are of the examples' report, in both themes; `make pictures` takes them anew.
import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SIZE = {"width": 1280, "height": 860}
PICTURES = ("report", "reader", "compare")
TWINS = "Thousands told to leave as crack opens in Kessel Dam spillway"
POST = "Kessel Dam: what residents are saying"


@pytest.fixture(scope="session")
def report(examples_output, tmp_path_factory) -> Path:
    """The report of the examples, made where `make demo` leaves them."""
    from pipeline.report import write_report

    folder = tmp_path_factory.mktemp("demo")
    (folder / "out").mkdir()
    shutil.copytree(examples_output, folder / "out" / "demo")
    before = Path.cwd()
    os.chdir(folder)
    try:
        return Path(write_report("out/demo")).resolve()
    finally:
        os.chdir(before)


def show_report(page: Page) -> None:
    expect(page.locator("h1")).to_contain_text("40 articles")
    expect(page.locator(".figures div", has_text="Outlets").locator("dd")).to_have_text("5")
    expect(page.locator("#flow .note.good")).to_contain_text("The log and the tables agree")


def show_reader(page: Page) -> None:
    page.locator("#list a", has_text=POST).click()
    expect(page.locator("#article h3")).to_contain_text(POST)
    page.locator("#text .q.stop").first.focus()
    page.evaluate("document.getElementById('article').scrollIntoView()")
    expect(page.locator("#detail")).to_contain_text("Speaker")
    expect(page.locator("svg.thread path")).to_have_count(1)


def show_compare(page: Page) -> None:
    page.select_option("#f-kind", "links")
    page.locator("#list a", has_text=TWINS).first.click()
    page.locator("#side .jump", has_text="Show beside").first.click()
    expect(page.locator("#compare mark").first).to_be_visible()
    expect(page.locator("#compare .sheets")).to_be_in_viewport()


SHOW = {"report": show_report, "reader": show_reader, "compare": show_compare}


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_shows_what_the_docs_say(picture, opened, theme, repository):
    opened.page.set_viewport_size(SIZE)
    opened.page.emulate_media(reduced_motion="reduce", color_scheme=theme)
    SHOW[picture](opened.page)
    target = repository / "docs" / "images" / f"{picture}-{theme}.png"
    if os.environ.get("WIRECOPY_RENEW_DOCS"):
        opened.page.screenshot(path=target)
    # A PNG's size lies in its first chunk, 16 bytes from its beginning.
    width, height = (int.from_bytes(target.read_bytes()[at : at + 4]) for at in (16, 20))
    assert (width, height) == (SIZE["width"], SIZE["height"])


def test_every_picture_that_the_docs_show_is_one_of_these(repository):
    pages = [*repository.glob("*.md"), *(repository / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"images/([\w-]+)\.png", page.read_text("utf-8"))}
    taken = {f"{picture}-{theme}" for picture in PICTURES for theme in ("light", "dark")}
    assert shown <= taken
    assert {path.stem for path in (repository / "docs" / "images").glob("*.png")} == taken
