"""What stands beside the talk: why it said that, the map, the card."""

from __future__ import annotations

import io

import zxingcpp
from browsing import WORDS, Setup, pairs, say
from PIL import Image
from playwright.sync_api import Page, expect

from bot.demo import card


@pairs
def test_the_drawer_is_off_at_first_and_tells_on_request(page: Page, setup: Setup) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "message" in request.url else None)
    drawer, words = page.locator("#why"), WORDS[setup.language]
    expect(drawer).to_be_hidden()
    say(page, words["hello"])
    assert '"why"' not in sent[0]
    page.locator("#open-why").click()
    expect(page.locator("#open-why")).to_have_attribute("aria-expanded", "true")
    expect(drawer).to_be_in_viewport()
    say(page, words["need"])
    assert '"why":true' in sent[1]
    expect(drawer).to_contain_text("entry told")
    say(page, words["place"])
    expect(drawer.locator(".weighed")).to_have_count(2)
    expect(drawer).to_contain_text("Elbasan")
    expect(drawer).to_contain_text("need=domestic_violence")
    cost = "US cents" if setup.language == "en" else "cent SHBA"
    assert (cost in drawer.inner_text()) == (setup.channel == "sms")
    expect(page.get_by_role("textbox")).to_be_in_viewport()
    expect(page.locator(".message").last).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#again").click()
    expect(drawer.locator(".weighed")).to_have_count(0)
    page.locator("#open-why").click()
    expect(drawer).to_be_hidden()


@pairs
def test_the_map_shows_the_place_and_what_was_offered(page: Page, setup: Setup) -> None:
    words = WORDS[setup.language]
    for typed in (words["need"], words["place"], "1"):
        said = say(page, typed)
    assert said
    page.locator("#open-map").click()
    sheet = page.locator("dialog#map[open]")
    expect(sheet.locator("li")).to_have_count(2)
    expect(sheet.locator("#map-place")).to_contain_text("Elbasan")
    expect(sheet.locator("svg g.offered")).to_have_count(2)
    expect(sheet.locator("svg g.understood")).to_have_count(1)
    expect(sheet.locator("svg[role=img] > title")).to_have_count(1)
    expect(sheet.locator("h2")).to_be_in_viewport()
    assert page.evaluate("document.querySelector('dialog[open]').scrollWidth <= window.innerWidth")
    sheet.locator(".shut").click()
    expect(page.locator("#open-map")).to_be_focused()


@pairs
def test_the_card_can_be_read_by_a_camera(page: Page, setup: Setup) -> None:
    with page.context.expect_page() as opened:
        page.locator("#open-card").click()
    sheet = opened.value
    expect(sheet.locator("html")).to_have_attribute("lang", setup.language)
    sheet.get_by_role("link", name=setup.button).click()
    expect(sheet.locator(".notice")).to_contain_text("DEMO")
    assert sheet.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    opens = card.Number(channel=setup.channel, number=card.NOBODY, demo=True).opens
    for at, codes in ((0, 10), (1, 1)):
        sheet.set_viewport_size({"width": 1280, "height": 1600})
        picture = Image.open(io.BytesIO(sheet.locator("img").nth(at).screenshot()))
        big = picture.resize((picture.width * 3, picture.height * 3))
        assert [code.text for code in zxingcpp.read_barcodes(big)] == [opens] * codes
    sheet.emulate_media(media="print")
    expect(sheet.locator(".unprinted").first).to_be_hidden()
    assert sheet.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
    sheet.close()
