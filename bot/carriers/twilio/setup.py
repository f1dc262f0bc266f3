"""What should stand at Twilio, and the requests that bring it there. Pure: states in, requests out.

Owns: the Messaging Service's settings, the prepared content, how both are compared and named. Never: the network
(`outbox`), words (they come from the flows), or anything that only a person can do in the console.
Everything is found again by its friendly name, so that a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from bot.carriers.twilio.requests import CONTENT, Call, content_name

MESSAGING: Final = "https://messaging.twilio.com"
SERVICE: Final = "Besa"
# Connection overrides: 3 more tries, also after a 5xx or a time-out, 2 s to connect, 4 s to answer, 15 s in all.
OVERRIDES: Final = "#rc=3&rp=5xx,ct,rt&ct=2000&rt=4000&tt=15000"
REPLY_SECONDS: Final = 300  # how long a reply may wait in the carrier's queue
BUTTONS: Final = range(1, 4)
ROWS: Final = range(4, 11)  # up to three options are buttons
WAITING: Final = frozenset({"received", "pending", "approved"})  # an approval that was asked for and not refused


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one language that stand in prepared content, from the phrasebook."""

    choose: str  # the button that opens a list, at most 20 characters
    checkin: str  # the whole check-in message


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at Twilio now, as its API lists it."""

    services: Sequence[Mapping[str, Any]] = ()
    contents: Sequence[Mapping[str, Any]] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs, and the request that mends it. `name` in braces in a URL: the id is not known yet."""

    what: str
    call: Call


def plan(state: State, *, public: str, words: Mapping[str, Words], service: str = "") -> list[Step]:
    """All requests that are still needed, in order; none where everything stands as it should.

    public: PUBLIC_URL. words: language -> its words. service: the Messaging Service's MG…, where one is set.
    """
    return [*_service(state, public, service), *_contents(state, words)]


def service_settings(public: str) -> dict[str, str]:
    """The Messaging Service as it should be, by the names of its form."""
    return {
        "FriendlyName": SERVICE,
        "InboundRequestUrl": f"{public}/twilio/message{OVERRIDES}",
        "InboundMethod": "POST",
        "FallbackUrl": f"{public}/twilio/fallback",
        "FallbackMethod": "POST",
        "StatusCallback": f"{public}/twilio/status",
        "StickySender": "true",
        "SmartEncoding": "true",
        "MmsConverter": "false",
        "UseInboundWebhookOnNumber": "false",
        "ValidityPeriod": str(REPLY_SECONDS),
    }


def contents(words: Mapping[str, Words]) -> list[dict[str, Any]]:
    """Every prepared content as it should be, as the API takes it."""
    return [content for language, own in words.items() for content in _of_language(language, own)]


def checkin_name(language: str) -> str:
    """The friendly name, and the template's name for approval."""
    return f"besa_checkin_{language}"


def sids(state: State) -> dict[str, str]:
    """Friendly name -> HX… of our contents; a check-in template only once it is approved."""
    ours = {str(one.get("friendly_name")): one for one in state.contents if _ours(one)}
    return {
        name: str(one.get("sid"))
        for name, one in ours.items()
        if not name.startswith(checkin_name("")) or _approval(one) == "approved"
    }


def for_people(state: State, words: Mapping[str, Words]) -> list[str]:
    """What only a person can do, in the order in which it is best done."""
    approved = sids(state)
    waiting = [name for name in map(checkin_name, words) if name not in approved]
    return [
        f"Put the numbers and the WhatsApp sender into the Messaging Service “{SERVICE}” (Sender Pool), and set its "
        "MG… as TWILIO_MESSAGING_SERVICE_SID.",
        "Switch on Advanced Opt-Out there. Take END, CANCEL, QUIT, YES and INFO out of its words; they are words that "
        "people type to us. Set its three answers in both languages: the texts are in docs/twilio.md.",
        *(f"Wait for WhatsApp to approve {name}; this command says when it is." for name in waiting),
        "Set TWILIO_CHECKIN_CONTENT_SID to the HX… of the approved check-in template.",
        "Switch on HTTP authentication for media, and give nobody the console who need not read what people write.",
        "Check with the networks that people in Albania can answer our SMS; only then set SMS_TWO_WAY=yes.",
        "Put a static answer (TwiML Bin) with the emergency number on a second host as fallback, if there is one.",
    ]


