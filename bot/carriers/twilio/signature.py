"""Twilio's signature: who may speak to `/twilio/…`.

Owns: the address that was signed, the HMAC, the comparison. Never: reading a form's meaning, logging any of it.
Algorithm: HMAC-SHA1 over the URL and, for each distinct key in sorted order, the key and each of its distinct values in
sorted order (Twilio, "Webhooks security"). The newer SHA-256 signatures with a shared key are announced by a header of
their own; no shared key can be configured here, so that header is never listened to and cannot weaken anything.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

HEADER: Final = "X-Twilio-Signature"
_PORTS: Final = {"https": 443, "http": 80}


def url(public: str, path: str, query: str = "") -> str:
    """What Twilio requested: the configured address, our route's path, and the query string as it came, undecoded.
    Nothing of it is taken from a header of the request."""
    return public.rstrip("/") + path + ("?" + query if query else "")


def valid(address: str, form: Iterable[tuple[str, str]], signature: str | None, tokens: Sequence[str]) -> bool:
    """Whether one of the tokens signed this request. Never raises; every token is tried, whichever fits.

    address: from `url`. form: every field as it came, repeated ones repeated, nothing trimmed. tokens: the account's
    auth token, and while rotating also the other one.
    """
    try:
        given = (signature or "").encode("ascii")
        fields = _fields(form)
        texts = [(variant + fields).encode() for variant in _variants(address)]
    except (UnicodeError, ValueError):
        return False
    return any([hmac.compare_digest(sign(token, text), given) for token in tokens if token for text in texts])


def sign(token: str, text: bytes) -> bytes:
    """The signature of an assembled text, in Base64."""
    return base64.b64encode(hmac.new(token.encode(), text, hashlib.sha1).digest())


def _fields(form: Iterable[tuple[str, str]]) -> str:
    return "".join(key + value for key, value in sorted(set(form)))


def _variants(address: str) -> tuple[str, str]:
    """With and without the port: Twilio signs either."""
    parts = urlsplit(address)
    host = parts.hostname and parts.netloc.rpartition("@")[2].partition(":")[0]
    if not host or parts.scheme not in _PORTS:
        raise ValueError("no address that could have been signed")
    login = parts.netloc.rpartition("@")[0]
    bare = f"{login}@{host}" if login else host
    return _with_host(address, parts, bare), _with_host(address, parts, f"{bare}:{parts.port or _PORTS[parts.scheme]}")


def _with_host(address: str, parts: SplitResult, netloc: str) -> str:
    """The address with another host part, every other byte as it was."""
    start = address.index("//") + 2
    return address[:start] + netloc + address[start + len(parts.netloc) :]
