"""Everything the 2024 guide says of the nine organisations has its record, and no record claims a page it is not on."""

from __future__ import annotations

from pathlib import Path

from bot.directory.load import load

ROOT = Path(__file__).parent.parent
DIRECTORY = load(ROOT / "data")
TABLE = (ROOT / "tests" / "data" / "seed_records.tsv").read_text(encoding="utf-8")
ROWS = [line.split("\t") for line in TABLE.splitlines() if line and not line.startswith("#")][1:]
PAGES = {
    3: "different-and-equal",
    5: "mary-ward-loreto",
    7: "shkej",
    9: "nisma-arsis",
    11: "tjeter-vizion",
    13: "vatra",
    15: "medaille-trust",
    17: "papa-giovanni",
    19: "world-vision",
}


def test_every_statement_has_its_record_with_the_page() -> None:
    for page, statement, key in ROWS:
        offer = DIRECTORY.offers[key]
        assert "seed" in offer.service.source, statement
        assert offer.service.page == int(page), statement


def test_every_record_that_cites_the_guide_is_in_the_table() -> None:
    told = {key for _, _, key in ROWS}
    cited = {key for key, offer in DIRECTORY.offers.items() if "seed" in offer.service.source}
    assert cited == told


def test_the_nine_are_all_there_each_with_its_pages() -> None:
    for page, ident in PAGES.items():
        org = DIRECTORY.organizations[ident]
        assert org.page == page
        assert {service.page for service in org.services if "seed" in service.source} == {page}
        assert org.sources["seed"].date == "2024"


def test_only_prevention_is_offered_by_who_only_prevents() -> None:
    for ident in ("medaille-trust", "world-vision"):
        org = DIRECTORY.organizations[ident]
        assert org.kind == "prevention"
        assert not any(service.urgent for service in org.services)


def test_the_five_centres_and_the_five_units_are_in_their_towns() -> None:
    def towns(key: str) -> set[str]:
        return {DIRECTORY.places.names_sq[row] for row in DIRECTORY.offers[key].places}

    assert towns("mary-ward-loreto.advice-centre") == {"Tiranë", "Lezhë", "Mirditë", "Sarandë", "Lushnjë"}
    assert towns("vatra.mobile-units") == {"Vlorë", "Durrës", "Berat", "Dibër", "Lezhë"}
    assert towns("world-vision.impact") == {"Tiranë", "Shkodër", "Kukës", "Dibër"}
