"""Accounts at the console."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from core.models import AuditEvent
from ui.tests.test_sign_in import code_of
from users import second_factor
from users.models import User
from webnet import admin_account

NEW = "another correct horse battery"
Type = Callable[[str], None]


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Type:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))


def test_admin_is_made_and_given_a_new_password(type_in: Type, db: None) -> None:
    for password in ("a-first-long-passphrase", "a-second-long-passphrase"):
        type_in(password)
        assert admin_account.create("chief") == 0
        user = User.objects.get()
        assert (user.role, user.all_customers, user.is_superuser) == ("admin", True, True)
        assert user.check_password(password)
    assert AuditEvent.objects.filter(action="user.make_admin", object_id=user.pk).count() == 2


@pytest.mark.parametrize("password", ["", "short", "chief-chief-chief", "123456789012345"])
def test_weak_password_is_refused(type_in: Type, db: None, capsys: pytest.CaptureFixture[str], password: str) -> None:
    type_in(password)
    assert admin_account.create("chief-chief-chief") == 2
    assert capsys.readouterr().err.startswith("webnet: ")
    assert not User.objects.exists()


def test_change_password_changes_nothing_else(type_in: Type, operator: User) -> None:
    type_in(NEW)
    assert admin_account.change_password("operator") == 0
    operator.refresh_from_db()
    assert operator.check_password(NEW)
    assert operator.role == "operator"
    assert not operator.is_superuser
    assert AuditEvent.objects.get().actor_name == "webnet"


def test_change_password_refused(type_in: Type, operator: User, capsys: pytest.CaptureFixture[str]) -> None:
    type_in("short")
    assert admin_account.change_password("operator") == 2
    assert "too short" in capsys.readouterr().err
    type_in(NEW)
    assert admin_account.change_password("nobody") == 2
    assert "no account 'nobody'" in capsys.readouterr().err
    assert not AuditEvent.objects.exists()


def test_drop_second_factor(operator: User, capsys: pytest.CaptureFixture[str]) -> None:
    secret = second_factor.new_secret()
    second_factor.turn_on(actor=operator, secret=secret, code=code_of(secret))
    assert admin_account.drop_second_factor("operator") == 0
    assert not second_factor.has_second_factor(operator)
    assert AuditEvent.objects.latest("pk").action == "user.turn_off_second_factor"
    assert admin_account.drop_second_factor("operator") == 2
    assert admin_account.drop_second_factor("nobody") == 2
    assert "no second factor" in capsys.readouterr().err
