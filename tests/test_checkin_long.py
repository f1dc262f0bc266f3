"""Two hundred workers killed at random points of a check-in: `make long`."""

from __future__ import annotations

import long_checkins
import pytest


@pytest.mark.long
def test_two_hundred_kills(capsys: pytest.CaptureFixture[str]) -> None:
    assert long_checkins.main(200, 1) == 0
    with capsys.disabled():
        print(capsys.readouterr().out)
