"""The three ways to say who one is: token, API key, login session. Each works everywhere, and wrong ones nowhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

from api.tests.conftest import As, with_header
from customers.models import Customer
from tests.architecture.routes import PUBLIC, Route, every_route
from users.keys import create_key
from users.models import User
from users.tokens import pair_for

ME = "/api/v1/auth/me/"
JOBS = "/api/v1/jobs/"
DEVICES = "/api/v1/devices/"


def key_of(user: User, **fields: Any) -> str:
    return create_key(actor=user, user=user, **{"name": "sync", "scopes": ["read", "run"], **fields})[1]


def backup(acme: Customer, make_device: Any) -> dict[str, Any]:
    return {"kind": "config_backup", "customer": acme.pk, "devices": [make_device(acme, "r1").pk]}


def test_token_and_key_read_and_write(operator: User, acme: Customer, make_device: Any) -> None:
    body = backup(acme, make_device)
    for header in (
        f"Bearer {pair_for(operator)['access']}",
        f"Api-Key {key_of(operator)}",
        f"api-key  {key_of(operator)} ",
    ):
        client = with_header(header)
        assert client.get(ME).json()["username"] == "operator"
        assert client.post(JOBS, body).status_code == 201


def test_a_session_writes_with_the_csrf_token_alone(operator: User, acme: Customer, make_device: Any) -> None:
    body = backup(acme, make_device)
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    assert client.get(ME).status_code == 200
    refused = client.post(JOBS, body, format="json")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    client.cookies["csrftoken"] = "a" * 32
    assert client.post(JOBS, body, format="json", HTTP_X_CSRFTOKEN="b" * 32).status_code == 403
    assert client.post(JOBS, body, format="json", HTTP_X_CSRFTOKEN="a" * 32).status_code == 201


HEADERS = [
    "", " ", "Bearer", "Bearer ", "Api-Key", "Api-Key ", "Basic b3BlcmF0b3I6eA==", "Token abc", "garbage",
    "Bearer a.b.c", "Bearer " + "x" * 10_000, "Bearer \x00", "Bearer é.é.é", "Api-Key \x00.\x00", "Api-Key a.b",
    "Api-Key a", "Api-Key .", "Api-Key " + "x" * 10_000, "Bearer a b c", "Api-Key a b", "\x00", "é",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_a_wrong_header_is_401_whatever_session_comes_along(operator: User, header: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(operator)
    for path in (ME, DEVICES):
        answer = client.get(path, HTTP_AUTHORIZATION=header)
        assert answer.status_code == 401, header
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer ")
        assert "Api-Key" in answer["WWW-Authenticate"]


def test_nobody_is_401(as_: As, db: None) -> None:
    answer = as_().get(ME)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")


def test_a_key_stays_within_scopes_customers_and_networks(
    superadmin: User, acme: Customer, globex: Customer, make_device: Any
) -> None:
    body = backup(acme, make_device)
    make_device(globex, "r2")
    key = key_of(superadmin, scopes=["read"], customers=[acme], source_networks=["192.0.2.0/24"])
    client = with_header(f"Api-Key {key}")
    assert client.get(DEVICES).status_code == 401
    client.defaults["REMOTE_ADDR"] = "192.0.2.7"
    assert [row["hostname"] for row in client.get(DEVICES).json()["results"]] == ["r1"]
    me = client.get(ME).json()
    assert "view" in me["permissions"] and "run_read_jobs" not in me["permissions"]
    assert [row["slug"] for row in me["customers"]] == ["acme"]
    refused = client.post(JOBS, body)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "The scopes of this API key do not allow this (run read jobs)."
    assert client.get(f"/api/v1/customers/{globex.pk}/").status_code == 404


def test_behind_a_proxy_the_address_is_what_the_proxy_says(operator: User, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    client = with_header(f"Api-Key {key_of(operator, source_networks=['192.0.2.0/24'])}")
    assert client.get(ME, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 200
    assert client.get(ME, REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="192.0.2.7, 10.9.9.9").status_code == 401


def test_a_customer_closed_to_the_network_is_not_there_for_a_token_but_for_a_page(
    operator: User, acme: Customer, make_device: Any
) -> None:
    device = make_device(acme, "r1")
    acme.api_networks = ["192.0.2.0/24"]
    acme.save()
    client = with_header(f"Bearer {pair_for(operator)['access']}")
    assert client.get(f"{DEVICES}{device.pk}/").status_code == 404
    assert client.get(f"{DEVICES}{device.pk}/", REMOTE_ADDR="192.0.2.7").status_code == 200
    page = Client()
    page.force_login(operator)
    assert page.get(f"/devices/{device.pk}/").status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "Api-Key"])
def test_a_database_that_is_away_is_503(operator: User, scheme: str) -> None:
    secret = pair_for(operator)["access"] if scheme == "Bearer" else key_of(operator)
    client = with_header(f"{scheme} {secret}")

    def away(*_: Any) -> Any:
        raise OperationalError("connection refused at 10.0.0.1")

    with connection.execute_wrapper(away):
        answer = client.get(ME)
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 0
    assert "10.0.0.1" not in answer.content.decode()


ROUTES = [route for route in every_route() if route.path.startswith("api/v1/") and route.path not in PUBLIC]
CHANGES = [route for route in ROUTES if route.method != "GET"]


def called(client: Client, route: Route, **extra: Any) -> Any:
    path = "/" + re.sub(r"<[^>]+>", "999999999", route.path)
    return client.generic(route.method, path, "{}", content_type="application/json", **extra)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_every_endpoint_knows_all_three_ways(superadmin: User, route: Route) -> None:
    token = f"Bearer {pair_for(superadmin)['access']}"
    key = f"Api-Key {key_of(superadmin, scopes=['read', 'run', 'write'])}"
    nobody, session = Client(raise_request_exception=False), Client(enforce_csrf_checks=True)
    session.force_login(superadmin)
    csrf = "a" * 32
    session.cookies["csrftoken"] = csrf
    for header in (None, "Bearer x", "Api-Key x.y", "Basic x"):
        answer = called(nobody, route, **({"HTTP_AUTHORIZATION": header} if header else {}))
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert "Bearer" in answer["WWW-Authenticate"]
    nobody.raise_request_exception = True
    for answer in (
        called(nobody, route, HTTP_AUTHORIZATION=token),
        called(nobody, route, HTTP_AUTHORIZATION=key),
        called(session, route, HTTP_X_CSRFTOKEN=csrf),
    ):
        assert answer.status_code not in (401, 500)
        assert "CSRF" not in str(getattr(answer, "content", ""))


@pytest.mark.parametrize("route", CHANGES, ids=lambda route: route.key)
def test_no_endpoint_changes_anything_by_a_session_alone(superadmin: User, route: Route) -> None:
    session = Client(enforce_csrf_checks=True)
    session.force_login(superadmin)
    answer = called(session, route)
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
