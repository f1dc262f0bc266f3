"""The key file: random keys, one series of epochs for each purpose.

Owns: making, reading and choosing epochs. New epochs are appended; everything is written with the newest that has
begun and read with any that is still in the file; an epoch that is taken out makes all that it sealed unreadable.
Never: sealing itself, Redis, or a key in a message or a log.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from bot.errors import OperatorError

PURPOSES: Final = ("id", "seen", "session", "ticket", "optout")
RELOAD: Final = 30.0  # seconds between looks at the file's time of change
_SEED: Final = re.compile(r"[0-9a-fA-F]{64}")


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """One key of one purpose. `since` in Unix seconds: before it, it reads but does not write."""

    purpose: str
    id: str  # 8 hex digits
    since: int
    key: str  # 64 hex digits

    @property
    def secret(self) -> bytes:
        return bytes.fromhex(self.key)

    def __repr__(self) -> str:
        """Without the key: an epoch may end up in a traceback."""
        return f"Epoch({self.purpose} {self.id} since {self.since})"


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """The stored form of the key file (JSON)."""

    besa_keys: int = 1
    epochs: tuple[Epoch, ...]

    def __repr__(self) -> str:
        return f"KeyFile({len(self.epochs)} epochs)"


class Keyring:
    """The epochs in use. Reads its file again when it changed, so that a rotation needs no restart."""

    def __init__(
        self, epochs: Iterable[Epoch], *, path: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._path, self._clock = path, clock
        self._looked = time.monotonic()
        self._changed = _changed(path)
        self._set(epochs)

    def current(self, purpose: str) -> Epoch:
        """The epoch to write with: the newest that has begun."""
        return self.readable(purpose)[0]

    def readable(self, purpose: str) -> tuple[Epoch, ...]:
        """All epochs of a purpose: the one to write with, then those begun before it, then those still to begin."""
        self._look()
        now = self._clock()
        series = self._series[purpose]
        begun = [epoch for epoch in series if epoch.since <= now]
        return (*reversed(begun), *(epoch for epoch in series if epoch.since > now)) if begun else series

    def find(self, purpose: str, ident: str) -> Epoch | None:
        """The epoch with this id, if it still exists."""
        self._look()
        return next((epoch for epoch in self._series[purpose] if epoch.id == ident), None)

    def _look(self) -> None:
        """Takes a changed file over; a file that cannot be read leaves the keys as they are."""
        if self._path is None or time.monotonic() - self._looked < RELOAD:
            return
        self._looked = time.monotonic()
        changed = _changed(self._path)
        if changed and changed != self._changed:
            try:
                self._set(read(self._path))
            except OperatorError:
                return
            self._changed = changed

    def _set(self, epochs: Iterable[Epoch]) -> None:
        series: dict[str, list[Epoch]] = {purpose: [] for purpose in PURPOSES}
        for epoch in epochs:
            series.setdefault(epoch.purpose, []).append(epoch)
        self._series = {name: tuple(sorted(found, key=lambda e: e.since)) for name, found in series.items()}


def fresh(since: int) -> tuple[Epoch, ...]:
    """A first epoch of random keys for every purpose."""
    return tuple(make(purpose, since) for purpose in PURPOSES)


def make(purpose: str, since: int) -> Epoch:
    """One random epoch, to be written with from `since` on."""
    return Epoch(purpose=purpose, id=secrets.token_hex(4), since=since, key=secrets.token_hex(32))


def load(path: Path, clock: Callable[[], float] = time.time) -> Keyring:
    """The keyring of a key file. Raises OperatorError with the remedy."""
    return Keyring(read(path), path=path, clock=clock)


def random(clock: Callable[[], float] = time.time) -> Keyring:
    """A keyring that lives as long as the process: for demo and tests."""
    return Keyring(fresh(0), clock=clock)


def read(path: Path) -> tuple[Epoch, ...]:
    """The epochs of a key file, or those that a seed of 64 hex digits stands for."""
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path}: the key file cannot be read ({_why(error)}). {_REMEDY}") from None
    if _SEED.fullmatch(text):
        return tuple(_derived(bytes.fromhex(text), purpose) for purpose in PURPOSES)
    try:
        epochs = msgspec.json.decode(text.encode(), type=KeyFile).epochs
        good = all(len(epoch.secret) == 32 and len(epoch.id) == 8 for epoch in epochs)
    except (msgspec.MsgspecError, ValueError):
        raise OperatorError(f"{path}: this is no key file of Besa. {_REMEDY}") from None
    missing = sorted(set(PURPOSES) - {epoch.purpose for epoch in epochs})
    if not good or missing:
        what = f"has no key for {', '.join(missing)}" if missing else "holds a key that is not 64 hex digits"
        raise OperatorError(f"{path}: the key file {what}. {_REMEDY}")
    return epochs


def write(path: Path, epochs: Iterable[Epoch], *, replace: bool = False) -> None:
    """Writes a key file, readable for its owner only (mode 0400). Refuses to overwrite unless told to."""
    if path.exists() and not replace:
        raise OperatorError(f"{path}: exists already and was left as it is. Name a new file.")
    data = msgspec.json.format(msgspec.json.encode(KeyFile(epochs=tuple(epochs))), indent=1) + b"\n"
    fresh_path = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(fresh_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh_path.replace(path)
    except OSError as error:
        fresh_path.unlink(missing_ok=True)
        raise OperatorError(f"{path}: the key file cannot be written ({_why(error)}).") from None


_REMEDY: Final = "Make one with `python -m bot keys new FILE`, or give a file of just 64 hex digits."


def _derived(seed: bytes, purpose: str) -> Epoch:
    key = hmac.digest(seed, b"besa key " + purpose.encode(), hashlib.sha256)
    ident = hmac.digest(seed, b"besa id " + purpose.encode(), hashlib.sha256)[:4]
    return Epoch(purpose=purpose, id=ident.hex(), since=0, key=key.hex())


def _changed(path: Path | None) -> int:
    try:
        return path.stat().st_mtime_ns if path else 0
    except OSError:
        return 0


def _why(error: Exception) -> str:
    return error.strerror or "unknown" if isinstance(error, OSError) else "not plain text"
