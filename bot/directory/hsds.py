"""The directory in Open Referral's format: HSDS 3.0 JSON out, and the same form in again.

Owns: which field of HSDS holds which fact, and the identifiers (UUIDv5 of our own ids: the same in every export).
Never: files, and what may be shown to a texter (a partner gets all, with how sure each fact is).

What HSDS has a field for stands there: name, description, website, phones, schedules, service areas, locations,
languages, needs as taxonomy terms. Everything else (sources, confidence, groups of people, reach) stands in one
attribute "besa", as JSON, so that nothing is lost on the way back; where both hold a fact, the field of HSDS is
believed. Locations are towns: there is no address, and no coordinates, to export.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from bot.directory.model import Directory, Group, Line, Need, Organization, Schedule, Service
from bot.directory.places import Places

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:besa-helpline:directory")
OURS: Final = "besa"
TAXONOMY: Final = "Besa needs"
WEB: Final = "https://"
COUNTRY: Final = "al"

Json = dict[str, Any]


def identifier(*parts: str) -> str:
    """The UUID of a thing, from what it is and our ids: identifier("service", "vatra", "shelter")."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def documents(directory: Directory) -> dict[str, Json]:
    """File name -> document: one an organisation and one a line (organization.json's form), one a service
    (service.json's)."""
    written: dict[str, Json] = {}
    for org in directory.organizations.values():
        whole = organization(directory, org)
        written[f"organizations/{org.id}.json"] = whole
        head = {key: whole[key] for key in ("id", "name", "description", "website") if key in whole}
        for service, form in zip(org.services, whole["services"], strict=True):
            written[f"services/{org.id}.{service.id}.json"] = {**form, "organization": head}
    for line in directory.lines.values():
        written[f"organizations/line.{line.id}.json"] = _line(directory, line)
    return written


def organization(directory: Directory, org: Organization) -> Json:
    """One organisation with its phones, locations and services."""
    me = identifier("organization", org.id)
    fields: Json = {"id": me, "name": org.name, "description": org.description}
    if org.alternate_names:
        fields["alternate_name"] = "; ".join(org.alternate_names)
    if org.website:
        fields["website"] = WEB + org.website
    if org.year:
        fields["year_incorporated"] = org.year
    fields["phones"] = [
        {"id": identifier("phone", org.id, phone.id), "organization_id": me, "number": phone.number, "type": "voice"}
        for phone in org.phones
    ]
    fields["locations"] = [
        _location(directory.places, org.id, location.id, location.place) | {"organization_id": me}
        for location in org.locations
    ]
    fields["services"] = [_service(directory, org, service) for service in org.services]
    held = ("name", "description", "alternate_names", "website", "year", "services")
    fields["attributes"] = [_ours("organization", me, _rest(org, held))]
    return fields


def _service(directory: Directory, org: Organization, service: Service) -> Json:
    me = identifier("service", org.id, service.id)
    fields: Json = {
        "id": me,
        "organization_id": identifier("organization", org.id),
        "name": service.name,
        "description": service.what,
        "status": service.status,
        "eligibility_description": _eligibility(directory.words, service),
    }
    if service.entry:
        fields["application_process"] = service.entry
    if service.cost != "unknown":
        fields["fees_description"] = service.cost
    if len(service.eligible) == 1:
        group = service.eligible[0]
        fields |= {"minimum_age": group.min_age} if group.min_age else {}
        fields |= {"maximum_age": group.max_age} if group.max_age < 200 else {}
    if service.police == "yes":
        fields["alert"] = "What is said here reaches the police."
    if service.assured_date:
        fields["assured_date"] = service.assured_date.isoformat()
    chosen = [location for location in org.locations if not service.locations or location.id in service.locations]
    fields["phones"] = [
        {"id": identifier("phone", org.id, phone.id), "number": phone.number, "type": "voice"}
        for phone in org.phones
        if not service.phones or phone.id in service.phones
    ]
    fields["schedules"] = _schedules(me, service.schedules)
    fields["service_areas"] = _areas(directory.places, me, service, [location.place for location in chosen])
    fields["service_at_locations"] = [
        {
            "id": identifier("service_at_location", org.id, service.id, location.id),
            "service_id": me,
            "location_id": identifier("location", org.id, location.id),
            "location": _location(directory.places, org.id, location.id, location.place),
        }
        for location in chosen
    ]
    fields["languages"] = [
        {"id": identifier("language", me, code), "service_id": me, "code": code} for code in service.languages
    ]
    held = ("name", "what", "status", "entry", "schedules", "languages")
    needs = [_term(directory.needs, me, code) for code in (*service.needs, *service.also)]
    fields["attributes"] = [_ours("service", me, _rest(service, held)), *needs]
    return fields


