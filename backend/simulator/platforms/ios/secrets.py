"""Secrets of simulated devices: hashed in the configuration, checked at login against it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

_PLAIN_SECRET = re.compile(r"(?P<head>(?:username \S+ (?:.*? )?|enable )secret )(?:0 )?(?P<secret>(?![4589] \S)\S+)")
_STORED = re.compile(r"(?:secret|password) (?:(?P<type>[05789]) )?(?P<value>\S+)$")


def hash_secret(secret: str) -> str:
    """A type 9 look-alike. One round of SHA-256: simulated logins are to be cheap, the secrets protect nothing."""
    salt = hashlib.sha256(f"salt/{secret}".encode()).hexdigest()[:14]
    return f"$9${salt}${_digest(salt, secret)}"


def _digest(salt: str, secret: str) -> str:
    return base64.b64encode(hashlib.sha256((salt + secret).encode()).digest(), b"./").decode().rstrip("=")


def hide_secret(line: str) -> str:
    """The line with a plain secret hashed; any other line as it is."""
    match = _PLAIN_SECRET.fullmatch(line)
    return f"{match['head']}9 {hash_secret(match['secret'])}" if match else line


def secret_matches(stored_line: str, given: str) -> bool:
    """Whether `given` is the secret that a `username …` or `enable …` line stores."""
    match = _STORED.search(stored_line)
    if match is None:
        return False
    if match["type"] in (None, "0"):
        return hmac.compare_digest(match["value"].encode(), given.encode())
    parts = match["value"].split("$")
    return match["type"] == "9" and len(parts) == 4 and hmac.compare_digest(parts[3], _digest(parts[2], given))
