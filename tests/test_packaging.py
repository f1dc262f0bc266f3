"""What is handed out: the wheel with everything that admins own, the locks, and the processes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from processes import ROOT, environment, procfile

from bot.demo import talks

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-test.lock")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that nothing of an earlier build is in it."""
    copy = tmp_path_factory.mktemp("wheel")
    for name in ("bot", "data"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "transcripts", copy / "tests" / "transcripts")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    line = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w"]
    subprocess.run([*line, str(copy / "dist"), str(copy)], check=True, env=environment(), capture_output=True)
    return next((copy / "dist").glob("*.whl"))


def shipped(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def test_the_wheel_holds_every_file_of_the_package_and_of_the_data(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {str(file.relative_to(ROOT)) for file in (ROOT / "bot").rglob("*") if shipped(file)}
    wanted |= {f"bot/{file.relative_to(ROOT)}" for file in (ROOT / "data").rglob("*") if shipped(file)}
    wanted |= {f"bot/demo/chats/{file}" for files in talks.listed().values() for file in files.values()}
    assert wanted - inside == set()
    assert not [name for name in inside if name.startswith(("tests/", "data/"))]


def test_the_wheel_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    paths = environment(PYTHONPATH=str(tmp_path / "site"))
    where = [
        sys.executable,
        "-c",
        "from bot import settings; from bot.demo import talks; print(settings.DATA, settings.state(), talks.FOLDER)",
    ]
    said = subprocess.run(
        where, cwd=tmp_path, env=paths | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    data, state, folder = said.stdout.split()
    assert Path(folder) == tmp_path / "site" / "bot" / "demo" / "chats"
    assert Path(data) == tmp_path / "site" / "bot" / "data"
    assert Path(state) == tmp_path / ".local" / "state" / "besa"
    check = subprocess.run(
        [sys.executable, "-m", "bot", "check"], cwd=tmp_path, env=paths, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_every_package_is_named_for_the_wheel() -> None:
    named = set(PROJECT["tool"]["setuptools"]["packages"]) - {"bot.data", "bot.demo.chats"}
    there = {".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "bot").rglob("__init__.py")}
    assert named == there


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in text
    blocks = re.split(r"\n(?=\S)", text.strip())
    for block in blocks:
        first = block.splitlines()[0]
        assert re.match(r"[a-z0-9._-]+==[^ ]+", first), first
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", block)) >= 1, first


def test_the_locks_hold_what_the_project_names_in_the_same_versions() -> None:
    pins = [dict(re.findall(r"(?m)^([a-z0-9._-]+)==([^ ]+)", (ROOT / name).read_text("utf-8"))) for name in LOCKS]
    run, test = pins
    assert run.items() <= test.items()

    def names(lines: list[str]) -> set[str]:
        return {re.split(r"[\[<>=; ]", line)[0].lower() for line in lines}

    assert names(PROJECT["project"]["dependencies"]) <= run.keys()
    assert names(PROJECT["project"]["optional-dependencies"]["test"]) <= test.keys()


def test_the_procfile_starts_what_there_is() -> None:
    assert procfile() == {"web": "python -m bot serve --host 0.0.0.0", "worker": "python worker.py"}
    assert (ROOT / "worker.py").is_file()


def test_make_tells_what_it_can_do_and_refuses_an_old_python(tmp_path: Path) -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "check", "bench", "lint", "long", "understand", "pictures", "ci"):
        assert re.search(rf"^  make {target} +\w", said, re.MULTILINE)
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    for name in ("bash", "touch", "env"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        [str(shutil.which("make")), "demo"], cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr
