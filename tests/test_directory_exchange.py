"""HSDS 3.0 out and in, writing facts back, and the commands that do it, on a copy of the real data."""

from __future__ import annotations

import io
import json
import shutil
import uuid
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest

from bot.cli import main
from bot.directory import drawing, hsds, writing
from bot.directory.load import load
from bot.directory.rules import problems

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
DIRECTORY = load(DATA)
DOCUMENTS = hsds.documents(DIRECTORY)
FORMS = {
    name: jsonschema.Draft202012Validator(
        json.loads((ROOT / "tests" / "data" / f"hsds-3.0-{name}.json").read_text(encoding="utf-8")),
        format_checker=jsonschema.FormatChecker(),
    )
    for name in ("organization", "service")
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the data that a test may change."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_documents_are_valid(name: str) -> None:
    form = FORMS["organization" if name.startswith("organizations/") else "service"]
    assert [error.message for error in form.iter_errors(DOCUMENTS[name])] == []


def test_the_form_is_not_toothless() -> None:
    broken = json.loads(json.dumps(DOCUMENTS["services/vatra.shelter.json"]))
    broken["status"] = "open"
    broken["phones"][0]["id"] = "1"
    assert len(list(FORMS["service"].iter_errors(broken))) == 2


def test_identifiers_are_stable_and_unique() -> None:
    assert uuid.UUID(hsds.identifier("organization", "vatra")).version == 5
    assert hsds.identifier("organization", "vatra") == "40c1d419-4358-594b-9926-a153df9b2633"
    assert hsds.documents(load(DATA)) == DOCUMENTS
    services = [form["id"] for name, form in DOCUMENTS.items() if name.startswith("services/")]
    assert len(services) == len(set(services)) == len(DIRECTORY.offers)


def test_nothing_is_lost_on_the_way_back() -> None:
    for org in DIRECTORY.organizations.values():
        document = json.loads(json.dumps(DOCUMENTS[f"organizations/{org.id}.json"]))
        assert hsds.organization_from(document) == org
    for line in DIRECTORY.lines.values():
        document = json.loads(json.dumps(DOCUMENTS[f"organizations/line.{line.id}.json"]))
        assert hsds.line_from(document) == line


def test_no_address_and_no_coordinates_leave() -> None:
    for document in DOCUMENTS.values():
        text = json.dumps(document)
        assert not any(f'"{key}"' in text for key in ("addresses", "address_1", "latitude", "longitude"))


def test_files_that_say_it_already_are_not_touched() -> None:
    for org in DIRECTORY.organizations.values():
        text = (DATA / "organizations" / f"{org.id}.toml").read_text(encoding="utf-8")
        assert writing.organization(text, org) == text
    text = (DATA / "lines.toml").read_text(encoding="utf-8")
    for line in DIRECTORY.lines.values():
        assert writing.line(text, line) == text


def test_a_new_file_says_the_same(data: Path) -> None:
    for org in DIRECTORY.organizations.values():
        (data / "organizations" / f"{org.id}.toml").write_text(writing.organization("", org), encoding="utf-8")
    assert load(data).organizations == DIRECTORY.organizations


def test_only_what_changed_is_written() -> None:
    org = DIRECTORY.organizations["vatra"]
    text = (DATA / "organizations" / "vatra.toml").read_text(encoding="utf-8")
    dialled = msgspec.structs.replace(org.phones[0], assured_date=date(2026, 11, 25), assured_by="A. B.", network="One")
    written = writing.organization(text, msgspec.structs.replace(org, phones=(dialled,)))
    new = set(written.splitlines()) - set(text.splitlines())
    assert new == {"assured_date = 2026-11-25", 'assured_by = "A. B."', 'network = "One"'}
    assert set(text.splitlines()) <= set(written.splitlines())


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    code = main(argv)
    return code, capsys.readouterr().out


def test_export_and_import(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "hsds"
    code, said = run(capsys, "directory", "--data", str(data), "export", "--format", "hsds", "-o", str(out))
    assert code == 0
    assert f"{len(DOCUMENTS)} documents" in said
    assert len(list(out.rglob("*.json"))) == len(DOCUMENTS)
    code, said = run(capsys, "directory", "--data", str(data), "import", str(out))
    assert (code, said.strip().endswith("0 differ.")) == (0, True)
    file = out / "organizations" / "vatra.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["phones"][0]["number"] = "+355 33 224079"
    file.write_text(json.dumps(document), encoding="utf-8")
    before = (data / "organizations" / "vatra.toml").read_text(encoding="utf-8")
    code, said = run(capsys, "directory", "--data", str(data), "import", str(out), "--dry-run")
    assert "would change" in said
    assert (data / "organizations" / "vatra.toml").read_text(encoding="utf-8") == before
    run(capsys, "directory", "--data", str(data), "import", str(out))
    assert (data / "organizations" / "vatra.toml").read_text(encoding="utf-8") == before.replace("224078", "224079")


def test_import_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["directory", "import", str(tmp_path)]) == 1
    assert "organizations" in capsys.readouterr().err
    (tmp_path / "organizations").mkdir()
    (tmp_path / "organizations" / "x.json").write_text('{"id": 1}', encoding="utf-8")
    assert main(["directory", "import", str(tmp_path)]) == 1
    assert "x.json" in capsys.readouterr().err


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "directory", "list")
    assert code == 0
    assert "Medaille Trust" in said
    assert "stale or contradictory" in said
    code, said = run(capsys, "directory", "list", "--json")
    assert {row["id"] for row in json.loads(said)["organizations"]} == set(DIRECTORY.organizations)


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What the admin types."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))


