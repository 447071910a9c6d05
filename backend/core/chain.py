"""The arithmetic of the audit trail's hash chains, and how values are written so that they hash alike when read back.

A link is HMAC-SHA256(key, the link before + the row), its key derived from WEBNET_ENCRYPTION_KEY: who can write to the
database alone can make none.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from core.text import storable

ROW = (
    "seq", "at", "actor_id", "actor_name", "api_key", "action", "customer_id", "object_type", "object_id",
    "object_label", "before", "after", "source_address", "correlation_id",
)  # fmt: skip
"""What a link covers, in this order."""
HEAD = ("id", "customer_id", "number", "begun", "seq", "hash")
"""What the end of a chain proves by its `mac`."""
_AT, _ADDRESS = ROW.index("at"), ROW.index("source_address")

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def chain_keys() -> list[bytes]:
    """The current key first, then those of former encryption keys."""
    return [_derived(key) for key in settings.ENCRYPTION_KEYS]


@lru_cache(maxsize=32)
def _derived(key: str | bytes) -> bytes:
    secret = key.encode() if isinstance(key, str) else key
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"webnet audit chain").derive(secret)


def link(key: bytes, previous: str, row: Sequence[Any]) -> str:
    """The hash of a row (values in the order of `ROW`) after the one before it; the first follows an empty text."""
    values = list(row)
    values[_AT] = values[_AT].astimezone(UTC).isoformat()
    values[_ADDRESS] = _plain_address(values[_ADDRESS])
    return hmac.digest(key, (previous + _encode(values)).encode(), "sha256").hex()


def seal(key: bytes, head: Sequence[Any]) -> str:
    """The mac of a chain's end (values in the order of `HEAD`)."""
    return hmac.digest(key, _encode(list(head)).encode(), "sha256").hex()


@lru_cache(maxsize=1024)
def _plain_address(address: str | None) -> str:
    """One spelling: the databases have their own for some."""
    return ipaddress.ip_address(address).packed.hex() if address else ""


def json_safe(value: Any) -> Any:
    """The value as both databases give it back: no NUL, no float that is a whole number, no type that JSON lacks."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)  # an enum's member is its number
    if isinstance(value, str):
        return storable(str(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {storable(str(name)): json_safe(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((json_safe(inner) for inner in value), key=str)
    if isinstance(value, bytes | memoryview):
        return f"{len(value)} bytes"
    return storable(str(value))
