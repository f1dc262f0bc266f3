"""Sealing: AES-256-GCM over padded values, bound to where they lie and how long they may live.

Owns: the form of a sealed value: version (1 byte), key id (4), expiry (8, Unix seconds), nonce (12), ciphertext.
The associated data are version, key id, expiry, purpose and the name of the Redis key, so that a value that was cut,
moved to another person, aged or made to live longer does not open. Never: an exception for what cannot be opened.
"""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.storage.keyring import Epoch, Keyring

VERSION: Final = 1
STEP: Final = 256  # plaintext is padded to a multiple of this, so that its length does not tell the branch
SLACK: Final = 900  # seconds by which the clocks of two hosts may differ
_HEAD: Final = struct.Struct(">B4sQ")
_NONCE: Final = 12
_LENGTH: Final = struct.Struct(">I")


class Sealer:
    """Seals and opens with the keys of one keyring."""

    def __init__(self, keyring: Keyring, clock: Callable[[], float] = time.time) -> None:
        self._keyring, self._clock = keyring, clock
        self._ciphers: dict[str, AESGCM] = {}

    def seal(self, purpose: str, name: str, plain: bytes, ttl: float) -> bytes:
        """The sealed form of `plain`, for the Redis key `name`, that opens for `ttl` seconds."""
        epoch = self._keyring.current(purpose)
        head = _HEAD.pack(VERSION, bytes.fromhex(epoch.id), max(0, int(self._clock() + ttl) + 1))
        nonce = secrets.token_bytes(_NONCE)
        return head + nonce + self._cipher(epoch).encrypt(nonce, _pad(plain), _bound(head, purpose, name))

    def open(self, purpose: str, name: str, sealed: bytes | None) -> bytes | None:
        """What was sealed for this purpose and key, or None: absent, wrong, moved, cut, aged or of a destroyed key."""
        if not sealed or len(sealed) < _HEAD.size + _NONCE:
            return None
        head, nonce, body = (
            sealed[: _HEAD.size],
            sealed[_HEAD.size : _HEAD.size + _NONCE],
            sealed[_HEAD.size + _NONCE :],
        )
        version, ident, expires = _HEAD.unpack(head)
        epoch = self._keyring.find(purpose, ident.hex())
        if version != VERSION or epoch is None or expires + SLACK < self._clock():
            return None
        try:
            return _unpad(self._cipher(epoch).decrypt(nonce, body, _bound(head, purpose, name)))
        except (InvalidTag, ValueError):
            return None

    def _cipher(self, epoch: Epoch) -> AESGCM:
        cipher = self._ciphers.get(epoch.id)
        if cipher is None:
            cipher = self._ciphers[epoch.id] = AESGCM(epoch.secret)
        return cipher


def _bound(head: bytes, purpose: str, name: str) -> bytes:
    return head + purpose.encode() + b"\0" + name.encode()


def _pad(plain: bytes) -> bytes:
    framed = _LENGTH.pack(len(plain)) + plain
    return framed + b"\0" * (-len(framed) % STEP)


def _unpad(padded: bytes) -> bytes | None:
    if len(padded) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(padded)
    return padded[_LENGTH.size : _LENGTH.size + length] if length <= len(padded) - _LENGTH.size else None
