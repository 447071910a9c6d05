"""Reading settings from the environment, secrets also from files (`NAME_FILE`)."""

from __future__ import annotations

import base64
import ipaddress
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

UNITS = {"second": 1, "minute": 60, "hour": 3600}


def read(name: str, default: str = "") -> str:
    """`NAME`, or the content of the file that `NAME_FILE` names, or the default."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {why}.") from error
    return os.environ.get(name, default)


def number(name: str, default: int) -> int:
    value = read(name) or str(default)
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}: a whole number is needed.")
    return int(value)


def rate(name: str, default: str) -> tuple[int, int]:
    """A count and the seconds in which it is allowed, of `600/minute`."""
    value = read(name) or default
    count, _, unit = value.partition("/")
    if not (count.isascii() and count.isdigit() and int(count)) or unit not in UNITS:
        raise ImproperlyConfigured(f"{name} is {value!r}: use COUNT/UNIT, with {', '.join(UNITS)}.")
    return int(count), UNITS[unit]


def flag(name: str, default: bool = False) -> bool:
    value = read(name).lower()
    if value in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        return default if not value else value in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name} is {value!r}: use true or false.")


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in read(name, default).split(",") if word.strip()]


def networks(name: str) -> list[str]:
    try:
        return [str(ipaddress.ip_network(word)) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def required(name: str, why: str) -> str:
    value = read(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {why} Set {name} or {name}_FILE.")
    return value


def secret_key(value: str) -> str:
    if len(value) < 50 or len(set(value)) < 10:
        raise ImproperlyConfigured(
            "SECRET_KEY is too weak: it needs at least 50 characters, 10 of them different. "
            "`openssl rand -base64 48` makes one."
        )
    return value


def encryption_keys(value: str) -> list[str]:
    """Comma-separated Fernet keys: the first encrypts, all decrypt."""
    keys = [key.strip() for key in value.split(",") if key.strip()]
    for number_, key in enumerate(keys, 1):
        try:
            raw = base64.urlsafe_b64decode(key)
        except ValueError:
            raw = b""
        if len(raw) != 32 or len(set(raw)) < 10:
            raise ImproperlyConfigured(
                f"WEBNET_ENCRYPTION_KEY is too weak, too short or not base64 (key {number_}): each key is 32 random "
                "bytes, url-safe base64. `openssl rand -base64 32 | tr +/ -_` makes one."
            )
    if not keys:
        raise ImproperlyConfigured("WEBNET_ENCRYPTION_KEY holds no key.")
    return keys


def kept(folder: Path, name: str) -> str:
    """Embedded mode: a secret made once and kept beside the data, readable by its owner alone."""
    path = folder / name
    try:
        return path.read_text().strip() if path.exists() else _make(path)
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be used: {error.strerror}.") from error


def _make(path: Path) -> str:
    folder = path.parent
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # `mode` is not for the parents that it makes
    folder.mkdir(exist_ok=True, mode=0o700)
    value = Fernet.generate_key().decode() if path.name == "encryption_key" else secrets.token_urlsafe(48)
    draft = folder / f".{path.name}.{secrets.token_hex(4)}"
    draft.touch(mode=0o600)
    draft.write_text(value + "\n")
    try:
        os.link(draft, path)  # of two processes that start at once, the first wins and both read its value
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
