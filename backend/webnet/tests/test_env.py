"""Settings from the environment and from files; a wrong one is told in words."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from tests.threads import at_once
from webnet import env

GOOD_SECRET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
KEY, OTHER_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
FLAT_KEY = base64.urlsafe_b64encode(b"\0" * 32).decode()
STANDARD_KEY = base64.b64encode(b"\xfb\xff" * 8 + bytes(range(16))).decode()

TAKEN: list[tuple[Callable[..., Any], str, Any]] = [
    (env.number, "8000", 8000),
    (env.number, "", 7),
    (env.flag, "yes", True),
    (env.flag, "OFF", False),
    (env.flag, "", False),
    (env.words, "a, b,,c ", ["a", "b", "c"]),
    (env.words, "", []),
    (env.required, "x", "x"),
    (env.rate, "600/minute", (600, 60)),
    (env.rate, "", (5, 1)),
]


@pytest.mark.parametrize(("read", "value", "result"), TAKEN)
def test_value_is_read(monkeypatch: pytest.MonkeyPatch, read: Callable[..., Any], value: str, result: Any) -> None:
    monkeypatch.setenv("WEBNET_X", value)
    more = {env.number: (7,), env.required: ("why.",), env.rate: ("5/second",)}.get(read, ())
    assert read("WEBNET_X", *more) == result


REFUSED: list[tuple[Callable[..., Any], str, str]] = [
    (lambda: env.number("WEBNET_X", 7), "-1", "WEBNET_X is '-1': a whole number"),
    (lambda: env.number("WEBNET_X", 7), "1e3", "a whole number"),
    (lambda: env.number("WEBNET_X", 7), "٣", "a whole number"),
    *[
        (lambda: env.rate("WEBNET_X", "5/second"), given, "use COUNT/UNIT, with second, minute, hour")
        for given in ("600", "0/minute", "-1/minute", "1.5/minute", "600/day", "/minute", "many/minute")
    ],
    (lambda: env.flag("WEBNET_X"), "maybe", "WEBNET_X is 'maybe': use true or false"),
    (lambda: env.required("WEBNET_X", "why."), "", "WEBNET_X is not set: why. Set WEBNET_X or WEBNET_X_FILE."),
]


@pytest.mark.parametrize(("read", "value", "words"), REFUSED)
def test_value_is_refused(monkeypatch: pytest.MonkeyPatch, read: Callable[..., Any], value: str, words: str) -> None:
    monkeypatch.setenv("WEBNET_X", value)
    with pytest.raises(ImproperlyConfigured, match=words.replace(".", r"\.")):
        read()


SECRETS = [
    (env.secret_key, GOOD_SECRET, True),
    (env.secret_key, "short", False),
    (env.secret_key, "a" * 60, False),
    (env.secret_key, "", False),
    (env.encryption_keys, KEY, True),
    (env.encryption_keys, f"{KEY}, {OTHER_KEY}", True),
    (env.encryption_keys, f"{KEY},short", False),
    (env.encryption_keys, KEY[:-8], False),
    (env.encryption_keys, "ü" * 44, False),
    (env.encryption_keys, FLAT_KEY, False),
    (env.encryption_keys, STANDARD_KEY, True),
    (env.encryption_keys, " , ", False),
    (env.encryption_keys, "", False),
]


@pytest.mark.parametrize(("check", "value", "taken"), SECRETS, ids=map(str, range(len(SECRETS))))  # no key in a name
def test_secret_is_strong(check: Callable[[str], Any], value: str, taken: bool) -> None:
    if taken:
        result = check(value)
        assert result == (value if check is env.secret_key else value.replace(" ", "").split(","))
        return
    with pytest.raises(ImproperlyConfigured) as refused:
        check(value)
    words = str(refused.value)
    assert "\n" not in words
    assert not value.strip(" ,") or value not in words  # a secret is not shown, not even a weak one


def test_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("WEBNET_X", "from the environment")
    monkeypatch.setenv("WEBNET_X_FILE", str(tmp_path / "key"))
    assert env.read("WEBNET_X") == "from a file"
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ImproperlyConfigured, match="it is no text"):
        env.read("WEBNET_X")
    monkeypatch.setenv("WEBNET_X_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match=r"WEBNET_X_FILE=.*none cannot be read: No such file"):
        env.read("WEBNET_X")


@pytest.mark.django_db(transaction=True)
def test_kept_secret_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "secrets"
    values = at_once(*[lambda: env.kept(folder, "secret_key")] * 4)
    assert len(set(values)) == 1
    assert env.secret_key(values[0])
    assert env.encryption_keys(env.kept(folder, "encryption_key"))
    for path, mode in ((folder.parent, 0o700), (folder, 0o700), (folder / "secret_key", 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert sorted(path.name for path in folder.iterdir()) == ["encryption_key", "secret_key"]


def test_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(ImproperlyConfigured, match="cannot be used"):
        env.kept(tmp_path / "data" / "secrets", "secret_key")
