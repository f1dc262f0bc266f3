"""Prepared talks in the browser: played, paused, stepped, and gone on with by hand; and what a check-in would send."""

from __future__ import annotations

import pytest
from browsing import Setup, pairs, say, screens
from playwright.sync_api import Page, expect

from bot.demo import talks

TALKS = list(talks.listed())


def start(page: Page, name: str) -> None:
    page.locator("#open-talks").click()
    page.locator(f"dialog[open] [data-talk={name}]").click()
    expect(page.locator("#player")).to_be_visible()
    expect(page.locator(".message.ours").first).to_be_visible()


@pairs
def test_a_talk_plays_pauses_steps_and_goes_on_by_hand(page: Page) -> None:
    page.clock.install()
    start(page, "mother")
    ours = page.locator(".message.ours")
    expect(page.get_by_role("button", name="SMS")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#player-name")).to_contain_text("1/6")
    page.clock.run_for(8000)  # the reading of a long answer takes seven seconds at most
    expect(ours).to_have_count(2)
    page.locator("#play").click()
    page.clock.run_for(60_000)
    expect(ours).to_have_count(2)  # it waits as long as somebody wants to explain
    page.locator("#step").click()
    expect(page.locator(".typing")).to_have_count(1)
    page.clock.run_for(900)
    expect(page.locator(".typing")).to_have_count(0)
    expect(ours).to_have_count(3)
    expect(ours.last).to_contain_text("116 117")
    page.clock.run_for(60_000)
    expect(ours).to_have_count(3)
    said = say(page, "elbasan")  # another town than the talk's own: from here it is the reader's
    assert "Elbasan" in said
    expect(page.locator("#player")).to_be_hidden()
    page.clock.run_for(60_000)
    expect(ours).to_have_count(4)


@screens
def test_going_on_after_a_pause_and_going_on_by_hand(page: Page) -> None:
    page.clock.install()
    start(page, "danger")
    page.locator("#play").click()
    page.clock.run_for(20_000)
    expect(page.locator(".message.ours")).to_have_count(1)
    page.locator("#play").click()
    page.clock.run_for(1000)
    expect(page.locator(".message.ours")).to_have_count(2)
    page.locator("#by-hand").click()
    expect(page.get_by_role("textbox")).to_be_focused()
    assert "Shkod" in say(page, "shkoder")


@screens
def test_the_one_later_message_is_shown_at_once_and_can_be_answered(page: Page) -> None:
    page.clock.install()
    start(page, "later")
    expect(page.get_by_role("button", name="WhatsApp")).to_have_attribute("aria-pressed", "true")
    page.clock.run_for(1000)
    for _ in range(4):
        page.locator("#step").click()
        page.clock.run_for(900)
        expect(page.locator(".typing")).to_have_count(0)
    would = page.locator(".message.ours.would")
    expect(would).to_have_text("Përshëndetje. Shkruani 1 për të vazhduar ose 2 për ta mbyllur.")
    expect(page.locator(".aside.would")).to_have_text("Kjo do të dërgohej më vonë:")
    expect(page.locator(".message.ours").last).to_contain_text("Shërbime")  # the answer to 1: the ordinary menu
    expect(page.locator(".hint").last).to_contain_text("mbaron")
    expect(page.locator("#player")).to_be_hidden()


@pytest.mark.parametrize("name", TALKS)
@pytest.mark.parametrize("setup", [Setup(360, 740, "en", "sms")], ids=str)
def test_each_talk_plays_to_its_end(page: Page, name: str) -> None:
    page.clock.install()
    start(page, name)
    for _ in range(12):
        page.clock.run_for(8000)
        expect(page.locator(".typing")).to_have_count(0)
        if page.locator("#player").is_hidden():
            break
    expect(page.locator(".hint").last).to_contain_text("prepared talk ends")
    expect(page.locator(".trouble")).to_have_count(0)


@screens
def test_a_reload_or_starting_again_ends_a_talk(page: Page) -> None:
    start(page, "boy")
    page.locator("#again").click()
    expect(page.locator("#player")).to_be_hidden()
    expect(page.locator(".message")).to_have_count(0)
    start(page, "boy")
    page.reload()
    expect(page.locator("#player")).to_be_hidden()
    expect(page.locator(".message")).to_have_count(0)
