"""Credentials through the API: secrets go in and never come out."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api.tests.conftest import As
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Credential, Device
from users.models import User

CREDENTIALS = "/api/v1/credentials/"


@pytest.fixture
def client(as_: As, operator: User) -> APIClient:
    return as_(operator)


@pytest.fixture
def login(acme: Customer) -> Credential:
    return Credential.objects.create(customer=acme, name="lab", username="netops", password="s3cret")


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["detail"]) for error in answer.json()["errors"]]


def pem(key: Any, encryption: Any = None) -> str:
    form = PrivateFormat.OpenSSH if not isinstance(key, dsa.DSAPrivateKey) else PrivateFormat.PKCS8
    return str(key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode())


def test_a_secret_goes_in_and_never_comes_out(client: APIClient, acme: Customer) -> None:
    key = pem(ed25519.Ed25519PrivateKey.generate())
    body = {"customer": acme.pk, "name": "lab", "username": "netops", "password": " s3cret ", "private_key": key}
    made = client.post(CREDENTIALS, body)
    assert made.status_code == 201, made.content
    row = made.json()
    assert set(row) == {
        "id", "customer", "name", "username", "has_password", "has_enable_secret", "has_private_key", "updated_at",
    }  # fmt: skip
    assert (row["has_password"], row["has_enable_secret"], row["has_private_key"]) == (True, False, True)
    stored = Credential.objects.get()
    assert (stored.password, stored.private_key.strip()) == (" s3cret ", key.strip())
    url = f"{CREDENTIALS}{row['id']}/"
    assert client.get(CREDENTIALS).json()["results"] == [row]
    changed = client.patch(url, {"password": "", "enable_secret": "another"}, HTTP_IF_MATCH=made["ETag"])
    assert (changed.json()["has_password"], changed.json()["has_enable_secret"]) == (False, True)
    assert client.patch(url, {"enable_secret": "x"}, HTTP_IF_MATCH=made["ETag"]).status_code == 412
    told = str(list(AuditEvent.objects.values_list("before", "after")))
    assert "s3cret" not in told and "another" not in told and "PRIVATE KEY" not in told
    assert "enable_secret" in told


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("x", "no private key"), ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END", "no private key"),
        (pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"p")), "passphrase"),
        (pem(dsa.generate_private_key(2048)), "Only Ed25519"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_log_in_is_refused(client: APIClient, acme: Customer, key: str, words: str) -> None:
    answer = client.post(CREDENTIALS, {"customer": acme.pk, "name": "a", "username": "b", "private_key": key})
    assert errors(answer)[0][0] == "private_key" and words in errors(answer)[0][1]
    assert not Credential.objects.exists()


def test_viewers_see_no_credentials(as_: As, viewer: User, login: Credential) -> None:
    for url in (CREDENTIALS, f"{CREDENTIALS}{login.pk}/", f"{CREDENTIALS}export/"):
        assert as_(viewer).get(url).status_code == 403


def test_a_credential_in_use_stays(client: APIClient, device: Device) -> None:
    answer = client.delete(f"{CREDENTIALS}{device.credential_id}/")
    assert (answer.status_code, answer.json()["detail"]) == (409, "It is still used by 1 device.")


def test_the_list_of_credentials_decrypts_nothing(client: APIClient, login: Credential) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get(CREDENTIALS)
    sql = next(
        query["sql"] for query in queries if 'FROM "devices_credential"' in query["sql"] and "LIMIT" in query["sql"]
    )
    assert '"devices_credential"."password",' not in sql
