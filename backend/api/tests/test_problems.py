"""Errors are problem documents, whatever goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from api.tests.conftest import As
from users.models import User

BASE = {"type", "title", "status", "detail", "correlation_id"}


def checked(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert set(body) >= BASE
    assert body["status"] == status
    assert body["correlation_id"] == answer["X-Request-ID"]
    return body


def test_no_login_is_401(as_: As, db: None) -> None:
    answer = as_().get("/api/v1/devices/")
    checked(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "url", ["/api/v1/nothing/", "/api/v1/jobs/x/", "/api/v1/jobs", "/api/", "/api", "/api/v2/jobs/"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_an_unknown_address_is_404_as_json(as_: As, operator: User, url: str, method: str) -> None:
    checked(getattr(as_(operator), method)(url), 404)
    checked(getattr(as_(), method)(url), 404)


def test_every_404_has_the_same_body(as_: As, operator: User) -> None:
    client = as_(operator)
    urls = [
        "/api/v1/jobs/1/",
        f"/api/v1/jobs/{10**30}/",
        "/api/v1/devices/77/",
        "/api/v1/nothing/",
        f"/api/v1/jobs/{'9' * 500}/",
    ]
    bodies = [checked(client.get(url), 404) for url in urls]
    for body in bodies:
        del body["correlation_id"]  # the request's own
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_a_method_that_is_not_there_is_405(as_: As, operator: User, method: str) -> None:
    for url in ("/api/v1/jobs/", "/api/v1/snapshots/1/", "/api/v1/auth/login/"):
        answer = getattr(as_(operator), method)(url)
        checked(answer, 405)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"nul", b"\xff\xfe", b'{"kind": NaN}', b"[" * 200_000, b'{"a":' * 100_000, b'{"kind": "\\ud800"}',
        b'{"\\ud800": 1}', b'{"kind": 1, "kind": 2}', b"1" * 10_000, b"[]", b"null", b'"x"', b"{}",
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_400(as_: As, operator: User, raw: bytes) -> None:
    checked(as_(operator).generic("POST", "/api/v1/jobs/", raw, content_type="application/json"), 400)


def test_a_huge_body_is_413(as_: As, operator: User) -> None:
    raw = b'{"kind": "' + b"x" * (6 * 2**20) + b'"}'
    checked(as_(operator).generic("POST", "/api/v1/jobs/", raw, content_type="application/json"), 413)


def test_a_body_that_tells_it_is_huge_is_not_read(as_: As, operator: User) -> None:
    client = as_(operator)
    request = {"content_type": "application/json", "CONTENT_LENGTH": str(100 * 2**20)}
    body = Unread()
    checked(client.generic("POST", "/api/v1/sites/", b"{}", **request, **{"wsgi.input": body}), 413)


class Unread:
    """A body that nobody may read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def test_another_content_type_is_415(as_: As, operator: User) -> None:
    checked(as_(operator).generic("POST", "/api/v1/jobs/", b"a=b", content_type="text/plain"), 415)


def test_a_client_that_wants_html_gets_a_problem(as_: As, operator: User) -> None:
    checked(as_(operator).get("/api/v1/jobs/", HTTP_ACCEPT="text/html"), 406)
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert as_(operator).get("/api/v1/jobs/", HTTP_ACCEPT=browser)["Content-Type"] == "application/json"


def test_database_away_is_503(as_: As, operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("connection refused at 10.0.0.1 user webnet")

    monkeypatch.setattr("api.customers.views.customers_for", away)
    answer = as_(operator).get("/api/v1/customers/")
    assert "10.0.0.1" not in str(checked(answer, 503))
    assert answer["Retry-After"]


def test_the_unexpected_is_500_without_innards(
    as_: As, operator: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the innards")

    monkeypatch.setattr("api.customers.views.customers_for", broken)
    assert "innards" not in str(checked(as_(operator).get("/api/v1/customers/"), 500))
    assert any(record.exc_info and "innards" in str(record.exc_info[1]) for record in caplog.records)


def test_a_view_without_a_named_permission_answers_nobody(superadmin: User) -> None:
    from rest_framework.test import APIRequestFactory, force_authenticate

    from api.customers.views import CustomerEndpoint

    class Nameless(CustomerEndpoint):
        permission = {"other": "view"}  # type: ignore[assignment,dict-item]  # noqa: RUF012

    request = APIRequestFactory().get("/")
    force_authenticate(request, superadmin)
    assert Nameless.as_view({"get": "list"})(request).status_code == 403


def test_a_clients_request_id_is_not_taken_over(as_: As, operator: User, device: Any) -> None:
    body = {"kind": "config_backup", "customer": device.customer_id, "devices": [device.pk]}
    answer = as_(operator).post("/api/v1/jobs/", body, HTTP_X_REQUEST_ID="x" * 200)
    assert answer.status_code == 201, answer.content
    assert answer["X-Request-ID"] == answer.json()["correlation_id"]
    assert len(answer["X-Request-ID"]) == 36


def test_tokens_in_the_query_string_are_no_login(operator: User) -> None:
    from api.auth.tokens import pair_for

    token = pair_for(operator)["access"]
    assert APIClient().get(f"/api/v1/auth/me/?token={token}").status_code == 401
