# A real browser without a network of its own: Debian's chromium, a fresh profile, every request and message kept.
import os
import runpy
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1360, "height": 900}


@dataclass
class Opened:
    """A page and all it said and asked for since it was opened."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def small_output(tmp_path_factory) -> Path:
    records = runpy.run_path(str(Path(__file__).parents[1] / "pipeline" / "report" / "conftest.py"))
    return records["write_output"](tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def report(small_output, tmp_path_factory) -> Path:
    """The page to test: one of the small hostile output, or the file that REPORT names."""
    from pipeline.report import write_report

    if os.environ.get("REPORT"):
        return Path(os.environ["REPORT"]).resolve()
    return Path(write_report(str(small_output), str(tmp_path_factory.mktemp("page") / "report.html")))


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as started:
        yield started


@pytest.fixture(params=["light", "dark"])
def theme(request) -> str:
    return request.param


@pytest.fixture
def browser(playwright, tmp_path, request) -> BrowserContext:
    theme = request.getfixturevalue("theme") if "theme" in request.fixturenames else "light"
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile", executable_path=CHROMIUM, args=FLAGS, color_scheme=theme, viewport=WIDE
    )
    yield context
    context.close()


@pytest.fixture
def opened(browser, report) -> Opened:
    seen = Opened(browser.new_page())
    seen.page.on("console", lambda message: seen.messages.append(f"{message.type}: {message.text}"))
    seen.page.on("pageerror", lambda error: seen.messages.append(f"error: {error}"))
    seen.page.on("dialog", lambda dialog: (seen.messages.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.goto(report.as_uri())
    seen.page.wait_for_selector("#text")
    yield seen
    # Whatever a test did: nothing was said, nothing was asked for but the page itself.
    assert seen.messages == []
    assert seen.requests == [report.as_uri()]