def _line(directory: Directory, line: Line) -> Json:
    """A line as an organisation of its own with one service."""
    me = identifier("organization", "line", line.id)
    service = identifier("service", "line", line.id)
    phones = []
    if line.number:
        phones = [{"id": identifier("phone", "line", line.id), "number": line.number, "type": "voice"}]
    fields: Json = {"id": me, "name": line.name, "description": line.what, "phones": phones}
    if line.website:
        fields["website"] = WEB + line.website
    offered: Json = {
        "id": service,
        "organization_id": me,
        "name": line.name,
        "description": line.what,
        "status": "active",
        "phones": phones,
        "schedules": _schedules(service, line.schedules),
        "languages": [
            {"id": identifier("language", service, code), "service_id": service, "code": code}
            for code in line.languages
        ],
        "service_areas": [_area(service, line.country.lower(), "country")],
        "attributes": [_term(directory.needs, service, code) for code in line.needs],
    }
    held = ("name", "what", "number", "website", "schedules", "languages")
    return {**fields, "services": [offered], "attributes": [_ours("line", me, _rest(line, held))]}


def organization_from(document: Json) -> Organization:
    """An organisation from its document. Raises msgspec.ValidationError or KeyError for what is none of ours."""
    held = _held(document, "organization")
    numbers = {phone["id"]: phone["number"] for phone in document.get("phones", ())}
    for phone in held.get("phones", ()):
        phone["number"] = numbers.get(identifier("phone", held["id"], phone["id"]), phone["number"])
    held |= {"name": document["name"], "description": document["description"]}
    held["alternate_names"] = [name for name in document.get("alternate_name", "").split("; ") if name]
    held["website"] = document.get("website", "").removeprefix(WEB)
    held["year"] = int(document.get("year_incorporated", 0))
    held["services"] = [_service_from(form) for form in document.get("services", ())]
    return msgspec.convert(held, Organization)


def _service_from(form: Json) -> Json:
    held = _held(form, "service")
    held |= {"name": form["name"], "what": form["description"], "status": form["status"]}
    held["entry"] = form.get("application_process", "")
    held["languages"] = [language["code"] for language in form.get("languages", ())]
    held["schedules"] = [_schedule_from(schedule) for schedule in form.get("schedules", ())]
    return held


def line_from(document: Json) -> Line:
    """A line from its document. Raises as `organization_from`."""
    held = _held(document, "line")
    phones, service = document.get("phones", ()), document["services"][0]
    held |= {"name": document["name"], "what": document["description"]}
    held["number"] = phones[0]["number"] if phones else ""
    held["website"] = document.get("website", "").removeprefix(WEB)
    held["languages"] = [language["code"] for language in service.get("languages", ())]
    held["schedules"] = [_schedule_from(schedule) for schedule in service.get("schedules", ())]
    return msgspec.convert(held, Line)


def _rest(thing: Organization | Service | Line | Schedule, held: Iterable[str]) -> Json:
    """What HSDS has no field for, as plain values."""
    plain: Json = msgspec.to_builtins(thing)
    return {key: value for key, value in plain.items() if key not in held}


