"""What the tests in a browser share: how somebody opened the page, what it asked for, and typing a message."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect
from werkzeug.serving import make_server

WORDS = {
    "sq": {"hello": "pershendetje", "need": "burri me rreh", "place": "elbasan"},
    "en": {"hello": "hello", "need": "my husband hits me", "place": "elbasan"},
}


@dataclass(frozen=True)
class Setup:
    """One way to look at the page."""

    width: int
    height: int
    language: str
    channel: str

    @property
    def button(self) -> str:
        return {"sms": "SMS", "whatsapp": "WhatsApp"}[self.channel]

    def __str__(self) -> str:
        return f"{self.width}-{self.language}-{self.channel}"


BLOCKED = "Service Worker registration blocked by Playwright"  # we asked for that
SCREENS = ((360, 740), (1280, 800))
EVERY = [Setup(*screen, *rest) for screen, *rest in product(SCREENS, ("sq", "en"), ("sms", "whatsapp"))]
# Each two of size, language and channel meet once: enough where they do not depend on each other.
PAIRS = [setup for setup in EVERY if (setup.width == 360) == ((setup.language == "sq") == (setup.channel == "sms"))]
every = pytest.mark.parametrize("setup", EVERY, ids=str)
pairs = pytest.mark.parametrize("setup", PAIRS, ids=str)
tappable = pytest.mark.parametrize("setup", [setup for setup in EVERY if setup.channel == "whatsapp"], ids=str)
screens = pytest.mark.parametrize("setup", [Setup(*screen, "sq", "sms") for screen in SCREENS], ids=str)


class Seen:
    """What a page asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"} and BLOCKED not in said.text:
            self.complaints.append(said.text)


def say(page: Page, words: str) -> str:
    """Types a message and returns the answer's text."""
    ours = page.locator(".message.ours")
    before = ours.count()
    page.get_by_role("textbox").fill(words)
    page.keyboard.press("Enter")
    expect(ours).to_have_count(before + 1)
    return ours.last.inner_text()


@contextmanager
def serving(application: Callable[..., Any]) -> Iterator[str]:
    """The address of the phone while an application is served in this process."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/demo/"
    finally:
        server.shutdown()
        thread.join()
