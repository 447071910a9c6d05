"""Encryption at rest, and keys that rotate while old text stays readable."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection

from core.crypto import CannotDecrypt, decrypt, encrypt, pack, unpack
from customers.models import Customer
from devices.models import Credential

TEXTS = ["", "s3cret", "Zürich ☃ 日本", "line\r\nline\x00", "x" * 100_000]


@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_back(text: str) -> None:
    assert decrypt(encrypt(text)) == text
    assert unpack(pack(text)) == text
    assert unpack(memoryview(pack(text))) == unpack(pack(text, quickly=True)) == text


def test_same_text_is_never_encrypted_alike() -> None:
    assert encrypt("s3cret") != encrypt("s3cret")
    assert "s3cret" not in encrypt("s3cret")


def test_keys_rotate_while_old_text_stays_readable(settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    token, blob = encrypt("s3cret"), pack("config")
    settings.ENCRYPTION_KEYS = [new, old]
    assert (decrypt(token), unpack(blob)) == ("s3cret", "config")
    fresh = encrypt("s3cret")
    settings.ENCRYPTION_KEYS = [new]
    assert decrypt(fresh) == "s3cret"
    for read in (lambda: decrypt(token), lambda: unpack(blob)):
        with pytest.raises(CannotDecrypt, match="WEBNET_ENCRYPTION_KEY"):
            read()


@pytest.mark.parametrize("damage", ["", "gAAAA", "not a token"])
def test_damaged_text_is_told(damage: str) -> None:
    with pytest.raises(CannotDecrypt):
        decrypt(encrypt("s3cret")[:-4] + damage + "AAAA")


@pytest.mark.django_db
def test_field_is_plain_in_python_and_encrypted_in_the_database(acme: Customer) -> None:
    row = Credential.objects.create(customer=acme, name="lab", username="netops", password="s3cret")
    assert Credential.objects.get().password == "s3cret"
    Credential.objects.filter(pk=row.pk).update(enable_secret="en4ble")
    assert Credential.objects.get().enable_secret == "en4ble"
    with connection.cursor() as cursor:
        cursor.execute("SELECT password, enable_secret, private_key FROM devices_credential")
        password, enable, key = cursor.fetchone()
    assert "s3cret" not in password and "en4ble" not in enable and key == ""


@pytest.mark.django_db
def test_secret_cannot_be_searched_for(acme: Customer) -> None:
    Credential.objects.create(customer=acme, name="lab", username="netops", password="s3cret")
    for lookup in ("password", "password__contains", "password__startswith"):
        with pytest.raises(FieldError):
            Credential.objects.filter(**{lookup: "s3cret"}).exists()


@pytest.mark.django_db
def test_secret_is_in_no_word_about_its_row(acme: Customer) -> None:
    row = Credential.objects.create(customer=acme, name="lab", username="netops", password="s3cret")
    assert "s3cret" not in f"{row} {row!r}"
