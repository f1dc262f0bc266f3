"""Makes the pictures of the README from the page itself, so that they stay true: `make pictures`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
TALKS = {
    "sq": ("ndihme", "burri me rreh", "elbasan, jam me 2 femije"),
    "en": ("i am a man from nepal, my boss keeps my passport and no salary for 3 months, i am in durres",),
}


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
    """One picture a look: SMS in Albanian and light, WhatsApp in English and dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, channel, language, scheme in (("sms", "SMS", "sq", "light"), ("whatsapp", "WhatsApp", "en", "dark")):
            page = browser.new_page(
                viewport={"width": 390, "height": 780}, device_scale_factor=1.5, color_scheme=scheme, locale=language
            )
            page.goto(f"{address}?lang={language}")
            page.get_by_role("button", name=channel).click()
            for words in TALKS[language]:
                say(page, words)
            page.screenshot(path=HERE / f"phone-{name}.png")
        browser.close()


def say(page: Page, words: str) -> None:
    before = page.locator(".message.ours").count()
    page.get_by_role("textbox").fill(words)
    page.keyboard.press("Enter")
    page.locator(".message.ours").nth(before).wait_for()


if __name__ == "__main__":
    main()