def _ours(entity: str, link: str, rest: Json) -> Json:
    value = json.dumps(rest, ensure_ascii=False, sort_keys=True)
    return {
        "id": identifier("attribute", link, OURS),
        "link_id": link,
        "link_type": OURS,
        "link_entity": entity,
        "value": value,
    }


def _held(form: Json, entity: str) -> Json:
    for attribute in form.get("attributes", ()):
        if attribute.get("link_type") == OURS and attribute.get("link_entity") == entity:
            held: Json = json.loads(attribute["value"])
            return held
    raise KeyError(f"{form.get('name', '?')} has no attribute {OURS!r} for its {entity}")


def _term(needs: Mapping[str, Need], link: str, code: str) -> Json:
    return {
        "id": identifier("attribute", link, "need", code),
        "link_id": link,
        "link_type": "taxonomy_term",
        "link_entity": "service",
        "taxonomy_term": {
            "id": identifier("taxonomy_term", code),
            "code": code,
            "name": needs[code].taxonomy,
            "description": needs[code].label,
            "taxonomy": TAXONOMY,
        },
    }


def _location(places: Places, org: str, ident: str, place: str) -> Json:
    row = places.row(place)
    name = places.names_sq[row] if row >= 0 else "Every municipality of Albania"
    return {
        "id": identifier("location", org, ident),
        "location_type": "physical" if row >= 0 else "virtual",
        "name": name,
        "description": "The town only: addresses are not kept.",
        "external_identifier": place,
        "external_identifier_type": OURS,
    }


def _areas(places: Places, link: str, service: Service, towns: Iterable[str]) -> list[Json]:
    if service.reach == "national":
        return [_area(link, COUNTRY, "country")]
    rows = [places.row(town) for town in towns if places.row(town) >= 0]
    if not rows:
        return [_area(link, COUNTRY, "country")]
    if service.reach == "municipality":
        return [_area(link, places.names_sq[row], "municipality") for row in rows]
    counties = dict.fromkeys((*(places.counties[row] for row in rows), *service.counties))
    return [_area(link, county, "county") for county in counties]


def _area(link: str, name: str, kind: str) -> Json:
    me = identifier("service_area", link, kind, name)
    return {"id": me, "service_id": link, "name": name, "extent": name, "extent_type": kind}


def _schedules(link: str, schedules: tuple[Schedule, ...]) -> list[Json]:
    return [_schedule(link, identifier("schedule", link, str(at)), schedule) for at, schedule in enumerate(schedules)]


def _schedule(link: str, me: str, schedule: Schedule) -> Json:
    return {
        "id": me,
        "service_id": link,
        "freq": "WEEKLY",
        "byday": ",".join(schedule.byday),
        "opens_at": schedule.opens_at,
        "closes_at": schedule.closes_at,
        "attributes": [_ours("schedule", me, _rest(schedule, ("byday", "opens_at", "closes_at")))],
    }


def _schedule_from(form: Json) -> Json:
    times = {key: form[key] for key in ("opens_at", "closes_at")}
    return {**_held(form, "schedule"), **times, "byday": form["byday"].split(",")}


def _eligibility(words: Mapping[str, str], service: Service) -> str:
    """The word for whom it serves, and each group in plain English."""
    return f"{words[f'serves.{service.serves}']}: {'; or '.join(_group_text(group) for group in service.eligible)}"


def _group_text(group: Group) -> str:
    parts = [{"f": "women and girls", "m": "men and boys"}.get(group.sex, "anyone")]
    if group.min_age:
        parts.append(f"from {group.min_age} years")
    if group.max_age < 200:
        parts.append(f"up to {group.max_age} years")
    if group.children:
        parts.append("with children")
    if group.needs:
        parts.append(f"in one of these situations: {', '.join(group.needs)}")
    return " ".join(parts)
