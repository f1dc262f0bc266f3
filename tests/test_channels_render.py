"""Rendering: what a screen shows of what was said, and what is left out or cut."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import payload, whatsapp
from bot.channels.fill import fill, missing, sentences
from bot.channels.legal import clean
from bot.channels.message import SMS, WHATSAPP, Capabilities, Option, Outbound
from bot.channels.render import DIGITS, phrase, render
from bot.channels.sms import parts
from bot.dialogue.script import Choice, Script, Step
from bot.dialogue.session import Said
from bot.errors import AdminError

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
EN = {
    "a.ask.say": "Where are you?",
    "a.ask.yes.label": "Yes",
    "a.ask.no.label": "No",
    "a.menu.say": "Write in your own words, or a number:",
    "a.menu.c1.label": "A place to stay",
    "a.menu.c2.label": "Work, papers",
    "a.menu.c3.label": "Family",
    "a.menu.c4.label": "Children, young people",
    "a.card.say": "{service.name}. Town: {service.town}. Number: {service.phone}. Website: {service.web}.",
    "a.line.say": "For women and girls: {line.women}, {cost.women}, {hours.women}.",
    "a.danger.say": "Call {line.emergency} now ({cost.emergency}). A program answers here.",
    "a.which.say": "Several places have this name:",
    "a.which.one.label": "{first.name}",
    "a.which.two.label": "{second.name}",
    "a.need.say": "Need: {need.label}. Session: {session.minutes} minutes.",
    "everywhere.label.numbers": "Phone numbers",
    "everywhere.label.skip": "skip",
    "everywhere.label.back": "back",
    "everywhere.label.close": "close",
}
SQ = {
    "a.ask.say": "Në cilin qytet jeni?",
    "a.ask.say#child": "Në cilin qytet je?",
    "a.ask.yes.label": "Po",
    "a.ask.no.label": "Jo",
    "a.card.say": "{service.name}. Qyteti: {service.town}. Numri: {service.phone}. Faqja: {service.web}.",
    "everywhere.label.numbers": "Numra telefoni",
    "everywhere.label.skip": "për ta kaluar",
}
VALUES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("service", "vatra.shelter"): {"name": "Vatra", "town": "Vlorë", "phone": "+355 33 000 000", "web": ""},
    ("line", "AL"): {"emergency": "112", "women": "116 117"},
    ("line", "IT"): {"emergency": "112", "women": "1522"},
    ("cost", "AL"): {"women": "", "emergency": ""},
    ("hours", "AL"): {"women": "day and night"},
    ("first", "p1"): {"name": "Lis, Mat"},
    ("second", "p2"): {"name": "Lis, Kurbin"},
    ("need", "shelter"): {"label": "a place"},
    ("session", "AL"): {"minutes": "30"},
}


def values(name: str, ident: str, _language: str, _now: datetime) -> Mapping[str, str]:
    return VALUES.get((name, ident), {})


def _step(name: str, *ids: str, also: tuple[str, ...] = ()) -> Step:
    choices = tuple(Choice(id=one, label=f"a.{name}.{one}.label", words="") for one in ids)
    return Step(address=f"a.{name}", say=f"a.{name}.say", ask="choice", choices=choices, also=also)


SCRIPT = Script(
    hash="0123456789abcdef",
    steps={
        "a.ask": _step("ask", "yes", "no"),
        "a.menu": _step("menu", "c1", "c2", "c3", "c4"),
        "a.which": _step("which", "one", "two"),
    },
    entries={},
    labels={command: f"everywhere.label.{command}" for command in DIGITS},
    phrases={"en": EN, "sq": SQ},
    words={},
    tells={},
)


def shown(
    *said: Said, screen: Capabilities = SMS, language: str = "sq", child: bool = False, letters: str = "plain"
) -> Outbound:
    return render(
        SCRIPT, said, language=language, child=child, capabilities=screen, letters=letters, values=values, now=NOW
    )


def test_sms_is_one_line_in_plain_letters() -> None:
    reply = shown(Said(say="a.danger.say"), Said(say="a.ask.say", step="a.ask", also=("skip", "numbers")))
    assert reply.text == (
        "Call 112 now. A program answers here. Ne cilin qytet jeni? 1 Po 2 Jo 9 per ta kaluar 0 Numra telefoni"
    )
    assert parts(reply.text).encoding == "GSM-7"
    assert reply.options == ()
    assert reply.form == "text"
    assert reply.language == "sq"


def test_full_letters_where_they_are_wanted() -> None:
    assert shown(Said(say="a.ask.say"), letters="full").text == "Në cilin qytet jeni?"


def test_whatsapp_has_lines_and_its_own_letters_whatever_the_setting() -> None:
    reply = shown(Said(say="a.danger.say"), Said(say="a.ask.say", step="a.ask"), screen=WHATSAPP)
    assert reply.text == "Call 112 now. A program answers here.\nNë cilin qytet jeni?\n1 Po\n2 Jo"
    assert reply.body == "Call 112 now. A program answers here.\nNë cilin qytet jeni?"
    assert [(one.number, one.label) for one in reply.options] == [(1, "Po"), (2, "Jo")]
    assert reply.form == "buttons"


def test_answers_are_buttons_and_commands_a_line_where_all_do_not_fit() -> None:
    reply = shown(Said(say="a.ask.say", step="a.ask", also=("skip", "numbers")), screen=WHATSAPP)
    assert reply.form == "buttons"
    assert [one.label for one in reply.options] == ["Po", "Jo"]
    assert reply.body.endswith("\n9 për ta kaluar\n0 Numra telefoni")
    whole = shown(Said(say="a.ask.say", step="a.ask", also=("numbers",)), screen=WHATSAPP)
    assert [one.number for one in whole.options] == [1, 2, 0]


def test_more_than_three_are_a_list() -> None:
    reply = shown(Said(say="a.menu.say", step="a.menu", also=("numbers",)), screen=WHATSAPP, language="en")
    assert reply.form == "list"
    assert [one.number for one in reply.options] == [1, 2, 3, 4, 0]


def test_a_question_without_choices_can_still_be_skipped_with_a_tap() -> None:
    reply = shown(Said(say="a.ask.say", step="a.place", also=("skip",)), screen=WHATSAPP)
    assert [(one.number, payload.read(one.payload)) for one in reply.options] == [(9, ("01234567", "a.place", "@skip"))]


def test_what_is_tapped_comes_back_as_what_it_was() -> None:
    reply = shown(Said(say="a.ask.say", step="a.ask", also=("numbers",)), screen=WHATSAPP)
    taps = [payload.read(one.payload) for one in reply.options]
    assert taps == [("01234567", "a.ask", "yes"), ("01234567", "a.ask", "no"), ("01234567", "a.ask", "@numbers")]
    assert [tap.command for tap in taps if tap] == ["", "", "numbers"]


@pytest.mark.parametrize(
    "text",
    ["", "yes", "safe_yes", "besa.x", "besa.0123.a.ask", "besa.0123.a.ask.yes\n", "besa.0123.a.ask.yes.x.y", "b" * 300],
)
def test_what_we_did_not_write_is_no_tap(text: str) -> None:
    assert payload.read(text) is None


def test_a_child_is_spoken_to_as_a_child() -> None:
    assert shown(Said(say="a.ask.say"), child=True).text == "Ne cilin qytet je?"
    assert phrase(SCRIPT, "a.menu.say", "sq", True) == EN["a.menu.say"]
    assert phrase(SCRIPT, "nowhere.say", "sq", True) == ""


def test_a_sentence_with_an_empty_value_is_left_out_and_the_number_stays() -> None:
    reply = shown(Said(say="a.card.say", bind={"service": "vatra.shelter"}))
    assert reply.text == "Vatra. Qyteti: Vlore. Numri: +355 33 000 000."
    assert shown(Said(say="a.line.say")).text == "For women and girls: 116 117, day and night."


def test_lines_are_those_of_the_country_the_person_is_in() -> None:
    assert shown(Said(say="a.line.say", bind={"line": "IT"})).text == "For women and girls: 1522."


def test_labels_can_be_places() -> None:
    reply = shown(Said(say="a.which.say", step="a.which", bind={"first": "p1", "second": "p2"}), language="en")
    assert reply.text == "Several places have this name: 1 Lis, Mat 2 Lis, Kurbin"


def test_needs_and_minutes() -> None:
    assert shown(Said(say="a.need.say", bind={"need": "shelter"})).text == "Need: a place. Session: 30 minutes."


def test_nothing_said_is_silence_and_nothing_left_is_an_error() -> None:
    assert shown() == Outbound(text="")
    with pytest.raises(AdminError, match=r"nowhere\.say"):
        shown(Said(say="nowhere.say"))
    with pytest.raises(AdminError):
        shown(Said(say="a.card.say", bind={"service": "unknown"}))


def test_missing_names_what_has_no_value() -> None:
    fields = lambda name: VALUES.get((name, "vatra.shelter"), {})  # noqa: E731
    assert missing(EN["a.card.say"], fields) == ("{service.web}",)
    assert missing("{service.name} {nobody.name}", fields) == ("{nobody.name}",)


def test_a_value_is_never_read_as_a_placeholder_or_a_sentence() -> None:
    fields = lambda _: {"name": "{x.y}. %s {0}", "empty": " "}  # noqa: E731
    assert fill("By {x.name}. And {x.empty}. End", fields) == "By {x.y}. %s {0}. End"
    assert fill("{not a placeholder} {} %(x)s", fields) == "{not a placeholder} {} %(x)s"


def test_sentences_joined_are_the_text() -> None:
    text = "One. Two? Three!\nFour: five. six@example.org"
    assert "".join(sentences(text)) == text


def test_too_long_is_cut_at_a_sentence_and_the_number_is_kept() -> None:
    long = " ".join(f"Sentence number {word} says nothing much at all." for word in ["one", "two", "three"] * 60)
    script = Script(
        hash="ab", steps=SCRIPT.steps, entries={}, labels=SCRIPT.labels,
        phrases={"en": {**EN, "a.long.say": f"{long} Call 112. {long}"}}, words={}, tells={},
    )  # fmt: skip
    for screen in (SMS, WHATSAPP):
        reply = render(
            script, (Said(say="a.long.say", step="a.menu"),), language="en", child=False, capabilities=screen,
            letters="plain", values=values, now=NOW,
        )  # fmt: skip
        assert len(reply.text) <= 1600
        assert "Call 112." in reply.text
        assert reply.text.endswith("4 Children, young people")
        assert reply.form == "text"


def test_one_endless_sentence_is_cut_all_the_same() -> None:
    screen = Capabilities(channel="sms", parts=True, newline=" ", length=50)
    endless = dict.fromkeys(["name", "town", "phone", "web"], "x" * 80)
    reply = render(
        SCRIPT, (Said(say="a.card.say", bind={"service": "s"}, step="a.menu"),), language="en", child=False,
        capabilities=screen, letters="plain", values=lambda *_: endless, now=NOW,
    )  # fmt: skip
    assert 0 < len(reply.text) <= 50


def test_what_xml_forbids_and_what_turns_a_text_round_never_leaves() -> None:
    assert clean("a\x00b\x0b\x1f\ud83d\ufffe\u202ec\t\n💙ë") == "abc\t\n💙ë"


@pytest.mark.parametrize(
    ("label", "limit", "cut"),
    [
        ("Po", 20, "Po"),
        ("Vend për të qëndruar", 20, "Vend për të qëndruar"),
        ("Vend për të qëndruar sonte", 20, "Vend për të…"),
        ("Pa-blanks-anywhere-in-this-label", 20, "Pa-blanks-anywhere-…"),
        ("  two   blanks ", 20, "two blanks"),
    ],
)
def test_titles_are_cut_at_a_word(label: str, limit: int, cut: str) -> None:
    assert len(whatsapp.title(label, limit)) <= limit
    assert whatsapp.title(label, limit).rstrip("…") == cut.rstrip("…-")


def test_titles_that_would_look_the_same_are_shown_as_text() -> None:
    alike = ["Qendra për gra e vajza në Vlorë", "Qendra për gra e vajza në Shkodër"]
    assert whatsapp.equal(alike, 20) == [tuple(alike)]
    options = [Option(number=at, label=label, payload="p") for at, label in enumerate(alike)]
    assert whatsapp.form("body", options, WHATSAPP) == "text"
    assert whatsapp.form("", options[:1], WHATSAPP) == "text"
    assert whatsapp.form("x" * 1025, options[:1], WHATSAPP) == "text"
    assert whatsapp.equal(["Po", "po"], 20) == [("Po", "po")]


def test_anything_rendered_obeys_its_screen() -> None:
    """10,000 random replies: never too long or empty, always legal, buttons within limits, the same bytes twice."""
    chance = random.Random(20261125)
    for _ in range(10_000):
        _obeys(_random_script(chance), chance)


def _random_script(chance: random.Random) -> Script:
    letters = "ab ë.ç?! 1\n\x00’{x}"
    text = lambda most: "".join(chance.choice(letters) for _ in range(chance.randint(0, most)))  # noqa: E731
    phrases = {
        f"f.s{at}.say": text(60) + chance.choice(["", " {service.name}.", " {line.women}, {cost.women}."])
        for at in range(3)
    }
    if chance.random() < 0.02:
        phrases["f.s0.say"] = text(60) * 60
    phrases |= {f"f.s0.c{at}.label": text(40) for at in range(10)}
    phrases["f.fixed.say"] = "Something to say."
    phrases |= {f"everywhere.label.{command}": text(12) for command in DIGITS}
    choices = tuple(Choice(id=f"c{at}", label=f"f.s0.c{at}.label", words="") for at in range(chance.randint(0, 10)))
    return Script(
        hash="f" * 64, steps={"f.s0": Step(address="f.s0", choices=choices)}, entries={},
        labels={command: f"everywhere.label.{command}" for command in DIGITS}, phrases={"en": phrases},
        words={}, tells={},
    )  # fmt: skip


def _obeys(script: Script, chance: random.Random) -> None:
    also = tuple(chance.sample(list(DIGITS), chance.randint(0, 4)))
    said = (
        Said(say="f.fixed.say"),
        Said(say=f"f.s{chance.randint(0, 2)}.say", step="f.s0", also=also, bind={"service": "vatra.shelter"}),
    )
    screen = chance.choice([SMS, WHATSAPP])
    arguments: dict[str, Any] = {
        "language": "sq", "child": False, "capabilities": screen, "letters": "plain", "values": values, "now": NOW,
    }  # fmt: skip
    reply = render(script, said, **arguments)
    assert reply == render(script, said, **arguments)
    assert reply.text.strip()
    assert len(reply.text) <= screen.length
    assert clean(reply.text) == reply.text
    if screen is SMS:
        assert parts(reply.text).encoding == "GSM-7"
        assert "\n" not in reply.text
        assert not reply.options
    if reply.form != "text":
        _taps_within_limits(reply)


def _taps_within_limits(reply: Outbound) -> None:
    limit = 20 if reply.form == "buttons" else 24
    titles = [whatsapp.title(one.label, limit) for one in reply.options]
    assert len(reply.options) <= (3 if reply.form == "buttons" else 10)
    assert all(0 < len(title) <= limit for title in titles)
    assert len({title.casefold() for title in titles}) == len(titles)
    assert 0 < len(reply.body) <= 1024
    assert all(payload.read(one.payload) and len(one.payload) <= payload.LENGTH for one in reply.options)
