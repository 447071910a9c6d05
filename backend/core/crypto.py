"""Encryption of secrets at rest: MultiFernet, so that keys rotate while old text stays readable."""

from __future__ import annotations

import zlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from isal import isal_zlib

ISAL_LEVEL = 2
"""Configurations become no larger than by level 1 of zlib, and sooner."""


class CannotDecrypt(Exception):
    """The stored text was encrypted with a key that is no longer in WEBNET_ENCRYPTION_KEY."""

    def __init__(self) -> None:
        super().__init__("A stored secret cannot be decrypted: its key is missing from WEBNET_ENCRYPTION_KEY.")


@lru_cache(maxsize=1)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current() -> MultiFernet:
    return _fernet(tuple(settings.ENCRYPTION_KEYS))


def encrypt(text: str) -> str:
    return _current().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    if not token:
        return ""
    try:
        return _current().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise CannotDecrypt from error


def seal(data: bytes) -> bytes:
    return _current().encrypt(data)


def unseal(blob: bytes) -> bytes:
    try:
        return _current().decrypt(blob)
    except InvalidToken as error:
        raise CannotDecrypt from error


def pack(text: str | bytes, *, quickly: bool = False) -> bytes:
    """Compressed, then encrypted: for texts of kilobytes; bytes are UTF-8.

    `quickly`: in a fraction of the time, with somewhat more room.
    """
    data = text.encode() if isinstance(text, str) else text
    return _current().encrypt(isal_zlib.compress(data, ISAL_LEVEL) if quickly else zlib.compress(data))


def unpack(blob: bytes | memoryview) -> str:
    try:
        return zlib.decompress(_current().decrypt(bytes(blob))).decode()
    except InvalidToken as error:
        raise CannotDecrypt from error
