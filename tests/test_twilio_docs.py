"""`docs/twilio.md`: every rule names a test that exists, and the carrier's own answers fit into one SMS."""

from __future__ import annotations

import re
from pathlib import Path

from bot.channels.sms import parts, plain

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "twilio.md").read_text("utf-8")


def test_every_rule_names_a_test_that_exists() -> None:
    rows = re.findall(r"(?m)^\| (\d[^|]*) \| `([^`]+)` \| `([^`]+)` \|$", PAGE)
    assert len(rows) > 40
    for rule, path, name in rows:
        assert re.search(rf"(?m)^ *def {re.escape(name)}\(", (ROOT / path).read_text("utf-8")), rule
    for section in range(6):
        assert any(rule.split()[0].strip(",").startswith(str(section)) for rule, _, _ in rows)


def test_what_the_carrier_answers_is_one_part_in_both_languages() -> None:
    texts = dict(re.findall(r"(?m)^\| (STOP|START|HELP) \| (.+) \|$", PAGE))
    assert set(texts) == {"STOP", "START", "HELP"}
    for text in texts.values():
        assert plain(text) == text
        assert (parts(text).encoding, parts(text).parts) == ("GSM-7", 1)
        assert text.count("112") == 2
