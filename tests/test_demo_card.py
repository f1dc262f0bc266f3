"""The card to take along: its codes are read again from the drawing, and it tells nothing."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image, ImageDraw

from bot import build, cli, settings
from bot.app import create_app
from bot.demo import card

REAL = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "t", "PUBLIC_URL": "https://help.example.org",
    "TWILIO_SMS_FROM": "+355691234567", "DEMO": "on",
}  # fmt: skip


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read({}))


@pytest.fixture
def web(house: build.House) -> FlaskClient:
    return create_app(house, settings.read({})).test_client()


def drawn(svg: str) -> Image.Image:
    """The codes of a sheet as a picture: only what `card.code` draws, at ten dots a millimetre."""
    picture = Image.new("L", (2100, 2970), 255)
    pen = ImageDraw.Draw(picture)
    moved = re.findall(r'translate\(([\d.]+) ([\d.]+)\)">|<path transform="translate\(([\d.]+) ([\d.]+)\) '
                       r'scale\(([\d.]+)\)" d="([^"]+)"|(</g>)', svg)  # fmt: skip
    left = top = 0.0
    for group_x, group_y, x, y, scale, path, closed in moved:
        if group_x:
            left, top = float(group_x), float(group_y)
        elif closed:
            left = top = 0.0
        else:
            for column, row in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
                corner = [10 * (at + float(scale) * int(step)) for at, step in
                          ((left + float(x), column), (top + float(y), row))]  # fmt: skip
                size = 10 * float(scale)
                pen.rectangle((*corner, corner[0] + size - 0.5, corner[1] + size - 0.5), fill=0)
    return picture


@pytest.mark.parametrize(
    ("number", "opens"),
    [
        (card.Number(channel="sms", number="+355691234567", demo=False), "sms:+355691234567"),
        (card.Number(channel="whatsapp", number="+355691234567", demo=False), "https://wa.me/355691234567"),
        (card.Number(channel="sms", number="55155", demo=False), "sms:55155"),
    ],
)
@pytest.mark.parametrize("kind", card.KINDS)
@pytest.mark.parametrize("language", ["sq", "en"])
def test_each_code_opens_a_message_to_the_number(
    house: build.House, number: card.Number, opens: str, kind: str, language: str
) -> None:
    texts = words(house, language)
    sheet = card.svg(kind, number, texts)
    read = zxingcpp.read_barcodes(drawn(sheet))
    assert [code.text for code in read] == [opens] * (10 if kind == "cards" else 1)
    assert number.spelt in sheet
    assert "DEMO" not in sheet


def words(house: build.House, language: str) -> dict[str, str]:
    found = house.script.phrases[language].items()
    return {name.removeprefix("system.demo_").removesuffix(".say"): text for name, text in found if "demo" in name}


@pytest.mark.parametrize("language", ["sq", "en"])
def test_a_card_in_a_pocket_tells_nothing(house: build.House, language: str) -> None:
    sheet = card.svg("cards", card.numbers("+355691234567", "")[0], words(house, language))
    told = " ".join(re.findall(r">([^<]+)<", sheet)).lower()
    telling = ("besa", "violen", "dhun", "traf", "viktim", "victim", "help", "ndihm", "danger", "rrezik", "safe")
    assert not [word for word in telling if word in told]


def test_numbers_come_from_the_settings() -> None:
    assert [(one.channel, one.number) for one in card.numbers("+355691", "whatsapp:+355692")] == [
        ("whatsapp", "+355692"), ("sms", "+355691"),
    ]  # fmt: skip
    assert [one.channel for one in card.numbers("BESA", "whatsapp:+355692")] == ["whatsapp"]
    nobody = card.numbers("BESA", "")
    assert all(one.demo and one.number == card.NOBODY for one in nobody)
    assert nobody[0].spelt == "+355 00 000 0000"


def test_without_a_number_every_sheet_says_that_it_is_a_demo(web: FlaskClient) -> None:
    page = web.get("/demo/card?lang=en")
    assert page.status_code == 200
    assert "DEMO" in page.get_data(as_text=True)
    for source in re.findall(r'src="(card/[^"]+)"', page.get_data(as_text=True)):
        sheet = web.get(f"/demo/{source}")
        assert sheet.mimetype == "image/svg+xml"
        assert "DEMO" in sheet.get_data(as_text=True)
        ElementTree.parse(io.BytesIO(sheet.data))
    assert web.get("/demo/card/cards-en-fax.svg").status_code == 404
    assert web.get("/demo/card/flag-en-sms.svg").status_code == 404
    assert web.get("/demo/card/cards-xx-sms.svg").status_code == 404


def test_a_real_number_stands_on_the_card_unmarked(house: build.House) -> None:
    checked = settings.read(REAL)
    web = create_app(house, checked).test_client()
    page = web.get("/demo/card?lang=en").get_data(as_text=True)
    assert "+355 69 123 4567" in page
    assert "DEMO" not in page
    assert "DEMO" not in web.get("/demo/card/poster-en-sms.svg").get_data(as_text=True)


def test_the_command_writes_the_sheets_of_the_numbers_that_are_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["card", "-o", str(tmp_path)]) == 1
    assert "DEMO" in (tmp_path / "poster-sq-whatsapp.svg").read_text(encoding="utf-8")
    assert "DEMO" in capsys.readouterr().out
    for name, text in REAL.items():
        monkeypatch.setenv(name, text)
    assert cli.main(["card", "-o", str(tmp_path / "real")]) == 0
    files = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "real").iterdir()}
    assert sorted(files) == ["cards-en-sms.svg", "cards-sq-sms.svg", "poster-en-sms.svg", "poster-sq-sms.svg"]
    assert all("+355 69 123 4567" in sheet and "DEMO" not in sheet for sheet in files.values())
