"""The bench measures three servers, and the list of what humans must do counts what is there."""

from __future__ import annotations

import json

from carrier import SID
from processes import besa


def test_the_bench_puts_this_build_beside_the_least_possible() -> None:
    done = besa("bench", "--turns", "400", "--passes", "1", "--json")
    assert done.returncode == 0, done.stderr
    bare, floor, build = json.loads(done.stdout).values()
    assert 0 < bare["web_us"] < floor["web_us"] < build["web_us"]
    assert floor["beside_the_floor"] == 1
    assert build["beside_the_floor"] > 1
    assert bare["store_us"] < floor["store_us"]
    assert all(row["turns_per_second"] > 0 for row in (bare, floor, build))


def test_what_is_left_is_what_check_counts() -> None:
    ready = besa("ready", "--json")
    assert ready.returncode == 1
    tasks = json.loads(ready.stdout)
    assert {task["area"] for task in tasks} >= {"Numbers and services", "Texts", "Carrier", "Host", "People"}
    dues = json.loads(besa("check", "--json").stdout)["dues"]
    left = [task["left"] for task in tasks if task["area"] in {"Numbers and services", "Texts"} and task["left"]]
    for count in (dues["numbers to dial"], dues["organisations whose number must be found"]):
        assert count in left
    calls = besa("ready", "--calls").stdout.splitlines()
    assert len(calls) == dues["numbers to dial"] + dues["organisations whose number must be found"]
    assert calls[0].startswith("112")


def test_what_is_set_is_no_longer_left() -> None:
    carrier = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": "t0ken", "PUBLIC_URL": "https://help.example.org"}
    before, after = (json.loads(besa("ready", "--json", **given).stdout) for given in ({}, carrier))
    done = {new["what"] for old, new in zip(before, after, strict=True) if old["left"] and new["left"] == 0}
    assert len(done) == 3  # the account; strict is the default now, and the demonstration is off
    said = besa("ready", **carrier).stdout
    assert "t0ken" not in said
    assert SID not in said
    assert "[x]" in said
