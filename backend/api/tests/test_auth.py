"""Login, refresh, logout, me."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from api.auth.tokens import pair_for
from api.tests.conftest import As, with_header
from conftest import PASSWORD
from core.models import AuditEvent
from customers.models import Customer
from users.models import User

LOGIN = "/api/v1/auth/login/"
REFRESH = "/api/v1/auth/refresh/"
LOGOUT = "/api/v1/auth/logout/"
ME = "/api/v1/auth/me/"


def login(client: APIClient, username: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"username": username, "password": password}, **extra)


def test_login_gives_tokens_that_work(as_: As, operator: User, acme: Customer) -> None:
    answer = login(as_(), "operator")
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert answer["Cache-Control"] == "no-store"
    operator.refresh_from_db()
    assert operator.last_login is not None
    client = as_()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    me = client.get(ME).json()
    assert me["id"] == operator.pk
    assert (me["username"], me["role"]) == ("operator", "operator")
    assert "run_read_jobs" in me["permissions"] and "manage_system" not in me["permissions"]
    assert me["customers"] == [{"id": acme.pk, "name": "Acme Networks", "slug": "acme"}]


@pytest.mark.parametrize(("username", "password"), [("operator", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
def test_login_refused_with_one_answer(as_: As, operator: User, username: str, password: str) -> None:
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    answer = login(as_(), username, password)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "No active account with this username and password."


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "x", 7, None, {"username": "operator"}, {"username": None, "password": None},
        {"username": ["operator"], "password": {}}, {"username": "operator", "password": PASSWORD, "extra": 1},
        {"username": "a\x00b", "password": "x"}, {"username": "x" * 100_000, "password": "x"},
    ],
)  # fmt: skip
def test_login_with_a_bad_body_is_400(as_: As, db: None, body: Any) -> None:
    answer = as_().post(LOGIN, body)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"


def test_refresh_rotates(as_: As, operator: User) -> None:
    refresh = pair_for(operator)["refresh"]
    for _ in range(3):
        answer = as_().post(REFRESH, {"refresh": refresh})
        assert answer.status_code == 200
        assert set(answer.json()) == {"access", "refresh"}
        refresh = answer.json()["refresh"]


def test_refresh_refused_for_an_access_token_garbage_and_the_inactive(as_: As, operator: User) -> None:
    pair = pair_for(operator)
    assert as_().post(REFRESH, {"refresh": pair["access"]}).status_code == 401
    for garbage in ("x", "a.b.c", pair["refresh"][:-3] + "abc"):
        assert as_().post(REFRESH, {"refresh": garbage}).status_code == 401
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert as_().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401


def test_a_good_access_token_of_an_inactive_user_is_refused_at_once(as_: As, operator: User) -> None:
    client = as_(operator)
    assert client.get(ME).status_code == 200
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert client.get(ME).status_code == 401


def test_a_changed_password_ends_the_tokens(as_: As, operator: User) -> None:
    pair, client = pair_for(operator), as_(operator)
    operator.set_password("another battery, another staple")
    operator.save()
    assert client.get(ME).status_code == 401
    assert as_().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401


def test_a_changed_role_counts_at_once(as_: As, operator: User) -> None:
    client = as_(operator)
    User.objects.filter(pk=operator.pk).update(role="viewer")
    assert client.get(ME).json()["permissions"] == ["view"]


def test_an_expired_access_token_is_refused(as_: As, operator: User) -> None:
    from rest_framework_simplejwt.tokens import AccessToken

    token = AccessToken(pair_for(operator)["access"])  # type: ignore[arg-type]
    token.set_exp(lifetime=-timedelta(seconds=1))
    answer = with_header(f"Bearer {token}").get(ME)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The token is not valid, or not any more."


def test_logout_ends_that_login_and_no_other(as_: As, operator: User) -> None:
    pair, other = pair_for(operator), as_(operator)
    client = with_header(f"Bearer {pair['access']}")
    assert client.post(LOGOUT, {"refresh": pair["refresh"]}).status_code == 204
    assert client.get(ME).status_code == 401
    assert as_().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401
    assert other.post(LOGOUT, {"refresh": pair["refresh"]}).status_code == 401
    assert other.get(ME).status_code == 200
    assert AuditEvent.objects.filter(action="user.log_out", actor=operator).count() == 1


def test_logout_takes_nobody_elses_token(as_: As, operator: User, viewer: User) -> None:
    refresh = pair_for(viewer)["refresh"]
    assert as_(operator).post(LOGOUT, {"refresh": refresh}).status_code == 401
    assert as_().post(REFRESH, {"refresh": refresh}).status_code == 200