def test_verify_writes_back(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    answer(monkeypatch, "y")
    argv = ["directory", "--data", str(data), "verify", "--by", "A. B.", "--network", "Vodafone", "--only"]
    assert run(capsys, *argv, "vatra")[0] == 0
    phone = load(data).organizations["vatra"].phones[0]
    assert (phone.assured_by, phone.network, phone.number) == ("A. B.", "Vodafone", "+355 33 224078")
    assert phone.assured_date is not None
    answer(monkeypatch, "n", "+355 42 000000")
    run(capsys, *argv, "different-and-equal")
    found = load(data).organizations["different-and-equal"]
    assert found.phones[0].number == "+355 42 000000"
    assert found.sources[found.phones[0].source[0]].cite == "asked by A. B."
    answer(monkeypatch, "n", "+355 42 111111")
    run(capsys, *argv, "gruaja-tek-gruaja")
    changed = load(data).organizations["gruaja-tek-gruaja"].phones[0]
    assert changed.number == "+355 42 111111"
    assert "Was +355 22 241154" in changed.note
    answer(monkeypatch, "w")
    run(capsys, *argv, "shkej")
    assert load(data).organizations["shkej"].phones[0].withdrawn
    answer(monkeypatch, "y")
    run(capsys, *argv, "al-116006")
    assert load(data).lines["al-116006"].answers == "yes"
    answer(monkeypatch, "a")
    run(capsys, *argv, "al-116117")
    line = load(data).lines["al-116117"]
    assert "Nobody answered" in line.note
    assert line.assured_date is None
    assert problems(load(data)) == []


def test_verify_refuses_what_cannot_be_dialled(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    before = (data / "organizations" / "vatra.toml").read_text(encoding="utf-8")
    answer(monkeypatch, "n", "033 22", "A. B.", "One")
    code, said = run(capsys, "directory", "--data", str(data), "verify", "--only", "vatra")
    assert code == 0
    assert "Not written" in said
    assert (data / "organizations" / "vatra.toml").read_text(encoding="utf-8") == before


def test_verify_ends_with_the_input_and_asks_the_most_important_first(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    answer(monkeypatch, "", "", "q")
    code, said = run(capsys, "directory", "--data", str(data), "verify")
    assert code == 0
    assert said.index("112") < said.index("127") < said.index("129")
    assert "0 written back" in said


def test_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "map.svg"
    assert run(capsys, "directory", "map", "-o", str(file), "--language", "sq")[0] == 0
    root = ElementTree.fromstring(file.read_text(encoding="utf-8"))
    names = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Shkodër", "Tiranë", "Vlorë", "Avokat, këshillim"} <= names
    paths = [path.get("d", "") for path in root.iter("{http://www.w3.org/2000/svg}path")]
    assert any(path.count("h0") == len(DIRECTORY.places) for path in paths)
    english = drawing.svg(DIRECTORY, "en", {})
    assert ">Tirana<" in english


def test_nearest_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(
        capsys, "nearest", "--need", "legal_aid", "--place", "shkodra", "--sex", "m", "--age", "40", "--json"
    )
    report = json.loads(said)
    assert code == 0
    assert report["services"][0]["organization_id"] == "legal-aid-centres"
    assert report["services"][0]["why"]
    assert report["not_offered"]
    assert all(row["why_not"] for row in report["not_offered"])
    assert {"organization", "service", "town", "km", "phones", "why", "open"} <= set(report["services"][0])


def test_nearest_knows_places_and_needs(capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("Tirana", "tiranë", "TIRANE", "m-tirane"):
        assert run(capsys, "nearest", "--need", "shelter", "--place", place)[0] == 0
    assert main(["nearest", "--need", "shelter", "--place", "golem"]) == 2
    assert "Golem in" in capsys.readouterr().err
    assert main(["nearest", "--need", "wings", "--place", "tirana"]) == 2
    assert "legal_aid" in capsys.readouterr().err
    code, said = run(capsys, "nearest", "--need", "online_abuse", "--place", "vlore", "--sex", "f", "--age", "30")
    assert code == 1
    assert "116 117" in said


def test_open_and_closed_by_the_moment_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["nearest", "--need", "shelter", "--place", "vlore", "--sex", "f", "--json", "--at"]
    _, said = run(capsys, *argv, "2026-01-01T03:00:00+01:00")
    assert json.loads(said)["services"][0]["open"] is True


@pytest.mark.parametrize("assurance", ["listed", "strict"])
def test_every_empty_cell_of_the_matrix_is_explained(assurance: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "directory", "matrix", "--assurance", assurance, "--json")
    cells = json.loads(said)
    assert code == 0
    assert len(cells) == 16 * 61 * 6
    assert all(cell["why"] for cell in cells if cell["tier"] == ".")
    empty = {(cell["need"], cell["audience"]) for cell in cells if cell["tier"] == "."}
    assert empty == (set() if assurance == "listed" else {("online_abuse", "man")})
    assert run(capsys, "directory", "matrix")[1].count("\n") > 96
