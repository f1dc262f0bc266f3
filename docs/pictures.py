"""Makes the pictures of the README from the page itself, so that they stay true: `make pictures`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Picture:
    """One picture: a prepared talk after so many of its messages, and how it is looked at."""

    name: str
    talk: str
    messages: int
    language: str
    scheme: str
    size: tuple[int, int]
    why: bool = False


PICTURES = (
    Picture("phone-sms", "mother", 4, "sq", "light", (390, 780)),
    Picture("laptop-why", "passport", 4, "en", "dark", (1000, 800), why=True),
)


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("Chromium is needed. Install it, as with: apt-get install chromium")
    with tempfile.TemporaryDirectory() as kept:
        line = [sys.executable, "-m", "bot", "demo", "--port", "8765", "--keep", kept]
        demo = subprocess.Popen(line, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
        try:
            said = demo.stdout.readline() if demo.stdout else ""
            photograph(chromium, said.partition(" at ")[2].partition(" ")[0])
        finally:
            demo.terminate()
            demo.wait()


def photograph(chromium: str, address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for one in PICTURES:
            width, height = one.size
            page = browser.new_page(
                viewport={"width": width, "height": height}, device_scale_factor=1.5, color_scheme=one.scheme,
                reduced_motion="reduce",
            )  # fmt: skip
            page.goto(f"{address}?lang={one.language}")
            play(page, one)
            page.screenshot(path=HERE / f"{one.name}.png")
            page.close()
        browser.close()


def play(page: Page, one: Picture) -> None:
    """The talk up to its message, with nothing on its way."""
    if one.why:
        page.locator("#open-why").click()
    page.locator("#open-talks").click()
    page.locator(f"[data-talk={one.talk}]").click()
    page.locator("#play").click()
    for number in range(1, one.messages + 1):
        expect(page.locator(".message.ours")).to_have_count(number, timeout=20_000)
        if number < one.messages:
            page.locator("#step").click()
    expect(page.locator(".typing")).to_have_count(0)


if __name__ == "__main__":
    main()
