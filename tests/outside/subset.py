"""Makes `twilio.json` and `twilio_failing.json`: the part of Twilio's OpenAPI documents that we call.

Run by hand when the requests change: python tests/outside/subset.py FOLDER-WITH-THE-DOCUMENTS
Documents: twilio/twilio-oai, `spec/json/twilio_{api_v2010,content_v1,messaging_v1}.json` (MIT).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages"
WANTED = {
    "twilio_api_v2010.json": [
        f"{MESSAGES}.json",
        f"{MESSAGES}/{{Sid}}.json",
        f"{MESSAGES}/{{MessageSid}}/Media.json",
        f"{MESSAGES}/{{MessageSid}}/Media/{{Sid}}.json",
    ],
    "twilio_content_v1.json": [
        "/v1/Content",
        "/v1/Content/{Sid}",
        "/v1/ContentAndApprovals",
        "/v1/Content/{ContentSid}/ApprovalRequests/whatsapp",
    ],
    "twilio_messaging_v1.json": ["/v1/Services", "/v1/Services/{Sid}"],
}
# (status, code): the first example is also what a request that breaks the specification gets.
FAILURES = {400: [21617, 21610, 63016, 21211], 401: [20003], 429: [20429], 503: [20503]}


def subset(folder: Path) -> dict[str, Any]:
    """One document with the wanted paths, and every component that they refer to."""
    made: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": "The part of Twilio's API that Besa calls", "version": "1"},
        "security": [{"accountSid_authToken": []}],
        "paths": {},
        "components": {"securitySchemes": {"accountSid_authToken": {"type": "http", "scheme": "basic"}}, "schemas": {}},
    }
    for name, paths in WANTED.items():
        document = json.loads((folder / name).read_text("utf-8"))
        for path in paths:
            made["paths"][path] = _bare(document["paths"][path])
        _components(made, document)
    return made


def failing(made: dict[str, Any]) -> dict[str, Any]:
    """The same messages path with the failures that the document leaves out, and the length it does not state."""
    copy = json.loads(json.dumps(made))
    copy["paths"] = {f"{MESSAGES}.json": copy["paths"][f"{MESSAGES}.json"]}
    post = copy["paths"][f"{MESSAGES}.json"]["post"]
    form = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    form["properties"]["Body"]["maxLength"] = 1600
    for status, codes in FAILURES.items():
        examples = {f"e{code}": {"value": {"code": code, "message": "refused", "status": status}} for code in codes}
        post["responses"][str(status)] = {
            "description": "",
            "content": {"application/json": {"schema": {"type": "object"}, "examples": examples}},
        }
    return copy


def _bare(value: Any) -> Any:
    """Without descriptions and extensions, which are most of the document."""
    if isinstance(value, dict):
        kept = {key: _bare(item) for key, item in value.items() if not key.startswith("x-") and key != "servers"}
        if isinstance(kept.get("description"), str):
            kept["description"] = ""
        return kept
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _components(made: dict[str, Any], document: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]
    while (
        missing := {name for name in re.findall(r"#/components/schemas/([^\"]+)\"", json.dumps(made))} - schemas.keys()
    ):
        known = {name for name in missing if name in document["components"]["schemas"]}
        if not known:
            return
        for name in known:
            schemas[name] = _bare(document["components"]["schemas"][name])


if __name__ == "__main__":
    whole = subset(Path(sys.argv[1]))
    for name, document in {"twilio.json": whole, "twilio_failing.json": failing(whole)}.items():
        (HERE / name).write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
