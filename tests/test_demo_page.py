"""The demo page in a real browser: Debian's Chromium, driven by playwright, which downloads none of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from processes import BROWSERS, Demonstration

HOW = "These tests need Chromium. Install it, as with: apt-get install chromium"
SCREENS = [(360, 740), (1280, 800)]


def chromium() -> str:
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demonstration = Demonstration(tmp_path_factory.mktemp("demo"))
    yield demonstration.address
    demonstration.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert chromium(), HOW
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        started.close()


class Seen:
    """What a page asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture(params=SCREENS, ids=["phone", "laptop"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="sq-AL")
    page = context.new_page()
    seen = Seen(page)
    page.goto(address)
    yield page
    assert seen.complaints == []
    assert [url for url in seen.asked if not url.startswith(address.partition("/demo")[0])] == []
    assert context.cookies() == []
    context.close()


def say(page: Page, words: str) -> str:
    """Types a message and returns the answer's text."""
    ours = page.locator(".message.ours")
    before = ours.count()
    page.get_by_role("textbox").fill(words)
    page.keyboard.press("Enter")
    expect(ours).to_have_count(before + 1)
    return ours.last.inner_text()


def test_three_messages_lead_to_a_number_in_albanian(page: Page) -> None:
    assert "112" in say(page, "ndihme") or "Shqip" in page.locator(".message.ours").last.inner_text()
    said = say(page, "burri me rreh")
    assert "116 117" in said
    assert "ë" not in said, "an SMS stands as it is sent"
    assert "Elbasan" in say(page, "elbasan")


def test_it_says_that_it_is_a_demonstration_in_both_languages(page: Page) -> None:
    notice = page.locator(".notice")
    expect(notice).to_be_in_viewport()
    expect(notice).to_contain_text("DEMO")
    expect(page.locator("html")).to_have_attribute("lang", "sq")
    albanian = notice.inner_text()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(notice).to_contain_text("not a real service")
    assert notice.inner_text() != albanian
    expect(page.get_by_role("textbox")).to_have_attribute("placeholder", "Write a message")


def test_whatsapp_shows_what_can_be_tapped(page: Page) -> None:
    page.get_by_role("button", name="WhatsApp").click()
    say(page, "hello")
    buttons = page.locator(".options button")
    expect(buttons).to_have_text(["Shqip", "English"])
    buttons.last.click()
    expect(page.locator(".message.theirs").last).to_have_text("English")
    expect(page.locator(".message.ours")).to_have_count(2)
    expect(buttons.nth(0)).to_be_disabled()
    buttons.last.click()  # the menu is longer than three buttons: one opens a list
    rows = page.locator("dialog[open] button")
    assert rows.count() > 3
    family = rows.filter(has_text="Family")
    family.click()
    expect(page.locator(".message.theirs").last).to_have_text("Family")
    expect(page.locator(".message.ours")).to_have_count(3)
    page.locator("#pin").click()
    expect(page.locator(".message.ours")).to_have_count(4)
    expect(page.locator(".message.ours").last).to_contain_text("Elbasan")


def test_start_again_and_reload_forget_everything(page: Page) -> None:
    say(page, "hello")
    page.locator("#again").click()
    expect(page.locator(".message")).to_have_count(0)
    first = say(page, "hello")
    say(page, "2")
    page.reload()
    expect(page.locator(".message")).to_have_count(0)
    assert say(page, "hello") == first
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


def test_it_fits_its_screen_and_can_be_used_with_the_keyboard(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    say(page, "hello")
    expect(page.get_by_role("textbox")).to_be_in_viewport()
    expect(page.get_by_role("textbox")).to_be_focused()
    sizes = [button.bounding_box() for button in page.locator("button:visible").all()]
    assert all(box and box["height"] >= 40 for box in sizes)


def test_light_and_dark(page: Page) -> None:
    def colour() -> str:
        return str(page.evaluate("getComputedStyle(document.querySelector('.talk')).backgroundColor"))

    light = colour()
    page.locator("#look").click()
    dark = colour()
    assert dark != light
    page.locator("#look").click()
    assert colour() == light


def test_trouble_is_said_and_what_was_typed_is_kept(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(address + "?lang=en")
    context.set_offline(True)
    page.get_by_role("textbox").fill("hello")
    page.keyboard.press("Enter")
    expect(page.locator(".trouble")).to_contain_text("did not get through")
    expect(page.get_by_role("textbox")).to_have_value("hello")
    context.set_offline(False)
    page.keyboard.press("Enter")
    expect(page.locator(".message.ours")).to_have_count(1)
    context.close()


def test_nothing_of_the_page_comes_from_elsewhere_and_it_is_small() -> None:
    folder = Path(__file__).resolve().parent.parent / "bot" / "demo"
    files = [*folder.glob("static/*"), *folder.glob("templates/*")]
    assert sum(file.stat().st_size for file in files) < 60_000
    for file in files:
        assert "//" not in file.read_text(encoding="utf-8").replace("// ", "").replace("*/", ""), file
    assert len((folder / "static" / "demo.js").read_text(encoding="utf-8").splitlines()) < 500
