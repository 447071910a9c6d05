"""Login by API of who has a second factor, or must have one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conftest import PASSWORD
from core.models import AuditEvent
from ui.tests.test_sign_in import code_of
from users import second_factor
from users.models import User

LOGIN = "/api/v1/auth/login/"


@pytest.fixture
def secret(operator: User) -> str:
    made = second_factor.new_secret()
    second_factor.turn_on(actor=operator, secret=made, code=code_of(made, 0))
    return made


def log_in(**body: str) -> Any:
    given = {"username": "operator", "password": PASSWORD, **body}
    return Client().post(LOGIN, given, "application/json")


def test_password_alone_gets_no_tokens(secret: str) -> None:
    answer = log_in()
    assert answer.status_code == 401
    assert "send a code of it as `otp`" in answer.json()["detail"]


def test_password_and_code_get_tokens_once(operator: User, secret: str) -> None:
    code = code_of(secret)
    answer = log_in(otp=code)
    assert set(answer.json()) == {"access", "refresh"}
    assert not answer.cookies
    assert log_in(otp=code).status_code == 401
    event = AuditEvent.objects.get(action="user.log_in")
    assert (event.actor, event.after) == (operator, {"by": "password, second factor, for tokens"})


def test_recovery_code_gets_tokens(operator: User, secret: str) -> None:
    assert log_in(otp=second_factor.renew_codes(actor=operator)[0]).status_code == 200


def test_code_with_a_wrong_password_is_not_even_looked_at(secret: str) -> None:
    assert "otp" not in log_in(password="wrong", otp=code_of(secret)).json()["detail"]
    assert log_in(otp=code_of(secret)).status_code == 200


@pytest.mark.parametrize("otp", ["000000", "x" * 21, "", 7, None, ["1"]])
def test_wrong_code_gets_none(secret: str, otp: Any) -> None:
    answer = log_in(otp=otp)
    assert answer.status_code in {400, 401}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_guessing_codes_is_slowed_down(secret: str) -> None:
    assert {log_in(otp="000000").status_code for _ in range(12)} == {401, 429}


def test_a_code_from_who_has_no_second_factor_changes_nothing(operator: User) -> None:
    assert log_in(otp="123456").status_code == 200


def test_who_must_have_one_is_told_to_set_it_up(operator: User, settings: Any) -> None:
    settings.REQUIRE_2FA = "all"
    answer = log_in()
    assert answer.status_code == 401
    assert "set it up" in answer.json()["detail"]
