"""The phone itself: typing, tapping, pins, looks, and forgetting."""

from __future__ import annotations

from pathlib import Path

from browsing import WORDS, Setup, every, pairs, say, screens, tappable
from playwright.sync_api import Page, expect
from processes import ROOT


@every
def test_three_messages_lead_to_a_number(page: Page, setup: Setup) -> None:
    words = WORDS[setup.language]
    assert "Shqip" in page.locator("body").inner_text()
    say(page, words["hello"])
    say(page, "1" if setup.language == "sq" else "2")
    said = say(page, words["need"])
    assert "116 117" in said
    assert ("ë" in said) == (setup.channel == "whatsapp" and setup.language == "sq"), "an SMS stands as it is sent"
    assert "Elbasan" in say(page, words["place"])
    asides = page.locator(".aside")
    assert asides.count() == (4 if setup.channel == "sms" else 0)
    if setup.channel == "sms":
        expect(asides.last).to_contain_text("GSM-7")


@pairs
def test_it_says_that_it_is_a_demonstration_in_both_languages(page: Page, setup: Setup) -> None:
    notice = page.locator(".notice").first
    expect(notice).to_be_in_viewport()
    expect(notice).to_contain_text("DEMO")
    expect(page.locator("html")).to_have_attribute("lang", setup.language)
    before = notice.inner_text()
    other, name, write = ("sq", "Shqip", "Shkruani") if setup.language == "en" else ("en", "English", "Write a message")
    page.get_by_role("button", name=name).click()
    expect(page.locator("html")).to_have_attribute("lang", other)
    expect(page.locator("#open-card")).to_have_attribute("href", f"card?lang={other}")
    assert notice.inner_text() != before
    assert write in str(page.get_by_role("textbox").get_attribute("placeholder"))


@tappable
def test_whatsapp_shows_what_can_be_tapped(page: Page, setup: Setup) -> None:
    say(page, "hello")
    buttons = page.locator(".options button")
    expect(buttons).to_have_text(["Shqip", "English"])
    chosen = 0 if setup.language == "sq" else 1
    label = str(buttons.nth(chosen).text_content())
    buttons.nth(chosen).click()
    expect(page.locator(".message.theirs").last).to_have_text(label)
    expect(page.locator(".message.ours")).to_have_count(2)
    expect(buttons.nth(0)).to_be_disabled()
    buttons.last.click()  # the menu is longer than three buttons: one opens a list
    rows = page.locator("dialog[open] .list button")
    titles = rows.all_inner_texts()
    assert 3 < len(titles) <= 10
    assert all(0 < len(title) <= 24 for title in titles)
    rows.filter(has_text="Famil").click()
    expect(page.locator(".message.ours")).to_have_count(3)


@tappable
def test_a_pin_is_sent_and_read(page: Page, setup: Setup) -> None:
    say(page, WORDS[setup.language]["need"])
    page.locator("#pin").click()
    page.locator("dialog[open] .list button").filter(has_text="Elbasan").click()
    expect(page.locator(".message.theirs.pinned")).to_have_text("Elbasan")
    expect(page.locator(".message.ours")).to_have_count(2)
    expect(page.locator(".message.ours").last).to_contain_text("Elbasan")
    buttons = page.locator(".options button:enabled")
    assert buttons.count() <= 3
    assert all(len(title) <= 20 for title in buttons.all_inner_texts())


@pairs
def test_start_again_and_reload_forget_everything(page: Page, setup: Setup) -> None:
    say(page, "hello")
    page.locator("#again").click()
    expect(page.locator(".message")).to_have_count(0)
    first = say(page, "hello")
    say(page, "2")
    page.reload()
    expect(page.locator(".message")).to_have_count(0)
    page.get_by_role("button", name=setup.button).click()
    assert say(page, "hello") == first


@pairs
def test_it_fits_its_screen_in_usual_and_large_letters(page: Page, setup: Setup) -> None:
    say(page, "hello")
    for large in (False, True):
        if large:
            before = page.locator(".message").first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
            page.locator("#larger").click()
            now = page.locator(".message").first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
            assert now > before * 1.25
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        for name in ("#typed", "#open-talks", "#open-card", "#again", ".message >> nth=-1"):
            expect(page.locator(name)).to_be_in_viewport()
        sizes = [button.bounding_box() for button in page.locator("button:visible").all()]
        assert all(box and box["height"] >= 40 and box["width"] >= 40 for box in sizes)
    # What is touched most lies in the lower half, within reach of a thumb.
    low = [page.locator(name).bounding_box() for name in ("#typed", "#open-talks", "#open-why", "#open-map")]
    assert all(box and box["y"] > setup.height / 2 for box in low)


@screens
def test_light_and_dark(page: Page) -> None:
    def colour() -> str:
        return str(page.evaluate("getComputedStyle(document.querySelector('.talk')).backgroundColor"))

    light = colour()
    page.locator("#look").click()
    dark = colour()
    assert dark != light
    page.locator("#look").click()
    assert colour() == light


def test_nothing_of_the_page_comes_from_elsewhere_and_its_script_is_short() -> None:
    folder: Path = ROOT / "bot" / "demo"
    files = [file for file in (*folder.glob("static/*"), *folder.glob("templates/*")) if file.suffix != ".png"]
    assert len(files) >= 7
    for file in files:
        text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "//" not in text.replace("// ", "").replace("*/", ""), file
    assert len((folder / "static" / "demo.js").read_text(encoding="utf-8").splitlines()) < 500
