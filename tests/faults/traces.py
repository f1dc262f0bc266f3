"""What a thief would look for: texts that can be read, and digests of them that anybody can compute.

Owns: the forms of a secret, the digests, and where to look: every type of Redis value (decompressed), every file.
Never: sparing a place. Each detector is shown to fire on a planted trace.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

import redis

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")


def spellings(secret: str) -> set[str]:
    """How one secret may be written before it is stored or hashed."""
    found = {secret, secret.lower(), secret.upper(), secret.replace("ë", "e").replace("ç", "c")}
    if re.fullmatch(r"\+[0-9]+", secret):
        found |= {secret[1:], f"whatsapp:{secret}", f"0{secret[4:]}", f"00{secret[1:]}", f"sms:{secret}"}
    return found | {text.replace(" ", "") for text in found}


def readable(secret: str) -> set[bytes]:
    """The bytes by which a secret can be read: plain, in an address, in Base64 at each offset, in UTF-16, in hex."""
    found: set[bytes] = set()
    for text in spellings(secret):
        plain = text.encode()
        found |= {
            plain,
            quote(text).encode(),
            quote_plus(text).encode(),
            text.encode("utf-16-le"),
            plain.hex().encode(),
        }
        found |= {text.encode("unicode_escape"), plain.hex().upper().encode()}
        for lead in range(3):
            coded = base64.b64encode(b"\0" * lead + plain)
            found.add(coded[4 if lead else 0 : len(coded) // 4 * 4 - 4])
    return {form for form in found if len(form) >= 6}


def digests(secret: str) -> dict[str, bytes]:
    """Name -> what to look for, of every unkeyed digest: its first 8 bytes, raw, in hex and in Base64."""
    found: dict[str, bytes] = {}
    for text in spellings(secret):
        for name in HASHES:
            digest = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
            found[f"{name} {text} raw"] = digest[:8]
            found[f"{name} {text} hex"] = digest.hex()[:16].encode()
            found[f"{name} {text} base64"] = base64.b64encode(digest)[:10]
            found[f"{name} {text} base32"] = base64.b32encode(digest)[:12]
    return found


def checksums(secret: str) -> dict[str, re.Pattern[bytes]]:
    """CRC-32 and Adler-32, in hex and in decimal, standing by themselves: four raw bytes occur by chance."""
    found = {}
    for text in spellings(secret):
        for name, number in (("crc32", zlib.crc32(text.encode())), ("adler32", zlib.adler32(text.encode()))):
            forms = f"{number:08x}|{number:08X}|{number:010d}|{number}"
            found[f"{name} {text}"] = re.compile(rb"(?<![0-9A-Za-z])(?:" + forms.encode() + rb")(?![0-9A-Za-z])")
    return found


def find(places: Mapping[str, bytes], secrets: Iterable[str]) -> list[str]:
    """Every trace of any secret, as "what in where"."""
    found = []
    for secret in secrets:
        plain, hashed, sums = readable(secret), digests(secret), checksums(secret)
        for where, content in places.items():
            if any(form in content for form in plain):
                found.append(f"{secret} in {where}")
            found += [f"{name} in {where}" for name, form in hashed.items() if form in content]
            found += [f"{name} in {where}" for name, form in sums.items() if form.search(content)]
    return found


def stored(client: redis.Redis) -> dict[str, bytes]:
    """Every key with its value, whatever its type; what is compressed is there twice."""
    found: dict[str, bytes] = {}
    for key in client.scan_iter(count=1000):
        kind = client.type(key).decode()
        read = {
            "string": client.get, "hash": client.hgetall, "set": client.smembers, "stream": client.xrange,
            "zset": lambda name: client.zrange(name, 0, -1, withscores=True),
            "list": lambda name: client.lrange(name, 0, -1),
        }  # fmt: skip
        parts = [key, *_flat(read[kind](key))] if kind in read else [key]
        found[f"{kind} {key.decode(errors='replace')}"] = b"\n".join([*parts, *_unpacked(parts)])
    return found


def files(*roots: Path) -> dict[str, bytes]:
    """Every file below the roots."""
    found = {}
    for root in roots:
        for file in sorted(root.rglob("*")):
            if file.is_file():
                with contextlib.suppress(OSError):
                    found[str(file)] = file.read_bytes()
    return found


def endless(client: redis.Redis) -> list[str]:
    """Names of keys without a time to live."""
    return sorted(name.decode() for name in client.scan_iter(count=1000) if client.ttl(name) == -1)


def _flat(value: object) -> list[bytes]:
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, dict):
        return _flat(list(value.items()))
    return [one for part in value for one in _flat(part)] if isinstance(value, (list, tuple, set)) else []


def _unpacked(parts: Iterable[bytes]) -> list[bytes]:
    found = []
    for part in parts:
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompress(part))
    return found