def _service(state: State, public: str, service: str) -> Iterator[Step]:
    wanted = service_settings(public)
    found = next((one for one in state.services if one.get("sid") == service or (not service and _named(one))), None)
    if found is None:
        yield Step(what=f"create the Messaging Service {SERVICE}", call=_form(f"{MESSAGING}/v1/Services", wanted))
        return
    differing = {name: value for name, value in wanted.items() if not _same(found.get(_snake(name)), value)}
    if differing:
        what = f"set {', '.join(differing)} of the Messaging Service {found.get('friendly_name')}"
        yield Step(what=what, call=_form(f"{MESSAGING}/v1/Services/{found.get('sid')}", differing))


def _named(service: Mapping[str, Any]) -> bool:
    return service.get("friendly_name") == SERVICE


def _contents(state: State, words: Mapping[str, Words]) -> Iterator[Step]:
    known = {str(one.get("friendly_name")): one for one in state.contents}
    for content in contents(words):
        name = content["friendly_name"]
        found = known.get(name)
        if found is None:
            yield Step(what=f"create the content {name}", call=_json("POST", f"{CONTENT}/v1/Content", content))
        elif found.get("types") != content["types"]:
            url = f"{CONTENT}/v1/Content/{found.get('sid')}"
            changed = {key: value for key, value in content.items() if key != "language"}
            yield Step(what=f"change the content {name}", call=_json("PUT", url, changed))
        if name.startswith(checkin_name("")) and (found is None or _approval(found) not in WAITING):
            yield _ask(name, str(found.get("sid")) if found else f"{{{name}}}")


def _ask(name: str, sid: str) -> Step:
    url = f"{CONTENT}/v1/Content/{sid}/ApprovalRequests/whatsapp"
    return Step(what=f"ask for approval of {name}", call=_json("POST", url, {"name": name, "category": "UTILITY"}))


def _of_language(language: str, words: Words) -> Iterator[dict[str, Any]]:
    for count in BUTTONS:
        actions = [{"type": "QUICK_REPLY", "title": title, "id": ident} for title, ident in _variables(count)]
        yield _generic(language, "buttons", count, {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}})
    for count in ROWS:
        rows = [{"item": title, "id": ident} for title, ident in _variables(count)]
        types = {"twilio/list-picker": {"body": "{{1}}", "button": words.choose, "items": rows}}
        yield _generic(language, "list", count, types)
    yield {
        "friendly_name": checkin_name(language),
        "language": language,
        "variables": {},
        "types": {"twilio/text": {"body": words.checkin}},
    }


def _variables(count: int) -> list[tuple[str, str]]:
    return [(f"{{{{{2 * at + 2}}}}}", f"{{{{{2 * at + 3}}}}}") for at in range(count)]


def _generic(language: str, form: str, count: int, types: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "friendly_name": content_name(form, count, language),
        "language": language,
        "variables": {str(at): str(at) for at in range(1, 2 * count + 2)},
        "types": types,
    }


def _ours(content: Mapping[str, Any]) -> bool:
    return str(content.get("friendly_name", "")).startswith("besa_")


def _approval(content: Mapping[str, Any]) -> str:
    request = content.get("approval_requests")
    return str(request.get("status", "")).lower() if isinstance(request, Mapping) else ""


def _same(found: Any, wanted: str) -> bool:
    shown = str(found).lower() if isinstance(found, bool) else str(found)
    return shown == wanted


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _form(url: str, fields: Mapping[str, str]) -> Call:
    return Call(method="POST", url=url, form=fields)


def _json(method: str, url: str, body: Mapping[str, Any]) -> Call:
    return Call(method=method, url=url, body=body)


def services_call() -> Call:
    """Lists the Messaging Services."""
    return Call(method="GET", url=f"{MESSAGING}/v1/Services?PageSize=100")


def contents_call() -> Call:
    """Lists the prepared content with the state of its approval."""
    return Call(method="GET", url=f"{CONTENT}/v1/ContentAndApprovals?PageSize=100")
