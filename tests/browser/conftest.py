"""The demonstration in a real browser: Debian's Chromium, driven by playwright, which downloads none of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from browsing import Seen, Setup, serving
from playwright.sync_api import Browser, Page, sync_playwright
from processes import BROWSERS

from bot import build, settings
from bot.app import create_app

HOW = "These tests need Chromium. Install it, as with: apt-get install chromium"


@pytest.fixture(scope="session")
def house() -> build.House:
    return build.house(settings.read({}))


@pytest.fixture(scope="session")
def address(house: build.House) -> Iterator[str]:
    """The application as the demonstration runs it, but for its brake: all of these tests write from one address."""
    checked = settings.read({"DEMO": "on"})
    checked = replace(checked, limits=replace(checked.limits, demo_minute=100_000))
    with serving(create_app(house, checked)) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    assert chromium, HOW
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(setup: Setup, browser: Browser, address: str) -> Iterator[Page]:
    """The page as somebody opened it. In the end: no complaint, no other host, no cookie, nothing stored."""
    context = browser.new_context(
        viewport={"width": setup.width, "height": setup.height}, locale="sq-AL", service_workers="block"
    )
    page = context.new_page()
    seen = Seen(page)
    page.goto(f"{address}?lang={setup.language}")
    page.get_by_role("button", name=setup.button).click()
    yield page
    assert seen.complaints == []
    assert [url for url in seen.asked if not url.startswith(address.partition("/demo")[0])] == []
    assert context.cookies() == []
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    context.close()
